"""A pane with one text that is searched by typing, as lists are in theirs; the text (`Sought`) looks by itself."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from layerscope.tui.panes.base import Pane
from layerscope.tui.widgets.seekbar import SeekBar
from layerscope.tui.widgets.sought import Sought


class TextPane(Pane):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "find", key_display="/", id="seek", tooltip="find in this text"),
    ]
    _bar: SeekBar | None = None

    @property
    def sought(self) -> Sought:
        """The text."""
        return self.query_one(Sought)

    async def action_seek(self) -> None:
        """Let the user type."""
        if self._bar is None:
            self._bar = SeekBar(self.sought, hint="a part of the text")
            await self.mount(self._bar)
        self._bar.begin()

    def forget(self) -> None:
        """Look for nothing any more: the text is about something else."""
        if self.sought.needle:
            self.sought.look_for("")

    def take_focus(self) -> None:
        """Focus the text."""
        self.give_focus(self.sought)
