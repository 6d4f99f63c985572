"""Contents: which entries of one path hold the same bytes.

Reads as little as it can: only regular files at a path that several layers (or one layer twice) ship with the same
size. Layers that were hashed while they streamed past are compared by hash; the others by reading both.

To read is to wait for memory, and to fold layers is Python code on one core. So most of what will be asked for is
guessed from the headers and read by another process while this one folds: a tenth of all the time of a large archive.
"""

import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, chain, compress
from operator import ne

from layerscope.filesystem import compiled
from layerscope.filesystem.comparing import left_to_compare, rewritten
from layerscope.filesystem.crew import cores, share_out
from layerscope.filesystem.reading import LayerReader, digest_of
from layerscope.model.files import Kind, LayerTable
from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob, ProgressCallback, no_progress

PAYS_FROM_PATHS = 2_000
"""Paths to compare below which a second process costs more than it saves."""
_IS_FILE = bytes([1]) + bytes(255)
_JOBS = 32
"""Pieces that the work is cut into: enough that no process waits long for another."""
_AT_ONCE = 1 << 16
"""Files up to this size are compared in one go: two reads, no loop."""
_GUESSED_ROWS = range(10_000, 500_000)
"""Rows of all layers for which guessing pays: fewer are folded at once, more need memory for it that matters."""
Same = dict[tuple[int, int], bool]
"""What is known of two entries, the older first: whether they hold the same bytes."""


def fold_and_classify(
    tables: list[LayerTable],
    blobs: Sequence[LayerBlob],
    fold: Callable[[list[LayerTable]], FileTree],
    *,
    progress: ProgressCallback = no_progress,
    meanwhile: Callable[[FileTree], None] = lambda _tree: None,
) -> FileTree:
    """Fold layers (`fold` is `stack.stack`) and fill the tree's `content_class`; `blobs[k]` is layer k's.

    `meanwhile` is called with the folded tree where somebody else compares contents already, and only there.
    """
    progress("stack", 0, None)
    known: Same = {}
    if not compiled.IN_USE and cores() > 1 and sum(map(len, tables)) in _GUESSED_ROWS:
        rows = _unfolded(tables)
        with _ticking(rows, blobs, progress) as (reader, tick):
            ahead = _Ahead(rows, _Contents(rows, reader, tick, {}))
            done = share_out(
                range(_JOBS),
                ahead.compared,
                pays=True,
                before_each=lambda _job: tick(),
                meanwhile=lambda: meanwhile(ahead.fold(fold)),
            )
        tree = ahead.tree or fold(tables)
        known = {pair: same for job in range(_JOBS) for pair, same in ahead.entries(tree, done[job])}
    else:
        tree = fold(tables)
    classify(tree, blobs, progress=progress, known=known, meanwhile=meanwhile)
    return tree


def classify(
    tree: FileTree,
    blobs: Sequence[LayerBlob],
    *,
    progress: ProgressCallback = no_progress,
    known: Same | None = None,
    meanwhile: Callable[[FileTree], None] = lambda _tree: None,
) -> None:
    """Fill `tree.content_class`; `blobs[k]` is layer k's. `meanwhile` is called where threads help, see above."""
    with _ticking(tree, blobs, progress) as (reader, tick):
        if compiled.IN_USE:
            versions = left_to_compare(tree, blobs, reader, tick, meanwhile=lambda: meanwhile(tree))
        else:
            versions = list(_versions(tree).values())
        if not versions:
            return
        known = known or {}
        step = max(1, -(-len(versions) // _JOBS))
        starts = range(0, len(versions), step)
        contents = _Contents(tree, reader, tick, known)
        found = share_out(
            starts,
            lambda start: contents.classes(versions[start : start + step]),
            pays=len(versions) - len(known) >= PAYS_FROM_PATHS,
            before_each=lambda _start: tick(),
        )
    for start in starts:
        entries = [entry for versions_ in versions[start : start + step] for entry in versions_]
        # An entry that is the first with its bytes need not say so
        changed = map(ne, entries, found[start])
        tree.content_class.update(compress(zip(entries, found[start], strict=True), changed))


@contextmanager
def _ticking(
    tree: FileTree, blobs: Sequence[LayerBlob], progress: ProgressCallback
) -> Iterator[tuple[LayerReader, Callable[[], None]]]:
    """Open the layers for reading, and give what tells how far it is; helpers tell nobody."""
    this_process = os.getpid()
    with LayerReader(tree, blobs) as reader:

        def tick() -> None:
            if os.getpid() == this_process:
                progress("compare", reader.read_bytes, None)

        yield reader, tick


class _Ahead:
    """Comparisons before the layers are folded, of rows by their number in all layers."""

    def __init__(self, rows: FileTree, contents: "_Contents") -> None:
        self._rows = rows
        self._contents = contents
        self._pairs: list[list[int]] | None = None
        self.tree: FileTree | None = None

    def fold(self, fold: Callable[[list[LayerTable]], FileTree]) -> FileTree:
        """Fold the layers, after which it is known what is to be compared."""
        self.tree = fold(self._rows.tables)
        return self.tree

    def compared(self, job: int) -> Same:
        """Compare a part of the paths: those a helper has guessed, or those that are known once all is folded."""
        if self._pairs is None:
            if self.tree is None:
                self._pairs = _likely_pairs(self._rows.tables)
            else:
                pairs = [entries for entries in _versions(self.tree).values() if len(entries) == 2]
                moved = [[_moved(entry, self.tree, self._rows) for entry in pair] for pair in pairs]
                self._pairs = [pair for pair in moved if all(map(self._is_plain, pair))]
        mine = [pair for pair in self._pairs if pair[1] % _JOBS == job]
        found = self._contents.classes(mine)
        return {(one, other): first == one for (one, other), first in zip(mine, found[1::2], strict=True)}

    def _is_plain(self, row: int) -> bool:
        """Whether a row can be read without knowing others: links need a folded tree."""
        table, place = self._rows.place_of(row)
        return table.kind[place] == Kind.FILE and table.digest is None and place not in table.sparse

    def entries(self, tree: FileTree, same: Same) -> Iterator[tuple[tuple[int, int], bool]]:
        """Name by their entries what was compared by rows."""
        for (one, other), alike in same.items():
            yield (_moved(one, self._rows, tree), _moved(other, self._rows, tree)), alike


def _moved(entry: int, of: FileTree, to: FileTree) -> int:
    """Give an entry the number that it has in another tree of the same layers: folding adds implied directories."""
    layer = of.layer_of(entry)
    return to.first_entry[layer] + entry - of.first_entry[layer]


def _unfolded(tables: list[LayerTable]) -> FileTree:
    """Give rows their numbers before they are folded: a tree without a path, enough to read contents."""
    none = array("i")
    return FileTree(
        tables=tables,
        keys=[],
        parent=none,
        end=none,
        depth=none,
        first_entry=[*accumulate(map(len, tables), initial=0)],
        below=none,
        successor=none,
        death=none,
        live=none,
        removed=[],
        inode={},
    )


def _likely_pairs(tables: list[LayerTable]) -> list[list[int]]:
    """List the files of equal size at paths that occur twice, by number of row, where both can be read again."""
    sizes = array("Q")
    plain = bytearray()
    for table in tables:
        sizes += table.size
        read_again = table.digest is None and not table.sparse
        plain += table.kind.translate(_IS_FILE) if read_again else bytes(len(table))
    rows = list(compress(range(len(plain)), plain))
    keys = list(compress(chain.from_iterable([table.keys for table in tables]), plain))
    newest = list(map(dict(zip(keys, rows, strict=True)).__getitem__, keys))
    older: dict[int, list[int]] = {}
    for row, new in compress(zip(rows, newest, strict=True), map(ne, rows, newest)):
        older.setdefault(new, []).append(row)
    pairs = [[rows[0], new] for new, rows in older.items() if len(rows) == 1]
    return [pair for pair in pairs if sizes[pair[0]] == sizes[pair[1]] > 0]


def _versions(tree: FileTree) -> dict[int, list[int]]:
    """List the regular files, and links, at each path that has several, by node, oldest first."""
    wanted = rewritten(tree)
    versions: dict[int, list[int]] = {}
    for layer, table in enumerate(tree.tables):
        first, kinds, nodes = tree.first_entry[layer], table.kind, table.node
        for row in [row for row, node in enumerate(nodes) if wanted[node]]:
            if kinds[row] <= Kind.HARDLINK:
                versions.setdefault(nodes[row], []).append(first + row)
    return versions


class _Contents:
    """Comparisons, each made once."""

    def __init__(self, tree: FileTree, reader: LayerReader, tick: Callable[[], None], known: Same) -> None:
        self._tree = tree
        self._reader = reader
        self._tick = tick
        self._digests: dict[int, bytes] = {}
        self._same = known

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
        self._reader.check()  # nobody else does for what a helper has read
        return found

    def _same_pair(self, one: int, other: int) -> bool | None:
        """Compare the two entries of a path, in the plain case, which nearly all paths are; None in others."""
        if (one, other) in self._same:
            return self._same[one, other]
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
