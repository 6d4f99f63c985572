"""The RUNs that install packages, and the one RUN that would leave nothing behind.

Owns which RUNs belong together: a package manager's index is fetched in one, used in others, and deleted in a later
one. Two rules propose this change; both get the same text from here.
"""

import re
from collections.abc import Iterable

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.pathkinds import PathKind
from layerscope.analysis.remedies import merged_runs, removing_pieces, with_pieces
from layerscope.frozen import dataclass
from layerscope.model.findings import Edit

SYSTEM_TOOLS = ("apt-get", "apt", "aptitude", "apk", "dnf", "microdnf", "yum", "tdnf", "zypper", "pacman")
_INSTALLS = re.compile(
    rf"(?:^|[\s;&|(])(?:{'|'.join(SYSTEM_TOOLS)})\s[^&|;]{{0,300}}?"
    r"\b(?:update|install|upgrade|full-upgrade|dist-upgrade|build-dep|add|makecache|groupinstall|in)\b|\bpacman\s+-S"
)


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """One change to all RUNs of a package manager."""

    members: tuple[int, ...]
    """Layers whose RUNs become one, or get a command at their end."""
    merged: tuple[int, ...]
    """Those of them that become one."""
    edits: tuple[Edit, ...]
    """() where it cannot be written down."""
    commands: tuple[str, ...]
    """What cleans up at the end of the RUN."""
    dropped: tuple[int, ...]
    """Layers whose commands are not needed any more."""


def installs(text: str) -> bool:
    """Tell whether a command installs or updates packages of the system."""
    return _INSTALLS.search(text) is not None


def package_plan(evidence: Evidence, kinds: Iterable[PathKind]) -> PackagePlan:
    """Plan how the RUNs that leave these kinds of files would leave none."""
    wanted = {kind.name for kind in kinds}
    script = evidence.script
    dead = {
        death: bunch
        for death, bunch in evidence.deaths.items()
        if (kind := evidence.kind(death.kind)) is not None and kind.name in wanted and not evidence.in_base(death.owner)
    }
    kept = {key[1] for key in evidence.live if (kind := evidence.kind(key[0])) is not None and kind.name in wanted}
    owners = sorted({death.owner for death in dead} | {layer for layer in kept if not evidence.in_base(layer)})
    owners = [layer for layer in owners if script.keyword(layer) == "RUN"]
    system = any(set(kind.tools) & set(SYSTEM_TOOLS) for kind in kinds)
    merged = tuple(layer for layer in owners if installs(script.run(layer) or "")) if system else ()
    commands = _cleanups(evidence, kinds)
    killers: dict[int, list[Bunch]] = {}
    for death, bunch in dead.items():
        if death.killer not in owners:
            killers.setdefault(death.killer, []).append(bunch)
    edits: list[Edit] = []
    possible = True
    groups = [merged] if len(merged) > 1 else []
    groups += [(layer,) for layer in owners if len(merged) < 2 or layer not in merged]
    for group in groups:
        have = " ".join(script.run(layer) or "" for layer in group)
        extra = [command for command in commands if command not in have]
        found = merged_runs(script, group, extra)
        possible = possible and (bool(found) or (len(group) == 1 and not extra))
        edits += found
    dropped = []
    for layer, bunches in sorted(killers.items()):
        removing = removing_pieces(evidence, layer, joined(bunches))
        gone = with_pieces(script, layer, {piece: rest for piece, (_mine, rest) in removing.items()})
        edits += gone
        dropped += [layer] if gone else []
    return PackagePlan(
        tuple(owners), groups[0] if groups and len(groups[0]) > 1 else (), tuple(edits) if possible else (), commands,
        tuple(dropped),
    )  # fmt: skip


def _cleanups(evidence: Evidence, kinds: Iterable[PathKind]) -> tuple[str, ...]:
    """List the commands that clean up, for the kinds that occur."""
    present = {death.kind: bunch for death, bunch in evidence.deaths.items() if death.kind}
    present |= {key[0]: bunch for key, bunch in evidence.live.items()}
    commands: list[str] = []
    for kind in kinds:
        bunch = present.get(evidence.table.number(kind.name))
        if bunch is None or not kind.cleanup:
            continue
        command = kind.cleanup.replace("{roots}", " ".join(roots_of(evidence, bunch)))
        commands += [piece for piece in shelltext.pieces(command) or [command] if piece not in commands]
    return tuple(commands)


def roots_of(evidence: Evidence, bunch: Bunch) -> list[str]:
    """Name the highest directories of a kind that files are in, safe for a shell."""
    import shlex

    tree, marks = evidence.tree, evidence.marks
    found: dict[int, None] = {}
    for start in bunch.nodes:
        node = start
        while tree.parent[node] > 0 and marks[tree.parent[node]] == marks[start]:
            node = tree.parent[node]
        found[node] = None
    return [shlex.quote(evidence.path(node)) for node in sorted(found)[:8]]
