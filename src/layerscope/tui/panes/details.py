"""The details pane: everything about the layer, or the step, under the cursor of the layers pane."""

from collections.abc import Iterable

from textual.app import ComposeResult

from layerscope.tui import facts
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import Pane, Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import ViewState
from layerscope.tui.widgets.article import Article


class DetailsPane(Pane):
    """See the module."""

    SPEC = PaneSpec("details", Column.LEFT, smallest_height=9)
    TITLE = "Details"
    HELP_TEXT = "the whole instruction, digests, sizes, counts, and what became of the layer's bytes"

    def compose(self) -> ComposeResult:
        """Show a text."""
        self._text = Article()
        yield self._text

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Describe the layer of another image, or the same with more known."""
        self._text.show(lambda width: _lines(subject, view.step, width))
        if view.step < len(subject.rows):
            layer = subject.rows[view.step].layer
            self.say("step without a layer" if layer is None else f"layer {layer}")

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Describe another layer."""
        if view.step != before.step:
            self.renew(subject, view)

    def take_focus(self) -> None:
        """Focus the text."""
        self._text.focus()


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
