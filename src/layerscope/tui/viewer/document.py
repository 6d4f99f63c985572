"""A file's content as numbered lines, read by window: text with an index that grows, or bytes in hexadecimal.

Knows where lines are, not how they look. `read` is given: (offset, length) → bytes.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from layerscope.patterns import regex

Read = Callable[[int, int], bytes]

CHUNK = 1 << 16
"""Bytes that are read at once; the index has one number for each."""
LONGEST_LINE = 4096
"""Bytes of a line that are shown; longer ones say how much more there is."""
HEX_BYTES = 16
"""Bytes in a line of hexadecimal."""
_LINE_END = regex(b"\n")


class TextLine(NamedTuple):
    """One line, without its end."""

    offset: int
    content: bytes
    more_bytes: int
    """Bytes of the line that are not in `content`."""


class TextDocument:
    """The lines of a text of any size: the index holds a number for each 64 KiB."""

    def __init__(self, read: Read, size_bytes: int) -> None:
        self._read = read
        self._size = size_bytes
        self._ends = array("Q", [0])
        """By chunk: line ends before it."""
        self._ended = False
        """The last byte is a line end, so nothing follows it."""

    @property
    def indexed_bytes(self) -> int:
        """How far lines are known."""
        return min((len(self._ends) - 1) * CHUNK, self._size)

    @property
    def line_count(self) -> int:
        """Lines that are known, the one that is cut off by the end of the index included."""
        whole = self.indexed_bytes >= self._size
        return self._ends[-1] + (self._size > 0 and not (whole and self._ended))

    def index(self) -> Iterator[int]:
        """Look for line ends, chunk by chunk; gives how far it is."""
        while self.indexed_bytes < self._size:
            chunk = self._read(self.indexed_bytes, CHUNK)
            self._ended = chunk.endswith(b"\n")
            self._ends.append(self._ends[-1] + chunk.count(b"\n"))
            yield self.indexed_bytes

    def lines(self, first: int, count: int) -> list[TextLine]:
        """Read some lines; fewer at the end of what is indexed."""
        count = min(count, self.line_count - first)
        if count <= 0:
            return []
        starts = self._starts(first, count + 1)
        found = []
        for start, following in pairwise(starts):
            content = self._read(start, min(following - start, LONGEST_LINE))
            ended = content.endswith(b"\n") and len(content) == following - start
            shown = content.removesuffix(b"\n").removesuffix(b"\r") if ended else content
            found.append(TextLine(start, shown, following - start - len(content)))
        return found

    def _starts(self, first: int, count: int) -> list[int]:
        """Give where lines start; after the last one, the end of what is known."""
        starts = [0] if first == 0 else []
        wanted = first  # number of the line end after which the next start is, from 1
        if first == 0:
            wanted = 1
        while len(starts) < count:
            chunk = bisect_left(self._ends, wanted) - 1
            if wanted > self._ends[-1]:
                starts.append(self.indexed_bytes)
                break
            base = chunk * CHUNK
            skipped = self._ends[chunk]
            for number, match in enumerate(_LINE_END.finditer(self._read(base, CHUNK)), skipped + 1):
                if number >= wanted:
                    starts.append(base + match.end())
                    wanted += 1
                    if len(starts) == count:
                        break
        return starts


def hex_line_count(size_bytes: int) -> int:
    """Say how many lines of hexadecimal a file has."""
    return -(-size_bytes // HEX_BYTES)


def hex_text(offset: int, data: bytes, *, width: int) -> tuple[str, str, str]:
    """Write up to 16 bytes as offset, hexadecimal and text; all parts are printable ASCII."""
    pairs = " ".join(data[at : at + 2].hex() for at in range(0, len(data), 2)) if width < 76 else _spaced(data)
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
    room = 39 if width < 76 else 48
    return f"{offset:08x}", pairs.ljust(room), shown


def hex_cells(byte: int, width: int) -> tuple[int, int, int]:
    """Say where one of a line's bytes stands: its two digits, and its character; two blanks stand between the parts."""
    narrow = width < 76
    digits = 10 + (byte * 2 + byte // 2 if narrow else byte * 3 + (byte >= 8))
    return digits, digits + 1, 10 + (39 if narrow else 48) + 2 + byte


def _spaced(data: bytes) -> str:
    return f"{data[:8].hex(' ')}  {data[8:].hex(' ')}".rstrip() if len(data) > 8 else data.hex(" ")
