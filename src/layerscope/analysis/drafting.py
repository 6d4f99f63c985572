"""One Dockerfile of several fixes: each command of it is kept, moved, taken out or added by those that touch it.

Fixes go together where each still finds the commands that it writes beside. RUNs that two fixes make one become one
with all of them, at the place of one of the two where every command may stand. A fix that does not go together with
those before it is told by the line that they want to be different things. What one fix does its detector made sure.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from layerscope.analysis import shelltext
from layerscope.analysis.copyoptions import both_texts, with_options
from layerscope.analysis.fixparts import (
    REMOVERS,
    ClashError,
    Fix,
    Part,
    Piece,
    Run,
    check_together,
    fix_of,
    lessened_by,
    merges,
    run_of,
    words_left,
)
from layerscope.analysis.remedies import needing, works_anywhere
from layerscope.analysis.script import Script
from layerscope.frozen import dataclass, field
from layerscope.model.findings import Edit
from layerscope.model.history import DockerfileText, Instruction

_COPIES = ("COPY", "ADD")


@dataclass(frozen=True, slots=True)
class _Slot:
    """A command in the Dockerfile that is being made."""

    text: str
    piece: Piece | None = None
    moved: bool = False
    """By a fix, out of a RUN that stays where it is."""

    @property
    def added(self) -> bool:
        """It is there because a fix wants it."""
        return self.moved or self.piece is None


@dataclass(frozen=True, slots=True)
class Draft:
    """A Dockerfile with some fixes in it."""

    runs: dict[int, list[_Slot]] = field(default_factory=dict)
    flags: dict[int, tuple[str, ...]] = field(default_factory=dict)
    others: dict[int, tuple[str, ...]] = field(default_factory=dict)
    inserts: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    inside: dict[int, str] = field(default_factory=dict)
    """See `Fix.inside`."""
    place: dict[int, int] = field(default_factory=dict)
    """First line of a RUN → that of the RUN which it went into."""
    moved_to: dict[Piece, int] = field(default_factory=dict)
    """Single commands → first line of the RUN which they went into."""

    def slots_of(self, piece: Piece) -> list[_Slot]:
        """Give the RUN that a command is in."""
        return self.runs[self.moved_to.get(piece, self.place[piece[0]])]

    def written(self, line: int, own: Run) -> tuple[str, ...] | None:
        """Give the lines of a RUN; None where it stays as it is."""
        slots = self.runs[line]
        same = [(slot.piece, slot.text) for slot in slots] == [(part.piece, part.text) for part in own.parts]
        if same and self.flags[line] == own.flags:
            return None
        return shelltext.written(list(self._commands(line, slots)), self.flags[line]) if slots else ()

    def _commands(self, place: int, slots: Sequence[_Slot]) -> Iterator[str]:
        for line, group in groupby(slots, lambda slot: slot.piece[0] if slot.piece and not slot.moved else 0):
            texts = [slot.text for slot in group]
            if line in self.inside and line != place:
                yield f"({self.inside[line]}{' && '.join(texts)})"
            else:
                yield from texts


class Drafter:
    """Puts fixes into one Dockerfile."""

    def __init__(self, script: Script, known: DockerfileText) -> None:
        self._script = script
        self.by_line: dict[int, Instruction] = {
            one.dockerfile_line: one for one in known.instructions if one.dockerfile_line is not None
        }
        self.own: dict[int, Run] = {line: run for line, one in self.by_line.items() if (run := run_of(one))}
        self._stands: dict[tuple[int, int, frozenset[int]], bool] = {}
        self.layer_of: dict[int, int] = {}
        for layer in range(len(script.layers)):
            line = script.line(layer)
            if line is not None:
                self.layer_of.setdefault(line, layer)

    def fix(self, edits: Iterable[Edit]) -> Fix:
        """Read the edits of one change."""
        return fix_of(edits, self.by_line)

    def draft(self, fixes: Sequence[Fix]) -> Draft:
        """Put fixes together; raises `ClashError`."""
        draft = Draft(place={line: line for line in self.own})
        for fix in fixes:
            draft.inside.update(fix.inside)
        self._join(draft, fixes)
        for line in sorted(self.own):
            place = draft.place[line]
            draft.runs.setdefault(line, [])
            draft.runs.setdefault(place, []).extend(_Slot(part.text, part.piece) for part in self.own[line].parts)
            draft.flags[place] = with_options(draft.flags.get(place, ()), self.own[line].flags)
            draft.flags.setdefault(line, self.own[line].flags)
        check_together(fixes, self.own)
        for fix in fixes:
            self._move(draft, fix)
        gone = {
            part.piece
            for fix in fixes
            for line in fix.runs
            for part in self.own[line].parts
            if part.piece is not None and part.piece not in fix.kept
        }
        for fix in fixes:
            self._add(draft, fix)
        less = lessened_by(fixes, self.own)
        for slots in draft.runs.values():
            left = (_lessened(slot, less) for slot in slots if slot.piece not in gone)
            slots[:] = [slot for slot in left if slot.text]
            _clean_once(slots)
        _write_others(draft, fixes, self.by_line)
        return draft

    # --- RUNs that become one

    def _join(self, draft: Draft, fixes: Sequence[Fix]) -> None:
        """Find for each RUN the one that it goes into."""
        wishes: dict[int, set[int]] = {}
        members: dict[int, set[int]] = {}
        sure: set[tuple[int, int]] = set()
        leader = {line: line for line in self.own}
        for fix in fixes:
            for line, place in merges(fix, self.own):
                sure.add((line, place))
                one, other = leader[line], leader[place]
                joined = members.get(one, {one}) | members.get(other, {other})
                wished = wishes.get(one, set()) | wishes.get(other, set()) | {place}
                for member in joined:
                    leader[member] = min(joined)
                members[min(joined)], wishes[min(joined)] = joined, wished
        for first in {leader[line] for line in leader if leader[line] in members}:
            group = members[first]
            places = sorted(wishes[first])  # the first that works: what stands above a COPY is not run again with it
            place = places[0]
            if len(places) > 1:
                able = [
                    at for at in places if all((line, at) in sure or self._may_stand(line, at, group) for line in group)
                ]
                if not able:
                    raise ClashError(first)
                place = able[0]
            draft.place.update(dict.fromkeys(group, place))
            for line in group:
                if (line, place) not in sure and (start := self._start_elsewhere(line, place)):
                    draft.inside.setdefault(line, start)

    def _may_stand(self, line: int, place: int, group: set[int]) -> bool:
        """Tell whether a RUN may run where another one stands, with all of a group; remembered, it is asked often."""
        key = line, place, frozenset(group)
        if key not in self._stands:
            self._stands[key] = self._found_to_stand(line, place, group)
        return self._stands[key]

    def _found_to_stand(self, line: int, place: int, group: set[int]) -> bool:
        layer, there = self.layer_of.get(line), self.layer_of.get(place)
        if line == place:
            return True
        if layer is None or there is None or self._script.user(layer) != self._script.user(there):
            return False
        text = self._script.run(layer)
        if text is None or not self._script.can_move(layer, there, text):
            return False
        if layer > there and self._copies_between(there, layer) and not works_anywhere(text):
            return False
        members = [self.layer_of[one] for one in group if one in self.layer_of]
        if needing(self._script, members, [layer], there):
            return False
        between = range(min(layer, there) + 1, max(layer, there))
        return not any(self._looks_around(other) for other in between if self._script.line(other) not in group)

    def _start_elsewhere(self, line: int, place: int) -> str:
        """Give what a RUN must begin with to do the same where another one stands; "" for nothing."""
        layer, there = self.layer_of.get(line), self.layer_of.get(place)
        if layer is None or there is None:
            return ""
        directory = self._script.workdir(layer)
        if directory == self._script.workdir(there) or works_anywhere(self._script.run(layer) or ""):
            return ""
        return f"cd {shlex.quote(directory)} && "

    def _check_directory(self, draft: Draft, line: int, text: str) -> None:
        """Raise `ClashError` where a command is written for the directory of a RUN that goes where it is another."""
        layer, there = self.layer_of.get(line), self.layer_of.get(draft.place[line])
        if line == draft.place[line] or layer is None or there is None:
            return
        moves = self._script.workdir(layer) != self._script.workdir(there)
        if moves and not text.startswith("(cd /") and not works_anywhere(text):
            raise ClashError(line)

    def _check_way_up(self, draft: Draft, line: int, text: str) -> None:
        """Raise `ClashError` where a command is written for a RUN that another fix puts above what needs its files."""
        place, script = draft.place[line], self._script
        directory = script.workdir(self.layer_of.get(line, 0))
        for other, layer in self.layer_of.items() if place < line else ():
            if (
                place < other < line
                and draft.place.get(other) != place
                and script.crosses.meets(text, directory, layer)
            ):
                raise ClashError(line)

    def _copies_between(self, first: int, last: int) -> bool:
        return any(self._script.keyword(layer) in _COPIES for layer in range(first + 1, last))

    def _looks_around(self, layer: int) -> bool:
        if self._script.keyword(layer) != "RUN":
            return False
        text = self._script.run(layer)
        return text is None or any(map(shelltext.looks_around, shelltext.pieces(text) or ()))

    # --- single commands

    def _move(self, draft: Draft, fix: Fix) -> None:
        """Put commands where a fix has them, behind the one that it has before them; never behind what comes later."""
        merged = {line for line, _place in merges(fix, self.own)}
        for line, run in fix.runs.items():
            before: Piece | None = None
            own: Piece | None = None
            """The last one so far that no other fix has elsewhere."""
            for part in run.parts:
                piece = part.piece
                if piece is not None and piece[0] != line and piece[0] not in merged:
                    before = before if before and _place_of(draft, line, before) == draft.place[line] else own
                    slots, at = _behind(draft, line, before)
                    if draft.place[line] > piece[0]:
                        raise ClashError(line)
                    self._check_way_up(draft, line, part.text)
                    self._check_directory(draft, line, part.text)
                    old = draft.slots_of(piece)
                    slot = next(slot for slot in old if slot.piece == piece)
                    at -= old is slots and old.index(slot) < at
                    old.remove(slot)
                    slots.insert(at, _Slot(slot.text, piece, moved=True))
                    draft.moved_to[piece] = _place_of(draft, line, before)
                before = piece or before
                own = before if before and _place_of(draft, line, before) == draft.place[line] else own
            if run.parts:
                place = draft.place[line]
                draft.flags[place] = with_options(draft.flags[place], run.flags)

    def _add(self, draft: Draft, fix: Fix) -> None:
        """Add the new commands of a fix, each behind what it has before it."""
        merged = {one for pair in merges(fix, self.own) for one in pair}
        for line, run in fix.runs.items():
            slots, at = _behind(draft, line, None)
            whole = all(part.piece in fix.kept for part in self.own[line].parts)
            for number, part in enumerate(run.parts):
                if part.piece is not None:
                    if (
                        _place_of(draft, line, part.piece) == draft.place[line]
                    ):  # else another fix has it elsewhere: what is added stays here
                        slots, at = _behind(draft, line, part.piece)
                    continue
                if whole and _is_cleaning(run.parts[number:]) and _holds_others(slots, line):
                    at = len(slots)
                while at < len(slots) and slots[at].piece is None and slots[at].text != part.text:
                    at += 1  # what an earlier fix adds here comes first
                if line not in merged:
                    self._check_way_up(draft, line, part.text)
                if _is_relative_removal(part.text):
                    self._check_directory(draft, line, part.text)
                if at == len(slots) or slots[at].text != part.text:
                    slots.insert(at, _Slot(part.text))
                at += 1


def _is_relative_removal(text: str) -> bool:
    return text.startswith(REMOVERS) and any(not word.startswith(("/", "~", "$")) for word in shelltext.arguments(text))


def _place_of(draft: Draft, line: int, piece: Piece | None) -> int:
    """Give the first line of the RUN that a command is in, or that a RUN went into."""
    return draft.place[line] if piece is None else draft.moved_to.get(piece, draft.place[piece[0]])


def _behind(draft: Draft, line: int, piece: Piece | None) -> tuple[list[_Slot], int]:
    """Find the place behind a command, or at the start of a RUN."""
    if piece is not None:
        slots = draft.slots_of(piece)
        return slots, next(at for at, slot in enumerate(slots, 1) if slot.piece == piece)
    slots = draft.runs[draft.place[line]]
    return slots, next((at for at, slot in enumerate(slots) if slot.piece and slot.piece[0] == line), 0)


def _is_cleaning(parts: Sequence[Part]) -> bool:
    """Tell whether a fix ends a RUN with these: then they clean, and help only behind all that the RUN is made of."""
    return all(part.piece is None and not part.text.startswith("(") for part in parts)


def _holds_others(slots: Sequence[_Slot], line: int) -> bool:
    return any(slot.piece is not None and slot.piece[0] != line for slot in slots)


def _lessened(slot: _Slot, less: Mapping[Piece, list[str]]) -> _Slot:
    """Let a command that fixes write with less remove only what all of them leave."""
    text = slot.text
    for other in less.get(slot.piece, ()) if slot.piece else ():
        text = words_left(text, other)
    return slot if text == slot.text else _Slot(text, slot.piece, moved=slot.moved)


def _clean_once(slots: list[_Slot]) -> None:
    """Of commands that fixes add more than once to one RUN, leave the last: only what it leaves behind counts."""
    seen: set[str] = set()
    for slot in reversed(slots[:]):
        if slot.added and slot.text in seen:
            slots.remove(slot)
        seen |= {slot.text} if slot.added else set()


def _write_others(draft: Draft, fixes: Sequence[Fix], by_line: Mapping[int, Instruction]) -> None:
    for fix in fixes:
        for line, lines in fix.others.items():
            if line in fix.runs or any(line in other.runs for other in fixes):
                raise ClashError(line)
            here = draft.others.get(line)
            draft.others[line] = lines if here in {None, lines} else both_texts(by_line[line], here or (), lines)
        draft.inserts.extend(insert for insert in fix.inserts if insert not in draft.inserts)
