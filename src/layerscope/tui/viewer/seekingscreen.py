"""A screen with one text that is searched by typing: `/` opens a line below the text, escape gives it up.

Owns the line; the text (`Sought`) looks, and says how much it found.
"""

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from layerscope.tui.firstdrawing import Sheet
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
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

    def make_bar(self) -> FilterBar:
        """Make the line, to be put below the text."""
        self._bar = FilterBar(self._typed, hint=self.SEEK_HINT)
        return self._bar

    def on_mount(self) -> None:
        """Let the text say what it found."""
        self.sought.tell_found(self._say)
        self.set_focus(self.sought)

    def action_seek(self) -> None:
        """Let the user type."""
        self.sought.begin()
        self._bar.open()

    def _typed(self, text: str) -> None:
        self.sought.look_for(text)

    def _say(self, count: str) -> None:
        self._bar.say(count)
        if not self.sought.needle:
            self._bar.show("", "")

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.set_focus(self.sought)
        self._bar.display = bool(self.sought.needle)
        self.refresh_bindings()

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self.set_focus(self.sought)
        self.sought.give_up()
        self.refresh_bindings()
