"""What a piece of text means, and how that looks: the only place where a meaning becomes a colour.

Rows and panes name roles; themes give colours. A style string here is Textual's own syntax with the variables that
`role_variables` adds to a theme, and never holds text from an image.
"""

import enum
from collections.abc import Iterable, Mapping

from textual.content import Content


class Role(enum.Enum):
    """The meaning of a span of text; the value is its style."""

    TEXT = ""
    STRONG = "bold"
    DIM = "$dim-text"
    FAINT = "$faint-text"
    FOCUS = "$focus"
    KEYWORD = "bold $focus"
    ADDED = "$added"
    MODIFIED = "$modified"
    REMOVED = "$removed"
    WASTED = "$wasted"
    WASTED_STRONG = "bold $wasted"
    GOOD = "$good"
    MATCH = "bold underline $focus"
    LINK = "$link-name"
    TRACK = "$pane-border"


Span = tuple[str, Role]
"""Printable text and its meaning."""
Line = tuple[Span, ...]
"""One line of the screen."""

# Faded text is a mixture with the background; a terminal's own 16 colours cannot be mixed, but can be dimmed.
_ANSI_FADED = {Role.DIM: "dim", Role.FAINT: "dim"}


def style_of(role: Role, *, ansi: bool) -> str:
    """Give a role's style for the kind of theme that is on."""
    return _ANSI_FADED.get(role, role.value) if ansi else role.value


def content_of(lines: Iterable[Line], *, ansi: bool) -> Content:
    """Make lines into something a Textual widget shows as it is, markup characters included."""
    parts: list[tuple[str, str]] = []
    for line in lines:
        parts.extend((text, style_of(role, ansi=ansi)) for text, role in line)
        parts.append(("\n", ""))
    return Content.assemble(*parts[:-1])


def role_variables(theme: Mapping[str, str], *, ansi: bool, dark: bool) -> dict[str, str]:
    """Give the style variables of the roles, made from a theme's own where it does not set them."""
    cursor = ("ansi_bright_black" if dark else "ansi_white") if ansi else "$primary 22%"
    defaults = {
        "focus": "$text-primary",
        "added": "$text-success",
        "modified": "$text-warning",
        "removed": "$text-error",
        "wasted": "$text-accent",
        "good": "$text-success",
        "link-name": "$text-secondary",
        "dim-text": "$foreground 62%",
        "faint-text": "$foreground 38%",
        "cursor-row": cursor,
        "cursor-row-blurred": cursor if ansi else "$foreground 9%",
        "pane-border": "$foreground 22%",
        "track": "$foreground 14%",
    }
    if ansi:
        defaults |= {"pane-border": "ansi_bright_black", "track": "ansi_bright_black", "wasted": "ansi_magenta"}
    return {name: theme.get(name, _resolved(value, theme)) for name, value in defaults.items()}


def _resolved(value: str, theme: Mapping[str, str]) -> str:
    name, _, strength = value.partition(" ")
    if not name.startswith("$"):
        return value
    colour = theme[name[1:]]
    return f"{colour} {strength}" if strength else colour


def width_of_line(line: Line) -> int:
    """Count the cells of a line."""
    from layerscope.tui.fit import width_of

    return sum(width_of(text) for text, _role in line)
