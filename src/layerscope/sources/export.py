"""An engine's export as a stream, whose first silence can be cut short.

Owns waiting: Docker before 25 writes the whole image to its own disk before the first byte comes, and a read that
blocks for minutes could not be cancelled. So a thread waits for the first chunk; from then on the reader reads by
itself, which is faster than handing chunks over. Knows nothing of any engine's library.
"""

import io
import queue
import threading
from collections.abc import Callable, Generator
from contextlib import suppress

_POLL_S = 0.1
_TAIL_BYTES = 4096

Chunks = Generator[bytes, None, None]


class ExportStream(io.RawIOBase):
    """The chunks that `start` gives. What `start` or its chunks raise is raised to the reader.

    Closing it closes the chunks; while there are none yet, the thread does so when the first one comes.
    """

    def __init__(self, start: Callable[[], Chunks]) -> None:
        self.waiting: Callable[[], None] = lambda: None
        """Called ten times a second until the first byte comes; what it raises ends the waiting."""
        self.tail = b""
        """The last bytes read: where engines write what went wrong."""
        self._start = start
        self._first: queue.Queue[tuple[bytes, Chunks] | BaseException] = queue.Queue(1)
        self._stop = threading.Event()
        self._chunks: Chunks | None = None
        self._pending = memoryview(b"")
        # A daemon, because the engine may keep it waiting long after the user has left.
        threading.Thread(target=self._wait_for_first, name="engine export", daemon=True).start()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Give what has come, or wait for it."""
        view = memoryview(buffer).cast("B")
        if not self._pending:
            self._pending = memoryview(self._next_chunk())
        size = min(len(view), len(self._pending))
        view[:size] = self._pending[:size]
        self._pending = self._pending[size:]
        return size

    def close(self) -> None:
        """End the export."""
        self._stop.set()
        with suppress(queue.Empty):  # the first chunk came, and nobody asked for it any more
            found = self._first.get_nowait()
            self._chunks = None if isinstance(found, BaseException) else found[1]
        if self._chunks is not None:
            self._chunks.close()
        super().close()

    def _next_chunk(self) -> bytes:
        chunk = next(self._chunks, b"") if self._chunks is not None else self._first_chunk()
        self.tail = (chunk if len(chunk) >= _TAIL_BYTES else self.tail + chunk)[-_TAIL_BYTES:]
        return chunk

    def _first_chunk(self) -> bytes:
        while True:
            try:
                found = self._first.get(timeout=_POLL_S)
            except queue.Empty:
                self.waiting()
                continue
            if isinstance(found, BaseException):
                raise found
            chunk, self._chunks = found
            return chunk

    def _wait_for_first(self) -> None:
        try:
            chunks = self._start()
            first = next(chunks, b"")
            if self._stop.is_set():
                chunks.close()
            else:
                self._first.put((first, chunks))
        except BaseException as error:  # noqa: BLE001  it is raised where the stream is read
            self._first.put(error)
