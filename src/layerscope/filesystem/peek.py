"""Any part of one file of one layer, without reading what lies before it where that is possible, and never all of it.

Uncompressed layers are read at offsets. Others can only be unpacked from their start: what has gone by is kept in a
private temporary file, so that going back costs nothing. Holes of sparse files are zeros that nobody stores.
"""

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Self

from layerscope.errors import DamagedImageError, ImageError, LimitError
from layerscope.filesystem.reading import LayerReader
from layerscope.model.files import Kind
from layerscope.model.filetree import FileTree
from layerscope.model.image import FileWindow, LayerBlob, ProgressCallback, no_progress

MAX_KEPT_BYTES = 1 << 30
"""How far into a file of a compressed layer one can look."""
_EVERY_BYTES = 1 << 20


class Peek:
    """One regular file's content; not for several threads at once. Close it when done."""

    def __init__(
        self, tree: FileTree, blobs: Sequence[LayerBlob], entry: int, *, progress: ProgressCallback = no_progress
    ) -> None:
        """`entry` is a regular file, or a hard link to one; a `progress` that raises ends a reading that takes long."""
        inode = tree.inode_of(entry)
        table, row = tree.place_of(inode)
        if table.kind[row] != Kind.FILE:
            raise ValueError("only regular files have content")
        sparse = table.sparse.get(row)
        self._runs = array("Q", [offset for offset, _length in sparse.runs]) if sparse else None
        self._lengths = array("Q", [length for _offset, length in sparse.runs]) if sparse else array("Q")
        self._stored_at = array("Q", [0])
        for length in self._lengths:
            self._stored_at.append(self._stored_at[-1] + length)
        self._stored_bytes = table.size[row]
        self.size_bytes = sparse.real_size_bytes if sparse else table.size[row]
        """As a reader of the file sees it."""
        self._blob = blobs[tree.layer_of(inode)]
        self._offset = table.offset[row]
        self._descriptor: int | None = None
        self._kept: BinaryIO | None = None
        self._kept_bytes = 0
        self._reader = LayerReader(tree, blobs)
        self._rest: Iterator[bytes] = iter(())
        self._inode = inode
        self._progress = progress

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the layer, and of what was kept."""
        self._rest = iter(())
        self._reader.close()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    @property
    def is_direct(self) -> bool:
        """Any part costs the same."""
        return self._blob.window is not None

    def read(self, offset: int, length: int) -> bytes:
        """Give the bytes at an offset, fewer at the end of the file; raises `ImageError` when that cannot be read."""
        length = min(length, self.size_bytes - offset)
        if length <= 0 or offset < 0:
            return b""
        if self._runs is None:
            return self._stored(offset, length)
        return b"".join(self._sparse(self._runs, offset, length))

    def _sparse(self, runs: "array[int]", offset: int, length: int) -> Iterator[bytes]:
        end = offset + length
        run = max(bisect_right(runs, offset) - 1, 0)
        while offset < end:
            if run == len(runs) or runs[run] > offset:
                hole = min(end, runs[run] if run < len(runs) else end) - offset
                yield bytes(hole)
                offset += hole
                continue
            inside = offset - runs[run]
            part = min(self._lengths[run] - inside, end - offset)
            if part > 0:
                yield self._stored(self._stored_at[run] + inside, part)
                offset += part
            run += 1

    def _stored(self, offset: int, length: int) -> bytes:
        window = self._blob.window
        return self._from_window(window, offset, length) if window else self._from_stream(offset, length)

    def _from_window(self, window: FileWindow, offset: int, length: int) -> bytes:
        try:
            if self._descriptor is None:
                self._descriptor = os.open(window.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            found = bytearray()
            position = window.offset + self._offset + offset
            while len(found) < length:
                piece = os.pread(self._descriptor, length - len(found), position + len(found))
                if not piece:
                    raise DamagedImageError(f"{self._blob.name}: it became shorter while it was read")
                found += piece
            return bytes(found)
        except OSError as error:
            raise ImageError(
                f"{self._blob.name} cannot be read again: {error.strerror or error}", hint="was the file moved?"
            ) from error

    def _from_stream(self, offset: int, length: int) -> bytes:
        if self._kept is None:
            import tempfile

            self._kept = tempfile.TemporaryFile(prefix="layerscope-")  # noqa: SIM115  open until `close`
            self._rest = self._reader.stored(self._inode)
        if offset + length > MAX_KEPT_BYTES:
            raise LimitError(
                f"only the first {MAX_KEPT_BYTES:,} bytes of a file in a compressed layer are shown",
                hint="extract it to see the rest",
            )
        told = self._kept_bytes
        while self._kept_bytes < offset + length:
            piece = next(self._rest, b"")
            if not piece:
                raise DamagedImageError(f"{self._blob.name}: the file ends before its size")
            self._kept.seek(self._kept_bytes)
            self._kept.write(piece)
            self._kept_bytes += len(piece)
            if self._kept_bytes - told >= _EVERY_BYTES:
                told = self._kept_bytes
                self._progress("reading", told, self._stored_bytes)
        self._kept.seek(offset)
        return self._kept.read(length)
