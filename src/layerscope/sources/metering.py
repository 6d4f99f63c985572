"""Streams that tell how far they are, or end early. Knows nothing of what goes through them."""

import io
from typing import BinaryIO, cast

from layerscope.model.image import ProgressCallback

_PROGRESS_BYTES = 1024 * 1024


class Metered(io.RawIOBase):
    """A stream that reports the bytes read from it, and so can be stopped; it owns the stream below."""

    def __init__(
        self, source: BinaryIO | io.RawIOBase, phase: str, total_bytes: int | None, progress: ProgressCallback
    ) -> None:
        self._source = cast("io.RawIOBase", source)  # whatever is read as bytes here also reads into a buffer
        self._phase = phase
        self._total_bytes = total_bytes
        self._progress = progress
        self._done_bytes = 0
        self._told_bytes = 0
        self.report()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read, and tell who wants to know about every megabyte and about the end."""
        count = self._source.readinto(buffer) or 0
        self._done_bytes += count
        if not count:
            self.finish()
        elif self._done_bytes - self._told_bytes >= _PROGRESS_BYTES:
            self.report()
        return count

    def finish(self) -> None:
        """Tell that this was all."""
        self._total_bytes = self._total_bytes and self._done_bytes  # that of an engine was an estimate
        self.report()

    def report(self) -> None:
        """Tell how far it is; what the callback raises is passed on."""
        self._told_bytes = self._done_bytes
        total = None if self._total_bytes is None else max(self._total_bytes, self._done_bytes)
        self._progress(self._phase, self._done_bytes, total)

    def close(self) -> None:
        """Close the stream below, too."""
        if not self.closed:
            self._source.close()
        super().close()


class Bounded(io.RawIOBase):
    """The next so many bytes of a stream, which it owns."""

    def __init__(self, source: BinaryIO, size_bytes: int) -> None:
        self._source = source
        self._left = size_bytes

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read, up to the end of what it may give."""
        view = memoryview(buffer).cast("B")
        data = self._source.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        """Close the stream below, too."""
        if not self.closed:
            self._source.close()
        super().close()
