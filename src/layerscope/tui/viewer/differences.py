"""In what two versions of a file differ: line by line where both are text, else from the first byte on. Pure.

Only as much is compared line by line as can be done while somebody waits; of larger files the place of the first
difference is shown.
"""

import difflib
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from layerscope.frozen import dataclass
from layerscope.tui.roles import Line, Role
from layerscope.tui.viewer.document import HEX_BYTES, LONGEST_LINE, Read, hex_text
from layerscope.tui.viewer.magic import HEAD_BYTES, nature_of
from layerscope.tui.viewer.showing import plain_spans
from layerscope.units import format_size

MAX_TEXT_BYTES = 1 << 20
MAX_CHANGED_LINES = 4000
"""Lines that are compared after what is alike at both ends is left out: a second or two."""
_PIECE = 1 << 18
_CONTEXT = 3
_HEX_LINES = 12
_LONGEST_STRESSED = 1000
"""Characters of a line in which what differs is looked for."""


@dataclass(frozen=True, slots=True)
class Side:
    """One version of a file."""

    title: str
    size_bytes: int
    read: Read


def difference_lines(
    old: Side, new: Side, check: Callable[[], None], *, attributes: Sequence[Line] | None = None
) -> Iterator[Line]:
    """Write the difference: of attributes, if they are known, and of contents.

    `check` raises when nobody waits any more.
    """
    yield ("- ", Role.REMOVED), (f"{old.title}, {format_size(old.size_bytes)}", Role.STRONG)
    yield ("+ ", Role.ADDED), (f"{new.title}, {format_size(new.size_bytes)}", Role.STRONG)
    yield from attributes or ()
    yield (("", Role.TEXT),)
    first = _first_difference(old, new, check)
    if first is None:
        yield (("The contents are the same, byte by byte.", Role.GOOD),)
        if attributes is not None and not attributes:
            yield (("So are mode, owner, time and extended attributes.", Role.DIM),)
        return
    if max(old.size_bytes, new.size_bytes) <= MAX_TEXT_BYTES and _is_text(old) and _is_text(new):
        before, after = (side.read(0, side.size_bytes).split(b"\n") for side in (old, new))
        lines = _text_difference(before, after, check)
        if lines is not None:
            yield from lines
            return
    yield ((f"They differ from byte {first:,} on.", Role.MODIFIED),)
    yield (("", Role.TEXT),)
    yield from _bytes_difference(old, new, first)


def _is_text(side: Side) -> bool:
    return nature_of(side.read(0, HEAD_BYTES), side.size_bytes).text


def _first_difference(old: Side, new: Side, check: Callable[[], None]) -> int | None:
    at = 0
    while at < max(old.size_bytes, new.size_bytes):
        check()
        one, other = old.read(at, _PIECE), new.read(at, _PIECE)
        if one != other:
            return at + _first_in(one, other)
        at += _PIECE
    return None


def _first_in(one: bytes, other: bytes) -> int:
    """Find the first difference of two pieces that are not the same, by halving."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _text_difference(before: Sequence[bytes], after: Sequence[bytes], check: Callable[[], None]) -> list[Line] | None:
    """Compare line by line; None where that would take too long."""
    head = 0
    shorter = min(len(before), len(after))
    while head < shorter and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    if len(before) + len(after) - 2 * (head + tail) > MAX_CHANGED_LINES:
        return None
    start = max(head - _CONTEXT, 0)
    stop = max(tail - _CONTEXT, 0)
    one, other = before[start : len(before) - stop], after[start : len(after) - stop]
    check()
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=True)
    lines: list[Line] = []
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        check()
        first, last = group[0], group[-1]
        place = f"@@ lines {first[1] + start + 1}-{last[2] + start} → {first[3] + start + 1}-{last[4] + start} @@"
        lines.append(((place, Role.FOCUS),))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [(("  ", Role.TEXT), *_in(Role.TEXT, line)) for line in one[i1:i2]]
                continue
            lines += _replaced(one[i1:i2], other[j1:j2])
    return lines


def _replaced(before: Sequence[bytes], after: Sequence[bytes]) -> list[Line]:
    """Write lines that stand in the place of others; where each has one of its own, what differs in it stands out."""
    removed = [_in(Role.REMOVED, line) for line in before]
    added = [_in(Role.ADDED, line) for line in after]
    if len(before) == len(after):
        for at, (one, other) in enumerate(zip(removed, added, strict=True)):
            removed[at] = _stressed(one, other, Role.REMOVED_STRONG)
            added[at] = _stressed(other, one, Role.ADDED_STRONG)
    return [*((("- ", Role.REMOVED), *line) for line in removed), *((("+ ", Role.ADDED), *line) for line in added)]


def _stressed(line: Line, other: Line, role: Role) -> Line:
    """Stress what a line has between what it has in common with another one, if that is not little."""
    (text, plain), (against, _role) = line[0], other[0]
    if max(len(text), len(against)) > _LONGEST_STRESSED:
        return line
    head = _alike(text, against)
    tail = _alike(text[head:][::-1], against[head:][::-1])
    end = len(text) - tail
    if head == end or 3 * (head + tail) < max(len(text), len(against)):
        return line
    return (text[:head], plain), (text[head:end], role), (text[end:], plain)


def _alike(one: str, other: str) -> int:
    """Count the characters that two texts begin with."""
    return sum(1 for _pair in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _in(role: Role, line: bytes) -> Line:
    return tuple((text, role) for text, _role in plain_spans(line[:LONGEST_LINE]))


def _bytes_difference(old: Side, new: Side, first: int) -> Iterator[Line]:
    """Show both sides where they begin to differ."""
    start = max(first // HEX_BYTES * HEX_BYTES - HEX_BYTES, 0)
    for offset in range(start, start + _HEX_LINES * HEX_BYTES, HEX_BYTES):
        one, other = old.read(offset, HEX_BYTES), new.read(offset, HEX_BYTES)
        if not one and not other:
            break
        if one == other:
            yield _hex("  ", Role.DIM, offset, one)
            continue
        if one:
            yield _hex("- ", Role.REMOVED, offset, one)
        if other:
            yield _hex("+ ", Role.ADDED, offset, other)
    yield (("", Role.TEXT),)
    yield (("What follows is not compared.", Role.DIM),)


def _hex(sign: str, role: Role, offset: int, data: bytes) -> Line:
    return ((sign + "  ".join(hex_text(offset, data, width=100)), role),)
