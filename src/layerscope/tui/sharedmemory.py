"""Memory that two processes see: what one of them puts there, the other has without its being sent or copied.

Owns the memory and where in it things lie. Begun before the fork; only the child writes, a block once, and says then
where it is. Knows nothing of what is in a block.
"""

import io
import mmap
import os
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """Where a block lies."""

    offset: int
    size_bytes: int


class SharedMemory:
    """Blocks, one after the other; each stays as long as somebody looks at it."""

    def __init__(self) -> None:
        """Begin with none; OSError where the system has no such memory."""
        self._descriptor = os.memfd_create("layerscope", os.MFD_CLOEXEC)
        self._end = 0
        self._blocks: list[tuple[mmap.mmap, Place]] = []

    def keep(self, pieces: Iterable[bytes | memoryview]) -> Place:
        """Put a block there; OSError where there is no room."""
        start = self._end = _aligned(self._end)
        for piece in pieces:
            rest = memoryview(piece).cast("B") if len(piece) else memoryview(b"")
            while rest:
                count = os.pwrite(self._descriptor, rest, self._end)
                self._end += count
                rest = rest[count:]
        return Place(start, self._end - start)

    def take(self, file: io.BufferedReader, size_bytes: int) -> memoryview:
        """Bring a file there, from where it stands on; it is never in memory twice."""
        start = self._end = _aligned(self._end)
        at = file.tell()
        os.lseek(self._descriptor, start, os.SEEK_SET)
        while size_bytes > self._end - start:
            count = os.sendfile(self._descriptor, file.fileno(), at, size_bytes + start - self._end)
            if not count:
                break
            at += count
            self._end += count
        return self.view(Place(start, self._end - start))

    def view(self, place: Place) -> memoryview:
        """Give a block."""
        if not place.size_bytes:
            return memoryview(b"")
        found = mmap.mmap(self._descriptor, place.size_bytes, prot=mmap.PROT_READ, offset=place.offset)
        self._blocks.append((found, place))
        return memoryview(found)

    def place_of(self, column: object) -> Place | None:
        """Say in which block that was looked at here a column lies; None where it is a view of none."""
        under = column.obj if isinstance(column, memoryview) else None
        return next((place for block, place in self._blocks if block is under), None)

    def close(self) -> None:
        """Let go of what nobody looks at."""
        self._blocks.clear()
        os.close(self._descriptor)


def _aligned(offset: int) -> int:
    """Give the next place from which a block can be looked at by itself; one that broke off ends anywhere."""
    return offset + -offset % mmap.ALLOCATIONGRANULARITY
