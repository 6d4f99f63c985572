"""How threads that compute share the interpreter with the one that draws."""

import contextlib
import sys
import threading
from collections.abc import Iterator

_TURN_S = 0.001
_USUAL_S = sys.getswitchinterval()
_lock = threading.Lock()
_busy = 0


@contextlib.contextmanager
def fair_turns() -> Iterator[None]:
    """Let threads take turns every millisecond while at least one of them computes, and as usual otherwise."""
    _count(1)
    try:
        yield
    finally:
        _count(-1)


def _count(change: int) -> None:
    global _busy  # noqa: PLW0603 - the interpreter has one switch interval, so there is one count
    with _lock:
        _busy += change
        sys.setswitchinterval(min(_TURN_S, _USUAL_S) if _busy else _USUAL_S)
