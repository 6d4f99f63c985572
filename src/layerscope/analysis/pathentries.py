"""Which entries lie at a path and below it, and which of them go with the dropped paths of a plan.

Owns that bytes of the base image never go: no step above it takes them out. Remembers what it has looked for.
"""

from collections.abc import Iterable, Iterator

from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.plan import Plan


class PathEntries:
    """See the module."""

    def __init__(self, tree: FileTree, base_count: int) -> None:
        self._tree = tree
        self.base_count = base_count
        self._below: dict[int, frozenset[int]] = {}
        self._base: dict[int, dict[int, int]] = {}

    def below(self, node: int) -> frozenset[int]:
        """Find all entries above the base, of files and of their names, at a path and below it."""
        if node not in self._below:
            self._below[node] = frozenset(self._searched(node, range(self.base_count, self._tree.layer_count)))
        return self._below[node]

    def base_bytes(self, node: int) -> dict[int, int]:
        """Count what the base image ships at a path and below it, by layer."""
        if node not in self._base:
            found = {layer: sum(self._sizes(node, layer)) for layer in range(self.base_count)}
            self._base[node] = {layer: size for layer, size in found.items() if size}
        return self._base[node]

    def gone(self, plan: Plan) -> set[int]:
        """List what goes with the dropped paths of a plan."""
        kept = {(node, layer) for node, layer, _hidden in plan.kept}
        found: set[int] = set()
        for node in plan.dropped:
            entries = self.below(node)
            found |= {one for one in entries if (node, self._tree.layer_of(one)) not in kept} if kept else entries
        return found

    def hidden(self, plan: Plan, gone: set[int]) -> Iterator[tuple[int, int]]:
        """List what stays of dropped paths, and is removed by a RUN above then: (entry, its layer)."""
        ends: dict[int, int] = {}
        for node, layer, hidden in plan.kept:
            if hidden != NONE:
                for entry in self._searched(node, (layer,)):
                    ends[entry] = min(hidden, ends.get(entry, hidden))
        for entry, hidden in ends.items():
            if entry not in gone and not self._tree.links.get(entry):
                yield entry, hidden

    def _searched(self, node: int, layers: Iterable[int]) -> Iterator[int]:
        tree = self._tree
        low, high = node, tree.end[node]
        for layer in layers:
            if not tree.ships_within(low, high, layer):
                continue
            table, first = tree.tables[layer], tree.first_entry[layer]
            kinds = table.kind
            for row, here in enumerate(table.node):
                if low <= here < high and kinds[row] <= Kind.HARDLINK:
                    yield first + row

    def _sizes(self, node: int, layer: int) -> Iterator[int]:
        first, sizes = self._tree.first_entry[layer], self._tree.tables[layer].size
        return (sizes[entry - first] for entry in self._searched(node, (layer,)))
