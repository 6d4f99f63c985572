"""A pane with one text that is searched by typing, as lists are in theirs; the text (`Sought`) looks by itself."""

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from layerscope.tui.panes.base import Pane
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.sought import Sought


class TextPane(Pane):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "find", key_display="/", id="seek", tooltip="find in this text"),
    ]
    _bar: FilterBar | None = None

    @property
    def sought(self) -> Sought:
        """The text."""
        return self.query_one(Sought)

    async def action_seek(self) -> None:
        """Let the user type."""
        if self._bar is None:
            self._bar = FilterBar(self.sought.look_for, hint="a part of the text")
            await self.mount(self._bar)
            self.sought.tell_found(self._say)
        self.sought.begin()
        self._bar.open()

    def forget(self) -> None:
        """Look for nothing any more: the text is about something else."""
        if self.sought.needle:
            self.sought.look_for("")

    def _say(self, count: str) -> None:
        if self._bar is not None:
            self._bar.say(count)
            if not self.sought.needle:
                self._bar.show("", "")

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.give_focus(self.sought)
        if self._bar is not None:
            self._bar.display = bool(self.sought.needle)
        self.refresh_bindings()

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self.give_focus(self.sought)
        self.sought.give_up()
        self.refresh_bindings()

    def take_focus(self) -> None:
        """Focus the text."""
        self.give_focus(self.sought)
