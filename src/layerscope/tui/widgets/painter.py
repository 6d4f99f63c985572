"""From roles to the styles of segments, for widgets that draw their own lines.

Owns how a role looks on the cursor's row: the row changes its background and keeps its colours. Asks the theme once
and remembers; whoever holds a painter clears it when styles are updated.
"""

import enum

from rich.style import Style as RichStyle
from textual.style import Style
from textual.widget import Widget

from layerscope.tui.roles import Role, style_of


class Tone(enum.Enum):
    """What a row is at the moment; the value is its component class, if it has one."""

    PLAIN = ""
    CURSOR = "lines--cursor"
    CURSOR_BLURRED = "lines--cursor-blurred"


class Painter:
    """The styles of one widget."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[Role, Tone], RichStyle] = {}

    def clear(self) -> None:
        """Forget all styles: the theme, or the widget's colours, are others now."""
        self._styles.clear()

    def style(self, role: Role, tone: Tone = Tone.PLAIN) -> RichStyle:
        """Give the style of a role on a row."""
        style = self._styles.get((role, tone))
        if style is None:
            style = self._styles[role, tone] = self._made(role, tone)
        return style

    def _made(self, role: Role, tone: Tone) -> RichStyle:
        app = self._widget.app
        _base, _base_colour, background, foreground = self._widget.colors
        text = app.stylesheet.parse_style(style_of(role, ansi=app.native_ansi_color))
        if app.native_ansi_color:
            # No background of the 16 colours is safe with all of the others on it: there the row is turned round, or
            # bold. Turned round, colours would be a patchwork of backgrounds; their glyphs say the same.
            if tone is Tone.CURSOR:
                text = Style(bold=text.bold, strike=text.strike, underline=text.underline, reverse=True)
            elif tone is Tone.CURSOR_BLURRED:
                text += Style(bold=True)
        elif tone is not Tone.PLAIN:
            background += self._widget.get_component_styles(tone.value).background
        return (Style(background=background, foreground=foreground) + text).rich_style
