"""When garbage is collected: while nobody presses a key, and so often that each time takes 10 to 30 milliseconds.

Python collects when enough was made, which is in the midst of drawing; and as what is drawn are rings (a `Strip` of
Textual's that is divided at its end keeps itself), many ten thousand objects had come together by then: 30 to 70 ms.
"""

import asyncio
import gc
from typing import Final

from layerscope.tui.aside import Aside
from layerscope.tui.fairness import at_work

_REST_S: Final = 1.0
"""After the last key: longer than between keys of somebody who goes through a list and reads."""
_OLD: Final = 20
"""Walks of what is a little older until Python walks everything while keys come one after another; its own is 10."""
_WORTH: Final = 30
"""Collections of what is young since the last one of everything; fewer have found nothing that is worth the walk."""
_YOUNG: Final = gc.get_threshold()[1]


class Collecting:
    """Collects while the event loop has nothing else to do; Python still does when nobody ever rests."""

    def __init__(self, rest_s: float = _REST_S) -> None:
        """Wait for so long after a key."""
        self._rest_s = rest_s
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Collect from now on; what was made so far stays until the end, and is not walked again."""
        gc.freeze()
        gc.set_threshold(*gc.get_threshold()[:2], _OLD)
        gc.enable()
        self.put_off()

    def put_off(self) -> None:
        """Wait for the end of what a key does; to be called in the event loop."""
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(self._rest_s, self._collect)

    def stop(self) -> None:
        """Collect no more of its own accord."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _collect(self) -> None:
        self._timer = None
        _new, young, old = gc.get_count()
        if young + old * _YOUNG < _WORTH:
            return
        if at_work() or Aside.at_work or not gc.isenabled():
            # What is worked out now is waited for; and as long as a process has our memory, each object that is
            # walked makes a copy of its page
            self.put_off()
        else:
            gc.collect()
