"""A screen that is drawn for the first time when all of it has found its place.

Textual draws a new screen at each step there: when it has a size, when its widgets have, when one has the focus. On a
big screen that is five times up to 25 ms before there is anything to read. Knows nothing of what is on the screen.
"""

import asyncio

from textual.screen import Screen

_TURNS = 6
"""Turns of the event loop until widgets have taken in what they were told; it goes from widget to widget."""
_STEPS = 3
"""Sizes are told, then what follows from them, then who has the focus."""


class FirstDrawing(Screen[None]):
    """See the module."""

    _has_begun = False
    _is_held = True

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

    async def _step(self, left: int) -> None:
        for _turn in range(_TURNS):
            await asyncio.sleep(0)
        if left:
            self.call_later(self._step, left - 1)
        else:
            self._is_held = False
            self.refresh()
        self._on_timer_update()  # at once: Textual's own pace is 60 times a second
