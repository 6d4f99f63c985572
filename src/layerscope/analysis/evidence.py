"""What detectors look at: an image with what many of them need worked out once.

Owns the grouping of dead bytes (every one is in exactly one `Death`) and of live bytes by kind of path. Decides
nothing: detectors do. Reads contents only through the function it is given.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import compress
from typing import TypeVar

from layerscope.analysis.bunch import Bunch, bunch_of
from layerscope.analysis.crossing import Crossing
from layerscope.analysis.flags import chooser, flagged
from layerscope.analysis.pathkinds import NO_KIND, KindTable, Named, PathKind
from layerscope.analysis.script import Script, safe
from layerscope.analysis.telling import Telling
from layerscope.frozen import cached_property, dataclass
from layerscope.model.files import Aspect, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.history import DockerfileText, Instruction, Step
from layerscope.model.image import ImageConfig
from layerscope.model.inspection import ImageFacts, Inspection, Layer
from layerscope.model.ledger import Fate
from layerscope.units import printable

NOTHING_TELLING = Telling()
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
    named: Named | None = None
    """What all names tell the detectors, where that was found out before."""

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


class Evidence:
    """See the module."""

    def __init__(self, inputs: Inputs, table: KindTable, telling: Telling = NOTHING_TELLING) -> None:
        self.inputs = inputs
        self.tree = inputs.tree
        self.config: ImageConfig = inputs.image.config
        self.table = table
        self._telling = telling
        self.script = Script(inputs.layers, inputs.steps, inputs.dockerfile, self.config)
        self.script.crosses = Crossing(inputs.tree, self.script)
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
    def _named(self) -> Named:
        return self.inputs.named or self.table.named(self.tree, self._telling)

    @property
    def told(self) -> Mapping[int, bytes]:
        """Nodes whose names may tell a rule something, in order, and these names: what a `Detector` asked for."""
        return self._named.told

    @property
    def marks(self) -> bytearray:
        """The kind of every node."""
        return self._named.marks

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
        found: dict[Death, Bunch] = {}
        causes = _Causes(self.tree)
        for layer in range(self.tree.layer_count):
            found |= _dead_of(self.tree, layer, self.marks, causes)
        return found

    @cached_property
    def live(self) -> dict[tuple[int, int], Bunch]:
        """Live bytes of paths that have a kind, by (kind, layer that shipped the content first)."""
        tree, marks = self.tree, self.marks
        found: dict[tuple[int, int], Bunch] = {}
        if marks.count(NO_KIND) == len(marks):
            return found
        causes, fates, below = _Causes(tree), tree.fate, tree.below
        for layer, table in enumerate(tree.tables):
            first, sizes, nodes = tree.first_entry[layer], table.size, table.node
            # one lookup a row; the loop sees only rows of a kind
            for row in [row for row, node in enumerate(nodes) if marks[node]]:
                size = sizes[row]
                if size and not fates[first + row]:
                    node = nodes[row]
                    key = marks[node], layer if below[first + row] == NONE else causes.origin(first + row, layer)
                    if key not in found:
                        found[key] = Bunch()
                    found[key].nodes.append(node)
                    found[key].sizes.append(size)
        for bunch in found.values():
            bunch.size_bytes = sum(bunch.sizes)
        return found


def _dead_of(tree: FileTree, layer: int, marks: bytearray, causes: "_Causes") -> dict[Death, Bunch]:
    """Sort the dead bytes that one layer owns: by columns as far as all rows of a group have the same cause."""
    table, first, last = tree.tables[layer], tree.first_entry[layer], tree.first_entry[layer + 1]
    fates = tree.fate[first:last]
    ends = fates.translate(None, b"\0")
    if not ends:
        return {}
    rows = list(flagged(fates.translate(_IS_DEAD)))
    nodes, sizes = array("i", compress(table.node, fates)), array("Q", compress(table.size, fates))
    kinds = bytes(map(marks.__getitem__, nodes))
    killers = array("i", compress(tree.killer[first:last], fates))
    groups: dict[tuple[int, int, int], Sequence[int]] = {}
    if all(column.count(column[0]) == len(rows) for column in (killers, ends, kinds)):
        groups[killers[0], ends[0], kinds[0]] = range(len(rows))  # one step ended them all in one way, as is usual
    else:
        groups |= _grouped(zip(killers, ends, kinds, strict=True))
    found: dict[int, tuple[Death, Bunch]] = {}
    for (killer, fate, kind), places in groups.items():
        if fate == Fate.OVERWRITTEN or (fate == Fate.DELETED and not causes.replaced(killer)):
            alike: dict[tuple[int, int], Sequence[int]] = {(Aspect.NONE, layer): places}
        else:
            causes_of = (causes.of_dead(first + rows[place], layer, rows[place]) for place in places)
            alike = {cause: [places[one] for one in members] for cause, members in _grouped(causes_of).items()}
        for (aspect, origin), members in alike.items():
            bunch = _picked(nodes, sizes, members)
            found[members[0]] = Death(layer, killer, Fate(fate), kind, Aspect(aspect), origin), bunch
    return dict(found[place] for place in sorted(found))


_Key = TypeVar("_Key")


def _grouped(keys: Iterable[_Key]) -> dict[_Key, list[int]]:
    """Give the places of each key."""
    groups: dict[_Key, list[int]] = {}
    for place, key in enumerate(keys):
        if key in groups:
            groups[key].append(place)
        else:
            groups[key] = [place]
    return groups


def _picked(nodes: "array[int]", sizes: "array[int]", places: Sequence[int]) -> Bunch:
    if len(places) == len(nodes):  # all of them, as is usual
        return bunch_of(nodes, sizes)
    return bunch_of(map(nodes.__getitem__, places), map(sizes.__getitem__, places))


class _Causes:
    """How bytes died, entry by entry."""

    def __init__(self, tree: FileTree) -> None:
        self.tree = tree
        self._replaced: dict[int, set[int]] = {}
        self._below: dict[tuple[int, int], bool] = {}
        """(killer, directory) → whether it is in a directory that the killer replaced."""
        self._origins: dict[int, int] = {}
        """Entry → what `origin` found."""

    def replaced(self, layer: int) -> set[int]:
        """Give the directories that a layer emptied or replaced, and did not just remove."""
        if layer not in self._replaced:
            self._replaced[layer] = replaced_directories(self.tree, layer)
        return self._replaced[layer]

    def of_dead(self, entry: int, layer: int, row: int) -> tuple[int, int]:
        """Give aspect and origin of an entry that was deleted or shipped again."""
        tree = self.tree
        if tree.fate[entry] == Fate.RESHIPPED:
            return self._changed(entry, layer, row), self.origin(entry, layer)
        killer = tree.killer[entry]
        return (Aspect.KIND if self._in_replaced(killer, tree.parent[tree.tables[layer].node[row]]) else 0), layer

    def _in_replaced(self, killer: int, directory: int) -> bool:
        known = self._below.get((killer, directory))
        if known is None:
            node = directory
            while node > 0 and node not in self.replaced(killer):
                node = self.tree.parent[node]
            known = self._below[killer, directory] = node in self.replaced(killer)
        return known

    def _changed(self, entry: int, layer: int, row: int) -> int:
        """Say what the entry that shipped the same bytes again changed most visibly."""
        tree = self.tree
        heir = tree.successor[entry]
        if heir == NONE:
            heir = next((tree.successor[link] for link in tree.links.get(entry, ()) if tree.successor[link] >= 0), NONE)
        if heir == NONE:
            return Aspect.NONE
        old = tree.tables[layer]
        if heir in tree.inode or entry in tree.links:
            new, new_row = tree.place_of(tree.inode_of(heir))
        else:  # nearly always: it is the killer's, and nobody must look for it
            new, new_row = tree.tables[tree.killer[entry]], heir - tree.first_entry[tree.killer[entry]]
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
        chain, known = [entry], None
        below = tree.below[entry]
        while below != NONE and tree.fate[below] == Fate.RESHIPPED and tree.killer[below] == layer:
            known = self._origins.get(below)
            if known is not None:  # a path that is shipped 10^5 times is not gone through from each of them
                layer = known
                break
            layer = tree.layer_of(below)
            chain.append(below)
            below = tree.below[below]
        if len(chain) > 1 or known is not None:
            self._origins.update(dict.fromkeys(chain, layer))
        return layer


def evidence_of(inspection: Inspection) -> Evidence:
    """Look again at an image that has been looked at; kinds of paths are not needed any more."""
    inputs = Inputs(
        inspection.image, inspection.tree, inspection.layers, inspection.steps, beside=inspection.dockerfile
    )
    return Evidence(inputs, KindTable([]))


def base_count_of(inspection: Inspection) -> int:
    """Say how many layers of an image that has been looked at are treated as the FROM image's."""
    instructions = inspection.dockerfile.instructions if inspection.dockerfile else ()
    script = Script(inspection.layers, inspection.steps, instructions, inspection.image.config)
    has_system = _has_system(inspection.tree)
    count = script.base_count(inspection.image.base_layer_count, has_system=has_system)
    # A Dockerfile that was written from the history has a line for the layer with the system as well.
    is_real = inspection.dockerfile is not None and inspection.dockerfile.is_real
    return count if is_real or not has_system or script.keyword(0) not in {"", "ADD"} else max(count, 1)


def _has_system(tree: FileTree) -> bool:
    """Tell whether layer 0 holds an operating system."""
    nodes = [node for node in map(tree.find, _SYSTEM_FILES) if node is not None] if tree.layer_count else []
    return any(True for node in nodes for _ in tree.rows_at(node, 0))


def replaced_directories(tree: FileTree, layer: int) -> set[int]:
    """Find the directories that a layer emptied by an opaque marker, removed and made anew, or made something else."""
    table, end = tree.tables[layer], tree.end
    opaque = [tree.find(key.replace(b"\0", b"/")) for key in table.opaques]
    gone = [tree.find(key.replace(b"\0", b"/")) for key in table.whiteouts]
    found = {node for node in opaque if node is not None}
    found |= {node for node in gone if node is not None and any(True for _ in tree.rows_at(node, layer))}
    other = table.kind.translate(_NO_DIRECTORY)
    for row, node in zip(compress(range(len(table)), other), compress(table.node, other), strict=True):
        if end[node] > node + 1 and tree.below[tree.first_entry[layer] + row] != NONE:
            found.add(node)
    return found


_IS_DEAD = chooser(*(fate for fate in Fate if fate is not Fate.LIVE))
_NO_DIRECTORY = chooser(*(kind for kind in Kind if kind is not Kind.DIRECTORY))
_SYSTEM_FILES = (b"/etc/os-release", b"/usr/lib/os-release", b"/bin/busybox", b"/lib/apk/db/installed")
