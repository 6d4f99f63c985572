"""The line in which is typed what is looked for in one text: the text (`Sought`) looks, and says how much it found.

Owns what becomes of the line, and who has the focus, when the user is done typing.
"""

from textual import on

from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.sought import Sought


class SeekBar(FilterBar):
    """See the module; shown while something is typed or looked for."""

    def __init__(self, text: Sought, *, hint: str) -> None:
        super().__init__(text.look_for, hint=hint)
        self._text = text

    def on_mount(self) -> None:
        """Let the text say what it found."""
        self._text.tell_found(self._say)

    def begin(self) -> None:
        """Let the user type; what is found is looked for from where he is."""
        self._text.begin()
        self.open()

    def _say(self, count: str) -> None:
        self.say(count)
        if not self._text.needle:
            self.show("", "")

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.screen.set_focus(self._text, scroll_visible=False)
        self.display = bool(self._text.needle)
        self.screen.refresh_bindings()

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self.screen.set_focus(self._text, scroll_visible=False)
        self._text.give_up()
        self.screen.refresh_bindings()
