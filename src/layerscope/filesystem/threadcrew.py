"""Work shared out among threads, where it is compiled and lets the others run.

The counterpart of `crew.py`, which forks because Python code only takes turns: here nothing has to be sent back, it is
safe beside other threads, and starting one costs nothing worth counting.
"""

import contextlib
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

MAX_HELPERS = 7
_SWITCH_S = 0.0005
"""How long Python code, such as an import, keeps the others waiting; usually 5 ms, in which they read 5,000 headers."""
_T = TypeVar("_T")


def share_out(
    jobs: Sequence[int],
    work: Callable[[int], _T],
    *,
    before_each: Callable[[int], None],
    meanwhile: Callable[[], None] = lambda: None,
    stop: Callable[[], None] = lambda: None,
) -> dict[int, _T]:
    """Do every job, those that take longest first in `jobs`, and give the results by job.

    As `crew.share_out`: `before_each(job)` is called on this thread only, before the jobs that it does itself; what a
    helper fails at is done again here. `stop()` is called when this thread gives up: helpers should end then, because
    they are waited for.
    """
    waiting = deque(jobs)
    done: dict[int, _T] = {}

    def help_out() -> None:
        for job in _taken(waiting):
            with contextlib.suppress(Exception):  # whoever does it again can say so
                done[job] = work(job)

    helpers: list[threading.Thread] = []
    with _short_turns:
        try:
            _start(helpers, min(len(jobs) - 1, _cores() - 1, MAX_HELPERS), help_out)
            if helpers:
                meanwhile()
            for job in _taken(waiting):
                before_each(job)
                done[job] = work(job)
            for helper in helpers:
                helper.join()
        except BaseException:
            stop()
            raise
        finally:
            waiting.clear()
            for helper in helpers:
                if helper.ident is not None:  # else an interrupt came before it ran, and it will find nothing to do
                    helper.join()
    for job in jobs:
        if job not in done:
            done[job] = work(job)
    return done


def _taken(waiting: deque[int]) -> Iterator[int]:
    """Take jobs until another thread has taken the last."""
    while waiting:
        try:
            job = waiting.popleft()
        except IndexError:
            return
        yield job


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _start(helpers: list[threading.Thread], count: int, target: Callable[[], None]) -> None:
    """Start helpers; each is in the list before it runs, as an interrupt may come in between."""
    for _ in range(count):
        helpers.append(threading.Thread(target=target, daemon=True))
        try:
            helpers[-1].start()
        except RuntimeError:  # no more threads: those that run, and this one, do what there is
            helpers.pop()
            return


class _ShortTurns:
    """A short switch interval, which all threads have in common, while any crew is at work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crews = 0
        self._before_s = self._set_s = 0.0

    def __enter__(self) -> None:
        with self._lock:
            self._crews += 1
            if self._crews == 1:
                self._before_s = sys.getswitchinterval()
                sys.setswitchinterval(min(self._before_s, _SWITCH_S))
                self._set_s = sys.getswitchinterval()

    def __exit__(self, *_exc: object) -> None:
        with self._lock:
            self._crews -= 1
            if not self._crews and sys.getswitchinterval() == self._set_s:  # else somebody wants another one by now
                sys.setswitchinterval(self._before_s)

    def after_fork(self) -> None:
        """Begin anew in a child: it has none of the other threads, one of which may have held the lock."""
        self._lock = threading.Lock()
        if self._crews:
            self._crews = 0
            sys.setswitchinterval(self._before_s)


_short_turns = _ShortTurns()
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_short_turns.after_fork)
