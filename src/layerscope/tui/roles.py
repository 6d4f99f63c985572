"""What a piece of text means, and how that looks: the only place where a meaning becomes a colour.

Rows and panes name roles; themes give colours. A style string here is Textual's own syntax with the variables that
`role_variables` adds to a theme, and never holds text from an image.
"""

import enum
from collections.abc import Iterable, Mapping

from textual.color import Color
from textual.content import Content

from layerscope.tui.fit import width_of


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
    ADDED_STRONG = "bold underline $added"
    REMOVED_STRONG = "bold underline $removed"
    GONE = "$removed strike"
    DEAD = "$dim-text strike"
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
_ANSI_FADED = {Role.DIM: "dim", Role.FAINT: "dim", Role.DEAD: "dim strike"}


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


def role_variables(theme: Mapping[str, str], *, ansi: bool) -> dict[str, str]:
    """Give the style variables of the roles, made from a theme's own where it does not set them."""
    plain = {
        "focus": theme["text-primary"],
        "added": theme["text-success"],
        "modified": theme["text-warning"],
        "removed": theme["text-error"],
        "wasted": "ansi_magenta" if ansi else theme["text-accent"],
        "good": theme["text-success"],
        "link-name": theme["text-secondary"],
    }
    faded = {
        "dim-text": ("foreground", 0.65),
        "faint-text": ("foreground", 0.45),
        "pane-border": ("foreground", 0.25),
        "cursor-row": ("primary", 0.22),
        "cursor-row-blurred": ("foreground", 0.09),
    }
    if ansi:
        mixed = dict.fromkeys(faded, "ansi_default") | {"pane-border": "ansi_bright_black"}
    else:
        mixed = {name: _mixed(theme, colour, strength) for name, (colour, strength) in faded.items()}
    return {name: theme.get(name, value) for name, value in (plain | mixed).items()}


def _mixed(theme: Mapping[str, str], colour: str, strength: float) -> str:
    return Color.parse(theme["background"]).blend(Color.parse(theme[colour]), strength).hex


def width_of_line(line: Line) -> int:
    """Count the cells of a line."""
    return sum(width_of(text) for text, _role in line)
