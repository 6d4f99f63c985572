"""Work that a process does on its own while the screen goes on: forked for it, so that it has all that is known here.

A thread would share one interpreter with the screen's, which had to wait for each of its turns, and for all of a call
that takes long in one go. Owns the process and its end. Only Linux: elsewhere a fork is not safe.
"""

import contextlib
import gc
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import ClassVar, Generic, NoReturn, TypeVar, cast

from layerscope.errors import ImageError
from layerscope.tui.sent import PIPE_BYTES, Arriving, Pickler, Unpickler

_PATIENCE = 600
"""How often in a row nothing comes before the process is given up, a tenth of a second each time."""
_SIGNALS = {signal.SIGINT, signal.SIGTERM}
_UNIX_ONLY = ("SIGHUP", "SIGTSTP", "SIGCONT", "SIGWINCH")
_T = TypeVar("_T")


class StoppedError(Exception):
    """There will be no more results: the process was stopped, or ended before it was done."""


class Aside(Generic[_T]):
    """Results that a process works out, one after another; iterated once, on any thread."""

    at_work: ClassVar[int] = 0
    """How many processes there are."""

    def __init__(self, make: Callable[[], Iterable[_T]], known: Mapping[str, object], *, steps_back: int = 0) -> None:
        """`make` runs there; what is `known` here by a name is not sent back whole. Raises `OSError`.

        `steps_back` of priority are for what nobody waits for.
        """
        self._known = known
        self._lock = threading.Lock()
        self._nothing_came = 0
        self._receiver, sender = os.pipe()
        with contextlib.suppress(OSError):
            _widen(self._receiver)
        try:
            self._child: int | None = self._forked(sender, make, steps_back)
        except OSError:
            os.close(self._receiver)
            raise
        finally:
            os.close(sender)

    def _forked(self, sender: int, make: Callable[[], Iterable[_T]], steps_back: int) -> int:
        # A signal between the fork and what follows would run what only this process may do: it resizes the screen
        parent = os.getpid()
        numbers = _SIGNALS | {getattr(signal, name) for name in _UNIX_ONLY}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
        try:
            child = _fork()
            if child:
                _count(1)
                return child
            self._work(sender, make, steps_back, parent, numbers)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _work(
        self,
        sender: int,
        make: Callable[[], Iterable[_T]],
        steps_back: int,
        parent: int,
        numbers: "set[signal.Signals]",
    ) -> NoReturn:
        try:
            gc.disable()
            signal.set_wakeup_fd(-1)
            for number in numbers:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
            os.close(self._receiver)
            os.nice(steps_back)
            stream = os.fdopen(sender, "wb", buffering=PIPE_BYTES)
            for result in make():
                Pickler(stream, self._known).dump(result)
                stream.flush()
                if os.getppid() != parent:
                    break
        finally:
            os._exit(0)  # nothing of what the parent has open may be flushed twice

    def __iter__(self) -> Generator[_T, None, None]:
        """Give the results as they come, for ever: who wants another one after the last gets `StoppedError`."""
        arriving = Arriving(self._receiver, self._idle)
        try:
            while True:
                try:
                    result = cast("_T", Unpickler(arriving, self._known.__getitem__).load())
                except ImageError as error:
                    raise StoppedError from error
                self._nothing_came = 0
                yield result
        finally:
            self.stop()
            with self._lock:
                child, self._child = self._child, None
            if child is not None:
                os.waitpid(child, 0)  # takes a while where there is much memory to give back
                _count(-1)
            os.close(self._receiver)

    def _idle(self) -> None:
        self._nothing_came += 1
        if self._nothing_came > _PATIENCE:
            raise StoppedError

    def stop(self) -> None:
        """End the process, if it has not ended by itself; on any thread, and at once."""
        with self._lock:
            if self._child is not None:
                os.kill(self._child, signal.SIGKILL)


_counting = threading.Lock()


def _count(change: int) -> None:
    with _counting:
        Aside.at_work += change


def once(make: Callable[[], _T], known: Mapping[str, object], *, steps_back: int = 0) -> _T:
    """Have one thing worked out aside; here where that is not possible. For threads."""
    if can_fork():
        with contextlib.suppress(OSError, StoppedError):
            aside = Aside(lambda: iter([make()]), known, steps_back=steps_back)
            with contextlib.closing(iter(aside)) as results:
                return next(results)
    return make()


def can_fork() -> bool:
    """Tell whether work can be done aside: not where children end unseen, whose numbers may be another's by then."""
    return sys.platform == "linux" and signal.getsignal(signal.SIGCHLD) is not signal.SIG_IGN


def _fork() -> int:
    """Fork; that there are other threads is known: the child needs nothing that one of them could hold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what Python 3.12 and later say of it
        return os.fork()


def _widen(pipe: int) -> None:
    import fcntl

    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
