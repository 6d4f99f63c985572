"""The commonest command lines, understood without click: to load it takes 25 ms, a quarter of a small run.

`IMAGE`, `ci IMAGE` and `inspect IMAGE`, with such options as take no value. A test holds them against click's answer.
"""

import os
from collections.abc import Sequence

from layerscope.cli import COMMANDS
from layerscope.cli.terminal import wants_interface

_GATE, _INTERFACE = "ci", "inspect"
_NO_CACHE, _QUIET, _NO_COLOR = "--no-cache", "--quiet", "--no-color"
_UNDERSTOOD = frozenset({_NO_CACHE, _QUIET, _NO_COLOR, "--debug"})


def run_plain(argv: Sequence[str]) -> int | None:
    """Run a plain command line and return its exit code; None, and nothing is done, where it is any other."""
    options = {word for word in argv if word.startswith("-")}
    words = [word for word in argv if not word.startswith("-")]
    if not options <= _UNDERSTOOD or not all(words):
        return None
    command = words.pop(0) if words and words[0] in {_GATE, _INTERFACE} else None
    if command is not None and _NO_CACHE in argv[: argv.index(command)]:
        return None  # no option of all commands, as the others are
    if len(words) != 1 or (command is None and words[0] in COMMANDS) or "_LAYERSCOPE_COMPLETE" in os.environ:
        return None

    from layerscope.cli.request import request_for

    request = request_for(
        words[0],
        quiet=_QUIET in options,
        no_color=_NO_COLOR in options,
        no_cache=_NO_CACHE in options,
        no_dockerfile=False,
    )
    if command != _GATE and wants_interface():
        from layerscope.cli.looking import look

        return look(request)

    from layerscope.cli.configuring import configured
    from layerscope.cli.delivery import Delivery, parse_targets
    from layerscope.cli.judging import judge_image, platform_for

    targets = parse_targets((), quiet=request.quiet)
    return judge_image(request, configured().settings, Delivery(targets, platform=platform_for("auto")))
