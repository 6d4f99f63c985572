"""The paths of an image whose part in Dive's scores is plain, added up as columns; and which those are.

A plain path is never a directory, nothing removes it, and no layer has it twice: nearly all are. Knows what of Dive's
rules such a path can meet; all others are `divescores`' business, which goes Dive's own way with them.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain, compress

from layerscope.analysis.flags import chooser, flagged, holds, is_none, is_some, packed, unpacked
from layerscope.model.files import Kind, LayerTable
from layerscope.model.filetree import NONE, FileTree

WHITEOUT = b".wh."
_DIRECTORY = Kind.DIRECTORY
_IS_DIRECTORY = chooser(_DIRECTORY)


def above(key: bytes) -> bytes:
    """Key of the directory."""
    return key.rpartition(b"\0")[0]


def number(tree: FileTree, key: bytes) -> int:
    """Give the node of a path, or NONE where no layer ever had it."""
    node = bisect_left(tree.keys, key)
    return node if node < len(tree.keys) and tree.keys[node] == key else NONE


def target(marker: bytes) -> bytes:
    """Key of what a whiteout removes."""
    folder, slash, name = marker.rpartition(b"\0")
    return folder + slash + name[len(WHITEOUT) :]


def special_paths(tree: FileTree) -> bytearray:
    """Mark, by node, the paths that need Dive's own steps; where it may be a directory, with all that is below."""
    special = bytearray(tree.node_count)
    tops: set[int] = set()
    odd = unpacked(packed(is_some(tree.death)) & packed(is_none(tree.successor)) | _turned(tree), tree.entry_count)
    for layer, table in enumerate(tree.tables):
        tops.update(number(tree, key) for key in table.whiteouts)
        tops.update(node for node in _above_markers(tree, table) if _is_file(tree, node, layer))
        for node in [node for node in table.node[table.implied_from :] if tree.name(node).startswith(WHITEOUT)]:
            tops |= {node, number(tree, target(tree.keys[node]))}
        first, last = tree.first_entry[layer], tree.first_entry[layer + 1]
        chosen: Iterable[int] = flagged(odd[first:last])
        if holds(deaths := tree.death[first:last], layer):
            chosen = chain(chosen, compress(range(len(table)), map(layer.__eq__, deaths)))
        for row in chosen:
            special[table.node[row]] = 1
            if table.kind[row] == _DIRECTORY:
                tops.add(table.node[row])
    for node in sorted(tops - {NONE, 0}):
        special[node : tree.end[node]] = b"\1" * (tree.end[node] - node)
    return special


def _above_markers(tree: FileTree, table: LayerTable) -> set[int]:
    """Give the directories that a layer's markers lie in, and all above them."""
    found: set[int] = set()
    fresh = {number(tree, key) for key in {*map(above, table.whiteouts), *table.opaques}}
    while fresh := fresh - found - {NONE, 0}:
        found |= fresh
        fresh = set(map(tree.parent.__getitem__, fresh))
    return found


def _is_file(tree: FileTree, node: int, layer: int) -> bool:
    """Tell whether a layer has something else than a directory at a path, all the same."""
    return any(tree.tables[layer].kind[row] != _DIRECTORY for row in tree.rows_at(node, layer))


def _turned(tree: FileTree) -> int:
    """Flag, by entry, what was a directory and became something else, or became one."""
    folder = b"".join(table.kind for table in tree.tables).translate(_IS_DIRECTORY)
    heirs = tree.successor
    found = bytearray(tree.entry_count)
    for entry in flagged(is_some(heirs)):
        if folder[entry] != folder[heirs[entry]]:
            found[entry] = found[heirs[entry]] = 1
    return packed(found)


class Plain:
    """The paths of a simple life: files and links only, replaced and never removed, once in a layer."""

    def __init__(self, tree: FileTree, special: bytearray) -> None:
        self.tree = tree
        self.node_is_special = special
        self.total = 0
        self.sizes = array("Q")
        """By entry: as in the tar header."""
        self.special = bytearray()
        """By entry: whether its path is."""
        self.unvisited: set[int] = set()
        """Entries that Dive leaves out because an odd whiteout comes before them."""

    def layer(self, index: int, sizes: Sequence[int], special: bytes, stop: int) -> int:
        """Add up one layer: all that is not special, as far as Dive goes; `sizes` and `special` are by row.

        Gives the sum of all sizes.
        """
        self.sizes.extend(sizes)
        self.special += special
        every = sum(sizes)
        self.total += every - sum([sizes[row] for row in flagged(special)])
        if stop < self.tree.node_count:
            first = self.tree.first_entry[index]
            left = [
                row
                for row, node in enumerate(self.tree.tables[index].node)
                if node >= stop and not self.node_is_special[node]
            ]
            self.unvisited.update(first + row for row in left)
            self.total -= sum(map(sizes.__getitem__, left))
        return every

    def repeats(self) -> tuple[int, int]:
        """Sum up the paths with two visits or more: all their weights, and the smallest of each."""
        tree = self.tree
        oldest = packed(is_some(tree.successor)) & packed(is_none(tree.below)) & ~packed(self.special)
        heads = array("i", flagged(unpacked(oldest, tree.entry_count)))
        return self._followed(heads) if self.unvisited else self._summed(heads)

    def _summed(self, entries: "array[int]") -> tuple[int, int]:
        """Go from the first entries of all paths to their second ones, and so on, column by column."""
        size_of, heir_of = self.sizes.__getitem__, self.tree.successor.__getitem__
        lowest: Iterable[int] = array("Q", map(size_of, entries))
        every, smallest = sum(lowest), 0
        while entries:
            heirs = array("i", map(heir_of, entries))
            ends, lowest = is_none(heirs), array("Q", lowest)
            smallest += sum(compress(lowest, ends))
            goes_on = is_some(heirs)
            entries = array("i", compress(heirs, goes_on))
            sizes = array("Q", map(size_of, entries))
            every += sum(sizes)
            lowest = map(min, compress(lowest, goes_on), sizes)
        return every, smallest

    def _followed(self, heads: "array[int]") -> tuple[int, int]:
        """Go through the entries of one path after the other, leaving out those that are not visited."""
        every = smallest = 0
        for head in heads:
            entry = head
            weights = []
            while entry != NONE:
                if entry not in self.unvisited:
                    weights.append(self.sizes[entry])
                entry = self.tree.successor[entry]
            if len(weights) > 1:
                every += sum(weights)
                smallest += min(weights)
        return every, smallest
