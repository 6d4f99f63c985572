"""Screens that are drawn when all of them has found its place: at first, and when things move.

Textual draws at each step there: when there is a size, when widgets have theirs, when one has the focus. On a big
screen that is two to five times up to 25 ms, of which only the last is right. Knows nothing of what is on the screen.
"""

import asyncio
from typing import Generic

from textual.screen import ModalScreen, Screen, ScreenResultType

from layerscope.tui.redrawing import ChangedOnly

_TURNS = 6
"""Turns of the event loop until widgets have taken in what they were told; it goes from widget to widget."""
_STEPS = 3
"""Sizes are told, then what follows from them, then who has the focus."""
_STEPS_MOVED = 2
"""Where only sizes change, what follows from them."""


class FirstDrawing(Screen[ScreenResultType], Generic[ScreenResultType]):
    """See the module."""

    _has_begun = False
    _is_held = True

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(name, id, classes)
        self._compositor = ChangedOnly()

    def _compositor_refresh(self) -> None:
        if self._is_held:
            self._dirty_widgets.clear()  # all are drawn when it is time
        else:
            super()._compositor_refresh()

    def begin_drawing(self) -> None:
        """Draw, as soon as everybody has taken in what was said before; to be called when the size is known."""
        if not self._has_begun:
            self._has_begun = True
            self.call_later(self._step, _STEPS)

    def draw_once_moved(self) -> None:
        """Draw what moves to other places once, when it is there; to be called with what moves it."""
        if self._has_begun and not self._is_held:
            self._is_held = True
            self.call_later(self._step, _STEPS_MOVED)

    def on_screen_resume(self) -> None:
        """Draw once what a screen above was on: styles and the focus come after it went."""
        self.draw_once_moved()

    async def _step(self, left: int) -> None:
        # While keys are taken in, nothing finds its place; where the last of them ends the program, it waits for this.
        while self.app._batch_count and not self.app._exit:  # noqa: ASYNC110, SLF001 - no event for it, no public name
            await asyncio.sleep(0)
        for _turn in range(_TURNS):
            await asyncio.sleep(0)
        if self._layout_required and self.is_current:
            self.call_later(self._step, left)  # what follows from that is to be taken in, too
        elif left:
            self.call_later(self._step, left - 1)
        else:
            self._is_held = False
            self.refresh()
        self._on_timer_update()  # at once: Textual's own pace is 60 times a second


class Sheet(ModalScreen[ScreenResultType], FirstDrawing[ScreenResultType]):
    """A screen above the panes."""  # styles are those of the first base and of what it is made of: Textual's way

    def on_resize(self) -> None:
        """Begin to draw."""
        self.begin_drawing()
