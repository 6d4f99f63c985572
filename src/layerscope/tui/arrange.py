"""A comparison in the order it is shown, and which of its rows are: flat arrays in, flat arrays out.

A *place* is a row's position in the chosen order; as in the comparison, the subtree of a place is the contiguous
range up to its `end`. Everything here is linear in what is shown or in the number of directories, because it runs
between a key and the screen. Knows no widget and no text.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from layerscope.model.filetree import FileTree
from layerscope.model.treediff import TreeDiff
from layerscope.tui.state import OPEN_ALL, Folds, Sort

AUTO_ROWS = 60
"""A comparison opens as deep as fits into this many rows."""


@dataclass(slots=True)
class Arrangement:
    """A comparison, ordered."""

    tree: FileTree
    diff: TreeDiff
    row: Sequence[int]
    """By place: row of the comparison."""
    end: Sequence[int]
    """By place: the place after its subtree."""
    directories: "array[int]"
    """Places that have something below them, ascending."""
    parent: "array[int]"
    """By place; -1 for the root."""
    places: "array[int]"
    """By row: its place (the reverse of `row`)."""
    level: int
    """Fold level to start with: as deep as there is room."""

    def __len__(self) -> int:
        return len(self.row)

    def node(self, place: int) -> int:
        """Node of the tree at a place."""
        return self.diff.node[self.row[place]]

    def depth(self, place: int) -> int:
        """Depth of a place, 0 for the root."""
        return self.tree.depth[self.node(place)]

    def has_children(self, place: int) -> bool:
        """Tell whether the comparison has rows below a place."""
        return self.end[place] > place + 1

    def place_of(self, node: int) -> int:
        """Place of a path, or of the nearest directory above it that is here."""
        nodes = self.diff.node
        while node > 0:
            row = bisect_left(nodes, node)
            if row < len(nodes) and nodes[row] == node:
                return self.places[row]
            node = self.tree.parent[node]
        return 0


def arrange(tree: FileTree, diff: TreeDiff, sort: Sort) -> Arrangement:
    """Put a comparison into an order."""
    count = len(diff)
    if sort is Sort.NAME:
        rows = array("i", range(count))
        end: Sequence[int] = diff.end
    else:
        rows, end = _by_size(diff)
    places = rows
    if sort is not Sort.NAME:
        places = array("i", bytes(4 * count))
        for place, row in enumerate(rows):
            places[row] = place
    directories = array("i", [place for place, stop in enumerate(end) if stop > place + 1])
    parent = array("i", [-1]) * count
    for place in directories:
        stop = end[place]
        parent[place + 1 : stop] = array("i", [place]) * (stop - place - 1)
    return Arrangement(tree, diff, rows, end, directories, parent, places, _auto_level(tree, diff))


def _by_size(diff: TreeDiff) -> "tuple[array[int], array[int]]":
    """Order every directory's entries by size, biggest first, then by name; rows and subtree ends by place."""
    size, stop = diff.size, diff.end
    rows, ends = array("i"), array("i")
    waiting = [0] if len(diff) else []
    while waiting:
        row = waiting.pop()
        ends.append(len(rows) + stop[row] - row)
        rows.append(row)
        child, last = row + 1, stop[row]
        if child < last:
            children = []
            while child < last:
                children.append(child)
                child = stop[child]
            # Popped from the end: so smallest first, and of equal sizes the last name first.
            children.reverse()
            children.sort(key=size.__getitem__)
            waiting.extend(children)
    return rows, ends


def _auto_level(tree: FileTree, diff: TreeDiff) -> int:
    """Give the deepest fold level whose rows still fit into `AUTO_ROWS`; at least 1."""
    counts = Counter(map(tree.depth.__getitem__, diff.node))
    total, level = counts[0], 0
    while counts[level + 1] and total + counts[level + 1] <= AUTO_ROWS:
        level += 1
        total += counts[level]
    return max(level, 1) if counts[level + 1] else OPEN_ALL


def visible_places(arrangement: Arrangement, folds: Folds) -> "array[int]":
    """List the places that are not inside a closed directory."""
    folds = folds.resolved(arrangement.level)
    end, row, node, depth = arrangement.end, arrangement.row, arrangement.diff.node, arrangement.tree.depth
    opened, closed, level = folds.opened, folds.closed, folds.level or 0
    shown = array("i")
    position = 0
    for place in arrangement.directories:
        if place < position:
            continue  # inside a closed directory
        here = node[row[place]]
        if here in opened or (depth[here] < level and here not in closed):
            continue
        shown.extend(range(position, place + 1))
        position = end[place]
    shown.extend(range(position, len(arrangement)))
    return shown


def found_places(arrangement: Arrangement, nodes: Iterable[int], folds: Folds) -> "tuple[array[int], array[int]]":
    """List the places to show for a filter, and those of its matches.

    Shown are matches, and the directories above them, which start open. A directory that matches starts closed when
    nothing below it does; opened, it shows everything below.
    """
    marks = _marks(arrangement, nodes)
    every = range(len(arrangement))
    matches = array("i", compress(every, marks))
    end = arrangement.end
    above = {place for place in arrangement.directories if marks.find(1, place + 1, end[place]) >= 0}
    for place in above:
        marks[place] = 1
    relevant = compress(every, marks)
    if not (folds.opened or folds.closed):
        return array("i", relevant), matches
    shown = array("i")
    position = 0
    for place in relevant:
        if place < position:
            continue
        shown.append(place)
        here = arrangement.node(place)
        if place in above:
            if here in folds.closed:
                position = end[place]
        elif here in folds.opened:
            shown.extend(_below(arrangement, place, folds))
            position = end[place]
    return shown, matches


def _marks(arrangement: Arrangement, nodes: Iterable[int]) -> bytearray:
    """Give by place: 1 where the path is one of the nodes."""
    wanted = bytearray(arrangement.tree.node_count)
    for node in nodes:
        wanted[node] = 1
    by_row = bytearray(map(wanted.__getitem__, arrangement.diff.node))
    return bytearray(map(by_row.__getitem__, arrangement.row))


def _below(arrangement: Arrangement, place: int, folds: Folds) -> Iterable[int]:
    inside, last = place + 1, arrangement.end[place]
    while inside < last:
        yield inside
        inside = inside + 1 if arrangement.node(inside) in folds.opened else arrangement.end[inside]
