"""Findings on files that a layer shipped again with the same bytes: chown, chmod, touch, the same COPY twice.

Owns how the command moves to where the files are made. Saves only what comes from a COPY or ADD, or from the one RUN
that makes the files; what else the command changes is still changed, and still shipped twice.
"""

from collections.abc import Iterator

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch, Places, joined
from layerscope.analysis.detecting import Deaths, Remedy, Rule, files_in, grouped, layers_text, waste_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.moving import CHANGERS, Move
from layerscope.analysis.reach import attributes, shipped
from layerscope.analysis.remedies import acts_on, has_sources, with_flag, without_pieces
from layerscope.frozen import dataclass
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.findings import Edit, Finding
from layerscope.model.ledger import Fate
from layerscope.patterns import regex

_RECURSIVE = regex(r"\s-\w*R|\s--recursive")
_DONE = {"chown": "changes their owner", "chmod": "changes their mode", "touch": "writes them again unchanged"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule is about: the command that changes files, the flag of COPY that does it at once, what it changes."""

    command: str
    flag: str
    what: str


@dataclass(frozen=True, slots=True)
class _Case:
    """One layer that ships files again."""

    evidence: Evidence
    change: Change
    killer: int
    group: Deaths
    pieces: list[str]
    """Commands of the killer that changed these files."""

    @property
    def place(self) -> str:
        """Name the killer."""
        return self.evidence.script.place(self.killer)

    @property
    def move(self) -> Move:
        """Give what is known of its commands elsewhere."""
        return Move(self.evidence, self.pieces, self.killer, self.origins)

    @property
    def origins(self) -> dict[int, Bunch]:
        """Give the files by the layer that shipped them first."""
        found: dict[int, list[Bunch]] = {}
        for death, bunch in self.group.items():
            found.setdefault(death.origin, []).append(bunch)
        return {origin: joined(bunches) for origin, bunches in sorted(found.items())}


def reship_findings(rule: Rule, deaths: Deaths, evidence: Evidence, change: Change) -> Iterator[Finding]:
    """Write a finding for each layer that shipped files again."""
    script, command = evidence.script, change.command
    for group in grouped(deaths, "killer"):
        killer = next(iter(group)).killer
        whole = joined(group.values())
        case = _Case(evidence, change, killer, group, _pieces(evidence, killer, command, whole))
        done = f"`{command}` in " if case.pieces else ""
        yield waste_finding(
            rule, group, evidence,
            title=f"{done}{script.where(killer)} ships {files_in(evidence, whole)} again, "
            f"from {layers_text(death.owner for death in group)}",
            why=f"It {_DONE[command]}; a layer stores whole files, so all their bytes are shipped a second time."
            if case.pieces or command != "touch"
            else "The bytes, the owner and the mode are the same as before.",
            remedy=_remedy(case),
        )  # fmt: skip


def _pieces(evidence: Evidence, layer: int, command: str, bunch: Bunch) -> list[str]:
    """Find the commands of a RUN that changed these files."""
    text = evidence.script.run(layer)
    if text is None:
        return []
    directory = evidence.script.workdir(layer)
    places = Places(evidence.tree, bunch)
    return [piece for piece in shelltext.pieces(text) or () if acts_on(piece, CHANGERS[command], directory, places)]


def _remedy(case: _Case) -> Remedy:
    script, change, origins = case.evidence.script, case.change, case.origins
    copies = [origin for origin in origins if script.keyword(origin) in {"COPY", "ADD"}]
    if not case.pieces and script.keyword(case.killer) in {"COPY", "ADD"}:
        return _second_copy(case)
    if change.flag and copies and not any(map(case.evidence.in_base, copies)):
        return _flag_remedy(case, copies)
    move = case.move
    if len(origins) == 1 and case.pieces and script.run(move.origin) is not None:
        edits = move.edits() if move.is_safe() else ()
        return Remedy(f"Move the `{change.command}` of {case.place} to the end of {script.place(move.origin)}.", edits)
    if all(map(case.evidence.in_base, origins)):
        return Remedy(f"Change the {change.what} of fewer files in {case.place}: these are the base image's.")
    if not case.pieces:
        return Remedy(f"Have {case.place} leave these files alone, or make it one RUN with the step before.")
    if change.command == "touch":
        edits = without_pieces(script, case.killer, case.pieces) if move.only_ships_again() else ()
        where = script.places(origins)
        return Remedy(f"Leave the `touch` of {case.place} out, or do it in {where}.", edits)
    return _where_they_are_made(case)


def _where_they_are_made(case: _Case) -> Remedy:
    where = case.evidence.script.places(case.origins)
    return Remedy(f"Set the {case.change.what} in {where}, where the files are made, and not in {case.place}.")


def _second_copy(case: _Case) -> Remedy:
    script, tree = case.evidence.script, case.evidence.tree
    everything = [(0, tree.node_count)]
    again = shipped(tree, case.killer, everything)
    if all(one.below != NONE and attributes(tree, one.entry) == attributes(tree, one.below)
           and (one.kind == Kind.DIRECTORY or tree.fate[one.below] == Fate.RESHIPPED) for one in again):  # fmt: skip
        text = f"Leave out {case.place}: all that it copies is there already."
        return Remedy(text, (script.edit(case.killer, ()),))
    before = script.places(sorted({death.owner for death in case.group}))
    return Remedy(f"Copy these files once: either in {before} or in {case.place}.")


def _flag_remedy(case: _Case, copies: list[int]) -> Remedy:
    script, flag, command = case.evidence.script, case.change.flag, case.change.command
    origins = case.origins
    edits: tuple[Edit, ...] = ()
    saved, values = 0, []
    for layer in copies:
        value = _value(case, layer, origins[layer])
        edit = with_flag(script, layer, f"{flag}={value}") if value else ()
        if edit:
            saved += origins[layer].size_bytes
            values.append(value)
        edits += edit
    places = script.places(copies)
    if not edits or not case.pieces or not case.move.only_these_change(case.group):
        value = _value(case, copies[0], origins[copies[0]], known=True) if command == "chown" else ""
        given = f"={value}" if value else ""
        builder = " (BuildKit), or set the mode in the build context" if command == "chmod" else ""
        return Remedy(
            f"Give {places} `{flag}{given}`{builder}, and leave these files out of {case.place}.",
            saving_bytes=sum(origins[layer].size_bytes for layer in copies),
        )
    safe = len(set(values)) == 1 and case.move.leaves_as_it_was(copies, command)
    if not safe or (command == "chmod" and len(values) < len(origins)):
        # What would be taken out changes other files, too, or the option does, and they would not be as they are
        return _where_they_are_made(case)
    if command == "chmod":
        left, rest = without_pieces(script, case.killer, case.pieces), f"take the `chmod` out of {case.place}"
    else:
        left, rest = _passing_over(case, values[0]), f"let {case.place} pass over what has the right owner already"
    return Remedy(f"Give {places} `{flag}={values[0]}`, and {rest}.", edits + left, saving_bytes=saved)


def _passing_over(case: _Case, owner: str) -> tuple[Edit, ...]:
    """Have chown pass over files that are right already: touching them would ship them."""
    script = case.evidence.script
    text, instruction = script.run(case.killer), script.instruction(case.killer)
    assert text is not None
    assert instruction is not None
    parts = []
    for piece in shelltext.pieces(text) or ():
        words = shelltext.arguments(piece) if piece in case.pieces else []
        if len(words) > 1:
            user = owner.partition(":")[0]
            deep = "" if _RECURSIVE.search(piece) else " -maxdepth 0"
            parts.append(f"find {' '.join(words[1:])}{deep} ! -user {user} -exec chown -h {words[0]} {{}} +")
        else:
            parts.append(piece)
    return (script.edit(case.killer, shelltext.written(parts, instruction.flags)),)


def _value(case: _Case, layer: int, bunch: Bunch, *, known: bool = False) -> str:
    """Give the one owner or mode that all the files got; "" where they differ.

    `known`: also where the text of the instruction is not.
    """
    instruction = case.evidence.script.instruction(layer)
    if not known and (instruction is None or not has_sources(instruction)):
        return ""
    table = case.evidence.tree.tables[case.killer]
    nodes = set(bunch.nodes)
    rows = [row for row, node in enumerate(table.node) if node in nodes]
    if case.change.command == "chown":
        owners = {(table.uid[row], table.gid[row]) for row in rows}
        return "{}:{}".format(*owners.pop()) if len(owners) == 1 else ""
    modes = {table.mode[row] for row in rows}
    return f"{modes.pop():04o}" if len(modes) == 1 else ""
