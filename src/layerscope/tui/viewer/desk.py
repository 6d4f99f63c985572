"""Where a viewer's reading is done: one thread, which does the last thing that was asked for first.

Owns the thread and the open file; knows no widget. A job is given the `Peek` and returns what is posted back.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from layerscope.errors import CancelledError
from layerscope.filesystem.peek import Peek
from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob
from layerscope.tui.fairness import begin, fair_turns

Key = TypeVar("Key")
MOST_WAITING = 4
"""Jobs that are remembered; of more, the oldest are given up: nobody looks there any more."""


class Desk(Generic[Key]):
    """Reads parts of files of one image."""

    def __init__(self, tree: FileTree, blobs: Sequence[LayerBlob], done: Callable[[Key, object], None]) -> None:
        """`done` is called on the thread with what a job returned, or the exception that ended it."""
        self._tree, self._blobs, self._done = tree, blobs, done
        self._open: dict[int, Peek] = {}
        self._jobs: dict[Key, Callable[[Desk[Key]], object]] = {}
        self._wake = threading.Condition()
        self._closed = False
        begin("look", self._work)

    def ask(self, key: Key, job: "Callable[[Desk[Key]], object]") -> None:
        """Have something done; asked again under the same key, the later job counts."""
        with self._wake:
            self._jobs.pop(key, None)
            self._jobs[key] = job
            while len(self._jobs) > MOST_WAITING:
                del self._jobs[next(iter(self._jobs))]
            self._wake.notify()

    def waits(self, key: Key) -> bool:
        """Tell whether a job is still to be done."""
        return key in self._jobs

    @property
    def idle(self) -> bool:
        """Nothing is waiting: a job that is worth little may go on."""
        return not self._jobs and not self._closed

    def check(self) -> None:
        """Raise `CancelledError` when nobody looks any more."""
        if self._closed:
            raise CancelledError

    def peek(self, entry: int) -> Peek:
        """Open a file, or give it as it is open; for jobs only."""
        if entry not in self._open:
            self._open[entry] = Peek(self._tree, self._blobs, entry, progress=lambda *_how: self.check())
        return self._open[entry]

    def close(self) -> None:
        """End the thread at its next step."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                while not self._jobs and not self._closed:
                    self._wake.wait()
                if self._closed:
                    break
                key = next(reversed(self._jobs))
                job = self._jobs.pop(key)
            with fair_turns():
                try:
                    result = job(self)
                except Exception as error:  # noqa: BLE001 - it is told to whoever asked
                    result = error
            if not self._closed:
                self._done(key, result)
        for peek in self._open.values():
            peek.close()
