"""The whole Dockerfile of a plan: as many of its fixes as go together, and why others do not.

Owns which fixes are taken (each that goes with those before it) and the text that comes of it; how fixes are put
together is `drafting.py`'s business.
"""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from layerscope.analysis.drafting import Drafter
from layerscope.analysis.fixparts import ClashError, Fix
from layerscope.analysis.script import Script
from layerscope.analysis.shelltext import continued
from layerscope.frozen import cached_property
from layerscope.model.findings import Edit
from layerscope.model.history import DockerfileText

_MOST_TRIED = 200
"""Fixes that are tried one by one; nobody plans more, but an image can be made to have them."""


class Assembly:
    """See the module: what goes together of some fixes, in their order."""

    def __init__(self, script: Script, known: DockerfileText, changes: Sequence[tuple[Edit, ...]]) -> None:
        self._drafter = Drafter(script, known)
        self._known = known
        self.clashes: dict[int, tuple[int, int | None]] = {}
        """By number of a fix that is left out: the line, and the number of the fix that it clashes with."""
        fixes = {number: self._drafter.fix(edits) for number, edits in enumerate(changes)}
        self.unplaced = [number for number, fix in fixes.items() if not changes[number] or fix.unplaced]
        """Numbers of those of which it is not known where they belong."""
        placed = {number: fix for number, fix in fixes.items() if number not in self.unplaced}
        taken = self._taken(placed)
        self.ignored = tuple(dict.fromkeys(line for fix in taken.values() for line in fix.ignored))

    def _taken(self, fixes: Mapping[int, Fix]) -> dict[int, Fix]:
        """Take all fixes, or else each that goes with those before it; draft them."""
        with contextlib.suppress(ClashError):
            self.draft = self._drafter.draft(list(fixes.values()))
            return dict(fixes)
        taken: dict[int, Fix] = {}
        self.draft = self._drafter.draft([])
        for number, fix in islice(fixes.items(), _MOST_TRIED):
            try:
                self.draft = self._drafter.draft([*taken.values(), fix])
            except ClashError as clash:
                self.clashes[number] = clash.line, _other(clash.line, fix, taken)
            else:
                taken[number] = fix
        for number, fix in islice(fixes.items(), _MOST_TRIED, None):
            self.clashes[number] = min(fix.lines, default=1), None
        return taken

    def are_one(self, layers: Iterable[int]) -> bool:
        """Tell whether one RUN is made of several layers."""
        line_of = {layer: line for line, layer in self._drafter.layer_of.items()}
        places = {self.draft.place.get(line_of.get(layer, 0)) for layer in layers}
        return len(places) == 1 and None not in places

    def joined(self, layer_count: int) -> tuple[int, ...]:
        """Give for each layer the one whose RUN its own is a part of: its own where it is not."""
        layer_of, found = self._drafter.layer_of, list(range(layer_count))
        for line, place in self.draft.place.items():
            if line in layer_of:
                found[layer_of[line]] = layer_of.get(place, layer_of[line])
        return tuple(found)

    def places(self, layer_count: int) -> tuple[int, ...]:
        """Give for each layer the one at whose place its instruction stands in the new file: mostly its own."""
        layer_of, found = self._drafter.layer_of, list(range(layer_count))
        for line, layer in layer_of.items():
            found[layer] = layer_of.get(self._stands_at(line), layer)
        return tuple(found)

    def _stands_at(self, line: int) -> int:
        """Give the line of the instruction that one went into; its own where it did not."""
        at = self.draft.place.get(line, line)
        moved = [place for piece, place in sorted(self.draft.moved_to.items()) if piece[0] == line]
        return moved[-1] if moved and not self.draft.runs.get(at) else at

    @property
    def gone_lines(self) -> list[int]:
        """First lines of the instructions that are taken out, and are no part of others."""
        return [line for line, lines in self._new_lines().items() if not lines and self._stands_at(line) == line]

    def _new_lines(self) -> dict[int, tuple[str, ...]]:
        """Give the instructions that change, by first line."""
        draft, found = self.draft, dict(self.draft.others)
        for line, own in self._drafter.own.items():
            lines = draft.written(line, own)
            if lines is not None:
                found[line] = lines
        return {line: self._continued(lines) for line, lines in found.items()}

    def _continued(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """Let lines go on as they do in this file; fixes may be written with backslashes."""
        return continued(lines, self._known.escape)

    def lines(self) -> list[str]:
        """Give the whole text; its own lines as they are, but for an empty line where two would be left."""
        changed, before, own = self._new_lines(), self._inserts(), self._known.lines
        comments = {line: self._comment_above(line) for line, lines in changed.items() if not lines}
        taken = {number for numbers in comments.values() for number in numbers}
        found: list[str] = []
        number = 1
        while number <= len(own):
            for lines in before.get(number, ()):
                found += lines
            if number in changed:
                here = (
                    comments[line] for line in sorted(comments) if changed[number] and self._stands_at(line) == number
                )
                comment = [own[at - 1] for numbers in here for at in numbers]
                apart = (
                    [""] if comment and found and found[-1].strip() and not found[-1].lstrip().startswith("#") else []
                )
                found += [*apart, *comment]
                found += changed[number]
                is_gone = not changed[number]
                number = (self._drafter.by_line[number].dockerfile_end_line or number) + 1
                if is_gone and found and not found[-1].strip() and not "".join(own[number - 1 : number]).strip():
                    number += 1
            else:
                found += [] if number in taken else [own[number - 1]]
                number += 1
        return found

    def _comment_above(self, line: int) -> list[int]:
        """List the lines of the comment that stands directly above an instruction: it says something of it."""
        moved = self._drafter.by_line[line].text.split("\n")[0]
        if any(moved in " ".join(lines) for _line, lines in self.draft.inserts):
            return []  # by lines that are put in elsewhere: it stays, rather than to be lost
        first = line
        while first > 1 and self._known.lines[first - 2].lstrip().startswith("#") and first - 1 not in self._inside:
            first -= 1
        if first == 1:  # directives, or what is said of the whole file
            return []
        return list(range(first, line))

    @cached_property
    def _inside(self) -> set[int]:
        """Lines of instructions: what looks like a comment there may be text of a here-document."""
        ends = ((one.dockerfile_line or 0, one.dockerfile_end_line or 0) for one in self._drafter.by_line.values())
        return {number for first, last in ends for number in range(first, last + 1)}

    def _inserts(self) -> dict[int, list[tuple[str, ...]]]:
        """Give what goes in before a line; where that has gone up, there."""
        found: dict[int, list[tuple[str, ...]]] = {}
        for line, lines in self.draft.inserts:
            found.setdefault(min(line, self.draft.place.get(line, line)), []).append(self._continued(lines))
        return found

    @property
    def gone_layers(self) -> set[int]:
        """The layers whose instructions go, or become parts of others."""
        layer_of = self._drafter.layer_of
        return {layer_of[line] for line, lines in self._new_lines().items() if not lines and line in layer_of}

    @property
    def added_count(self) -> int:
        """How many layers come in between."""
        return sum(lines[0].startswith(_MAKE_LAYERS) for _line, lines in self.draft.inserts if lines)


_MAKE_LAYERS = ("RUN ", "COPY ", "ADD ")


def _other(line: int, fix: Fix, taken: Mapping[int, Fix]) -> int | None:
    """Find the fix that changes the same lines."""
    for lines in ({line}, fix.lines):
        for number, other in taken.items():
            if lines & other.lines:
                return number
    return None
