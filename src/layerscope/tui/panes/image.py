"""The image pane: totals, scores, notes, and what a container started from the image gets."""

from textual.app import ComposeResult

from layerscope.tui import facts, fit
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import Subject
from layerscope.tui.roles import Role
from layerscope.tui.seekingtext import TextPane
from layerscope.tui.state import ViewState
from layerscope.tui.widgets.sought import Sought
from layerscope.tui.words import count_text


class ImagePane(TextPane):
    """See the module."""

    SPEC = PaneSpec("image", Column.RIGHT, smallest_height=16)
    TITLE = "Image"
    HELP_TEXT = "totals by fate, efficiency, notes on what was skipped or guessed, and the configuration"

    def compose(self) -> ComposeResult:
        """Show a text."""
        self._text = Sought()
        yield self._text

    def renew(self, subject: Subject, view: ViewState) -> None:  # noqa: ARG002 - one signature
        """Describe another image."""
        inspection = subject.inspection
        if inspection is None:
            text = subject.unknown("Totals are not known")
            self._text.show(lambda width: [((part, Role.DIM),) for part in fit.wrap(text, width)])
            self.say()
        else:
            self._text.show(lambda width: facts.image_lines(inspection, width))
            self.say(*([count_text(len(inspection.notes), "note")] if inspection.notes else []))

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Do nothing: no view changes what the image is."""
