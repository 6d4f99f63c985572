"""Work shared out among processes, where that is safe and pays.

Knows nothing of what the work is. Helpers are forked, because what takes the time is Python code, which threads would
only take turns at; they take jobs from one queue together with this process. Whatever a helper does not hand back (it
met an error, it was killed) is done here, so that results and errors are the same as without helpers.

Forked by hand and not through `multiprocessing`: that costs 30 ms of imports, a fifth of a whole small run.
"""

import os
import signal
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Generic, NoReturn, TypeVar

from layerscope.errors import LayerscopeError

MAX_HELPERS = 7
_JOB = struct.Struct("<I")
_MAX_JOBS = 4096
"""Jobs that fit into any pipe's buffer; beyond them nothing is shared out."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if sys.platform != "win32" else ()
_T = TypeVar("_T")


def share_out(
    jobs: Sequence[int],
    work: Callable[[int], _T],
    *,
    pays: bool,
    before_each: Callable[[int], None],
    meanwhile: Callable[[], None] = lambda: None,
) -> dict[int, _T]:
    """Do every job, those that take longest first in `jobs`, and give the results by job.

    `pays` says whether there is enough to do for more than one process (to fork and to collect takes some 10 ms).
    `before_each(job)` is called in this process before each job that it does itself; what it raises ends everything,
    as does what `work` raises. `work` must be repeatable, and its results picklable. `meanwhile()` is called first
    where helpers are at work already.
    """
    crew = _Crew(jobs, work, cores() if pays else 1)
    done: dict[int, _T] = {}
    try:
        if crew.running:
            meanwhile()
        for job in crew.queue:
            before_each(job)
            done[job] = work(job)
        done.update(crew.results())
    finally:
        crew.stop()
    for job in jobs:
        if job not in done:
            done[job] = work(job)
    return done


def cores() -> int:
    """Cores that this process may share work out to; 1 where a fork is not safe: beside threads, and off Linux.

    Neither where whoever started this process had it ignore the end of its children: what has ended then cannot be
    waited for, and its number may be another's by the time it is to be killed.
    """
    if sys.platform != "linux" or threading.active_count() > 1 or signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        return 1
    return len(os.sched_getaffinity(0))


class _Queue:
    """Jobs as they are taken, by several processes, from one pipe: reads of a few bytes are not torn (pipe(7))."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def __iter__(self) -> Iterator[int]:
        while len(job := self._pipe.read(_JOB.size)) == _JOB.size:
            yield _JOB.unpack(job)[0]


class _Crew(Generic[_T]):
    """The helpers, and the queue that all take jobs from."""

    def __init__(self, jobs: Sequence[int], work: Callable[[int], _T], most: int) -> None:
        self._work = work
        self.running: list[tuple[int, BinaryIO]] = []
        self._pipe: BinaryIO | None = None
        self.queue: Iterable[int] = jobs
        count = min(len(jobs), most, MAX_HELPERS + 1) - 1
        if count > 0 and len(jobs) <= _MAX_JOBS:
            reading, writing = os.pipe()
            os.write(writing, b"".join(map(_JOB.pack, jobs)))
            os.close(writing)
            self._pipe = os.fdopen(reading, "rb", buffering=0)
            self.queue = _Queue(self._pipe)
            self._start(count)

    def _start(self, count: int) -> None:
        for _ in range(count):
            ours, theirs = os.pipe()
            # An interrupt between fork and what follows would unwind the helper into what only this process may do
            before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
            try:
                parent = os.getpid()
                pid = os.fork()
                if not pid:
                    # Whoever holds the reading end of a pipe never learns that nobody reads from it any more
                    for descriptor in (ours, *(stream.fileno() for _, stream in self.running)):
                        os.close(descriptor)
                    self._help(theirs, parent)
                self.running.append((pid, os.fdopen(ours, "rb")))
            except OSError:  # no more processes: those that run, and this one, do what there is
                os.close(ours)
                return
            finally:
                os.close(theirs)
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _help(self, descriptor: int, parent: int) -> NoReturn:
        """Do jobs until none is left, or nobody is there who wants them, hand over the results, and end."""
        try:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
            found = {}
            for job in self.queue:
                if os.getppid() != parent:
                    os._exit(0)
                try:
                    found[job] = self._work(job)
                except (LayerscopeError, OSError):
                    continue  # done again by who can say so
            import pickle

            with os.fdopen(descriptor, "wb") as results:
                pickle.dump(found, results, pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)

    def results(self) -> dict[int, _T]:
        """Collect what the helpers have done."""
        found: dict[int, _T] = {}
        if not self.running:
            return found
        import pickle

        for _, stream in self.running:
            try:
                found.update(pickle.load(stream))  # noqa: S301  written by our own fork
            except (EOFError, pickle.UnpicklingError):
                continue  # it was killed
        return found

    def stop(self) -> None:
        """End the helpers, whatever they do."""
        while self.running:
            pid, stream = self.running.pop()
            stream.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if self._pipe is not None:
            self._pipe.close()
