"""Where something stands in a file, looked for chunk by chunk: a text in lines, or bytes anywhere. Knows no widget.

Case does not count: of ASCII, and of other letters where all that is typed is of one case. Where bytes are looked at,
pairs of hexadecimal digits (`7f 45 4c`) are bytes as well as text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from layerscope.patterns import regex
from layerscope.tui.viewer import document as documents
from layerscope.tui.viewer.document import Read, TextDocument

_HEX = regex(r"(?:\\x|0x)?((?:[0-9a-f]{2}[\s,]*)+)", re.IGNORECASE)


class Hit(NamedTuple):
    """A place that matches."""

    at: int
    """Number of a line, or of a byte."""
    length: int
    """Bytes."""
    column: int = 0
    """Bytes of the line before it."""


class Sight(NamedTuple):
    """What was found in a piece of a file, and how far that was."""

    hits: list[Hit]
    done_bytes: int
    line: int = 0
    """Line ends so far."""
    column: int = 0
    """Bytes since the last one."""


def texts_of(needle: str) -> set[bytes]:
    """Write what is looked for as bytes, for comparing with bytes in lower case."""
    forms = (needle, needle.lower(), needle.upper())
    return {form.encode("utf-8", "surrogateescape").lower() for form in forms}


def bytes_of(needle: str) -> bytes | None:
    """Read what is typed as bytes in hexadecimal, if it can be read so."""
    match = _HEX.fullmatch(needle.strip().replace("\\x", "").replace("0x", ""))
    return bytes.fromhex(re.sub(r"[\s,]", "", match[1])) if match else None


def lines_with(document: TextDocument, read: Read, needle: str) -> Iterator[Sight]:
    """Look for a text in lines that become known meanwhile; each line counts once, at its first match."""
    pattern, longest = _pattern(texts_of(needle))
    position = line = column = 0
    last = -1
    while True:
        if position >= document.indexed_bytes and next(document.index(), None) is None:
            return
        size = min(documents.CHUNK, document.indexed_bytes - position)
        data = read(position, size + longest - 1).lower()
        hits = []
        counted, number = 0, line
        for match in pattern.finditer(data):
            if match.start() >= size:
                break
            number += data.count(b"\n", counted, match.start())
            counted = match.start()
            if number != last:
                begins = data.rfind(b"\n", 0, counted) + 1
                before = counted - begins if begins else counted + column
                hits.append(Hit(number, match.end() - counted, before))
                last = number
        line += data.count(b"\n", 0, size)
        end = data.rfind(b"\n", 0, size)
        column = size - end - 1 if end >= 0 else column + size
        position += size
        yield Sight(hits, position, line, column)


def bytes_with(read: Read, size_bytes: int, needle: str) -> Iterator[Sight]:
    """Look for bytes, or for the same as text, anywhere."""
    exact = bytes_of(needle)
    pattern, longest = _pattern(texts_of(needle))
    plain = re.compile(re.escape(exact)) if exact else None
    longest = max(longest, len(exact or b""))
    position = 0
    while position < size_bytes:
        data = read(position, documents.CHUNK + longest - 1)
        places = {match.start(): match.end() for match in pattern.finditer(data.lower())}
        for match in plain.finditer(data) if plain else ():
            places[match.start()] = max(match.end(), places.get(match.start(), 0))
        hits = []
        end = 0
        for start in sorted(places):
            if end <= start < documents.CHUNK:
                end = places[start]
                hits.append(Hit(position + start, end - start))
        position = min(position + max(documents.CHUNK, end), size_bytes)
        yield Sight(hits, position)


def _pattern(texts: set[bytes]) -> tuple[re.Pattern[bytes], int]:
    return re.compile(b"|".join(map(re.escape, sorted(texts, key=len, reverse=True)))), max(map(len, texts))
