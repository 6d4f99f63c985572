"""Contents: which entries of one path hold the same bytes.

Reads as little as it can: only regular files at a path that several layers (or one layer twice) ship with the same
size. Layers that were hashed while they streamed past are compared by hash; the others by reading both.
"""

from collections.abc import Sequence

from layerscope.filesystem.reading import LayerReader, digest_of
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
            by_size: dict[int, list[int]] = {}
            for entry in entries:
                size = _apparent_size(tree, entry)
                if size is not None:
                    by_size.setdefault(size, []).append(entry)
            for size, same_size in by_size.items():
                _classify(tree, contents, same_size, empty=size == 0)
            if not done % 256:
                progress("compare", reader.read_bytes, None)


def _apparent_size(tree: FileTree, entry: int) -> int | None:
    """Size as a reader sees it; None when the entry is no regular file after all."""
    table, row = tree.place_of(tree.inode_of(entry))
    if table.kind[row] != Kind.FILE:
        return None
    return table.sparse[row].real_size_bytes if row in table.sparse else table.size[row]


def _classify(tree: FileTree, contents: "_Contents", entries: list[int], *, empty: bool) -> None:
    """Group the versions of one path that have one size by their bytes."""
    inodes = {tree.inode_of(entry) for entry in entries}
    classes: dict[object, int] = {}
    for entry in entries:
        inode = tree.inode_of(entry)
        mark: object
        if empty or len(inodes) == 1:
            mark = True
        elif len(inodes) == 2:
            mark = contents.same(*sorted(inodes)) or inode
        else:
            mark = contents.digest(inode)
        tree.content_class[entry] = classes.setdefault(mark, entry)


class _Contents:
    """Comparisons, each made once."""

    def __init__(self, tree: FileTree, reader: LayerReader) -> None:
        self._tree = tree
        self._reader = reader
        self._digests: dict[int, bytes] = {}
        self._same: dict[tuple[int, int], bool] = {}

    def same(self, one: int, other: int) -> bool:
        """Compare two regular files of equal apparent size."""
        pair = (one, other)
        if pair not in self._same:
            self._same[pair] = self._compare(one, other)
        return self._same[pair]

    def _compare(self, one: int, other: int) -> bool:
        (table, row), (table2, row2) = self._tree.place_of(one), self._tree.place_of(other)
        if table.digest is not None or table2.digest is not None or row in table.sparse or row2 in table2.sparse:
            return self.digest(one) == self.digest(other)
        return all(a == b for a, b in zip(self._reader.stored(one), self._reader.stored(other), strict=True))

    def digest(self, entry: int) -> bytes:
        """Digest a regular file's content as a reader sees it."""
        table, row = self._tree.place_of(entry)
        if table.digest is not None:
            return table.digest.get(row, b"")
        if entry not in self._digests:
            self._digests[entry] = digest_of(self._reader.stored(entry), table.sparse.get(row))
        return self._digests[entry]
