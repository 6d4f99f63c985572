"""Paths that are to be dropped: which bytes of them lines of the Dockerfile take out, and why others stay.

Owns what becomes of a path layer by layer. Only what really goes is counted: a layer of the base image keeps its bytes
whatever stands above, a RUN can remove what it made itself, and what a COPY brings stays unless it is not in the
context. Whether something needs the path is `needed.py`'s business.
"""

import shlex
from collections.abc import Iterable, Mapping

from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.ignoring import ignored_paths
from layerscope.analysis.needed import Needs
from layerscope.analysis.plan import Planner
from layerscope.analysis.remedies import forced, idle_removal, merged_runs, removing_pieces, with_pieces
from layerscope.analysis.script import safe, safe_lines
from layerscope.analysis.shelltext import listed
from layerscope.frozen import dataclass
from layerscope.model.filetree import NONE
from layerscope.model.findings import Edit
from layerscope.model.ledger import Fate
from layerscope.units import format_size, printable

_COPIES = frozenset({"COPY", "ADD"})
_MOST_NAMES = 3
_MOST_WHYS = 3


@dataclass(frozen=True, slots=True)
class Dropped:
    """What becomes of one path. All text is safe to show."""

    advice: str
    edits: tuple[Edit, ...]
    kept: frozenset[tuple[int, int, int]]
    """(node, layer whose bytes of it stay, layer whose RUN hides them then or NONE)."""
    held: str
    """Why bytes stay; "" where none does, but for those of the base image."""
    notes: tuple[str, ...]


def dropped(evidence: Evidence, planner: Planner, node: int) -> Dropped:
    """Say how a path is dropped."""
    return _Drop(evidence, planner, node).all()


class _Drop:
    def __init__(self, evidence: Evidence, planner: Planner, node: int) -> None:
        self._evidence = evidence
        self._planner = planner
        self._node = node
        self._path = safe(printable(evidence.tree.path(node)))
        self._removing = self._removed_by(self._owners())
        self._needs = Needs(evidence, node, planner.paths.base_count, self._removing)
        self._edits: list[Edit] = []
        self._runs: list[int] = []
        self._done: set[int] = set()
        self._held: dict[int, str] = {}
        self._guesses: list[str] = []

    def all(self) -> Dropped:
        """See `dropped`."""
        owners = self._owners()
        base = self._planner.paths.base_bytes(self._node)
        system = self._needs.system() if owners else ""
        for layer in owners:
            why = system or self._why_not(layer, owners)
            if why:
                self._held[layer] = why
            else:
                self._done.add(layer)
        self._edits += self._without_removing() if self._edits else []
        kept = frozenset((self._node, layer, self._hidden_by(layer)) for layer in (*self._held, *base))
        held = self._held_text(owners)
        said = [_base_text(base)] if base else []
        said += [f"by hand, and not in the new Dockerfile: {held}."] if self._edits and held else []
        script, removing = self._evidence.script, self._removing.items() if self._edits else ()
        said += [idle for layer, pieces in removing if (idle := idle_removal(script, layer, pieces))]
        guesses = list(dict.fromkeys(self._guesses))
        said += [f"{', '.join(guesses)}: see that they can do without."] if guesses else []
        notes = tuple(f"drop {self._path}: {one}" for one in said)
        held = held or ("no step above the base image ships it" if base and not owners else "")
        return Dropped(self._advice(owners, base), tuple(self._edits), kept, held, notes)

    def _owners(self) -> dict[int, Bunch]:
        """Give the layers above the base that ship a path or something below it, with the files."""
        tree, found = self._evidence.tree, dict[int, Bunch]()
        for entry in sorted(self._planner.paths.below(self._node)):
            table, row = tree.place_of(entry)
            if table.size[row]:
                found.setdefault(tree.layer_of(entry), Bunch()).add(table.size[row], table.node[row])
        return found

    def _why_not(self, layer: int, owners: Mapping[int, Bunch]) -> str:
        """Change the instruction so that it does not leave the path behind, or say why that cannot be done."""
        script = self._evidence.script
        instruction, keyword = script.instruction(layer), script.keyword(layer)
        if self._comes_along(layer):
            return ""
        needs = list(self._needs.after(layer))
        sure = [need.why for need in needs if need.is_sure or keyword not in _COPIES]
        if sure or instruction is None:
            return sure[0] if sure else f"it is not known what made layer {layer}"
        if keyword == "RUN":
            edits = merged_runs(script, [layer], [f"rm -rf {shlex.quote(self._path)}"])
            self._edits += edits
            self._runs += [layer] if edits else []
            return "" if edits else f"{script.place(layer)} cannot be changed word by word"
        names = (
            ignored_paths(self._evidence, instruction, layer, owners[layer], but=self._commands())
            if keyword in _COPIES
            else ()
        )
        self._edits += [Edit(safe_lines(names), file=".dockerignore")] if names else []
        self._guesses += [need.why for need in needs] if names else []
        return "" if names else f"{script.place(layer)} brings it: it is not known how to keep it from that"

    def _removed_by(self, owners: Mapping[int, Bunch]) -> dict[int, dict[str, tuple[str, str]]]:
        """Find the commands that remove the path, by layer: see `removing_pieces`."""
        tree, files = self._evidence.tree, joined(owners.values())
        killers = {tree.death[entry] for entry in self._planner.paths.below(self._node)}
        found = {layer: removing_pieces(self._evidence, layer, files) for layer in sorted(killers - {*owners, NONE})}
        return {layer: pieces for layer, pieces in found.items() if pieces}

    def _commands(self) -> set[str]:
        return {piece for pieces in self._removing.values() for piece in pieces}

    def _without_removing(self) -> list[Edit]:
        """Write the RUNs that remove the path so that they need not find it, but for those that need not anyway."""
        edits: list[Edit] = []
        for layer, pieces in self._removing.items():
            if layer > min(self._done, default=layer):
                rests = {
                    piece: forced(piece) if len(listed(piece)) == 1 and (self._held or forced(piece) == piece) else rest
                    for piece, (_mine, rest) in pieces.items()
                }
                edits += with_pieces(self._evidence.script, layer, rests)
        return edits

    def _comes_along(self, layer: int) -> bool:
        """Tell whether a layer only ships again what is not there any more then: `chown` of all does."""
        tree = self._evidence.tree
        entries = [entry for entry in self._planner.paths.below(self._node) if tree.layer_of(entry) == layer]
        for entry in entries:
            below = tree.below[entry]
            if below == NONE or tree.fate[below] != Fate.RESHIPPED or tree.layer_of(below) not in self._done:
                return False
            if tree.layer_of(below) in self._runs:
                return False
        return bool(entries)

    def _hidden_by(self, layer: int) -> int:
        """Give the first RUN above a layer that removes the path."""
        return min((run for run in self._runs if run > layer), default=NONE)

    # --- words

    def _held_text(self, owners: Mapping[int, Bunch]) -> str:
        by_why: dict[str, int] = {}
        for layer, why in self._held.items():
            by_why[why] = by_why.get(why, 0) + owners[layer].size_bytes
        most = sorted(by_why.items(), key=lambda item: -item[1])
        parts = [f"{format_size(size)} as {why}" for why, size in most[:_MOST_WHYS]]
        rest = sum(size for _why, size in most[_MOST_WHYS:])
        return "; ".join([*parts, *([f"{format_size(rest)} for other reasons"] if len(most) > _MOST_WHYS else [])])

    def _advice(self, owners: Iterable[int], base: Mapping[int, int]) -> str:
        layers = ", ".join(map(str, owners))
        many = "s" * ("," in layers)
        shipped = (
            f"shipped by layer{many} {layers}" if layers else "of no bytes above the base" if base else "of no bytes"
        )
        advice = f"Never add {self._path} ({shipped}): remove it where it is made, or keep it out of the build context."
        return f"{advice}{self._linked()}"

    def _linked(self) -> str:
        """Say which other names of a file keep its bytes; "" where none does."""
        tree, names = self._evidence.tree, self._planner.other_names(self._node)
        shown = [safe(printable(tree.path(name))) for name in names[:_MOST_NAMES]]
        more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
        many = len(names) > 1
        under, those = ("other names", "these") if many else ("another name", "that")
        held = (
            f" Its bytes stay under {under}: {', '.join(shown)}{more} (hard links); drop {those} as well to save them."
        )
        return held if names else ""


def _base_text(base: Mapping[int, int]) -> str:
    """Say what is out of reach, and why."""
    layers = f"layer{'s' * (len(base) > 1)} {', '.join(map(str, base))}"
    return (
        f"{format_size(sum(base.values()))} of it are in the base image ({layers}), which no step above makes smaller; "
        "only another FROM does."
    )
