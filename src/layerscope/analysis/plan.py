"""What if: layers squashed into one, paths never added, findings fixed; and what the image would be then, exactly.

Nothing is estimated and nothing is stacked again: every byte of content has a layer that ships it and perhaps one that
ends it, and a plan moves, joins or takes out such pairs. A squash writes, for layers i to j, each path that they
leave behind once, and whiteouts for what they take away; so exactly the bytes go that some of these layers shipped
and some of them ended. A dropped path is one that no layer ever had: a file that has other names stays under these.
A finding that is fixed takes out the bytes that it explains, or, where its remedy saves less, no more than that.
Bytes of the base image stay: no step above it takes them out.

Two things are not foreseen, because no builder writes them: a hard link to a file of a lower layer stays a link, and
what a path below a file has ended stays ended when that path is dropped.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import compress

from layerscope.analysis.pathentries import PathEntries
from layerscope.frozen import cached_property, dataclass
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.findings import DOCKERFILE, Finding
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate
from layerscope.model.plan import AllFixes, FileOutlook, Outcome, Plan, PlannedLayer

Pair = tuple[int, int]
"""(layer that ships the bytes, layer that ends them or NONE)."""

_MOST_KNOWN = 500
"""Outcomes that are remembered."""


class Planner:
    """Works out plans for one image; what it has learnt about a path it keeps."""

    def __init__(self, inspection: Inspection) -> None:
        self._tree: FileTree = inspection.tree
        self._findings = inspection.findings
        self._inspection = inspection
        self._known: dict[tuple[Plan, tuple[int, ...]], Outcome] = {}
        self.drops: dict[int, object] = {}
        """What becomes of dropped paths, by node; `planedits.py` fills it."""
        self.outlooks: dict[Plan, FileOutlook] = {}
        """Of plans that were asked lately; `planedits.py` fills it, for every key asks again."""
        self.every: AllFixes | None = None  # `planall.py` fills it

    @cached_property
    def now(self) -> Outcome:
        """The image as it is."""
        return self.outcome(Plan())

    def outcome(self, plan: Plan, joined: tuple[int, ...] = ()) -> Outcome:
        """Say what the image would be; what was asked lately is remembered.

        `joined`: by layer, the one whose RUN its own is a part of then; it may be made of any, and not only of those
        that follow each other, as a squash is. What one of them ships and another ends is not shipped.
        """
        known = self._known.get((plan, joined))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[plan, joined] = self._foreseen(plan, joined)
        return known

    def knows(self, plan: Plan) -> bool:
        """Tell whether a plan need not be worked out again."""
        return (plan, ()) in self._known

    def _foreseen(self, plan: Plan, joined: tuple[int, ...]) -> Outcome:
        pairs = Counter(self._pairs)
        dropped = self.paths.gone(plan) if plan.dropped else set()
        changed = self._without_paths(dropped)
        for content, pair in changed.items():
            self._take(pairs, content)
            if pair is not None:
                pairs[pair] += self._size(content)
        for content, layer in self.paths.hidden(plan, dropped) if plan.kept else ():
            owner, killer = self._pair(content)
            if killer == NONE or killer > layer:
                pairs[owner, killer] -= self._size(content)
                pairs[owner, layer] += self._size(content)
        groups = _Groups(plan.squashes, self._tree.layer_count, joined)
        parts = [self._explained[index] for index in sorted(plan.fixed)]
        whole = [part for part in parts if part.saving_bytes >= part.bytes]
        for part in whole:
            pairs.subtract(part.pairs)
        self._count_once(pairs, whole, changed)
        self._count_chains_once(pairs, sorted(plan.fixed), groups)
        gone = _Gone({content for content, pair in changed.items() if pair is None}, whole)
        for part in parts:
            if part.saving_bytes < part.bytes:
                self._save_some(pairs, part, gone, groups)
        return _summed(pairs, groups)

    def prepare(self) -> None:
        """Work out what findings are about, which takes longest; not needed, but then the first question is quick."""
        _ = self._pairs, self._explained, self._shared

    def bytes_below(self, node: int) -> int:
        """Count what dropping a path alone would save."""
        return self.now.total_bytes - self.outcome(Plan(dropped=frozenset({node}))).total_bytes

    def other_names(self, node: int) -> list[int]:
        """List the nodes that hold on to what is dropped with a path: other names of its files."""
        tree, gone = self._tree, self.paths.below(node)
        contents = {tree.inode_of(entry) for entry in gone}
        names = {name for content in contents for name in (content, *tree.links.get(content, ()))} - gone
        return sorted({table.node[row] for table, row in map(tree.place_of, names)})

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

    def _pair(self, content: int) -> Pair:
        return self._tree.layer_of(content), self._tree.killer[content] if self._tree.fate[content] else NONE

    def _take(self, pairs: "Counter[Pair]", content: int) -> None:
        pairs[self._pair(content)] -= self._size(content)

    # --- paths

    def _without_paths(self, gone: set[int]) -> dict[int, Pair | None]:
        """Give the contents that are touched when paths go: with their new pair, or None where no name is left."""
        tree = self._tree
        contents = {tree.inode_of(entry) for entry in gone}
        return {content: self._pair_of([content, *tree.links.get(content, ())], gone) for content in contents}

    def _pair_of(self, names: list[int], gone: set[int]) -> Pair | None:
        tree = self._tree
        left = [name for name in names if name not in gone]
        if not left:
            return None
        deaths = [tree.death[name] for name in left]
        return tree.layer_of(min(left)), NONE if NONE in deaths else max(deaths)

    @cached_property
    def paths(self) -> PathEntries:
        """What lies at paths that may be dropped."""
        from layerscope.analysis.evidence import base_count_of

        return PathEntries(self._tree, base_count_of(self._inspection))

    # --- findings

    @cached_property
    def _explained(self) -> "list[_Explained]":
        """By finding: the contents that it is about. One pass over all entries, however many findings there are."""
        tree = self._tree
        wanted: dict[tuple[int, int, int, int], list[int]] = {}
        marks = bytearray(tree.node_count)
        for index, finding in enumerate(self._findings):
            for part in finding.parts:
                owner = NONE if part.owner is None else part.owner
                for node in part.nodes:
                    marks[node] = 1
                    about = wanted.setdefault((node, owner, part.killer, part.fate), [])
                    if about[-1:] != [index]:  # once, however often a layer shipped the path
                        about.append(index)
        found: list[dict[int, int]] = [{} for _ in self._findings]
        for layer, table in enumerate(tree.tables) if wanted else ():
            first = tree.first_entry[layer]
            rows = compress(range(len(table)), map(marks.__getitem__, table.node))
            for row in rows:
                size, entry = table.size[row], first + row
                if size:
                    how = tree.killer[entry], tree.fate[entry]
                    for owner in (layer, NONE):
                        for index in wanted.get((table.node[row], owner, *how), ()):
                            found[index][entry] = size
        for contents, finding in zip(found, self._findings, strict=True):
            if _is_ignored(finding):
                contents.update(self._shipped_before(contents))
        return [
            _Explained(contents, max(finding.saving_bytes, ignored), self._pairs_of(contents))
            for contents, finding in zip(found, self._findings, strict=True)
            for ignored in [sum(contents.values()) if _is_ignored(finding) else 0]
        ]

    def _shipped_before(self, contents: Iterable[int]) -> dict[int, int]:
        """Find the same files in lower layers: what is kept out of the context is not copied, and not shipped again."""
        tree, found = self._tree, {}
        for content in contents:
            below = tree.below[content]
            while below != NONE and tree.fate[below] == Fate.RESHIPPED:
                found[below] = self._size(below)
                below = tree.below[below]
        return found

    def _pairs_of(self, contents: dict[int, int]) -> "Counter[Pair]":
        pairs: Counter[Pair] = Counter()
        for content, size in contents.items():
            pairs[self._pair(content)] += size
        return pairs

    @cached_property
    def _shared(self) -> list[int]:
        """Contents that several findings are about."""
        counts = Counter(content for part in self._explained for content in part.contents)
        return [content for content, count in counts.items() if count > 1]

    def _count_once(self, pairs: "Counter[Pair]", parts: "list[_Explained]", changed: dict[int, Pair | None]) -> None:
        """Give back what more than one finding, or a finding and a path, took out."""
        for content in self._shared if len(parts) > 1 else ():
            count = sum(content in part.contents for part in parts)
            if count > 1:
                pairs[self._pair(content)] += (count - 1) * self._size(content)
        for content, pair in changed.items():
            if any(content in part.contents for part in parts):
                pairs[self._pair(content)] += self._size(content)
                if pair is not None:
                    pairs[pair] -= self._size(content)

    def _count_chains_once(self, pairs: "Counter[Pair]", fixed: list[int], groups: "_Groups") -> None:
        """Give back what is saved twice of a file that a step ships again and a later one ends.

        Where it is not shipped again, it is the first copy that is ended; what is done about the second saves nothing.
        """
        tree, able = self._tree, {index: self._explained[index] for index in fixed if self._findings[index].edits}
        ends = {content: index for index, part in able.items() for content in part.contents}
        for index, part in able.items():
            for content in part.contents if self._findings[index].fates == (Fate.RESHIPPED,) else ():
                heir, layer = tree.successor[content], tree.layer_of(content)
                if heir == NONE or not tree.fate[heir]:
                    continue
                other = ends.get(heir, index)
                mended = other != index and self._findings[other].fates != (Fate.RESHIPPED,)
                if (mended and not self._reaches(other, layer)) or groups.leave_out(*self._pair(heir)):
                    pairs[layer, tree.killer[heir]] += self._size(content)

    def _reaches(self, index: int, layer: int) -> bool:
        """Tell whether a finding changes what a layer ships."""
        edits = self._findings[index].edits
        return any(edit.file != DOCKERFILE or (edit.layer is not None and edit.layer <= layer) for edit in edits)

    def _save_some(self, pairs: "Counter[Pair]", part: "_Explained", gone: "_Gone", groups: "_Groups") -> None:
        """Take out what a finding saves that explains more than that, but for what is saved without it."""
        saved, left = 0, []
        for content, size in part.contents.items():
            pair = self._pair(content)
            if content in gone or groups.leave_out(*pair):
                saved += size
            else:
                left.append((pair, size))
        still = part.saving_bytes - saved
        for pair, size in left:
            if still <= 0:
                return
            pairs[pair] -= min(size, still)
            still -= size


def _is_ignored(finding: Finding) -> bool:
    """Tell whether files are kept out of the build's context: then no step has them."""
    return any(edit.file != DOCKERFILE for edit in finding.edits)


@dataclass(frozen=True, slots=True)
class _Explained:
    """What one finding is about."""

    contents: dict[int, int]
    """Entry → its bytes."""
    saving_bytes: int
    pairs: "Counter[Pair]"

    @property
    def bytes(self) -> int:
        """All of them."""
        return self.pairs.total()


@dataclass(frozen=True, slots=True)
class _Gone:
    """Contents that are not there any more."""

    contents: set[int]
    parts: list[_Explained]

    def __contains__(self, content: int) -> bool:
        return content in self.contents or any(content in part.contents for part in self.parts)


@dataclass(frozen=True, slots=True)
class _Group:
    """Layers that are one afterwards; of one layer, mostly."""

    first: int
    last: int
    squashed: bool


class _Groups:
    """The layers as they would be."""

    def __init__(self, squashes: Iterable[tuple[int, int]], layer_count: int, joined: tuple[int, ...]) -> None:
        self.all: list[_Group] = []
        self._runs = joined
        position = 0
        for first, last in (*sorted(squashes), (layer_count, layer_count)):
            self.all += [_Group(layer, layer, squashed=False) for layer in range(position, first)]
            self.all.append(_Group(first, last, squashed=True))
            position = last + 1
        self.all.pop()

    def place_of(self, layer: int) -> int:
        """Give the place of the group that a layer is in."""
        return bisect_right(self.all, layer, key=lambda group: group.first) - 1

    def leave_out(self, owner: int, killer: int) -> bool:
        """Tell whether bytes are not shipped that one layer ships and another, or the same, ends."""
        if killer == NONE:
            return False
        if self._runs and owner != killer and self._runs[owner] == self._runs[killer]:
            return True
        group = self.all[self.place_of(owner)]
        return group.squashed and killer <= group.last


def _summed(pairs: "Counter[Pair]", groups: _Groups) -> Outcome:
    total, live = [0] * len(groups.all), [0] * len(groups.all)
    for (owner, killer), size in pairs.items():
        if not groups.leave_out(owner, killer):
            place = groups.place_of(owner)
            total[place] += size
            live[place] += size * (killer == NONE)
    return Outcome(
        tuple(
            PlannedLayer(group.first, group.last, content_bytes=total[place], live_bytes=live[place])
            for place, group in enumerate(groups.all)
        )
    )
