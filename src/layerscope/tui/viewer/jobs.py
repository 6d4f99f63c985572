"""What a page has done on its desk's thread: opening a file, indexing, reading and colouring lines, looking for words.

Each job is given the desk and returns what is posted back. None knows a widget.
"""

from collections.abc import Iterator
from itertools import islice

from layerscope.tui.roles import Line
from layerscope.tui.viewer import showing
from layerscope.tui.viewer.desk import Desk
from layerscope.tui.viewer.document import HEX_BYTES, TextDocument
from layerscope.tui.viewer.magic import HEAD_BYTES
from layerscope.tui.viewer.seeking import Sight

BLOCK = 64
"""Lines that are read and coloured together."""
STEPS = 64
"""Chunks that are indexed in one go: some milliseconds, so that the page on the screen is never far away."""

Key = tuple[int, str, int]
"""(which file, what, number)."""
Blocks = dict[int, list[Line]]


def opened_file(desk: "Desk[Key]", entry: int) -> tuple[bytes, int, TextDocument]:
    """Read a file's beginning, and where its first lines end."""
    peek = desk.peek(entry)
    head = peek.read(0, HEAD_BYTES)
    document = TextDocument(peek.read, peek.size_bytes)
    for _done, _bytes in zip(range(STEPS), document.index(), strict=False):
        desk.check()
    return head, peek.size_bytes, document


def indexed_bytes(desk: "Desk[Key]", document: TextDocument) -> int:
    """Look for the ends of further lines; gives how far they are known."""
    for _done, _bytes in zip(range(STEPS), document.index(), strict=False):
        desk.check()
        if not desk.idle:
            break
    return document.indexed_bytes


def found_sights(desk: "Desk[Key]", sights: Iterator[Sight]) -> tuple[Iterator[Sight], list[Sight], bool]:
    """Look at some more of a file, but at little where something else is waited for."""
    seen: list[Sight] = []
    for sight in islice(sights, STEPS):
        desk.check()
        seen.append(sight)
        if not desk.idle:
            break
    else:
        return sights, seen, len(seen) < STEPS
    return sights, seen, False


def hex_block(desk: "Desk[Key]", entry: int, block: int, width: int) -> list[Line]:
    """Write some lines of bytes."""
    start = block * BLOCK * HEX_BYTES
    data = desk.peek(entry).read(start, BLOCK * HEX_BYTES)
    pieces = range(0, len(data), HEX_BYTES)
    return [showing.hex_line(start + at, data[at : at + HEX_BYTES], width) for at in pieces]


def text_blocks(document: TextDocument, block: int, name: str, head: bytes, *, whole: bool) -> Blocks:
    """Write a block of lines in colours, or all of them."""
    first, count = (0, document.line_count) if whole else (block * BLOCK, BLOCK)
    lines = document.lines(first, count)
    spans = showing.coloured(lines, showing.lexer_for(name, head))
    shown = [showing.numbered(first + at, one, lines[at]) for at, one in enumerate(spans)]
    return {(first + at) // BLOCK: shown[at : at + BLOCK] for at in range(0, len(shown), BLOCK)}
