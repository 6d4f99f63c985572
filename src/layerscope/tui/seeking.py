"""A pane whose list is searched by typing: the cursor goes to what matches, and from there to the next one.

Owns what is typed and where it was found. The list stays whole: its rows stand for layers, lines and findings, and what
is around a match is what it is about. Long lists are looked through piece by piece; a key never waits for them.
"""

import time
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.timer import Timer

from layerscope.tui.panes.base import Pane
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.words import count_text

_PIECE = 200
_AT_ONCE_S = 0.015
"""Time that a key may be held up."""
_PAUSE_S = 0.005


class SeekingPane(Pane):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "seek", "find", key_display="/", id="seek", tooltip="find in this list"),
        Binding("n", "seek_next(1)", "next", show=False, id="seek.next", tooltip="to the next match"),
        Binding("N", "seek_next(-1)", "before", show=False, id="seek.previous", tooltip="to the match before"),
        Binding("escape", "seek_off", "clear", show=False, id="seek.off", tooltip="forget what was looked for"),
    ]
    _bar: FilterBar | None = None
    _needle = ""
    _began_at = 0
    """Row of the cursor before it went to a match."""
    _found: "array[int]" = array("i")
    _rest: Iterator[int] | None = None
    """Rows that are still to be looked at."""
    _timer: Timer | None = None

    @property
    def sought(self) -> LineList:
        """The list."""
        return self.query_one(LineList)

    def row_text(self, row: int) -> str:
        """Give the text that is searched in a row."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to go on, or to end it, while something is looked for."""
        if action in {"seek_next", "seek_off"}:
            return bool(self._needle)
        return super().check_action(action, parameters)

    async def action_seek(self) -> None:
        """Let the user type."""
        if not self.sought.row_count:
            return
        if self._bar is None:
            self._bar = FilterBar(self._typed, hint="a part of the text")
            await self.mount(self._bar)
        self._began_at = self.sought.cursor
        self._bar.open()

    def action_seek_next(self, step: int) -> None:
        """Go to the next match, and after the last one to the first."""
        if self._found:
            at = (
                bisect_right(self._found, self.sought.cursor)
                if step > 0
                else bisect_left(self._found, self.sought.cursor) - 1
            )
            self.sought.cursor = self._found[at % len(self._found)]
            self._say_found(done=self._rest is None)

    def action_seek_off(self) -> None:
        """Forget what was looked for."""
        self.forget()

    def forget(self) -> None:
        """Look for nothing any more: the rows are others, or the user is done."""
        self._look_for("")
        if self._bar is not None:
            self._bar.show("", "")
            self._bar.display = False
        self.refresh_bindings()

    def _typed(self, text: str) -> None:
        self._look_for(" ".join(text.lower().split()))

    def _look_for(self, needle: str) -> None:
        self._stop()
        self._needle, self._found = needle, array("i")
        self.sought.mark_text(needle)
        if needle:
            self._rest = iter(range(self.sought.row_count))
            self._look_on()
        elif self._bar is not None:
            self._bar.say("")

    def _look_on(self) -> None:
        """Look at some more rows, and go to the first match after where the user was as soon as it is known."""
        until_s = time.monotonic() + _AT_ONCE_S
        had = len(self._found)
        done = True
        for row in self._rest or ():
            if self._needle in " ".join(self.row_text(row).lower().split()):
                self._found.append(row)
            if row % _PIECE == 0 and time.monotonic() > until_s:
                done = False
                break
        if had == 0 or self.sought.cursor not in self._found:
            self._go(done=done)
        self._say_found(done=done)
        if done:
            self._stop()
        else:
            self._timer = self.set_timer(_PAUSE_S, self._look_on)

    def _say_found(self, *, done: bool) -> None:
        """Say how much is found, and where in it the cursor is."""
        if self._bar is not None and self._needle:
            at = bisect_left(self._found, self.sought.cursor)
            here = at < len(self._found) and self._found[at] == self.sought.cursor
            count = count_text(len(self._found), "match", "matches")
            self._bar.say((f"{at + 1:,} of {count}" if here else count) + ("" if done else " …"))

    def _go(self, *, done: bool) -> None:
        at = bisect_left(self._found, self._began_at)
        if at < len(self._found):
            self.sought.cursor = self._found[at]
        elif done:
            self.sought.cursor = self._found[0] if self._found else self._began_at

    def _stop(self) -> None:
        self._rest = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.give_focus(self.sought)
        if not self._needle:
            self.forget()
        self.refresh_bindings()

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self.give_focus(self.sought)
        self.forget()
        self.sought.cursor = self._began_at
