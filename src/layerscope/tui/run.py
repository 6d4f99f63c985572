"""Start of the terminal interface, and its end as a process sees it."""

from dataclasses import replace
from pathlib import Path

from layerscope.model.image import Note
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect

_DOCKERFILE_NOTE = Note(
    "dockerfile-not-matched", "the Dockerfile is not yet matched to layers: instructions are those of the history"
)


def run_app(reference: str, *, options: InspectOptions, dockerfile: Path | None = None) -> int:
    """Show an image until the user leaves; 0 then.

    Raises what kept the user from seeing it, after the screen is restored: `ImageError`, `CancelledError`, or a fault
    of our own. Whoever runs the process prints it and knows the exit code.
    """
    from layerscope.tui.app import LayerscopeApp

    app = LayerscopeApp(reference, options=options, inspect=inspect if dockerfile is None else _inspect_with_note)
    app.run()
    if app.ended_by is not None:
        raise app.ended_by
    return 0


def _inspect_with_note(reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
    inspection = inspect(reference, options=options, watcher=watcher)
    return replace(inspection, notes=(*inspection.notes, _DOCKERFILE_NOTE))
