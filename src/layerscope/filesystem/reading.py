"""The bytes of any file of any layer, read where they lie; none is ever written to disk by its name."""

import os
from collections.abc import Iterator, Sequence
from typing import Self

from layerscope.errors import DamagedImageError, ImageError, LimitError
from layerscope.filesystem.hashes import content_hash
from layerscope.filesystem.unpacking import PIECE, UnpackedLayer
from layerscope.model.files import Kind, SparseMap
from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob

MAX_EXPANDED_BYTES = 1 << 28
"""Sparse files are compared as a reader sees them up to this size; larger ones by their map and stored bytes, because
a header alone can claim exabytes of holes."""
MAX_READ_BYTES = 1 << 40
"""Of one sparse file with its holes: a header alone can claim exabytes, which would be written as zeros for years."""
MAX_EXPANDED_TOTAL_BYTES = 1 << 32
"""Of one layer's sparse files together, while it streams past; more is refused."""


class LayerReader:
    """Reads contents out of layers, keeping uncompressed ones open until it is closed."""

    def __init__(self, tree: FileTree, blobs: Sequence[LayerBlob]) -> None:
        self._tree = tree
        self._blobs = blobs
        self._open: dict[int, tuple[int, int]] = {}
        self._unpacked: dict[int, UnpackedLayer] = {}
        self.read_bytes = 0
        """Stored bytes read so far."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exc: object) -> None:
        try:
            if kind is None:
                self.check()
        finally:
            self.close()

    def check(self) -> None:
        """Raise `ImageError` when a file that was read from is not what it was when its layers were found."""
        for layer, (descriptor, _) in self._open.items():
            window = self._blobs[layer].window
            if window is not None:
                window.check(descriptor)

    def close(self) -> None:
        """Close all layers."""
        while self._unpacked:
            self._unpacked.popitem()[1].close()
        while self._open:
            _, (descriptor, _) = self._open.popitem()
            os.close(descriptor)

    def content(self, entry: int) -> Iterator[bytes]:
        """Give the bytes that a reader of the file sees, in pieces; holes of a sparse file as zeros.

        `entry` is a regular file or a hard link to one. Raises `ImageError` when the layer cannot be read again.
        """
        inode = self._tree.inode_of(entry)
        table, row = self._tree.place_of(inode)
        if table.kind[row] != Kind.FILE:
            raise ValueError("only regular files have content")
        stored = self.stored(inode)
        sparse = table.sparse.get(row)
        if sparse is not None and sparse.real_size_bytes > MAX_READ_BYTES:
            raise LimitError(
                f"a sparse file of {sparse.real_size_bytes:,} bytes, nearly all of them holes, is not read as a whole",
                hint="extract keeps its holes",
            )
        return expand(stored, sparse) if sparse else stored

    def runs(self, entry: int) -> Iterator[tuple[int, bytes]]:
        """Give the bytes of a sparse file without its holes: (offset, piece); of any other file all of them."""
        inode = self._tree.inode_of(entry)
        table, row = self._tree.place_of(inode)
        size = table.size[row]
        sparse = table.sparse.get(row) or SparseMap(size, ((0, size),))
        held = b""
        stored = self.stored(inode)
        for offset, length in sparse.runs:
            position, left = offset, length
            while left and (held := held or next(stored, b"")):
                piece, held = held[:left], held[left:]
                yield position, piece
                position += len(piece)
                left -= len(piece)

    def stored(self, entry: int) -> Iterator[bytes]:
        """Give the bytes that a layer stores for a regular file: without the holes of a sparse one."""
        table, row = self._tree.place_of(entry)
        layer = self._tree.layer_of(entry)
        blob, size = self._blobs[layer], table.size[row]
        if not size:
            return iter(())
        if blob.window is not None:
            return self._from_window(layer, table.offset[row], size)
        if blob.opener is not None:
            return self._from_stream(layer, table.offset[row], size)
        raise ImageError(
            f"{blob.name} cannot be read again",
            hint="save the image to a file and open that, or open it with --no-cache",
        )

    def at_once(self, entry: int) -> bytes:
        """Give all that a layer stores for a small regular file."""
        layer = self._tree.layer_of(entry)
        if self._blobs[layer].window is None:
            return b"".join(self.stored(entry))
        table, row = self._tree.tables[layer], entry - self._tree.first_entry[layer]
        size = table.size[row]
        descriptor, base = self._open.get(layer) or self.place(layer)
        found = os.pread(descriptor, size, base + table.offset[row])
        if len(found) < size:
            raise _shorter(self._blobs[layer])
        self.read_bytes += size
        return found

    def place(self, layer: int) -> tuple[int, int]:
        """Open the file that a layer with a window is a part of, once; give descriptor and offset."""
        if layer not in self._open:
            blob = self._blobs[layer]
            assert blob.window is not None
            try:
                descriptor = blob.window.open()
            except OSError as error:
                raise _gone(blob, error) from error
            self._open[layer] = descriptor, blob.window.offset
        return self._open[layer]

    def _from_window(self, layer: int, offset: int, left: int) -> Iterator[bytes]:
        blob = self._blobs[layer]
        descriptor, base = self.place(layer)
        position = base + offset
        while left:
            want = min(left, PIECE)
            piece = os.pread(descriptor, want, position)
            while len(piece) < want:  # pieces of two layers are compared as they are: they must be whole
                more = os.pread(descriptor, want - len(piece), position + len(piece))
                if not more:
                    raise _shorter(blob)
                piece += more
            self.read_bytes += len(piece)
            yield piece
            position += len(piece)
            left -= len(piece)

    def _from_stream(self, layer: int, offset: int, size: int) -> Iterator[bytes]:
        if layer not in self._unpacked:
            self._unpacked[layer] = UnpackedLayer(self._blobs[layer])
        for piece in self._unpacked[layer].read(offset, size):
            self.read_bytes += len(piece)
            yield piece


def _gone(blob: LayerBlob, error: OSError) -> ImageError:
    return ImageError(f"{blob.name} cannot be read again: {error.strerror or error}", hint="was the file moved?")


def _shorter(blob: LayerBlob) -> DamagedImageError:
    return DamagedImageError(f"{blob.name}: it became shorter while it was read", hint="is it still being written?")


def digest_of(stored: Iterator[bytes] | Iterator[memoryview], sparse: SparseMap | None) -> bytes:
    """Hash a file's content as a reader sees it; map and stored bytes for a huge sparse file."""
    digest = content_hash()
    if sparse is not None:
        if sparse.real_size_bytes <= MAX_EXPANDED_BYTES:
            stored = expand(map(bytes, stored), sparse)
        else:
            digest.update(f"sparse {sparse.real_size_bytes} {sparse.runs}".encode())
    for piece in stored:
        digest.update(piece)
    return digest.digest()


def expand(stored: Iterator[bytes], sparse: SparseMap) -> Iterator[bytes]:
    """Turn a sparse file's stored bytes into what a reader sees, holes as zeros."""
    held = b""
    position = 0
    for offset, length in (*sparse.runs, (sparse.real_size_bytes, 0)):
        while position < offset:
            hole = bytes(min(PIECE, offset - position))
            position += len(hole)
            yield hole
        left = length
        while left:
            held = held or next(stored, b"")
            if not held:
                return
            piece, held = held[:left], held[left:]
            left -= len(piece)
            position += len(piece)
            yield piece
