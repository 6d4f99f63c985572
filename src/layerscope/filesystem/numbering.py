"""Every path of every layer, and all their parents, numbered in pre-order: the nodes of a `FileTree`."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import cast

from layerscope.errors import LimitError
from layerscope.filesystem import compiled
from layerscope.filesystem.links import MAX_IMPLIED_BYTES
from layerscope.frozen import dataclass
from layerscope.model.files import ROOT, Kind, LayerTable, PathKey
from layerscope.model.filetree import NONE

_SOUGHT = 16
"""Of so many paths one is looked up or fewer: then searching costs less than a dict of them all."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The paths; columns by node are `FileTree`'s."""

    keys: list[PathKey]
    nodes: "list[array[int]]"
    """By layer: the node of each of its table's keys."""
    parent: "array[int]"
    end: "array[int]"
    depth: "array[int]"
    numbers: Mapping[PathKey, int]


def above(key: PathKey) -> PathKey:
    """Give the key of the directory that a path is in."""
    return PathKey(key.rpartition(b"\0")[0])


def number_paths(tables: Sequence[LayerTable]) -> Paths:
    """Give the paths of all layers their numbers, those of markers and the parents of all too."""
    extra = [ROOT]
    for table in tables:
        extra += dict.fromkeys(table.opaques)
        extra += dict.fromkeys(map(above, table.whiteouts))
    number = _compiled if compiled.IN_USE else _in_python
    implied_bytes = 0
    while True:
        paths, missing = number(tables, extra)
        if not missing:
            return paths
        known = set(paths.keys)
        while missing:
            implied_bytes += sum(map(len, missing))
            if implied_bytes > MAX_IMPLIED_BYTES:
                raise LimitError(
                    f"its paths need more than {MAX_IMPLIED_BYTES:,} bytes of directories that no entry mentions"
                )
            extra += missing
            known |= missing
            missing = {above(key) for key in missing} - known


def _compiled(tables: Sequence[LayerTable], extra: list[PathKey]) -> tuple[Paths, set[PathKey]]:
    """Give the paths their numbers, or say which parents are missing.

    Keys are sorted together with where they stand, which spares dicts of them, a third of the fold. Builders write tars
    in order of path: sorting finds long runs, at a third of the cost.
    """
    from layerscope.filesystem.compiled import folding

    every: list[PathKey] = []
    for table in tables:
        every += table.keys
    every += extra
    keys, nodes = folding.number(every, sorted(range(len(every)), key=every.__getitem__))
    del every
    parent = array("i", [NONE]) * len(keys)
    end, depth = parent[:], array("H", bytes(2 * len(keys)))
    missing = set(folding.arrange(keys, parent, end, depth))
    if missing:
        return _unfinished(keys), missing
    starts = [0]
    for table in tables:
        starts.append(starts[-1] + len(table.keys))
    by_layer = [nodes[first:last] for first, last in pairwise(starts)]
    looked_up = sum(len(table.whiteouts) + len(table.opaques) + table.kind.count(Kind.HARDLINK) for table in tables)
    numbers = Sought(keys) if looked_up * _SOUGHT < len(keys) else _dict_of(keys)
    return Paths(keys, by_layer, parent, end, depth, numbers), missing


def _in_python(tables: Sequence[LayerTable], extra: list[PathKey]) -> tuple[Paths, set[PathKey]]:
    """Give the paths their numbers, or say which parents are missing.

    Builders write tars in order of path, and a dict keeps that order: sorting finds long runs, at a third of the cost.
    """
    found: dict[PathKey, None] = {}
    for table in tables:
        found.update(dict.fromkeys(table.keys))
    found.update(dict.fromkeys(extra))
    keys = sorted(found)
    # Cast as a whole: to call PathKey for each takes half as long as the split
    parents = cast("list[PathKey]", [key.rpartition(b"\0")[0] for key in keys])
    missing = set(parents).difference(found)
    if missing:
        return _unfinished(keys), missing
    numbers = _dict_of(keys)
    parent = array("i", map(numbers.__getitem__, parents))
    parent[0] = NONE
    depth = array("H", [key.count(b"\0") + 1 for key in keys])
    depth[0] = 0
    nodes = [array("i", map(numbers.__getitem__, table.keys)) for table in tables]
    return Paths(keys, nodes, parent, _ends(parent), depth, numbers), missing


def _unfinished(keys: list[PathKey]) -> Paths:
    """Give paths of which parents are missing: with them, all will be numbered anew."""
    none = array("i")
    return Paths(keys, [], none, none, none, {})


def _ends(parent: "array[int]") -> "array[int]":
    """Say by node where its subtree ends: a directory's ends with its last child's, a leaf's after itself."""
    end = array("i", range(1, len(parent) + 1))
    last_child = dict(zip(parent, range(len(parent)), strict=True))  # later ones replace earlier ones
    del last_child[NONE]
    for node in sorted(last_child, reverse=True):
        end[node] = end[last_child[node]]
    return end


def _dict_of(keys: Iterable[PathKey]) -> dict[PathKey, int]:
    return {key: number for number, key in enumerate(keys)}


class Sought(Mapping[PathKey, int]):
    """The numbers of sorted keys, found by searching."""

    def __init__(self, keys: list[PathKey]) -> None:
        self._keys = keys

    def __getitem__(self, key: PathKey) -> int:
        place = bisect_left(self._keys, key)
        if place == len(self._keys) or self._keys[place] != key:
            raise KeyError(key)
        return place

    def __iter__(self) -> Iterator[PathKey]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
