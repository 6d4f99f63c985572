"""What detectors look at: an image with what many of them need worked out once.

Owns the grouping of dead bytes (every one is in exactly one `Death`) and of live bytes by kind of path. Decides
nothing: detectors do. Reads contents only through the function it is given.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from layerscope.analysis.pathkinds import NO_KIND, KindTable, PathKind
from layerscope.analysis.script import Script, safe
from layerscope.model.files import Aspect
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.history import Instruction, Step
from layerscope.model.image import ImageConfig
from layerscope.model.inspection import ImageFacts, Layer
from layerscope.model.ledger import Fate
from layerscope.units import printable

ReadStart = Callable[[int, int], bytes | None]
"""(entry, most bytes) → how the file's content begins; None where it cannot be read again."""


def _unreadable(_entry: int, _most: int) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the pipeline knows when findings are looked for."""

    image: ImageFacts
    tree: FileTree
    layers: tuple[Layer, ...]
    steps: tuple[Step, ...]
    dockerfile: tuple[Instruction, ...] = ()
    """All instructions of the real Dockerfile, where there is one that fits."""
    read: ReadStart = _unreadable


@dataclass(frozen=True, slots=True)
class Death:
    """Dead bytes that came and went the same way."""

    owner: int
    killer: int
    fate: Fate
    kind: int
    """Number of the path's kind."""
    aspect: Aspect
    """What the new entry changed (OWNER, MODE, NONE), for `RESHIPPED`; KIND for a directory that was replaced."""
    origin: int
    """The layer that shipped the content first, where it has been shipped again before; else the owner."""


@dataclass(slots=True)
class Bunch:
    """Files with their bytes."""

    rows: list[tuple[int, int]] = field(default_factory=list)
    """(bytes, node), in any order."""
    size_bytes: int = 0

    def add(self, size_bytes: int, node: int) -> None:
        """Put a file in."""
        self.rows.append((size_bytes, node))
        self.size_bytes += size_bytes

    def by_node(self) -> list[tuple[int, int]]:
        """Give (bytes, node) with one row for each path, most bytes first, then by path."""
        sums: dict[int, int] = {}
        for size_bytes, node in self.rows:
            sums[node] = sums.get(node, 0) + size_bytes
        return sorted(((size, node) for node, size in sums.items()), key=lambda row: (-row[0], row[1]))


def joined(bunches: Iterable[Bunch]) -> Bunch:
    """Put bunches together."""
    whole = Bunch()
    for bunch in bunches:
        whole.rows += bunch.rows
        whole.size_bytes += bunch.size_bytes
    return whole


class Evidence:
    """See the module."""

    def __init__(self, inputs: Inputs, table: KindTable) -> None:
        self.inputs = inputs
        self.tree = inputs.tree
        self.config: ImageConfig = inputs.image.config
        self.table = table
        self.script = Script(inputs.layers, inputs.steps, inputs.dockerfile, self.config)
        self.base_count = self.script.base_count(inputs.image.base_layer_count)
        """Layers treated as the FROM image's: known, or else told by lines and history."""

    def kind(self, number: int) -> PathKind | None:
        """Give a kind by its number."""
        return self.table.kinds[number - 1] if number else None

    def in_base(self, layer: int) -> bool:
        """Tell whether a layer is the FROM image's."""
        return layer < self.base_count

    def path(self, node: int) -> str:
        """Give a path, safe to show."""
        return safe(printable(self.tree.path(node)))

    @cached_property
    def marks(self) -> bytearray:
        """The kind of every node."""
        return self.table.mark(self.tree)

    @cached_property
    def deaths(self) -> dict[Death, Bunch]:
        """All dead bytes."""
        return self._sorted[0]

    @cached_property
    def live(self) -> dict[tuple[int, int], Bunch]:
        """Live bytes of paths that have a kind, by (kind, layer)."""
        return self._sorted[1]

    @cached_property
    def replaced(self) -> list[set[int]]:
        """By layer: directories that it emptied or replaced, and did not just remove."""
        return [_replaced(self.tree, layer) for layer in range(self.tree.layer_count)]

    @cached_property
    def _sorted(self) -> tuple[dict[Death, Bunch], dict[tuple[int, int], Bunch]]:
        tree, marks = self.tree, self.marks
        deaths: dict[Death, Bunch] = {}
        known: dict[tuple[int, ...], Bunch] = {}
        live: dict[tuple[int, int], Bunch] = {}
        for layer, table in enumerate(tree.tables):
            first = tree.first_entry[layer]
            fates = tree.fate[first : first + len(table)]
            for row, (size, fate, node) in enumerate(zip(table.size, fates, table.node, strict=True)):
                if not size:
                    continue
                kind = marks[node]
                if fate:
                    entry = first + row
                    aspect, origin = self._cause(entry, layer, fate, node)
                    key = (layer, tree.killer[entry], fate, kind, aspect, origin)
                    if key not in known:
                        death = Death(layer, key[1], Fate(fate), kind, Aspect(aspect), origin)
                        known[key] = deaths[death] = Bunch()
                    known[key].add(size, node)
                elif kind != NO_KIND:
                    if (kind, layer) not in live:
                        live[kind, layer] = Bunch()
                    live[kind, layer].add(size, node)
        return deaths, live

    def _cause(self, entry: int, layer: int, fate: int, node: int) -> tuple[int, int]:
        if fate == Fate.DELETED:
            replaced = self.replaced[self.tree.killer[entry]]
            return (Aspect.KIND if replaced and _is_below(self.tree, node, replaced) else Aspect.NONE), layer
        if fate == Fate.RESHIPPED:
            return self._changed(entry), self._origin(entry, layer)
        return Aspect.NONE, layer

    def _changed(self, entry: int) -> int:
        """Say what the entry that shipped the same bytes again changed most visibly."""
        tree = self.tree
        heir = tree.successor[entry]
        for link in tree.links.get(entry, ()):
            heir = tree.successor[link] if heir == NONE else heir
        if heir == NONE:
            return Aspect.NONE
        (old, old_row), (new, new_row) = tree.place_of(entry), tree.place_of(tree.inode_of(heir))
        if old.uid[old_row] != new.uid[new_row] or old.gid[old_row] != new.gid[new_row]:
            return Aspect.OWNER
        if old.mode[old_row] != new.mode[new_row]:
            return Aspect.MODE
        if (old.xattrs or new.xattrs) and old.xattrs.get(old_row, {}) != new.xattrs.get(new_row, {}):
            return Aspect.XATTRS
        return Aspect.NONE

    def _origin(self, entry: int, layer: int) -> int:
        """Find the layer that shipped the content before it was shipped again and again."""
        tree = self.tree
        below = tree.below[entry]
        while below != NONE and tree.fate[below] == Fate.RESHIPPED and tree.killer[below] == layer:
            layer = tree.layer_of(below)
            below = tree.below[below]
        return layer


def _replaced(tree: FileTree, layer: int) -> set[int]:
    """Find the directories that a layer emptied by an opaque marker, or removed and made anew."""
    table = tree.tables[layer]
    made = set(table.node[: table.implied_from]) if table.whiteouts else set()
    found = set()
    for key in (*table.opaques, *table.whiteouts):
        node = tree.find(key.replace(b"\0", b"/"))
        if node is not None and (node in made or key in table.opaques):
            found.add(node)
    first = tree.first_entry[layer]
    for row, node in enumerate(table.node):
        below = tree.below[first + row] if tree.end[node] > node + 1 else NONE
        if below != NONE and table.kind[row] != _DIRECTORY:
            found.add(node)
    return found


def _is_below(tree: FileTree, node: int, directories: set[int]) -> bool:
    while node > 0:
        node = tree.parent[node]
        if node in directories:
            return True
    return False


_DIRECTORY = 3
