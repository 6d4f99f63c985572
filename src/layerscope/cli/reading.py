"""Reading the image of a request, with progress and remarks on standard error."""

from layerscope.cli.request import Request
from layerscope.cli.stopping import stoppable
from layerscope.cli.streams import tell
from layerscope.cli.terminal import ProgressLine
from layerscope.frozen import replace
from layerscope.model.inspection import Inspection
from layerscope.units import prose

_ABOUT_SCORES = frozenset({"base-unknown"})
_ABOUT_LINES = frozenset({"dockerfile-found", "dockerfile-not-used", "dockerfile-exact"})


def read_image(request: Request, *, keep_contents: bool = False) -> Inspection:
    """Inspect the image that the command line asks for; raises `ImageError`, or UsageError for --base."""
    from layerscope import pipeline

    progress = ProgressLine(quiet=request.quiet)
    try:
        with stoppable():  # what an engine was asked for, or a pipe left on disk, is taken back
            inspection = pipeline.inspect(
                request.reference,
                options=replace(request.options, keep_contents=keep_contents),
                watcher=pipeline.Watcher(progress=progress),
            )
    finally:
        progress.clear()
    return inspection


def tell_notes(inspection: Inspection, request: Request, *, shows_lines: bool = False) -> None:
    """Say what was skipped or guessed, where the result has no place for it; not what only scores or lines need.

    `shows_lines`: the result has lines of the Dockerfile, so it matters which one that is.
    """
    if request.quiet:
        return
    for note in inspection.notes:
        if note.code not in _ABOUT_SCORES and (shows_lines or note.code not in _ABOUT_LINES):
            tell(f"layerscope: {prose(note.text)}")
