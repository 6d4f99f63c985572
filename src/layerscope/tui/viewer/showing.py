r"""From a file's bytes to lines of the screen: nothing in them acts on the terminal, and code has colours.

Control codes appear as their pictures (␛), bytes that are not UTF-8 as `\xNN`. Pygments is imported late.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.viewer.document import TextLine, hex_text
from layerscope.units import decode, printable

if TYPE_CHECKING:
    from pygments.lexer import Lexer

TAB = 4
NUMBER_WIDTH = 7
_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}
_MOST_COLOURED = 1 << 18
"""Bytes that are coloured at once: half a second."""
_SHEBANGS = ("python", "node", "perl", "ruby", "bash", "sh", "php", "lua", "awk", "tclsh")


def safe_text(text: str) -> str:
    """Make a piece of a file's text safe to show; unlike `printable`, a backslash stays one."""
    return printable(text.translate(_PICTURES)).replace("\\\\", "\\")


def plain_spans(content: bytes) -> tuple[Span, ...]:
    """Show a line as it is."""
    return ((safe_text(decode(content).expandtabs(TAB)), Role.TEXT),)


def numbered(number: int, spans: Sequence[Span], line: TextLine) -> Line:
    """Put the line's number before it, and behind it how much of it is not shown."""
    more = ((f" … {line.more_bytes:,} more bytes in this line", Role.DIM),) if line.more_bytes else ()
    return (f"{number + 1:>{NUMBER_WIDTH - 1}} ", Role.FAINT), *spans, *more


def hex_line(offset: int, data: bytes, width: int) -> Line:
    """Show some bytes."""
    place, pairs, text = hex_text(offset, data, width=width)
    return (place + "  ", Role.FAINT), (pairs + "  ", Role.TEXT), (text, Role.LINK)


def lexer_for(name: str, head: bytes) -> "Lexer | None":
    """Choose how a file is coloured: by its name, else by its first line."""
    from pygments.lexers import get_lexer_by_name, get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        return get_lexer_for_filename(name, stripnl=False, ensurenl=False)
    except ClassNotFound:
        first = head[:200].split(b"\n")[0]
        known = next((word for word in _SHEBANGS if first.startswith(b"#!") and word.encode() in first), None)
        return get_lexer_by_name(known, stripnl=False, ensurenl=False) if known else None


def coloured(lines: Sequence[TextLine], lexer: "Lexer | None") -> list[tuple[Span, ...]]:
    """Colour lines that stand together; as they are where that would take long or not fit."""
    if lexer is None or sum(len(line.content) for line in lines) > _MOST_COLOURED:
        return [plain_spans(line.content) for line in lines]
    texts = [decode(line.content).replace("\r", "␍").expandtabs(TAB) for line in lines]
    found: list[list[Span]] = [[]]
    for token, text in lexer.get_tokens("\n".join(texts)):
        role = _role_of(token)
        for number, part in enumerate(text.split("\n")):
            if number:
                found.append([])
            if part:
                found[-1].append((safe_text(part), role))
    if len(found) < len(texts):
        return [plain_spans(line.content) for line in lines]
    return [tuple(spans) for spans in found[: len(texts)]]


def _role_of(token: Any) -> Role:
    from pygments import token as kinds

    for kind, role in (
        (kinds.Comment, Role.DIM),
        (kinds.Keyword, Role.FOCUS),
        (kinds.Literal.String, Role.GOOD),
        (kinds.Literal.Number, Role.MODIFIED),
        (kinds.Name.Function, Role.STRONG),
        (kinds.Name.Class, Role.STRONG),
        (kinds.Name.Tag, Role.FOCUS),
        (kinds.Name.Attribute, Role.LINK),
        (kinds.Name.Decorator, Role.LINK),
        (kinds.Name.Builtin, Role.LINK),
        (kinds.Generic.Heading, Role.STRONG),
    ):
        if token in kind:
            return role
    return Role.TEXT


def shifted(line: Line, columns: int) -> Line:
    """Leave out the first columns of a line."""
    if not columns:
        return line
    left = columns
    spans: list[Span] = []
    for text, role in line:
        if left < len(text):
            spans.append((text[left:], role))
        left = max(left - len(text), 0)
    return tuple(spans)
