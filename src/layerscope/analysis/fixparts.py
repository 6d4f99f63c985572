"""A fix taken apart: which pieces of which RUN it leaves, moves, takes out and adds, and what else it writes.

Owns the reading of edits back into what they mean, and what of it cannot go together.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from layerscope.analysis import shelltext
from layerscope.frozen import dataclass, field
from layerscope.model.findings import DOCKERFILE, Edit
from layerscope.model.history import Instruction
from layerscope.patterns import regex

Piece = tuple[int, int]
"""(first line of its RUN, its place in the chain): a command of the Dockerfile as it is."""


class ClashError(Exception):
    """Fixes do not go together."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line
        """Of the instruction that they want to be different things."""


@dataclass(frozen=True, slots=True)
class Part:
    """A command of a RUN as a fix writes it."""

    text: str
    piece: Piece | None = None
    """The one that it is; None for a new one."""


@dataclass(frozen=True, slots=True)
class Run:
    """A RUN as a fix writes it."""

    flags: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Fix:
    """What the edits of one change mean."""

    runs: dict[int, Run] = field(default_factory=dict)
    """By first line: RUNs that it writes anew; without parts where it takes them out."""
    others: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By first line: other instructions that it writes anew, () where it takes them out."""
    inserts: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    """(line, what goes in before it)."""
    inside: dict[int, str] = field(default_factory=dict)
    """By first line: RUNs that become a part of others in a shell of their own; what it begins with (`cd / && `)."""
    ignored: list[str] = field(default_factory=list)
    kept: set[Piece] = field(default_factory=set)
    """Commands that are there afterwards, wherever."""
    unplaced: list[Edit] = field(default_factory=list)
    """What nobody knows the place of."""

    @property
    def lines(self) -> set[int]:
        """First lines of the instructions that it changes."""
        return {*self.runs, *self.others}


def run_of(instruction: Instruction) -> Run | None:
    """Take a RUN of the Dockerfile apart; None for anything else, and where that cannot be done."""
    if instruction.keyword != "RUN" or instruction.dockerfile_line is None:
        return None
    found = shelltext.pieces(instruction.text)
    if found is None:
        return None
    line = instruction.dockerfile_line
    return Run(instruction.flags, tuple(Part(text, (line, place)) for place, text in enumerate(found)))


def fix_of(edits: Iterable[Edit], by_line: Mapping[int, Instruction]) -> Fix:
    """Read the edits of one change."""
    fix = Fix()
    written: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for edit in edits:
        line = edit.first_line
        if edit.file != DOCKERFILE:
            fix.ignored.extend(edit.lines)
        elif line is None:
            fix.unplaced.append(edit)
        elif edit.last_line is not None and edit.last_line < line:
            fix.inserts.append((line, edit.lines))
        elif line not in by_line:
            fix.unplaced.append(edit)
        else:
            own, new = run_of(by_line[line]), _parsed(edit.lines)
            if own is None or new is None:
                fix.others[line] = edit.lines
            else:
                written[line] = new
    _find_pieces(fix, written, {line: run for line in written if (run := run_of(by_line[line]))})
    return fix


def _parsed(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Read a RUN as `shelltext.written` writes it, a command a line: flags, commands; None for anything else."""
    if not lines:
        return (), ()
    bare = [_without_escape(line).strip() for line in lines[:-1]] + [lines[-1].strip()]
    keyword, _blank, rest = bare[0].partition(" ")
    if keyword != "RUN":
        return None
    flags: list[str] = []
    while rest.startswith("--"):
        flag, _blank, rest = rest.partition(" ")
        flags.append(flag)
    if len(bare) > 1 and all(line.startswith("&& ") for line in bare[1:]):
        return tuple(flags), (rest, *(line[3:] for line in bare[1:]))
    found = shelltext.pieces(" ".join((rest, *bare[1:])))
    return None if found is None else (tuple(flags), tuple(found))


def _without_escape(line: str) -> str:
    """Take away what a line that goes on ends with; in some files that is a backquote."""
    return line[:-1] if line.endswith(("\\", "`")) else line


def _find_pieces(
    fix: Fix, written: Mapping[int, tuple[tuple[str, ...], tuple[str, ...]]], own: Mapping[int, Run]
) -> None:
    """Say of each command that a fix writes which one of the Dockerfile it is: its own RUN's first, each once."""
    left: dict[str, list[Piece]] = {}
    for line in sorted(own):
        for part in own[line].parts:
            assert part.piece is not None
            left.setdefault(part.text, []).append(part.piece)
    wholes = {
        (line, at): found
        for line, (_flags, texts) in written.items()
        for at, text in enumerate(texts)
        if (found := _whole(text, own)) is not None
    }
    for line, _start in wholes.values():  # these are taken: another command of such a text is a new one
        for part in own[line].parts:
            left[part.text] = [piece for piece in left[part.text] if piece != part.piece]
    same = {(line, at): piece for line, (_, texts) in written.items() for at, piece in _own_pieces(line, texts, left)}
    for line, (flags, texts) in written.items():
        parts: list[Part] = []
        for at, text in enumerate(texts):
            whole = wholes.get((line, at))
            if whole is not None:
                fix.inside[whole[0]] = whole[1]
                parts += own[whole[0]].parts
                continue
            alike = left.get(text, [])
            piece = same.get((line, at))
            if piece is None and alike:
                piece = alike.pop(0)
            elif piece is None:
                piece = _of_which_less_is_left(text, own[line]) if line in own else None
            parts.append(Part(text, piece))
        fix.runs[line] = Run(flags, tuple(parts))
        fix.kept.update(part.piece for part in parts if part.piece is not None)


def _own_pieces(line: int, texts: Sequence[str], left: Mapping[str, list[Piece]]) -> Iterator[tuple[int, Piece]]:
    """Find the commands that stay in their RUN; they are not left for others then."""
    for at, text in enumerate(texts):
        alike = left.get(text, [])
        piece = next((one for one in alike if one[0] == line), None)
        if piece is not None:
            alike.remove(piece)
            yield at, piece


def _whole(text: str, own: Mapping[int, Run]) -> tuple[int, str] | None:
    """Find the RUN that is there as a whole in a shell of its own, and what that begins with."""
    match = _SHELL.fullmatch(text)
    if match is None:
        return None
    for start in dict.fromkeys((match[1] or "", "")):
        for line, run in own.items():
            if text == f"({start}{' && '.join(part.text for part in run.parts)})":
                return line, start
    return None


def words_left(text: str, wanted: str) -> str:
    """Give a removing command without what another form of it does not remove; "" where nothing is left."""
    words, more = text.split(), set(wanted.split())
    left = [word for word in words if word in more]
    return " ".join(left) if any(not word.startswith("-") for word in left[1:]) else ""


def _of_which_less_is_left(text: str, own: Run) -> Piece | None:
    """Find the removing command that a fix lets remove less."""
    for part in own.parts:
        fewer = part.text.startswith(REMOVERS) and set(text.split()) < set(part.text.split())
        if fewer and words_left(part.text, text) == text:
            return part.piece
    return None


REMOVERS = ("rm ", "rmdir ", "unlink ")
_SHELL = regex(r"\((cd \S+ && )?.+\)", re.DOTALL)


def merges(fix: Fix, own: Mapping[int, Run]) -> list[tuple[int, int]]:
    """List the RUNs that a fix makes a part of another one: (line, the other's)."""
    at = {part.piece: line for line, run in fix.runs.items() for part in run.parts if part.piece is not None}
    found = []
    for line, run in fix.runs.items():
        places = {at.get(part.piece) if part.piece else None for part in own[line].parts}
        if not run.parts and len(places) == 1 and (place := places.pop()) is not None:
            found.append((line, place))
    return found


def check_together(fixes: Sequence[Fix], own: Mapping[int, Run]) -> None:
    """Raise `ClashError` where fixes write different commands in the place of one, or where one takes out a RUN."""
    instead: dict[Piece, str] = {}
    emptied = {line for fix in fixes for line in _emptied(fix, own)}
    for fix in fixes:
        kept = fix.kept
        for line, run in fix.runs.items():
            before: Part | None = None
            for part in run.parts:
                if part.piece is None and line in emptied:
                    raise ClashError(line)
                piece = (line, before.piece[1] + 1 if before is not None and before.piece is not None else 0)
                begins = before is None or (before.piece is not None and before.piece[0] == line)
                replaces = part.piece is None and begins and piece[1] < len(own[line].parts) and piece not in kept
                if replaces and instead.setdefault(piece, part.text) != part.text:
                    raise ClashError(line)
                before = part


def _emptied(fix: Fix, own: Mapping[int, Run]) -> set[int]:
    """List the RUNs that a fix takes out, or writes anew as a part of another."""
    return {
        line
        for line, run in fix.runs.items()
        if not run.parts and any(part.piece not in fix.kept for part in own[line].parts)
    }


def lessened_by(fixes: Sequence[Fix], own: Mapping[int, Run]) -> dict[Piece, list[str]]:
    """Find the removing commands that fixes write with less."""
    found: dict[Piece, list[str]] = {}
    for fix in fixes:
        for run in fix.runs.values():
            for part in run.parts:
                if part.piece is not None and part.text != own[part.piece[0]].parts[part.piece[1]].text:
                    found.setdefault(part.piece, []).append(part.text)
    return found
