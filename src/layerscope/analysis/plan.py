"""What if: layers squashed into one, paths never added, findings fixed; and what the image would be then, exactly.

Nothing is estimated and nothing is stacked again: every byte of content has a layer that ships it and perhaps one that
ends it, and a plan moves, joins or takes out such pairs. A squash writes, for layers i to j, each path that they
leave behind once, and whiteouts for what they take away; so exactly the bytes go that some of these layers shipped
and some of them ended. A dropped path is one that no layer ever had: a file that has other names stays under these.
A finding that is fixed takes out the bytes that it explains, or, where its remedy saves less, no more than that.

Two things are not foreseen, because no builder writes them: a hard link to a file of a lower layer stays a link, and
what a path below a file has ended stays ended when that path is dropped.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.findings import Finding
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Outcome, Plan, PlannedLayer

Pair = tuple[int, int]
"""(layer that ships the bytes, layer that ends them or NONE)."""


class Planner:
    """Works out plans for one image; what it has learnt about a path it keeps."""

    def __init__(self, inspection: Inspection) -> None:
        self._tree: FileTree = inspection.tree
        self._findings = inspection.findings
        self._below: dict[int, frozenset[int]] = {}

    @cached_property
    def now(self) -> Outcome:
        """The image as it is."""
        return self.outcome(Plan())

    def outcome(self, plan: Plan) -> Outcome:
        """Say what the image would be."""
        pairs = Counter(self._pairs)
        changed = self._without_paths(plan.dropped)
        for content, pair in changed.items():
            self._take(pairs, content)
            if pair is not None:
                pairs[pair] += self._size(content)
        partial = []
        for index in sorted(plan.fixed):
            finding, explained = self._findings[index], self._explained(index)
            if finding.saving_bytes < sum(map(self._size, explained)):
                partial.append(index)
                continue
            for content in explained:
                if content in changed:
                    pair = changed[content]
                    if pair is not None:
                        pairs[pair] -= self._size(content)
                else:
                    self._take(pairs, content)
                changed[content] = None
        groups = _groups(plan.squashes, self._tree.layer_count)
        for index in partial:
            self._save_some(pairs, index, {content for content, pair in changed.items() if pair is None}, groups)
        return _summed(pairs, groups)

    def bytes_below(self, node: int) -> int:
        """Count what dropping a path alone would save."""
        return self.now.total_bytes - self.outcome(Plan(dropped=frozenset({node}))).total_bytes

    # --- the bytes as they are

    @cached_property
    def _pairs(self) -> "Counter[Pair]":
        tree = self._tree
        pairs: Counter[Pair] = Counter()
        for layer, table in enumerate(tree.tables):
            first = tree.first_entry[layer]
            fates = tree.fate[first : first + len(table)]
            live_bytes = sum(table.size)
            for size, killer in zip(compress(table.size, fates), compress(tree.killer[first:], fates), strict=False):
                pairs[layer, killer] += size
                live_bytes -= size
            pairs[layer, NONE] = live_bytes
        return pairs

    def _size(self, content: int) -> int:
        table, row = self._tree.place_of(content)
        return table.size[row]

    def _take(self, pairs: "Counter[Pair]", content: int) -> None:
        killer = self._tree.killer[content] if self._tree.fate[content] else NONE
        pairs[self._tree.layer_of(content), killer] -= self._size(content)

    # --- paths

    def _without_paths(self, nodes: Iterable[int]) -> dict[int, Pair | None]:
        """Give the contents that are touched when paths go: with their new pair, or None where no name is left."""
        tree = self._tree
        gone: set[int] = set()
        for node in nodes:
            gone |= self._entries_below(node)
        contents = {tree.inode_of(entry) for entry in gone}
        return {content: self._pair_of([content, *tree.links.get(content, ())], gone) for content in contents}

    def _pair_of(self, names: list[int], gone: set[int]) -> Pair | None:
        tree = self._tree
        left = [name for name in names if name not in gone]
        if not left:
            return None
        deaths = [tree.death[name] for name in left]
        return tree.layer_of(min(left)), NONE if NONE in deaths else max(deaths)

    def _entries_below(self, node: int) -> frozenset[int]:
        """Find all entries, of files and of their names, at a path and below it."""
        if node not in self._below:
            self._below[node] = frozenset(self._searched(node, self._tree.end[node]))
        return self._below[node]

    def _searched(self, low: int, high: int) -> Iterator[int]:
        tree = self._tree
        for layer, table in enumerate(tree.tables):
            first, kinds = tree.first_entry[layer], table.kind
            for row, node in enumerate(table.node):
                if low <= node < high and kinds[row] <= Kind.HARDLINK:
                    yield first + row

    # --- findings

    def _explained(self, index: int) -> list[int]:
        return list(explained(self._tree, self._findings[index]))

    def _save_some(self, pairs: "Counter[Pair]", index: int, gone: set[int], groups: "list[_Group]") -> None:
        """Take out what a finding saves that explains more than that, but for what is saved without it."""
        tree, saved, left = self._tree, 0, []
        for content in self._explained(index):
            killer = tree.killer[content] if tree.fate[content] else NONE
            owner = tree.layer_of(content)
            if content in gone or _joined(groups, owner, killer):
                saved += self._size(content)
            else:
                left.append(((owner, killer), self._size(content)))
        still = self._findings[index].saving_bytes - saved
        for pair, size in left:
            if still <= 0:
                return
            pairs[pair] -= min(size, still)
            still -= size


def explained(tree: FileTree, finding: Finding) -> Iterator[int]:
    """Give the entries whose bytes a finding is about."""
    for part in finding.parts:
        for node in dict.fromkeys(part.nodes):
            entries = tree.entries_at(node) if part.owner is None else _entries_in(tree, node, part.owner)
            for entry in entries:
                table, row = tree.place_of(entry)
                if table.size[row] and (tree.fate[entry], tree.killer[entry]) == (part.fate, part.killer):
                    yield entry


def _entries_in(tree: FileTree, node: int, layer: int) -> list[int]:
    return [tree.first_entry[layer] + row for row in tree.rows_at(node, layer)]


@dataclass(frozen=True, slots=True)
class _Group:
    """Layers that are one afterwards; of one layer, mostly."""

    first: int
    last: int
    squashed: bool


def _groups(squashes: Iterable[tuple[int, int]], layer_count: int) -> list[_Group]:
    """Give the layers as they would be."""
    groups: list[_Group] = []
    position = 0
    for first, last in (*sorted(squashes), (layer_count, layer_count)):
        groups += [_Group(layer, layer, squashed=False) for layer in range(position, first)]
        groups.append(_Group(first, last, squashed=True))
        position = last + 1
    return groups[:-1]


def _group_of(groups: list[_Group], layer: int) -> int:
    return bisect_right(groups, layer, key=lambda group: group.first) - 1


def _joined(groups: list[_Group], owner: int, killer: int) -> bool:
    """Tell whether a squash leaves out bytes that one layer ships and another, or the same, ends."""
    group = groups[_group_of(groups, owner)]
    return killer != NONE and group.squashed and killer <= group.last


def _summed(pairs: "Counter[Pair]", groups: list[_Group]) -> Outcome:
    total, live = [0] * len(groups), [0] * len(groups)
    for (owner, killer), size in pairs.items():
        if not _joined(groups, owner, killer):
            place = _group_of(groups, owner)
            total[place] += size
            live[place] += size * (killer == NONE)
    return Outcome(
        tuple(
            PlannedLayer(group.first, group.last, content_bytes=total[place], live_bytes=live[place])
            for place, group in enumerate(groups)
        )
    )
