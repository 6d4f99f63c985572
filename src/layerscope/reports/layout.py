"""Lines of a terminal or a log: how wide text is, and how it is shortened. Takes printable text only."""

import unicodedata
from functools import lru_cache

ELLIPSIS = "…"


@lru_cache(maxsize=4096)
def cell_width(text: str) -> int:
    """Count the columns that text takes: 2 for wide characters, 0 for combining ones."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(text: str, width: int) -> str:
    """Cut text at its end to at most `width` columns, with an ellipsis where something is missing."""
    return text if cell_width(text) <= width else _head(text, width - 1) + ELLIPSIS


def fit_path(text: str, width: int) -> str:
    """Shorten a path in its middle: the end, which tells files apart, gets the larger part."""
    if cell_width(text) <= width:
        return text
    head = (width - 1) // 3
    return _head(text, head) + ELLIPSIS + _tail(text, width - 1 - head)


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines of at most `width` columns at blanks, and words that are longer anywhere."""
    lines = [""]
    for word in text.split(" "):
        rest = word
        if lines[-1] and cell_width(lines[-1]) + 1 + cell_width(rest) <= width:
            lines[-1] += " " + rest
            continue
        if lines[-1]:
            lines.append("")
        while cell_width(rest) > width:
            lines[-1] = _head(rest, width) or rest[0]
            rest = rest[len(lines[-1]) :]
            lines.append("")
        lines[-1] = rest
    return lines


def _head(text: str, width: int) -> str:
    used = 0
    for position, char in enumerate(text):
        used += _char_width(char)
        if used > width:
            return text[:position]
    return text


def _tail(text: str, width: int) -> str:
    return _head(text[::-1], width)[::-1]
