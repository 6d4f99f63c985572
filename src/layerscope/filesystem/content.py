"""Contents: which entries of one path hold the same bytes.

Reads as little as it can: only regular files at a path that several layers (or one layer twice) ship with the same
size. Layers that were hashed while they streamed past are compared by hash; the others by reading both.
"""

import hashlib
from collections.abc import Sequence

from layerscope.filesystem.reading import LayerReader, rechunk
from layerscope.model.files import Kind
from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob, ProgressCallback, no_progress


def classify(tree: FileTree, blobs: Sequence[LayerBlob], *, progress: ProgressCallback = no_progress) -> None:
    """Fill `tree.content_class`; `blobs[k]` is layer k's."""
    wanted = {table.node[row] for table, row in map(tree.place_of, tree.rewrites)}
    if not wanted:
        return
    versions: dict[int, list[int]] = {node: [] for node in wanted}
    for layer, table in enumerate(tree.tables):
        first = tree.first_entry[layer]
        for row, node in enumerate(table.node):
            if node in wanted and table.kind[row] <= Kind.HARDLINK:
                versions[node].append(first + row)
    with LayerReader(tree, blobs) as reader:
        contents = _Contents(tree, reader)
        for done, entries in enumerate(versions.values()):
            _classify_path(tree, contents, entries)
            if not done % 256:
                progress("compare", reader.read_bytes, None)


def _classify_path(tree: FileTree, contents: "_Contents", entries: list[int]) -> None:
    """Group the versions of one path by their bytes."""
    firsts: dict[int, list[int]] = {}  # apparent size → one entry for each different content
    for entry in entries:
        inode = tree.inode_of(entry)
        table, row = tree.place_of(inode)
        if table.kind[row] != Kind.FILE:
            continue
        size = table.sparse[row].real_size_bytes if row in table.sparse else table.size[row]
        known = firsts.setdefault(size, [])
        for first in known:
            if tree.inode_of(first) == inode or size == 0 or contents.same(tree.inode_of(first), inode):
                tree.content_class[entry] = first
                break
        else:
            tree.content_class[entry] = entry
            known.append(entry)


class _Contents:
    """Comparisons, each made once."""

    def __init__(self, tree: FileTree, reader: LayerReader) -> None:
        self._tree = tree
        self._reader = reader
        self._hashes: dict[int, bytes] = {}
        self._same: dict[tuple[int, int], bool] = {}

    def same(self, one: int, other: int) -> bool:
        """Compare two regular files of equal apparent size."""
        pair = (one, other)
        if pair not in self._same:
            self._same[pair] = self._compare(one, other)
        return self._same[pair]

    def _compare(self, one: int, other: int) -> bool:
        (table, row), (table2, row2) = self._tree.place_of(one), self._tree.place_of(other)
        hashed = table.digest is not None or table2.digest is not None
        if table.sparse.get(row) != table2.sparse.get(row2):
            # Holes of one may be stored as zeros in the other: compare what a reader sees. Of layers that streamed
            # past only the stored bytes were hashed, so there different storage counts as different content.
            if hashed:
                return False
            pieces = rechunk(self._reader.content(one)), rechunk(self._reader.content(other))
            return all(a == b for a, b in zip(*pieces, strict=True))
        if hashed:
            return self._hash(one) == self._hash(other)
        return all(a == b for a, b in zip(self._reader.stored(one), self._reader.stored(other), strict=True))

    def _hash(self, entry: int) -> bytes:
        table, row = self._tree.place_of(entry)
        if table.digest is not None:
            return table.digest.get(row, b"")
        if entry not in self._hashes:
            digest = hashlib.sha256()
            for piece in self._reader.stored(entry):
                digest.update(piece)
            self._hashes[entry] = digest.digest()
        return self._hashes[entry]
