"""Where a tar's bytes come from while it is scanned: a range of a file, or a stream that cannot go back."""

import os
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol


class TarBytes(Protocol):
    """A tar's bytes, asked for in ascending order."""

    def at(self, position: int, least: int) -> tuple[bytes, int]:
        """Give a buffer and the position of its first byte: it holds `least` bytes from `position` on, or the end."""

    def pieces(self, position: int, size: int) -> Iterator[memoryview]:
        """Give a content's bytes as they pass; fewer when the tar is cut short."""


class Window:
    """A byte range of a file, read in pieces at offsets: a memory map would count as resident memory."""

    PIECE = 1 << 15

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        self.descriptor, self.offset, self.size = descriptor, offset, size

    def at(self, position: int, least: int) -> tuple[bytes, int]:
        """Read a piece at an offset, or wait for it."""
        want = min(max(self.PIECE, least), self.size - position)
        if want <= 0:
            return b"", self.size
        return os.pread(self.descriptor, want, self.offset + position), position

    def pieces(self, position: int, size: int) -> Iterator[memoryview]:
        """Read a content; scanning never asks for it, because it can be read again."""
        while size > 0:
            piece, _ = self.at(position, min(size, self.PIECE))
            if not piece:
                return
            yield memoryview(piece)[:size]
            position += len(piece)
            size -= len(piece)


class Stream:
    """A stream that cannot go back: every content is hashed as it passes, in case another layer repeats it."""

    PIECE = 1 << 18
    """Small enough that the allocator reuses its memory: with 1 MiB a gzip layer took a quarter longer."""

    def __init__(self, stream: BinaryIO) -> None:
        # What a decompressor gives at a time, as it is: `read` would put it together in a buffer of its own first
        self._read: Callable[[int], bytes] = getattr(stream, "read1", stream.read)
        self._buffer = b""
        self._start = 0

    def _next(self) -> bool:
        piece = self._read(self.PIECE)
        self._start += len(self._buffer)
        self._buffer = piece
        return bool(piece)

    def at(self, position: int, least: int) -> tuple[bytes, int]:
        """Read a piece at an offset, or wait for it."""
        while position >= self._start + len(self._buffer):
            if not self._next():
                return self._buffer, self._start
        missing = position + least - self._start - len(self._buffer)
        if missing > 0:
            pieces = [self._buffer[position - self._start :]]
            self._start = position
            while missing > 0 and (piece := self._read(self.PIECE)):
                pieces.append(piece)
                missing -= len(piece)
            self._buffer = b"".join(pieces)
        return self._buffer, self._start

    def pieces(self, position: int, size: int) -> Iterator[memoryview]:
        """Give a content's bytes as they pass."""
        while size > 0:
            buffer, start = self.at(position, 1)
            piece = memoryview(buffer)[position - start : position - start + size]
            if not piece:
                return  # cut short: the next header will not be there either, and that is reported
            yield piece
            position += len(piece)
            size -= len(piece)

    def drain(self) -> int:
        """Read to the end; return the stream's whole length."""
        while self._next():
            pass
        return self._start
