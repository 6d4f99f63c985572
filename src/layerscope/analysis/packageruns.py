"""The RUNs that install packages, and the one RUN that would leave nothing behind.

Owns which RUNs belong together: a package manager's index is fetched in one, used in others, and deleted in a later
one. Two rules propose this change; both get the same text from here.
"""

from collections.abc import Iterable, Iterator, Mapping

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.pathkinds import PathKind
from layerscope.analysis.reach import names_within, ranges_of
from layerscope.analysis.remedies import REMOVERS, forced, merged_runs, removing_pieces, with_pieces
from layerscope.frozen import dataclass
from layerscope.model.findings import Edit
from layerscope.patterns import regex

SYSTEM_TOOLS = ("apt-get", "apt", "aptitude", "apk", "dnf", "microdnf", "yum", "tdnf", "zypper", "pacman")
_INSTALLS = regex(
    rf"(?:^|[\s;&|(])(?:{'|'.join(SYSTEM_TOOLS)})\s[^&|;]{{0,300}}?"
    r"\b(?:update|install|upgrade|full-upgrade|dist-upgrade|build-dep|add|makecache|groupinstall|in)\b|\bpacman\s+-S"
)


_NEEDS_LISTS = regex(
    r"(?:^|[\s;&|(])(apt-get|apt|aptitude|apk)\s(?![^&|;]{0,300}?(?:--no-cache|--update-cache|-U\b))[^&|;]{0,300}?"
    r"\b(?:install|upgrade|full-upgrade|dist-upgrade|build-dep|add)\b"
)
"""Tools that install from lists fetched before, and from nothing else."""
_FETCHES = regex(r"\b(?:apt-get|apt|aptitude|apk)\s[^&|;]{0,300}?\bupdate\b")


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


def only_fetches(text: str) -> bool:
    """Tell whether a command fetches lists of packages and installs none."""
    return _FETCHES.search(text) is not None and _NEEDS_LISTS.search(text) is None


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
    if system and owners:
        owners = sorted({*owners, *_using(evidence, owners[0], kinds)})
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
        extra = [command for command in commands if command not in _cleaned_at_end(script.run(group[-1]) or "")]
        found = merged_runs(script, group, extra)
        possible = possible and (bool(found) or (len(group) == 1 and not extra))
        edits += found
    possible = possible and not _names_cleaned(evidence, owners, merged, commands, killers)
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


def _cleaned_at_end(text: str) -> str:
    """Give what a RUN does behind its last command that installs: what it cleaned before may be there again."""
    found = shelltext.pieces(text) or []
    last = max((at for at, piece in enumerate(found) if installs(piece)), default=-1)
    return " && ".join(found[last + 1 :])


def _using(evidence: Evidence, first: int, kinds: Iterable[PathKind]) -> Iterator[int]:
    """Find the RUNs that install from lists which an earlier one fetched: these must be there."""
    tools = {tool for kind in kinds for tool in kind.tools}
    for layer in range(first + 1, evidence.tree.layer_count):
        text = evidence.script.run(layer) or ""
        found = _NEEDS_LISTS.search(text)
        if found is not None and found[1] in tools and not _FETCHES.search(text[: found.start(1)]):
            yield layer


def _names_cleaned(
    evidence: Evidence, owners: list[int], merged: tuple[int, ...], commands: Iterable[str],
    killers: Mapping[int, list[Bunch]],
) -> bool:  # fmt: skip
    """Tell whether other RUNs name what would be gone by then, but to remove it."""
    script, tree = evidence.script, evidence.tree
    words = [word for command in commands for word in shelltext.arguments(command)]
    ranges = ranges_of(tree, words, "/")
    for layer in range(min(owners, default=0) + 1, tree.layer_count) if ranges else ():
        text = script.run(layer)
        if layer in merged or text is None:
            continue
        bunch = joined(killers[layer]) if layer in killers else Bunch()
        removing = removing_pieces(evidence, layer, bunch) if bunch else {}
        left = [piece for piece in shelltext.pieces(text) or () if piece not in removing]
        if any(names_within(piece, script.workdir(layer), tree, ranges) for piece in left if not _removes(piece)):
            return True
    return False


def _removes(piece: str) -> bool:
    """Tell whether a command removes things, and does not mind when they are not there."""
    return piece.split(maxsplit=1)[0] in REMOVERS and forced(piece) == piece


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
