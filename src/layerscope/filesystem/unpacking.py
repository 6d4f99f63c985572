"""A layer that can only be unpacked from its start, read in any order without unpacking it for every file.

As long as what is wanted comes later than what was wanted before, one pass goes on. Once something earlier is wanted,
a second pass begins and keeps what it unpacks in a private temporary file, as far as anybody asks; from then on any
order costs the same. Where the disk has no room for that, every earlier file costs a pass of its own.
"""

import os
from collections.abc import Iterator
from typing import BinaryIO

from layerscope.errors import DamagedImageError, ImageError
from layerscope.model.image import LayerBlob

PIECE = 1 << 16
"""Bytes read at once; small enough that the allocator reuses its memory instead of mapping fresh pages."""
MIN_FREE_BYTES = 1 << 28
"""What is left free on the disk that temporary files are on."""
_SKIP = 1 << 20
_LOOK_EVERY_BYTES = 1 << 26


class UnpackedLayer:
    """One layer's uncompressed tar; several reads may be under way at once, on one thread. Close it when done."""

    def __init__(self, blob: LayerBlob) -> None:
        self._blob = blob
        self._pass: _Pass | None = None
        """One that nobody is reading from."""
        self._kept: _Kept | None = None
        self._begun = False
        self._has_room = True

    def close(self) -> None:
        """Let go of all that was opened."""
        if self._pass is not None:
            self._pass.stream.close()
        if self._kept is not None:
            self._kept.close()
        self._pass = self._kept = None

    def read(self, offset: int, size: int) -> Iterator[bytes]:
        """Give bytes of the tar, in pieces; `ImageError` when the layer cannot be unpacked again."""
        if self._kept is not None and (self._has_room or self._kept.reaches(offset + size)):
            yield from self._from_kept(offset, size)
            return
        found, self._pass = self._pass, None
        if found is None or found.position > offset:
            if found is not None:
                found.stream.close()
            if self._begun and self._has_room:
                self._kept = _Kept(self._open())
                yield from self._from_kept(offset, size)
                return
            found = self._open()
        try:
            found.skip_to(offset)
            yield from found.pieces(size)
        except ImageError:
            found.stream.close()
            raise
        finally:
            self._give_back(found)

    def _give_back(self, found: "_Pass") -> None:
        """Keep a pass for who wants something later."""
        if self._pass is None and not found.stream.closed:
            self._pass = found
        else:
            found.stream.close()

    def _open(self) -> "_Pass":
        self._begun = True
        try:
            return _Pass(self._blob, self._blob.open_tar())
        except OSError as error:
            reason = error.strerror or error
            raise ImageError(f"{self._blob.name} cannot be read again: {reason}", hint="was the file moved?") from error

    def _from_kept(self, offset: int, size: int) -> Iterator[bytes]:
        assert self._kept is not None
        try:
            self._kept.reach(offset + size)
        except OSError:  # no room: as if nothing had ever been kept
            self._has_room = False
            yield from self.read(offset, size)
            return
        yield from self._kept.pieces(offset, size)


class _Pass:
    """One way through a layer, from its start."""

    def __init__(self, blob: LayerBlob, stream: BinaryIO) -> None:
        self._blob = blob
        self.stream = stream
        self.position = 0

    def skip_to(self, offset: int) -> None:
        """Go on to a later place."""
        while self.position < offset:
            self._next(min(offset - self.position, _SKIP))

    def pieces(self, size: int) -> Iterator[bytes]:
        """Give what comes next."""
        while size:
            piece = self._next(min(size, PIECE))
            size -= len(piece)
            yield piece

    def _next(self, most: int) -> bytes:
        piece = self.stream.read(most)
        if not piece:
            raise DamagedImageError(
                f"{self._blob.name}: it became shorter while it was read", hint="is it still being written?"
            )
        self.position += len(piece)
        return piece


def _free_bytes() -> int:
    import shutil
    import tempfile

    return shutil.disk_usage(tempfile.gettempdir()).free


class _Kept:
    """The start of a layer in a temporary file, and the pass that makes more of it."""

    def __init__(self, source: _Pass) -> None:
        import tempfile

        self._source = source
        self._file = tempfile.TemporaryFile(prefix="layerscope-")  # noqa: SIM115  open until `close`

    def reaches(self, end: int) -> bool:
        """Say whether so much of the layer is there already."""
        return end <= self._source.position

    def reach(self, end: int) -> None:
        """Unpack up to a place; OSError when there is no room for it."""
        looked = -_LOOK_EVERY_BYTES
        while not self.reaches(end):
            position = self._source.position
            if position - looked >= _LOOK_EVERY_BYTES:
                looked = position
                if _free_bytes() < MIN_FREE_BYTES + min(end - position, 1 << 26):
                    raise OSError("too little room for temporary files")
            for piece in self._source.pieces(min(end - position, _SKIP)):
                os.pwrite(self._file.fileno(), piece, self._source.position - len(piece))

    def pieces(self, offset: int, size: int) -> Iterator[bytes]:
        """Give what is there."""
        while size:
            piece = os.pread(self._file.fileno(), min(size, PIECE), offset)
            yield piece
            offset += len(piece)
            size -= len(piece)

    def close(self) -> None:
        """Let it go."""
        self._source.stream.close()
        self._file.close()
