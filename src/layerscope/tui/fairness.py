"""How threads that compute share the interpreter with the one that draws.

A thread that wants the interpreter asks for it only after the switch interval, and gets it no sooner; so the interval
is short while the screen's thread sleeps (a key wakes it at once), and long while it works: what it draws is then drawn
without being interrupted every millisecond, for as long again each time.
"""

import asyncio
import contextlib
import selectors
import sys
import threading
import time
from collections.abc import Callable, Iterator
from selectors import SelectorKey

DRAWN_S = 0.06
"""After so long what the screen was told is on it, so that a thread does not hold it up: a timer comes after all that
the screen's thread has to do."""
_TURN_S = 0.001
_AT_WORK_S = 0.02
"""Longer than nearly everything that the screen's thread does in one go."""
_UNASKED_S = 0.005
"""How long the loop may go on with what it knows, without asking for what is new: to ask lets go of the interpreter,
and others keep it for their turn."""
_USUAL_S = sys.getswitchinterval()
_lock = threading.Lock()
_busy = 0


@contextlib.contextmanager
def fair_turns() -> Iterator[None]:
    """Let the screen's thread have its turn every millisecond while at least one other thread computes."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def at_work() -> bool:
    """Tell whether a thread computes."""
    return _busy > 0


def _count(change: int) -> None:
    global _busy  # noqa: PLW0603 - the interpreter has one switch interval, so there is one count
    with _lock:
        _busy += change
        sys.setswitchinterval(min(_TURN_S, _USUAL_S) if _busy else _USUAL_S)


def begin(name: str, work: Callable[[], object]) -> None:
    """Start a thread that ends with the program: leaving never waits for it."""
    with short_turns():  # Python waits here until the thread runs
        threading.Thread(target=work, name=name, daemon=True).start()


@contextlib.contextmanager
def short_turns() -> Iterator[None]:
    """Have turns end early while the screen's thread waits for another one, and wants its own back then."""
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(min(_TURN_S, before_s))
    try:
        yield
    finally:
        sys.setswitchinterval(before_s)


class _ScreenFirst(selectors.DefaultSelector):
    """Waits as any selector does, and sets the switch interval: short while it waits, long afterwards."""

    _asked_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if not _busy:
            return super().select(timeout)
        now_s = time.monotonic()
        if timeout is not None and timeout <= 0 and now_s - self._asked_s < _UNASKED_S:
            return []
        self._asked_s = now_s
        sys.setswitchinterval(min(_TURN_S, _USUAL_S))
        try:
            return super().select(timeout)
        finally:
            if _busy:
                sys.setswitchinterval(max(_AT_WORK_S, _USUAL_S))


def screen_first_loop() -> asyncio.AbstractEventLoop:
    """Give an event loop whose thread goes before those that compute in `fair_turns`."""
    return asyncio.SelectorEventLoop(_ScreenFirst())
