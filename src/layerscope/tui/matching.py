"""Which paths of a comparison a filter finds, and what the tree shows for them. Flat arrays in, flat arrays out.

Runs on a thread for big images, in slices, so that the screen's thread gets its turns. Knows no widget and no text.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress

from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate
from layerscope.model.treediff import TreeDiff
from layerscope.tui.arrange import Arrangement
from layerscope.tui.query import Query
from layerscope.tui.search import NameIndex
from layerscope.tui.state import Folds

_PART = 2
"""The names of a comparison with so small a part of the image's are looked at one by one, else those of the image:
these lie side by side."""


def matching_rows(
    index: NameIndex, query: Query, arrangement: Arrangement, among: Sequence[int] | None = None
) -> "array[int]":
    """List the rows of a comparison for which a filter holds, ascending; `among` are rows that narrow it down."""
    diff = arrangement.diff
    places = arrangement.places
    rows = array("i", range(len(diff)) if among is None else among)
    if query.terms:
        nodes = diff.node if among is None else [diff.node[row] for row in among]
        all_of_them = len(diff) * _PART >= arrangement.tree.node_count and among is None
        rows = array("i", _rows_of(diff, index.matching(query.terms, None if all_of_them else nodes), rows))
    if arrangement.left_out:
        rows = array("i", [row for row in rows if places[row] >= 0])
    return array("i", _qualified(arrangement.tree, diff, query, rows))


def _rows_of(diff: TreeDiff, nodes: Sequence[int], among: Sequence[int]) -> Iterator[int]:
    """Give the rows, of some, of those nodes that they have; all are ascending."""
    all_nodes = diff.node
    if len(nodes) == len(among) < len(all_nodes):
        yield from among
        return
    if len(nodes) * 8 < len(all_nodes):
        row = 0
        for node in nodes:
            row = bisect_left(all_nodes, node, row)
            if row < len(all_nodes) and all_nodes[row] == node:
                yield row
        return
    wanted = set(nodes)
    for row in among:
        if all_nodes[row] in wanted:
            yield row


def _qualified(tree: FileTree, diff: TreeDiff, query: Query, rows: Iterable[int]) -> Iterable[int]:
    """Keep the rows for which everything but the names holds."""
    before, after = diff.before, diff.after
    if query.changes is not None:
        changes, change = {int(one) for one in query.changes}, diff.change
        rows = [row for row in rows if change[row] in changes]
    if query.sizes is not None:
        (least, most), size, end = query.sizes, diff.size, diff.end
        rows = [row for row in rows if least <= size[row] <= most and end[row] == row + 1]
    if query.layers is not None:
        first, last = (min(layer, tree.layer_count) for layer in (query.layers[0], query.layers[1] + 1))
        start, stop = tree.first_entry[first], tree.first_entry[last]
        rows = [row for row in rows if start <= (after[row] if after[row] != NONE else before[row]) < stop]
    if query.dead is not None:
        rows = [row for row in rows if is_dead(tree, after[row] if after[row] != NONE else before[row]) == query.dead]
    if query.kinds is not None:
        rows = [row for row in rows if _kind(tree, after[row] if after[row] != NONE else before[row]) in query.kinds]
    return rows


def is_dead(tree: FileTree, entry: int) -> bool:
    """Tell whether an entry, or what it ships, is not in the final image."""
    return entry != NONE and (tree.death[entry] != NONE or (bool(tree.fate) and tree.fate[entry] != Fate.LIVE))


def _kind(tree: FileTree, entry: int) -> int:
    if entry == NONE:
        return -1
    table, row = tree.place_of(entry)
    return table.kind[row]


def found_places(arrangement: Arrangement, rows: "array[int]", folds: Folds) -> "tuple[Sequence[int], array[int]]":
    """List the places to show for a filter, and those of its matches.

    Shown are matches, and the directories above them, which start open. A directory that matches starts closed when
    nothing below it does; opened, it shows everything below.
    """
    places, parent = arrangement.places, arrangement.parent
    matches = array("i", [places[row] for row in rows])
    if not isinstance(arrangement.row, range):
        matches = array("i", sorted(matches))
    marks = bytearray(len(arrangement))
    above: set[int] = set()
    for place in matches:
        marks[place] = 1
        over = parent[place]
        while over >= 0 and over not in above:
            above.add(over)
            over = parent[over]
    for place in above:
        marks[place] = 1
    relevant = compress(range(len(arrangement)), marks)
    if not (folds.opened or folds.closed):
        return array("i", relevant), matches
    shown = array("i")
    position = 0
    end = arrangement.end
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


def _below(arrangement: Arrangement, place: int, folds: Folds) -> Iterable[int]:
    inside, last = place + 1, arrangement.end[place]
    while inside < last:
        yield inside
        inside = inside + 1 if arrangement.node(inside) in folds.opened else arrangement.end[inside]
