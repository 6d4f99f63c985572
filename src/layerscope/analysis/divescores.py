"""Dive 0.13.1's own three numbers, reproduced with their faults, for teams that move over with their thresholds.

Owns what Dive's `filetree.Efficiency` and `image.Analyze` make of an image (github.com/wagoodman/dive at v0.13.1). Says
nothing true about waste: the ledger does. Dive's rules, as far as they are not what one would expect:

- A layer is a tree of all its entries; the last of several for one path counts. A missing parent, a whiteout's parent
  and an opaque marker's directory become nodes that weigh nothing and do not count as directories. `.wh.X` is a node of
  that name; opaque markers have no effect.
- Each layer's leaves (nodes without children in that layer, directories included) are visited in order of path. `.wh.X`
  is a visit to X; it weighs what the layers below hold there if that is a directory, and 0 if it is a file. If there is
  nothing, the rest of the layer is not visited, and X, when no layer ever visits it, has a smallest weight of -1.
- Weights are sizes in tar headers (of a sparse file: the apparent size). Per path, C is their sum and m the smallest.
  efficiency = Σ m / Σ C. wasted = Σ C over the paths with two visits or more. The user's bytes are those of all entries
  of layers 1 and up.
- The layers below are stacked node by node in order of path: a node that a whiteout of the same layer names comes back
  only if its name sorts after ".wh." (so ".cache" does not). Layer 0's whiteouts are looked up in layer 0 itself.

Nearly every path of an image has a simple life: it is never a directory, no whiteout names it or a directory above it,
no layer has it twice. Such paths are added up as columns (`diveplain`). The others, with all that is below them, go
through Dive's own steps (`_Visits`). Sending all through those takes a third longer, and 80 bytes more an entry.
"""

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, compress
from operator import mul

from layerscope.analysis.diveplain import WHITEOUT, Plain, above, number, special_paths, target
from layerscope.analysis.flags import flagged
from layerscope.frozen import dataclass
from layerscope.model.files import Kind, LayerTable
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import DiveScores

_DIRECTORY = Kind.DIRECTORY
_MOST = 2**63 - 1
"""Go's int64; only sums of sparse files that no disk holds reach it."""


def dive_scores(tree: FileTree) -> DiveScores:
    """Score an image as Dive 0.13.1 would; the ratio is infinite where Dive's is, and None where Dive has NaN."""
    special = special_paths(tree)
    visits = _Visits(tree)
    last = max((index for index, table in enumerate(tree.tables) if table.whiteouts or table.opaques), default=NONE)
    plain = Plain(tree, special)
    user_bytes = 0
    for index, table in enumerate(tree.tables):
        layer = _layer(tree, table, special)
        stop = visits.layer(layer, base=index == 0, needed=index < last)
        layer_bytes = plain.layer(index, layer.sizes, layer.special, stop)
        user_bytes += layer_bytes if index else 0
    repeated, smallest_of_repeated = plain.repeats()
    total = visits.total + plain.total
    wasted = sum(map(sum, visits.repeats.values())) + repeated
    smallest = total - wasted + sum(map(min, visits.repeats.values())) + smallest_of_repeated - visits.stray_count()
    return DiveScores(
        # Dive adds up int64 and divides float64
        efficiency=float(smallest) / float(total) if total else 1.0,
        wasted_bytes=wasted,
        user_wasted_ratio=float(wasted) / float(user_bytes) if user_bytes else (math.inf if wasted else None),
    )


def _marker(key: bytes) -> bytes:
    """Key of the whiteout that removes a path."""
    folder, slash, name = key.rpartition(b"\0")
    return folder + slash + WHITEOUT + name


@dataclass(slots=True)
class _Layer:
    """One layer as Dive's tree holds it, as far as its paths are special. The root is in none of these."""

    table: LayerTable
    sizes: Sequence[int]
    """By row, of all paths: as in the tar header."""
    special: bytes
    """By row: whether its path is."""
    rows: Mapping[int, int]
    """Node → the row that counts."""
    implied: set[int]
    """Nodes without an entry."""
    inner: set[int]
    """Nodes with children, the root included."""
    markers: list[bytes]
    """Keys of whiteout nodes, in order."""
    targets: list[int]
    """By marker: the node that it removes, or NONE."""
    parents: set[bytes]
    """Those of `markers` that have children."""


def _layer(tree: FileTree, table: LayerTable, special: bytearray) -> _Layer:
    """Build the layer's tree: who is in it, and who has children."""
    nodes = table.node
    chosen = bytes([special[node] for node in nodes]) if 1 in special else bytes(len(table))
    rows = {nodes[row]: row for row in flagged(chosen[: table.implied_from])}
    inner = set(map(tree.parent.__getitem__, rows))
    inner.update(number(tree, above) for above in {above(key) for key in table.whiteouts})
    implied: set[int] = set()
    fresh = inner.union(number(tree, key) for key in table.opaques)
    while fresh := {node for node in fresh if node > 0 and special[node] and node not in rows and node not in implied}:
        implied |= fresh
        fresh = set(map(tree.parent.__getitem__, fresh))
        inner |= fresh
    # an entry of that name is a marker, but one in a directory of that name is an entry
    odd = {node for node in implied if tree.keys[node].rpartition(b"\0")[2].startswith(WHITEOUT)}
    markers = sorted({*map(_marker, table.whiteouts), *(tree.keys[node] for node in odd)})
    return _Layer(
        table=table,
        sizes=_header_sizes(table),
        special=chosen,
        rows=rows,
        implied=implied - odd,
        inner=inner,
        markers=markers,
        targets=[number(tree, target(marker)) for marker in markers],
        parents={tree.keys[node] for node in odd & inner},
    )


def _header_sizes(table: LayerTable) -> Sequence[int]:
    if not table.sparse:
        return table.size
    sizes = array("Q", table.size)
    for row, sparse in table.sparse.items():
        sizes[row] = sparse.real_size_bytes
    return sizes


class _Visits:
    """What Dive counts by path, and the stack of the layers so far, in which it looks whiteouts up."""

    def __init__(self, tree: FileTree) -> None:
        self.tree = tree
        count = len(tree.keys)
        self.seen = bytearray(count)
        self.first = array("Q", bytes(8 * count))
        """By node: weight of the first visit."""
        self.repeats: dict[int, list[int]] = {}
        """Node → weights of all visits, where there is more than one: Dive's "inefficient files"."""
        self.strays: set[bytes] = set()
        """Whiteouts' targets that were not there."""
        self.total = 0
        self.there = bytearray(count)
        self.directory = bytearray(count)
        self.weight = array("Q", bytes(8 * count))
        self.summed = 0
        self.prefix: list[int] | None = None

    def layer(self, layer: _Layer, *, base: bool, needed: bool) -> int:
        """Visit one layer's leaves, then stack it if it is needed; give the first node that is not visited."""
        if base and layer.markers:
            self.put(layer)
        removals, stop = self.removals(layer)
        sizes, rows = layer.sizes, layer.rows
        self.visit(removals)
        self.visit((node, sizes[rows[node]]) for node in rows.keys() - layer.inner if node < stop)
        self.visit((node, 0) for node in layer.implied - layer.inner if node < stop)
        if needed:
            keys = self.tree.keys
            self.remove(layer.targets)
            self.put(layer)
            self.remove(node for node in layer.targets if node != NONE and keys[node] < _marker(keys[node]))
        return stop

    def visit(self, leaves: Iterable[tuple[int, int]]) -> None:
        """Count leaves and their weights."""
        seen, first, repeats = self.seen, self.first, self.repeats
        total = 0
        for node, size in leaves:
            total += size
            if seen[node]:
                repeats.setdefault(node, [first[node]]).append(size)
            else:
                seen[node] = 1
                first[node] = size
        self.total += total

    def removals(self, layer: _Layer) -> tuple[list[tuple[int, int]], int]:
        """Weigh what the whiteouts remove, up to the first that removes nothing: (visits, first node not visited)."""
        found: list[tuple[int, int]] = []
        for marker, node in zip(layer.markers, layer.targets, strict=True):
            if marker in layer.parents:
                continue
            if node == NONE or not self.there[node]:
                self.strays.add(target(marker))
                return found, bisect_left(self.tree.keys, marker)
            found.append((node, self.held(node) if self.directory[node] else 0))
        return found, len(self.tree.keys)

    def stray_count(self) -> int:
        """Count the targets that never were there and never came: each keeps the -1 that Dive starts with."""
        nodes = [number(self.tree, key) for key in self.strays]
        return sum(1 for node in nodes if node == NONE or not self.seen[node])

    def held(self, node: int) -> int:
        """Sum up a subtree of the stack; nested ones, which would cost their depth times their size, by prefix sums."""
        end = self.tree.end[node]
        self.summed += end - node
        if self.prefix is None:
            if self.summed <= len(self.there):
                return min(_MOST, sum(compress(self.weight[node:end], self.there[node:end])))
            self.prefix = [0, *accumulate(map(mul, self.weight, self.there))]
        return min(_MOST, self.prefix[end] - self.prefix[node])

    def put(self, layer: _Layer) -> None:
        """Put a layer's nodes on the stack; one without an entry takes the place of a directory that has one."""
        there, directory, weight = self.there, self.directory, self.weight
        sizes, kinds = layer.sizes, layer.table.kind
        for node, row in layer.rows.items():
            there[node] = 1
            directory[node] = kinds[row] == _DIRECTORY
            weight[node] = sizes[row]
        for node in layer.implied:
            there[node] = 1
            directory[node] = 0
            weight[node] = 0
        self.summed, self.prefix = 0, None

    def remove(self, nodes: Iterable[int]) -> None:
        """Take subtrees off the stack."""
        end = self.tree.end
        for node in nodes:
            if node != NONE:
                self.there[node : end[node]] = bytes(end[node] - node)
        self.summed, self.prefix = 0, None
