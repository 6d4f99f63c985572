"""Start of the terminal interface, and its end as a process sees it."""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.frozen import replace
from layerscope.pipeline import InspectOptions, inspect
from layerscope.tui.apart import begin

if TYPE_CHECKING:
    from layerscope.config.tui import TuiSettings


_ESCAPE_MS = "25"
"""How long a lone escape waits for the rest of a sequence before it counts as a key: Textual's own 100 are felt."""
KEPT_BYTES = 10 << 30
"""Room that there must be for what an engine or a pipe sends to be kept, so that files can be looked into."""


def run_app(
    reference: str, *, options: InspectOptions, configure: "Callable[[], TuiSettings | None]" = lambda: None
) -> int:
    """Show an image until the user leaves; 0 then.

    Raises what kept the user from seeing it, after the screen is restored: `ImageError`, `CancelledError`, or a fault
    of our own. Whoever runs the process prints it and knows the exit code. `configure` says what the user has set;
    it is asked while the image is being read, and may raise `ConfigError`.
    """
    # Somebody is there to choose, and to look into files.
    options = replace(options, ask=True, keep_contents=_has_room(reference), prefer_recall=True)
    os.environ.setdefault("ESCDELAY", _ESCAPE_MS)
    gc.disable()  # nothing of what is made until the screen is there is garbage; the app enables it
    apart = begin(reference, options)  # before Textual is imported, which takes as long as reading a small image
    try:
        from layerscope.tui.app import LayerscopeApp
        from layerscope.tui.fairness import screen_first_loop
        from layerscope.tui.remembered import Memory

        settings = configure()
        announced = apart.early() if apart else None
        app = LayerscopeApp(
            reference,
            options=options,
            inspect=apart or inspect,
            announced=announced,
            settings=settings,
            memory=Memory.of_user(os.environ) if settings is None or settings.remember else None,
        )
        app.run(loop=screen_first_loop())
    finally:
        if apart:
            apart.stop()
    if app.ended_by is not None:
        raise app.ended_by
    return 0


def _has_room(reference: str) -> bool:
    """Tell whether an image that comes as a stream may be kept on disk; one in a file is read where it is."""
    if Path(reference).exists():
        return False
    import shutil
    import tempfile

    return shutil.disk_usage(tempfile.gettempdir()).free >= KEPT_BYTES
