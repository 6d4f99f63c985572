"""Flags of whole columns: a byte of 0 or 1 an entry, made and combined without a loop. Knows no column.

`array("i")` columns say "none" by -1. The byte of each item that has the sign, taken out as one slice, tells it:
a million items take 2 ms, where a loop takes 30. A whole column of flags is then one huge integer, so that `&`, `|`
and `~` combine a million of them in well below a millisecond.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator
from itertools import compress

from layerscope.model.filetree import places_of

_SIGN = 3 if sys.byteorder == "little" else 0
_IS_SOME = b"\1" * 128 + bytes(128)
_IS_NONE = bytes(128) + b"\1" * 128
_IS_NOT_ZERO = b"\0" + b"\1" * 255


def is_some(column: "array[int]") -> bytes:
    """Flag the items that are not -1."""
    return column.tobytes()[_SIGN :: column.itemsize].translate(_IS_SOME)


def is_none(column: "array[int]") -> bytes:
    """Flag the items that are -1."""
    return column.tobytes()[_SIGN :: column.itemsize].translate(_IS_NONE)


def reaches(column: "array[int]", power: int = 0) -> bytes:
    """Flag the items of an unsigned column that are at least 256 to some power: whose higher bytes are not all 0."""
    whole, width = column.tobytes(), column.itemsize
    places = range(power, width) if sys.byteorder == "little" else range(width - power)
    found = 0
    for place in places:
        found |= packed(whole[place::width])
    return unpacked(found, len(column)).translate(_IS_NOT_ZERO)


def packed(flags: bytes | bytearray) -> int:
    """Make one number of flags, to combine with others."""
    return int.from_bytes(flags, "little")


def unpacked(number: int, count: int) -> bytes:
    """Undo `packed`; what is above `count` flags is cut off."""
    return (number & ((1 << 8 * count) - 1)).to_bytes(count, "little")


def flagged(flags: bytes | bytearray) -> Iterable[int]:
    """List where flags are set: few are searched for, which costs nothing where there are none."""
    return compress(range(len(flags)), flags) if flags.count(1) > len(flags) // 8 else _found(flags)


def _found(flags: bytes | bytearray) -> Iterator[int]:
    at = flags.find(1)
    while at != -1:
        yield at
        at = flags.find(1, at + 1)


def holds(column: "array[int]", value: int) -> bool:
    """Tell whether an item has a value."""
    return any(True for _ in places_of(column, value))


def chooser(*codes: int) -> bytes:
    """Make a table for `bytes.translate` that flags these codes."""
    return bytes(int(code in codes) for code in range(256))
