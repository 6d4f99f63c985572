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

    def places(self, layer_count: int) -> tuple[int, ...]:
        """Give for each layer the one at whose place its instruction stands in the new file: mostly its own."""
        draft, layer_of = self.draft, self._drafter.layer_of
        found = list(range(layer_count))
        for line, layer in layer_of.items():
            at = draft.place.get(line, line)
            moved = [draft.moved_to[piece] for piece in sorted(draft.moved_to) if piece[0] == line]
            if moved and not draft.runs.get(at):  # nothing is left of it where it was
                at = moved[-1]
            found[layer] = layer_of.get(at, layer)
        return tuple(found)

    def _new_lines(self) -> dict[int, tuple[str, ...]]:
        """Give the instructions that change, by first line."""
        draft, found = self.draft, dict(self.draft.others)
        for line, own in self._drafter.own.items():
            lines = draft.written(line, own)
            if lines is not None:
                found[line] = lines
        return {line: self._continued(lines) for line, lines in found.items()}

    def _continued(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        """Let lines go on as they do in this file; fixes are written with backslashes."""
        escape = self._known.escape
        return (*(f"{line[:-1]}{escape}" if line.endswith("\\") else line for line in lines[:-1]), *lines[-1:])

    def lines(self) -> list[str]:
        """Give the whole text; its own lines as they are, but for an empty line where two would be left."""
        changed, before, own = self._new_lines(), self._inserts(), self._known.lines
        found: list[str] = []
        number = 1
        while number <= len(own):
            for lines in before.get(number, ()):
                found += lines
            if number in changed:
                found += changed[number]
                is_gone = not changed[number]
                number = (self._drafter.by_line[number].dockerfile_end_line or number) + 1
                if is_gone and found and not found[-1].strip() and not "".join(own[number - 1 : number]).strip():
                    number += 1
            else:
                found.append(own[number - 1])
                number += 1
        return found

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
