"""Contents: which entries of one path hold the same bytes.

Reads as little as it can: only regular files at a path that several layers (or one layer twice) ship with the same
size. Layers that were hashed while they streamed past are compared by hash; the others by reading both.
"""

import os
from array import array
from collections.abc import Callable, Sequence
from itertools import compress
from operator import ne

from layerscope.filesystem.crew import share_out
from layerscope.filesystem.reading import LayerReader, digest_of
from layerscope.model.files import Kind
from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob, ProgressCallback, no_progress

PAYS_FROM_PATHS = 2_000
"""Paths to compare below which a second process costs more than it saves."""
_JOBS = 32
"""Pieces that the work is cut into: enough that no process waits long for another."""
_AT_ONCE = 1 << 16
"""Files up to this size are compared in one go: two reads, no loop."""


def classify(tree: FileTree, blobs: Sequence[LayerBlob], *, progress: ProgressCallback = no_progress) -> None:
    """Fill `tree.content_class`; `blobs[k]` is layer k's."""
    versions = list(_versions(tree).values())
    if not versions:
        return
    this_process = os.getpid()
    with LayerReader(tree, blobs) as reader:

        def tick() -> None:
            if os.getpid() == this_process:  # helpers tell nobody
                progress("compare", reader.read_bytes, None)

        step = max(1, -(-len(versions) // _JOBS))
        starts = range(0, len(versions), step)
        contents = _Contents(tree, reader, tick)
        found = share_out(
            starts,
            lambda start: contents.classes(versions[start : start + step]),
            pays=len(versions) >= PAYS_FROM_PATHS,
            before_each=lambda _start: tick(),
        )
    for start in starts:
        entries = [entry for versions_ in versions[start : start + step] for entry in versions_]
        # An entry that is the first with its bytes need not say so
        changed = map(ne, entries, found[start])
        tree.content_class.update(compress(zip(entries, found[start], strict=True), changed))


def _versions(tree: FileTree) -> dict[int, list[int]]:
    """List the regular files, and links, at each path that has several, by node, oldest first."""
    wanted = bytearray(tree.node_count)
    rewrites = iter(tree.rewrites)  # in order of entry id
    entry = next(rewrites, None)
    for layer, table in enumerate(tree.tables):
        first, last = tree.first_entry[layer : layer + 2]
        while entry is not None and entry < last:
            wanted[table.node[entry - first]] = 1
            entry = next(rewrites, None)
    versions: dict[int, list[int]] = {}
    for layer, table in enumerate(tree.tables):
        first, kinds, nodes = tree.first_entry[layer], table.kind, table.node
        for row in [row for row, node in enumerate(nodes) if wanted[node]]:
            if kinds[row] <= Kind.HARDLINK:
                versions.setdefault(nodes[row], []).append(first + row)
    return versions


class _Contents:
    """Comparisons, each made once."""

    def __init__(self, tree: FileTree, reader: LayerReader, tick: Callable[[], None]) -> None:
        self._tree = tree
        self._reader = reader
        self._tick = tick
        self._digests: dict[int, bytes] = {}
        self._same: dict[tuple[int, int], bool] = {}

    def classes(self, paths: list[list[int]]) -> "array[int]":
        """Say for all entries of some paths, in order, which entry of the path was the first with the same bytes."""
        found = array("i")
        for entries in paths:
            same = self._same_pair(*entries) if len(entries) == 2 else None
            if same is None:
                classes = self._sort(entries)
                found.extend([classes.get(entry, entry) for entry in entries])
            else:
                found.extend((entries[0], entries[0 if same else 1]))
        return found

    def _same_pair(self, one: int, other: int) -> bool | None:
        """Compare the two entries of a path, in the plain case, which nearly all paths are; None in others."""
        (table, row), (table2, row2) = self._tree.place_of(one), self._tree.place_of(other)
        if table.kind[row] or table2.kind[row2] or row in table.sparse or row2 in table2.sparse:
            return None
        size = table.size[row]
        if size != table2.size[row2]:
            return False
        if not size:
            return True
        if table.digest is not None and table2.digest is not None:
            return table.digest.get(row) == table2.digest.get(row2)
        if table.digest is not None or table2.digest is not None or size > _AT_ONCE:
            return None
        return self._reader.at_once(one) == self._reader.at_once(other)

    def _sort(self, entries: list[int]) -> dict[int, int]:
        """Group the versions of one path by their bytes: entry → first entry with the same."""
        by_size: dict[int, list[int]] = {}
        for entry in entries:
            size = self._apparent_size(entry)
            if size is not None:
                by_size.setdefault(size, []).append(entry)
        found: dict[int, int] = {}
        for size, same_size in by_size.items():
            inodes = {self._tree.inode_of(entry) for entry in same_size}
            classes: dict[object, int] = {}
            for entry in same_size:
                inode = self._tree.inode_of(entry)
                mark: object
                if not size or len(inodes) == 1:
                    mark = True
                elif len(inodes) == 2:
                    mark = self.same(*sorted(inodes)) or inode
                else:
                    mark = self.digest(inode)
                found[entry] = classes.setdefault(mark, entry)
        return found

    def _apparent_size(self, entry: int) -> int | None:
        """Size as a reader sees it; None when the entry is no regular file after all."""
        table, row = self._tree.place_of(self._tree.inode_of(entry))
        if table.kind[row] != Kind.FILE:
            return None
        return table.sparse[row].real_size_bytes if row in table.sparse else table.size[row]

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
        for pieces, (a, b) in enumerate(zip(self._reader.stored(one), self._reader.stored(other), strict=True)):
            if a != b:
                return False
            if not pieces % 256:
                self._tick()
        return True

    def digest(self, entry: int) -> bytes:
        """Digest a regular file's content as a reader sees it."""
        table, row = self._tree.place_of(entry)
        if table.digest is not None:
            return table.digest.get(row, b"")
        if entry not in self._digests:
            self._tick()
            self._digests[entry] = digest_of(self._reader.stored(entry), table.sparse.get(row))
        return self._digests[entry]
