"""A screen with one text that is searched by typing: `/` opens a line below the text, escape gives it up."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from layerscope.tui.firstdrawing import Sheet
from layerscope.tui.widgets.seekbar import SeekBar
from layerscope.tui.widgets.sought import Sought


class SeekingScreen(Sheet[None]):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "find", key_display="/", id="seek", tooltip="find in this text"),
    ]
    SEEK_HINT = "a part of the text"

    @property
    def sought(self) -> Sought:
        """The text."""
        return self.query_one(Sought)

    def make_bar(self, text: Sought) -> SeekBar:
        """Make the line for a text, to be put below it."""
        self._bar = SeekBar(text, hint=self.SEEK_HINT)
        return self._bar

    def on_mount(self) -> None:
        """Give keys to the text."""
        self.set_focus(self.sought)

    def action_seek(self) -> None:
        """Let the user type."""
        self._bar.begin()
