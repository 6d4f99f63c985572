"""The terminal interface opened on an image, or the gate where nobody looks."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from layerscope.cli.request import Request
from layerscope.cli.terminal import wants_interface
from layerscope.frozen import replace

if TYPE_CHECKING:
    from layerscope.config.tui import TuiSettings


def look(request: Request, *, remember: bool = True) -> int:
    """Open the interface, or judge where nobody looks; `remember` where one was in the image, for the next time."""
    if wants_interface() and _has_keyboard():
        if request.no_color:
            os.environ["NO_COLOR"] = "1"  # how Textual is told
        from layerscope.tui import run_app

        return run_app(request.reference, options=request.options, configure=partial(_settings, remember=remember))
    from layerscope.cli.configuring import configured
    from layerscope.cli.judging import judge_image

    return judge_image(request, configured().settings)


def _settings(*, remember: bool) -> "TuiSettings":
    """Say what is configured for the interface."""
    from layerscope.cli.configuring import configured

    settings = configured().settings.tui
    return replace(settings, remember=settings.remember and remember)


def _has_keyboard() -> bool:
    """Keep the pipe of `docker save x | layerscope -` as `sys.stdin`, and give keys back to descriptor 0."""
    if sys.__stdin__ is None:
        return False
    if sys.__stdin__.isatty():
        return True
    try:
        keyboard = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return False
    pipe = os.dup(0)
    os.dup2(keyboard, 0)
    os.close(keyboard)
    sys.stdin = open(pipe, encoding="utf-8", errors="surrogateescape")  # noqa: PTH123, SIM115 - for the whole run
    return True
