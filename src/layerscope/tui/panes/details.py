"""The details pane: everything about the layer, the step, or the file that the cursor was moved to last."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult

from layerscope.tui import facts
from layerscope.tui.blanks import nothing_selected
from layerscope.tui.filefacts import file_lines
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.seekingtext import TextPane
from layerscope.tui.state import ViewState
from layerscope.tui.widgets.sought import Sought


class DetailsPane(TextPane):
    """See the module."""

    SPEC = PaneSpec("details", Column.LEFT, smallest_height=9)
    TITLE = "Details"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "files.plan": "It is planned where it is chosen: {pane.layers} goes to Layers, {pane.files} to Files.",
        "files.difference": "Versions of a file are compared in Files: {pane.files} goes there.",
        "files.extract": "Files are extracted in Files: {pane.files} goes there.",
        "files.copy-path": "It is copied where it is chosen: {pane.layers} goes to Layers, {pane.files} to Files.",
    }
    HELP_TEXT = (
        "of a layer: the whole instruction, digests, sizes, what became of its bytes; "
        "of a file: kind, mode, owner, links, attributes, fate, and what each layer did to it"
    )

    def compose(self) -> ComposeResult:
        """Show a text."""
        self._text = Sought()
        yield self._text

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Describe the layer, or the file, that the cursor was moved to last."""
        self.forget()
        inspection = subject.inspection
        if inspection is not None and _is_about_file(view):
            if view.pathless:
                self._text.show(lambda width: nothing_selected(view, width, self.key))
                self.say("nothing selected")
                return
            node, layer = view.node, view.layers()[1]
            self._text.show(lambda width: file_lines(inspection, node, layer, width))
            self.say("file")
            return
        self._text.show(lambda width: _lines(subject, view.step, width))
        if view.step < len(subject.rows):
            number = subject.rows[view.step].layer
            self.say("step without a layer" if number is None else f"layer {number}")

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Describe another layer, or file."""
        if _about(view) != _about(before):
            self.renew(subject, view)


def _is_about_file(view: ViewState) -> bool:
    """Tell whether the files pane was used after the layers pane."""
    used = [name for name in (view.active, *view.recent) if name in {"layers", "files"}]
    return used[:1] == ["files"]


def _about(view: ViewState) -> tuple[object, ...]:
    if not _is_about_file(view):
        return (view.step,)
    return (view.query, view.pathless) if view.pathless else (view.node, view.layers())


def _lines(subject: Subject, step: int, width: int) -> Iterable[Line]:
    if step >= len(subject.rows):
        return ((("Nothing is known yet.", Role.DIM),),)
    row = subject.rows[step]
    if row.layer is None:
        return facts.step_lines(row.step, row.part_of, width) if row.step else ()
    if subject.inspection is None:
        return facts.announced_lines(row, width, stopped=subject.stopped)
    image = subject.inspection.image
    layer = subject.inspection.layers[row.layer]
    return facts.layer_lines(layer, image.layer_count, image.base_layer_count, width)
