"""What an engine sends, as a stream that never blocks whoever reads it for good.

Owns the thread that reads ahead: a read that stalls for minutes could not be cancelled (Docker before 25 writes the
whole image to its own disk before the first byte comes), and the engine can prepare the next bytes while the last
ones are looked at. Knows nothing of any engine's library.
"""

import io
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress

from layerscope.frozen import dataclass
from layerscope.sources.waiting import POLL_S

MAX_AHEAD_BYTES = 8 * 1024 * 1024
"""How far the thread reads ahead of the reader."""
MAX_UNREAD_BYTES = 64 * 1024 * 1024
"""After a release: engines pad to a few kilobytes."""
_CHUNK_COST_BYTES = 256
"""What keeping a chunk takes beside its bytes: chunks of one byte would fill the memory else."""
_WORTH_WAKING_BYTES = 512 * 1024
"""Waking the reader for each chunk of 32 KiB that an engine sends would take more time than reading it."""
_TAIL_BYTES = 4096
_END_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Feed:
    """Bytes that an engine is sending."""

    chunks: Generator[bytes | memoryview, None, None]
    """May block, and may raise what the engine's client raises. Closing it gives back what it holds."""
    stop: Callable[[], None]
    """Have a reading of `chunks` that blocks on another thread end at once. May be called twice, and at any time."""
    ends_alone: bool = False
    """What comes of it after the image's end can be read while others go on, and is lost when the program ends."""


class ExportStream(io.RawIOBase):
    """The chunks of the feed that `start` gives. What `start` or its chunks raise is raised to the reader.

    Closing it stops the feed, unless it was released; where `start` has not returned yet, the thread stops it when it
    does.
    """

    def __init__(self, start: Callable[[], Feed]) -> None:
        self.waiting: Callable[[], None] = lambda: None
        """Called ten times a second while there is nothing to read; what it raises ends the waiting."""
        self._last: bytes | memoryview = b""
        self._start = start
        self._change = threading.Condition()
        self._ahead: deque[bytes | memoryview] = deque()
        self._ahead_bytes = 0
        self._full = False
        self._taken: deque[bytes | memoryview] = deque()
        self._error: BaseException | None = None
        self._ended = False
        self._left = False
        self._released = False
        self._unread_bytes = 0
        self._feed: Feed | None = None
        self._pending = memoryview(b"")
        # A daemon, because the engine may keep it waiting long after the user has left.
        self._thread = threading.Thread(target=self._read_ahead, name="engine export", daemon=True)
        self._thread.start()

    @property
    def begun(self) -> bool:
        """The engine has sent something."""
        return bool(self._last)

    @property
    def tail(self) -> bytes:
        """The last bytes read: where engines write what went wrong."""
        return bytes(self._last[-_TAIL_BYTES:])

    @property
    def ends_alone(self) -> bool:
        """It may be released."""
        return self._feed is not None and self._feed.ends_alone

    def release(self) -> None:
        """Let the engine end in its own time, as the image is whole: closing does not wait for it, nor stop it.

        Docker before 25 takes a second for 3 GB to delete what it wrote to its disk before it says that this was all.
        To end the connection instead would cancel what an engine does then, such as giving back a lease.
        """
        with self._change:
            self._released = True
            self._change.notify_all()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Give what has come, or wait for it."""
        view = memoryview(buffer).cast("B")
        done = 0
        while done < len(view):
            if not self._pending and not self._next_chunk(block=not done):
                break
            size = min(len(view) - done, len(self._pending))
            view[done : done + size] = self._pending[:size]
            self._pending = self._pending[size:]
            done += size
        return done

    def close(self) -> None:
        """End the export."""
        if not self.closed:
            with self._change:
                self._left = not self._released
                feed = self._feed
                self._change.notify_all()
            if feed is not None and not self._released:
                feed.stop()
                self._thread.join(_END_TIMEOUT_S)  # so that what it holds is given back when the program ends, too
        super().close()

    def _next_chunk(self, *, block: bool) -> bool:
        """Go on to the next chunk; False at the end, or where there is none yet and nobody wants to wait."""
        while not self._taken:
            ended = self._ended  # looked at first: what came before the end is there then
            self._take(block=block)
            if self._taken:
                break
            if ended and block and self._error is not None:
                raise self._error
            if ended or not block:
                return False
            self.waiting()
        chunk = self._taken.popleft()
        self._last = chunk if len(chunk) >= _TAIL_BYTES else self.tail + bytes(chunk)
        self._pending = memoryview(chunk)
        return True

    def _take(self, *, block: bool) -> None:
        """Take all that has come, waiting a moment for it if need be."""
        with self._change:
            if block and self._ahead_bytes < _WORTH_WAKING_BYTES and not self._ended:
                self._change.wait(POLL_S)
            self._taken, self._ahead = self._ahead, self._taken
            self._ahead_bytes = 0
            if self._full:
                self._full = False
                self._change.notify_all()

    def _read_ahead(self) -> None:
        feed = None
        try:
            feed = self._start()
            with self._change:
                self._feed = feed
                left = self._left
            for chunk in () if left else feed.chunks:
                if not self._hand_over(chunk):
                    break
        except BaseException as error:  # noqa: BLE001  it is raised where the stream is read
            self._error = error
        with self._change:
            self._ended = True
            self._change.notify_all()
        if feed is not None:
            with suppress(Exception):
                feed.stop()
                feed.chunks.close()

    def _hand_over(self, chunk: bytes | memoryview) -> bool:
        """Keep a chunk for the reader, waiting while it is far behind; False when it has left."""
        with self._change:
            while self._ahead_bytes >= MAX_AHEAD_BYTES and not self._left and not self._released:
                self._full = True
                self._change.wait()
            if self._released:
                self._unread_bytes += len(chunk)
                return self._unread_bytes <= MAX_UNREAD_BYTES
            if chunk:
                self._ahead.append(chunk)
                before, self._ahead_bytes = self._ahead_bytes, self._ahead_bytes + len(chunk) + _CHUNK_COST_BYTES
                if before < _WORTH_WAKING_BYTES <= self._ahead_bytes:
                    self._change.notify_all()
            return not self._left
