"""What a detector is, and how one writes its findings. Knows no rule.

A detector is a class with a `RULE`; its module's docstring is the rule's page (`layerscope explain`). One that
explains dead bytes claims groups of them: the first in `DETECTORS` that claims a group gets it, and the last claims
all, so each dead byte is in exactly one finding.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.pathkinds import PathKind
from layerscope.analysis.telling import Telling
from layerscope.frozen import dataclass
from layerscope.model.filetree import FileTree
from layerscope.model.findings import Edit, Finding, Level, Part
from layerscope.units import format_size

MOST_PATHS = 20
SMALL_BYTES = 100_000
"""Below this, waste is a note: nobody should change a Dockerfile for it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's identity."""

    id: str
    """Stable, `LS101`; never used again for something else."""
    name: str
    """A few words, for lists."""
    level: Level


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do."""

    advice: str
    edits: tuple[Edit, ...] = ()
    saving_bytes: int | None = None
    """What it saves; None for all the bytes that the finding is about."""


Deaths = Mapping[Death, Bunch]


class Detector(ABC):
    """One question to an image."""

    RULE: ClassVar[Rule]
    KINDS: ClassVar[tuple[PathKind, ...]] = ()
    """Kinds of path that it asks about."""
    OTHER_KINDS: ClassVar[tuple[str, ...]] = ()
    """Kinds that its findings have besides; one that ends in `-` is how many of them begin."""
    TELLING: ClassVar[Telling] = Telling()
    """Names that it wants to see, besides those of its kinds."""

    @abstractmethod
    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Answer it."""


class WasteDetector(Detector):
    """Explains dead bytes: those that it claims, and only those."""

    def detect(self, evidence: Evidence) -> Iterator[Finding]:  # noqa: ARG002 - one signature
        """Find nothing by itself: what is claimed comes to `explain`."""
        return iter(())

    @abstractmethod
    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Tell whether it can explain these bytes."""

    @abstractmethod
    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Make findings of all that it claimed; each death in exactly one."""


def grouped(deaths: Deaths, key: str) -> Iterator[dict[Death, Bunch]]:
    """Split deaths by one of their fields, or by owner and killer (`pair`)."""
    groups: dict[object, dict[Death, Bunch]] = {}
    for death, bunch in deaths.items():
        value = (death.owner, death.killer) if key == "pair" else getattr(death, key)
        groups.setdefault(value, {})[death] = bunch
    yield from groups.values()


def waste_finding(  # one place where a finding of dead bytes is put together
    rule: Rule, deaths: Deaths, evidence: Evidence, *, title: str, why: str, remedy: Remedy, kind: str = ""
) -> Finding:
    """Write a finding on dead bytes; `title` follows their size."""
    whole = joined(deaths.values())
    owners = tuple(sorted({death.owner for death in deaths}))
    killers = tuple(sorted({death.killer for death in deaths}))
    rows = whole.top(MOST_PATHS)
    script = evidence.script
    lines = [edit.first_line for edit in remedy.edits if edit.first_line is not None]
    owner_lines, killer_lines = script.lines_of(owners), script.lines_of(killers)
    return Finding(
        rule=rule.id,
        level=rule.level if whole.size_bytes >= SMALL_BYTES else Level.NOTE,
        title=title,
        wasted_bytes=whole.size_bytes,
        paths=tuple(evidence.tree.path(node) for _, node in rows),
        path_count=whole.path_count(),
        owner_layers=owners,
        killer_layers=killers,
        dockerfile_line=next(iter((*lines, *killer_lines, *owner_lines)), None),
        advice=remedy.advice,
        saving_bytes=whole.size_bytes if remedy.saving_bytes is None else remedy.saving_bytes,
        kind=kind,
        why=why,
        owner_lines=owner_lines,
        killer_lines=killer_lines,
        edits=remedy.edits,
        nodes=tuple(node for _, node in rows),
        fates=tuple(sorted({death.fate for death in deaths})),
        parts=tuple(
            Part(bunch.nodes, owner=death.owner, killer=death.killer, fate=death.fate)
            for death, bunch in deaths.items()
        ),
    )


def live_finding(
    rule: Rule, bunch: Bunch, layers: Iterable[int], evidence: Evidence, *, title: str, why: str, remedy: Remedy,
    kind: str = "",
) -> Finding:  # fmt: skip
    """Write a finding on bytes of the final image."""
    owners = tuple(sorted(set(layers)))
    rows = bunch.top(MOST_PATHS)
    owner_lines = evidence.script.lines_of(owners)
    lines = [edit.first_line for edit in remedy.edits if edit.first_line is not None]
    return Finding(
        rule=rule.id,
        level=rule.level,
        title=title,
        wasted_bytes=0,
        paths=tuple(evidence.tree.path(node) for _, node in rows),
        path_count=bunch.path_count(),
        owner_layers=owners,
        killer_layers=(),
        dockerfile_line=next(iter((*lines, *owner_lines)), None),
        advice=remedy.advice,
        saving_bytes=bunch.size_bytes if remedy.saving_bytes is None else remedy.saving_bytes,
        kind=kind,
        why=why,
        live_bytes=bunch.size_bytes,
        owner_lines=owner_lines,
        edits=remedy.edits,
        nodes=tuple(node for _, node in rows),
        parts=(Part(bunch.nodes),),
    )


def practice_finding(
    rule: Rule, *, title: str, why: str, advice: str, layers: Iterable[int] = (), line: int | None = None,
    edits: tuple[Edit, ...] = (), paths: tuple[bytes, ...] = (), nodes: tuple[int, ...] = (),
    level: Level | None = None, kind: str = "", path_count: int | None = None, saving_bytes: int = 0,
) -> Finding:  # fmt: skip
    """Write a finding on how the image is made."""
    return Finding(
        rule=rule.id,
        level=level or rule.level,
        title=title,
        wasted_bytes=0,
        paths=paths,
        path_count=len(paths) if path_count is None else path_count,
        owner_layers=tuple(layers),
        killer_layers=(),
        dockerfile_line=line,
        advice=advice,
        saving_bytes=saving_bytes,
        kind=kind,
        why=why,
        owner_lines=() if line is None else (line,),
        edits=edits,
        nodes=nodes,
    )


def common_directory(tree: FileTree, bunch: Bunch) -> int:
    """Find the lowest directory that all files are in; a single file is itself."""
    low, high = min(bunch.nodes), max(bunch.nodes)
    node = low
    while not node <= high < tree.end[node]:
        node = tree.parent[node]
    return node


def files_in(evidence: Evidence, bunch: Bunch) -> str:
    """Say what the files are: "21 files under /var/lib/apt/lists", or the path of the only one."""
    count = bunch.path_count()
    common = common_directory(evidence.tree, bunch)
    if count == 1:
        return evidence.path(common)
    return f"{count:,} files under {evidence.path(common)}"


def layers_text(layers: Iterable[int]) -> str:
    """Name layers: "layer 4", "layers 2, 3 and 4"."""
    found = sorted(set(layers))
    if len(found) == 1:
        return f"layer {found[0]}"
    return f"layers {', '.join(map(str, found[:-1]))} and {found[-1]}"


def size_text(bunch: Bunch) -> str:
    """Say how much it is."""
    return format_size(bunch.size_bytes)
