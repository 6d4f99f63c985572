"""A text to read: lines written for the widget's width, scrolled by keys and wheel. No cursor."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from layerscope.tui.roles import Line, Role
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.widgets.scroller import Scroller
from layerscope.tui.widgets.written import Writer, nothing


class Article(Scroller, inherit_bindings=False):
    """Lines below each other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "by(-1)", "up", show=False, id="text.up", tooltip="one line up"),
        Binding("down,j", "by(1)", "scroll", key_display="↑↓", id="text.down", tooltip="one line down"),
        Binding("pageup", "page(-1.0)", "page up", show=False, id="text.page-up", tooltip="a page up"),
        Binding("pagedown,space", "page(1.0)", "page down", show=False, id="text.page-down", tooltip="a page down"),
        Binding("ctrl+u", "page(-0.5)", "half a page up", show=False, id="text.half-up", tooltip="half a page up"),
        Binding("ctrl+d", "page(0.5)", "half a page down", show=False, id="text.half-down", tooltip="half a page down"),
        Binding("g,home", "edge(-1)", "top", show=False, id="text.first", tooltip="to the top"),
        Binding("G,end", "edge(1)", "end", show=False, id="text.last", tooltip="to the end"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._writer: Writer = nothing
        self._text: list[Line] = []
        self._written_for = -1

    def show(self, writer: Writer) -> None:
        """Show another text from its top."""
        self._writer, self._written_for = writer, -1
        self.top = 0
        self._write()

    def _write(self) -> None:
        # One cell to the left, as the cursor's mark takes in lists.
        width = self.text_width - 1
        if width > 0 and width != self._written_for:
            self._written_for = width
            self._text = list(self._writer(width))
            self.set_lines(len(self._text), top=self.top)

    def line_at(self, number: int, width: int, tone: Tone) -> Line:  # noqa: ARG002 - lines are written already
        """Give a line."""
        return (" ", Role.TEXT), *self._text[number]

    def on_resize(self) -> None:
        """Write the text again for another width."""
        self._write()
        super().on_resize()

    def action_by(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_lines(self.top + lines)

    def action_page(self, pages: float) -> None:
        """Scroll by pages."""
        self.action_by(int(pages * max(self.page_height - 1, 2)))

    def action_edge(self, direction: int) -> None:
        """Scroll to the top or to the end."""
        self.scroll_lines(0 if direction < 0 else self.line_count)
