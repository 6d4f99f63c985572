"""A comparison in the order it is shown, and which of its rows are: flat arrays in, flat arrays out.

A *place* is a row's position in the chosen order; as in the comparison, the subtree of a place is the contiguous
range up to its `end`. Everything here is linear in what is shown or in the number of directories, because it runs
between a key and the screen. Knows no widget and no text.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from heapq import nlargest
from itertools import accumulate, compress

from layerscope.frozen import dataclass
from layerscope.model.files import Change
from layerscope.model.filetree import FileTree
from layerscope.model.treediff import TreeDiff
from layerscope.tui.looks import Looks, Quiet, Sort
from layerscope.tui.state import OPEN_ALL, Folds

BIG_SHARE = 100
"""A file of a comparison is big from one part in so many on."""
MOST_BIG = 20
"""So many count as big where none has that share."""
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
    """By row: its place (the reverse of `row`); -1 where it is left out."""
    level: int
    """Fold level to start with: as deep as there is room."""
    deepest: int
    """Fold level at which everything is open."""
    big_bytes: int
    """Size of the smallest file that counts as big."""
    left_out: int = 0
    """Paths of the comparison that are not here because of what the user chose to see."""

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
            if row < len(nodes) and nodes[row] == node and self.places[row] >= 0:
                return self.places[row]
            node = self.tree.parent[node]
        return 0


def arrange(tree: FileTree, diff: TreeDiff, looks: Looks, *, unmodified: bool = False) -> Arrangement:
    """Put a comparison into an order, without what shall not be seen; it was made with or without the unmodified."""
    count = len(diff)
    rows: Sequence[int]
    end: Sequence[int]
    if looks.sort is Sort.NAME:
        rows, end = range(count), diff.end
    else:
        rows, end = _biggest_first(diff, diff.size if looks.sort is Sort.SIZE else diff.wasted)
    left_out = 0
    if looks.hides:
        marks = _seen(diff, looks, unmodified=unmodified)
        left_out = (count if unmodified else count - diff.change.count(Change.UNMODIFIED)) - sum(marks)
        for row in range(count):
            if not marks[row] and diff.end[row] > row + 1 and marks.find(1, row + 1, diff.end[row]) >= 0:
                marks[row] = 1
        marks[:1] = b"\1"
        rows, end = _only(rows, end, bytearray(map(marks.__getitem__, rows)))
    places = array("i", [-1]) * count
    for place, row in enumerate(rows):
        places[row] = place
    directories = array("i", [place for place, stop in enumerate(end) if stop > place + 1])
    parent = array("i", [-1]) * len(rows)
    for place in directories:
        stop = end[place]
        parent[place + 1 : stop] = array("i", [place]) * (stop - place - 1)
    depths = Counter(map(tree.depth.__getitem__, map(diff.node.__getitem__, rows)))
    return Arrangement(
        tree,
        diff,
        rows,
        end,
        directories,
        parent,
        places,
        level=_auto_level(depths),
        deepest=max(depths, default=0),
        big_bytes=_big_bytes(diff),
        left_out=left_out,
    )


def _big_bytes(diff: TreeDiff) -> int:
    """Give the size from which on a file is big: it has its share of all, or is one of the biggest where none has."""
    end = diff.end
    sizes = [size for row, size in enumerate(diff.size) if size and end[row] == row + 1]
    biggest = nlargest(MOST_BIG, sizes)
    share = -(-diff.size[0] // BIG_SHARE) if sizes else 0
    return share if biggest and biggest[0] >= share else max(biggest[-1:], default=1)


def _seen(diff: TreeDiff, looks: Looks, *, unmodified: bool) -> bytearray:
    """Mark the rows that shall be seen for their own sake."""
    shown = {change for change in Change if change not in looks.hidden and (unmodified or change)}
    seen = bytes(value in shown for value in range(256))
    marks = bytearray(diff.change.translate(seen))
    if looks.quiet is not Quiet.NONE:
        small = ~looks.quiet.aspects & 255
        for row, aspects in enumerate(diff.aspects):
            if aspects and not aspects & small:
                marks[row] = 0
    return marks


def _only(rows: Sequence[int], end: Sequence[int], marks: bytearray) -> "tuple[array[int], array[int]]":
    """Keep the marked places; what is above a marked one is marked."""
    before = array("i", accumulate(marks, initial=0))
    kept = array("i", compress(rows, marks))
    return kept, array("i", map(before.__getitem__, compress(end, marks)))


def _biggest_first(diff: TreeDiff, size: "array[int]") -> "tuple[array[int], array[int]]":
    """Order every directory's entries by a column, biggest first, then by name; rows and subtree ends by place."""
    stop = diff.end
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


def _auto_level(depths: "Counter[int]") -> int:
    """Give the deepest fold level whose rows still fit into `AUTO_ROWS`; at least 1."""
    total, level = depths[0], 0
    while depths[level + 1] and total + depths[level + 1] <= AUTO_ROWS:
        level += 1
        total += depths[level]
    return max(level, 1) if depths[level + 1] else OPEN_ALL


def visible_places(arrangement: Arrangement, folds: Folds) -> Sequence[int]:
    """List the places that are not inside a closed directory."""
    folds = folds.resolved(arrangement.level)
    opened, closed, level = folds.opened, folds.closed, folds.level or 0
    if level >= arrangement.deepest and not closed:
        return range(len(arrangement))
    end, row, node, depth = arrangement.end, arrangement.row, arrangement.diff.node, arrangement.tree.depth
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


def most_wasted_below(arrangement: Arrangement, node: int) -> int | None:
    """Find the file below a directory of which most is wasted, if anything is."""
    wasted, end = arrangement.diff.wasted, arrangement.end
    top = arrangement.place_of(node)
    files = (place for place in range(top + 1, end[top]) if end[place] == place + 1)
    most = max(files, key=lambda place: wasted[arrangement.row[place]], default=top)
    return arrangement.node(most) if most != top and wasted[arrangement.row[most]] else None
