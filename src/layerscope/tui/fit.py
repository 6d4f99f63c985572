"""Text into a given number of terminal cells: cut, pad, shorten in the middle, wrap.

Measures as Textual draws (`rich.cells`), because a row that is one cell too wide breaks the screen. Takes printable
text only, and knows nothing of colours or images.
"""

from rich.cells import cell_len

ELLIPSIS = "…"


def width_of(text: str) -> int:
    """Count the cells of a text."""
    return len(text) if text.isascii() else cell_len(text)


def cut(text: str, width: int) -> str:
    """Shorten text at its end to at most `width` cells."""
    if width_of(text) <= width:
        return text
    return "" if width <= 0 else _head(text, width - 1) + ELLIPSIS


def left(text: str, width: int) -> str:
    """Cut text, or fill it with blanks on its right, to exactly `width` cells."""
    shown = cut(text, width)
    return shown + " " * (width - width_of(shown))


def right(text: str, width: int) -> str:
    """Cut text, or fill it with blanks on its left, to exactly `width` cells."""
    shown = cut(text, width)
    return " " * (width - width_of(shown)) + shown


def middle(text: str, width: int) -> str:
    """Shorten a path in its middle to at most `width` cells; its last component stays whole where it can."""
    if width_of(text) <= width:
        return text
    if width <= 1:
        return cut(text, width)
    name = text[text.rfind("/", 0, -1) :] if "/" in text[:-1] else text
    name_width = width_of(name)
    if name_width + 1 <= width:
        return _head(text, width - 1 - name_width) + ELLIPSIS + name
    lead = ELLIPSIS + "/" if name is not text and width > 12 else ""
    bare, room = name.lstrip("/"), width - 1 - len(lead)
    if width_of(bare) <= room + 1:
        return lead + bare
    kept = room * 2 // 3
    return lead + _head(bare, room - kept) + ELLIPSIS + _tail(bare, kept)


def around(text: str, width: int, part: str) -> str:
    """Shorten a name in its middle, or at its ends where else a part of it (lower-case) would not be seen."""
    shown, lower = middle(text, width), text.lower()
    at, room = lower.find(part), width - 2
    if part in shown.lower() or at < 0 or len(lower) != len(text) or width_of(part) > room:
        return shown
    start = max(at - (room - width_of(part)) // 2, 0)
    kept = _head(text[start:], room)
    lead, trail = ELLIPSIS * (start > 0), ELLIPSIS * (start + len(kept) < len(text))
    return lead + kept + trail if part in kept.lower() else shown


def last(text: str, width: int) -> str:
    """Give the end of a text, of at most `width` cells."""
    return _tail(text, width)


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` cells, at blanks where there are some; at least one line."""
    width = max(width, 2)
    lines: list[str] = []
    rest = text
    while width_of(rest) > width:
        head = _head(rest, width) or rest[0]
        blank = head.rfind(" ")
        if len(rest) > len(head) and rest[len(head)] == " ":
            blank = len(head)
        if blank > width // 3:
            lines.append(rest[:blank])
            rest = rest[blank:].lstrip(" ")
        else:
            lines.append(head)
            rest = rest[len(head) :]
    return [*lines, rest]


def _head(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    shown = text[:width]
    while width_of(shown) > width:
        shown = shown[:-1]
    return shown


def _tail(text: str, width: int) -> str:
    if width <= 0:
        return ""
    shown = text[-width:]
    while width_of(shown) > width:
        shown = shown[1:]
    return shown
