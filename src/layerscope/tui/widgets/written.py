"""A widget whose text is written for its width: headline, column names, tabs, notices. No cursor, no scrolling."""

from collections.abc import Callable, Iterable

from textual.content import Content
from textual.widget import Widget

from layerscope.tui.roles import Line, content_of

Writer = Callable[[int], Iterable[Line]]
"""Lines for a width in cells."""


def nothing(_width: int) -> Iterable[Line]:
    """Write no line."""
    return ()


class Written(Widget):
    """Lines that fit the width, whatever it is."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Written { height: 1; width: 1fr; text-wrap: nowrap; }
    """

    def __init__(self, writer: Writer = nothing, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, classes=classes)
        self._writer = writer
        self._shown: tuple[Line, ...] | None = None

    def write(self, writer: Writer) -> None:
        """Show other text."""
        self._writer = writer
        self.refresh()

    def renew(self) -> None:
        """Write the text again; it is drawn again if it has changed."""
        if self._shown is not None and self._lines() != self._shown:
            self.refresh()

    def _lines(self) -> tuple[Line, ...]:
        return tuple(self._writer(self.content_size.width))

    def render(self) -> Content:
        """Write the text for the present width."""
        self._shown = lines = self._lines()
        return content_of(lines, ansi=self.app.native_ansi_color) if lines else Content("")
