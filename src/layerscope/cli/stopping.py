"""Ends asked for from outside (SIGTERM, a closed terminal), as an exception: so that what was begun is taken back."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from layerscope.errors import CancelledError

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Raise `CancelledError` where SIGTERM or SIGHUP would end the process at once; main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _frame: FrameType | None) -> None:
    raise CancelledError(f"stopped by {signal.Signals(number).name}")
