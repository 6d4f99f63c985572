"""What changes in a Dockerfile, as `patch` and `git apply` read it.

Owns hunks that fit the real file: lines that are shown in another form than it has them (secrets, control codes) are no
context, and where one of them changes it is said that the difference does not apply.
"""

import posixpath
from collections.abc import Iterator
from difflib import SequenceMatcher

from layerscope.frozen import dataclass
from layerscope.model.plan import ChangedFile

_CONTEXT = 3
_MANY = 2_000
"""Lines from which on those that stand there very often are not looked for."""


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Lines `old` of the file become lines `new`, context included; both from 0, without the last."""

    old: tuple[int, int]
    new: tuple[int, int]
    changed: tuple[int, int]
    """Those of `old` that change."""


def difference_lines(file: ChangedFile, end: str = "", name: str = "") -> Iterator[str]:
    """Give the lines of the difference; with `end`, each as it ends in the file."""
    before, after = ([f"{line}{end}" for line in lines] for lines in (file.before, file.lines))
    for lines in (before, after) if not file.is_ended else ():
        lines[-1:] = [line.removesuffix(end) for line in lines[-1:]]
    line_end = "\n" if end else ""
    hunks = _hunks(before, after, file.altered)
    if hunks:
        shown = name or _name(file.name)
        yield f"--- a/{shown}{line_end}"
        yield f"+++ b/{shown}{line_end}"
    for group in hunks:
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first.old[0], last.old[1])} +{_span(first.new[0], last.new[1])} @@{line_end}"
        at = first.old[0]
        for hunk in group:
            yield from (f" {line}" for line in before[at : hunk.changed[0]])
            yield from (f"-{line}" for line in before[slice(*hunk.changed)])
            start = hunk.new[0] + hunk.changed[0] - hunk.old[0]
            yield from (f"+{line}" for line in after[start : hunk.new[1] - (hunk.old[1] - hunk.changed[1])])
            at = hunk.changed[1]
        yield from (f" {line}" for line in before[at : last.old[1]])


def does_not_apply(file: ChangedFile) -> Iterator[str]:
    """Say why the difference does not fit the real file; nothing where it does."""
    lines = sorted(
        {
            at + 1
            for group in _hunks(list(file.before), list(file.lines), file.altered)
            for hunk in group
            for at in range(*hunk.changed)
            if at in file.altered
        }
    )
    if lines:
        numbers = ", ".join(map(str, lines))
        yield (
            f"This does not apply to the file as it is: line{'s' * (len(lines) > 1)} {numbers} of it changes and is "
            "not shown word for word (a secret, or control codes); make that change by hand."
        )


def _name(name: str) -> str:
    """Name the file so that a difference can be applied beside it: not where it lies on one machine."""
    clean = posixpath.normpath(name.replace("\\", "/"))
    return posixpath.basename(clean) if clean.startswith(("/", "..")) or ":" in clean else clean


def _span(first: int, last: int) -> str:
    count = last - first
    start = first + 1 if count else first
    return str(start) if count == 1 else f"{start},{count}"


def _hunks(before: list[str], after: list[str], altered: frozenset[int]) -> list[list[_Hunk]]:
    """Find the changes with the context that they may have; those that touch are one hunk."""
    groups: list[list[_Hunk]] = []
    changes = _changes(before, after)
    for number, (_tag, low, high, new_low, new_high) in enumerate(changes):
        floor = changes[number - 1][2] if number else 0
        ceiling = changes[number + 1][1] if number + 1 < len(changes) else len(before)
        up = down = 0
        while up < _CONTEXT and low - up > floor and low - up - 1 not in altered:
            up += 1
        while down < _CONTEXT and high + down < ceiling and high + down not in altered:
            down += 1
        hunk = _Hunk((low - up, high + down), (new_low - up, new_high + down), (low, high))
        if groups and groups[-1][-1].old[1] >= hunk.old[0]:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    return groups


def _changes(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    """Find what differs between what both begin and end with: comparing all, with equal lines, goes by their square."""
    shorter = min(len(before), len(after))
    first = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    rest = shorter - first
    last = next((at for at in range(rest) if before[-1 - at] != after[-1 - at]), rest)
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    matcher = SequenceMatcher(None, old, new, autojunk=len(old) > _MANY)
    return [
        (tag, low + first, high + first, new_low + first, new_high + first)
        for tag, low, high, new_low, new_high in matcher.get_opcodes()
        if tag != "equal"
    ]
