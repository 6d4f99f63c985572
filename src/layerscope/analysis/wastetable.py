"""The waste of an image as columns: 10⁵ paths that nobody looks at all of.

Owns the order (most bytes first, then by path) and that rows are made when they are looked at: the first ones without
sorting the others. Reads the fates that `ledger.settle` found; decides none.
"""

from array import array
from collections.abc import Iterator, Sequence
from heapq import nlargest
from itertools import compress, islice, repeat
from operator import eq
from typing import NamedTuple, overload

from layerscope.model.filetree import FileTree
from layerscope.model.ledger import Fate, Waste

_FATES = 4


class Gathered(NamedTuple):
    """All that a table knows besides the tree; see there."""

    codes: "array[int]"
    sizes: "array[int]"
    owners: dict[int, tuple[int, ...]]
    owner: "array[int]"
    order: Sequence[int]


class WasteTable(Sequence[Waste]):
    """The dead bytes of an image by path, killer and fate; a sequence like any other."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._codes: array[int] | None = None
        """By row, in order of path once sorted: path, killer and fate as one number. None until it is needed."""
        self._sizes: array[int] = array("Q")
        self._owners: dict[int, tuple[int, ...]] = {}
        """By code, where several layers own the bytes; else see `_owner`."""
        self._owner: array[int] = array("i")
        self._order: Sequence[int] | None = None

    def __len__(self) -> int:
        self._fill()
        return len(self._sizes)

    @overload
    def __getitem__(self, index: int) -> Waste: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Waste, ...]: ...
    def __getitem__(self, index: int | slice) -> Waste | tuple[Waste, ...]:
        if isinstance(index, int):
            return self._row(self._sorted()[index])
        start, stop, step = index.indices(len(self))
        first = self._order is None and step > 0 and stop <= len(self) // 8
        order = self._first(stop) if first else self._sorted()
        return tuple(map(self._row, order[start:stop:step]))

    def __iter__(self) -> Iterator[Waste]:
        return map(self._row, self._sorted())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | WasteTable):
            return NotImplemented
        return len(self) == len(other) and all(mine == theirs for mine, theirs in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as other sequences that compare by content

    def __reduce__(self) -> tuple[type["WasteTable"], tuple[FileTree]]:
        return WasteTable, (self._tree,)

    @property
    def is_gathered(self) -> bool:
        """Tell whether the rows are there."""
        return self._codes is not None

    def gathered(self) -> Gathered:
        """Give the rows in order, as another process can have gathered them."""
        order = self._sorted()
        assert self._codes is not None
        return Gathered(self._codes, self._sizes, self._owners, self._owner, order)

    def take(self, gathered: Gathered) -> None:
        """Have the rows that another process gathered of the same tree."""
        self._sizes, self._owners, self._owner = gathered.sizes, gathered.owners, gathered.owner
        self._order = gathered.order
        self._codes = gathered.codes  # last: it says that the others are there

    def __repr__(self) -> str:
        return f"<WasteTable of {len(self)} paths>"

    def _row(self, place: int) -> Waste:
        assert self._codes is not None
        code = self._codes[place]
        rest, fate = divmod(code, _FATES)
        node, killer = divmod(rest, self._tree.layer_count)
        owners = self._owners.get(code) or (self._owner[place],)
        return Waste(self._tree.path(node), self._sizes[place], Fate(fate), owners, killer, node)

    def _sorted(self) -> Sequence[int]:
        """Give the rows in order; sorted by path already, and sorting keeps the order of equals."""
        if self._order is None:
            self._fill()
            self._order = array("i", sorted(range(len(self._sizes)), key=self._sizes.__getitem__, reverse=True))
        return self._order

    def _first(self, count: int) -> Sequence[int]:
        """Find the first rows only: those of at least the size that the last of them has."""
        if not count:
            return ()
        least = nlargest(count, self._sizes)[-1]
        rows = compress(range(len(self._sizes)), map(least.__le__, self._sizes))
        return sorted(rows, key=self._sizes.__getitem__, reverse=True)[:count]

    def _fill(self) -> None:
        """Gather the dead entries, once; two threads that come at the same time do the same work twice."""
        if self._codes is None:
            self._gather()

    def _gather(self) -> None:
        tree, layers = self._tree, self._tree.layer_count
        codes, sizes, owner = array("Q"), array("Q"), array("i")
        for layer, table in enumerate(tree.tables):
            first, last = tree.first_entry[layer], tree.first_entry[layer + 1]
            fates = tree.fate[first:last]
            dead = fates.translate(None, b"\0")
            if dead:
                nodes, killers = compress(table.node, fates), compress(tree.killer[first:last], fates)
                codes.extend(
                    (node * layers + killer) * _FATES + fate
                    for node, killer, fate in zip(nodes, killers, dead, strict=True)
                )
                sizes.extend(compress(table.size, fates))
                owner.extend(repeat(layer, len(dead)))
        order = array("i", sorted(range(len(codes)), key=codes.__getitem__))
        in_order = array("Q", map(codes.__getitem__, order))
        if any(map(eq, in_order, islice(in_order, 1, None))):
            codes, sizes, owner = self._merged(codes, sizes, owner)
            order = array("i", sorted(range(len(codes)), key=codes.__getitem__))
            in_order = array("Q", map(codes.__getitem__, order))
        self._sizes = array("Q", map(sizes.__getitem__, order))
        self._owner = array("i", map(owner.__getitem__, order))
        self._codes = in_order  # last: it says that the others are there

    def _merged(
        self, codes: "array[int]", sizes: "array[int]", owner: "array[int]"
    ) -> "tuple[array[int], array[int], array[int]]":
        """Make one row of several entries at one path that died alike: files with several names, or shipped twice."""
        sums: dict[int, int] = {}
        owners: dict[int, tuple[int, ...]] = {}
        for code, size, layer in zip(codes, sizes, owner, strict=True):
            sums[code] = sums.get(code, 0) + size
            known = owners.get(code, ())
            owners[code] = known if layer in known else (*known, layer)
        self._owners = {code: layers for code, layers in owners.items() if len(layers) > 1}
        return array("Q", sums), array("Q", sums.values()), array("i", [owners[code][0] for code in sums])
