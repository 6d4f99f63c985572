"""What detectors look at: an image with what many of them need worked out once.

Owns the grouping of dead bytes (every one is in exactly one `Death`) and of live bytes by kind of path. Decides
nothing: detectors do. Reads contents only through the function it is given.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from layerscope.analysis.pathkinds import NO_KIND, KindTable, PathKind
from layerscope.analysis.script import Script, safe
from layerscope.model.files import Aspect, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.history import DockerfileText, Instruction, Step
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
    beside: DockerfileText | None = None
    """The Dockerfile beside the history, be it real or reconstructed."""
    read: ReadStart = _unreadable

    @property
    def dockerfile(self) -> tuple[Instruction, ...]:
        """All instructions of the real Dockerfile, where there is one that fits."""
        return self.beside.instructions if self.beside else ()


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
        self.base_count = self.script.base_count(inputs.image.base_layer_count, has_system=_has_system(self.tree))
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
        return self.table.mark(self.tree, self.names, self.endings)

    @cached_property
    def names(self) -> list[bytes]:
        """The last component of every node."""
        return [key.rpartition(b"\0")[2] for key in self.tree.keys]

    @cached_property
    def endings(self) -> list[bytes]:
        """What follows the last dot of every name; the whole name where there is none."""
        return [name.rpartition(b".")[2] for name in self.names]

    @cached_property
    def all_names(self) -> bytes:
        """All names as lines: whether any holds something is asked of it first."""
        return b"\n".join((b"", *self.names, b""))

    @property
    def is_service(self) -> bool:
        """Tell whether the image is there to run something: it has more than a shell to start."""
        config = self.config
        command = config.entrypoint or config.cmd
        shells = {"sh", "bash", "ash", "dash", "zsh"}
        return bool(config.exposed_ports) or (bool(command) and command[0].rpartition("/")[2] not in shells)

    def is_live(self, entry: int) -> bool:
        """Tell whether an entry is in the final image."""
        return self.tree.death[entry] == NONE

    def user_layers(self) -> range:
        """Give the layers above the base."""
        return range(self.base_count, self.tree.layer_count)

    @cached_property
    def deaths(self) -> dict[Death, Bunch]:
        """All dead bytes."""
        return self._sorted[0]

    @cached_property
    def live(self) -> dict[tuple[int, int], Bunch]:
        """Live bytes of paths that have a kind, by (kind, layer that shipped the content first)."""
        return self._sorted[1]

    @cached_property
    def replaced(self) -> list[set[int]]:
        """By layer: directories that it emptied or replaced, and did not just remove."""
        return [_replaced(self.tree, layer) for layer in range(self.tree.layer_count)]

    @cached_property
    def _sorted(self) -> tuple[dict[Death, Bunch], dict[tuple[int, int], Bunch]]:
        """Sort all bytes that are dead, or live and of a kind; 10⁵ rows, so the loop calls as little as it can."""
        tree, marks, killer, below = self.tree, self.marks, self.tree.killer, self.tree.below
        dead: dict[tuple[int, ...], list[tuple[int, int]]] = {}
        live: dict[tuple[int, int], list[tuple[int, int]]] = {}
        cause = _Causes(tree, self.replaced)
        for layer, table in enumerate(tree.tables):
            first = tree.first_entry[layer]
            fates = tree.fate[first : first + len(table)]
            for row, (size, fate, node) in enumerate(zip(table.size, fates, table.node, strict=True)):
                if not size:
                    continue
                kind = marks[node]
                if fate:
                    entry = first + row
                    found = cause.of_dead(entry, layer, row) if fate != Fate.OVERWRITTEN else (Aspect.NONE, layer)
                    dead.setdefault((layer, killer[entry], fate, kind, *found), []).append((size, node))
                elif kind != NO_KIND:
                    origin = layer if below[first + row] == NONE else cause.origin(first + row, layer)
                    live.setdefault((kind, origin), []).append((size, node))
        deaths = {
            Death(owner, ender, Fate(fate), kind, Aspect(aspect), origin): _bunch(rows)
            for (owner, ender, fate, kind, aspect, origin), rows in dead.items()
        }
        return deaths, {key: _bunch(rows) for key, rows in live.items()}


def _bunch(rows: list[tuple[int, int]]) -> Bunch:
    return Bunch(rows, sum(size for size, _ in rows))


class _Causes:
    """How bytes died, entry by entry."""

    def __init__(self, tree: FileTree, replaced: list[set[int]]) -> None:
        self.tree = tree
        self.replaced = replaced
        self._below: dict[tuple[int, int], bool] = {}
        """(killer, directory) → whether it is in a directory that the killer replaced."""

    def of_dead(self, entry: int, layer: int, row: int) -> tuple[int, int]:
        """Give aspect and origin of an entry that was deleted or shipped again."""
        tree = self.tree
        if tree.fate[entry] == Fate.RESHIPPED:
            return self._changed(entry, layer, row), self.origin(entry, layer)
        killer = tree.killer[entry]
        if not self.replaced[killer]:
            return Aspect.NONE, layer
        return (Aspect.KIND if self._in_replaced(killer, tree.parent[tree.tables[layer].node[row]]) else 0), layer

    def _in_replaced(self, killer: int, directory: int) -> bool:
        known = self._below.get((killer, directory))
        if known is None:
            node = directory
            while node > 0 and node not in self.replaced[killer]:
                node = self.tree.parent[node]
            known = self._below[killer, directory] = node in self.replaced[killer]
        return known

    def _changed(self, entry: int, layer: int, row: int) -> int:
        """Say what the entry that shipped the same bytes again changed most visibly."""
        tree = self.tree
        heir = tree.successor[entry]
        if heir == NONE:
            heir = next((tree.successor[link] for link in tree.links.get(entry, ()) if tree.successor[link] >= 0), NONE)
        if heir == NONE:
            return Aspect.NONE
        old, (new, new_row) = tree.tables[layer], tree.place_of(tree.inode_of(heir))
        if old.uid[row] != new.uid[new_row] or old.gid[row] != new.gid[new_row]:
            return Aspect.OWNER
        if old.mode[row] != new.mode[new_row]:
            return Aspect.MODE
        if (old.xattrs or new.xattrs) and old.xattrs.get(row, {}) != new.xattrs.get(new_row, {}):
            return Aspect.XATTRS
        return Aspect.NONE

    def origin(self, entry: int, layer: int) -> int:
        """Find the layer that shipped the content before it was shipped again and again."""
        tree = self.tree
        below = tree.below[entry]
        while below != NONE and tree.fate[below] == Fate.RESHIPPED and tree.killer[below] == layer:
            layer = tree.layer_of(below)
            below = tree.below[below]
        return layer


def _has_system(tree: FileTree) -> bool:
    """Tell whether layer 0 holds an operating system."""
    nodes = [node for node in map(tree.find, _SYSTEM_FILES) if node is not None] if tree.layer_count else []
    return any(True for node in nodes for _ in tree.rows_at(node, 0))


def _replaced(tree: FileTree, layer: int) -> set[int]:
    """Find the directories that a layer emptied by an opaque marker, removed and made anew, or made something else."""
    table, end, kinds = tree.tables[layer], tree.end, tree.tables[layer].kind
    opaque = [tree.find(key.replace(b"\0", b"/")) for key in table.opaques]
    gone = [tree.find(key.replace(b"\0", b"/")) for key in table.whiteouts]
    found = {node for node in opaque if node is not None}
    found |= {node for node in gone if node is not None and any(True for _ in tree.rows_at(node, layer))}
    first = tree.first_entry[layer]
    for row in [row for row, node in enumerate(table.node) if end[node] > node + 1 and kinds[row] != Kind.DIRECTORY]:
        if tree.below[first + row] != NONE:
            found.add(table.node[row])
    return found


_SYSTEM_FILES = (b"/etc/os-release", b"/usr/lib/os-release", b"/bin/busybox", b"/lib/apk/db/installed")
