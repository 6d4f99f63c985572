"""A list with a cursor: any number of rows, each of one line or of several.

Owns cursor, keys and mouse. What a row says is the subclass's business (`row_line`). Textual's own lists and trees
hold an object per row and stall above some thousands.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive

from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.widgets.scroller import Scroller

_MARK = "▌"


def _nobody(_row: int) -> None:
    """Do nothing."""


def _marked(span: Span, marked: str) -> Iterator[Span]:
    text, role = span
    at = text.lower().find(marked)
    while at >= 0:
        yield text[:at], role
        yield text[at : at + len(marked)], Role.MATCH
        text = text[at + len(marked) :]
        at = text.lower().find(marked)
    yield text, role


class LineList(Scroller, inherit_bindings=False):
    """A list of rows of one height."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False, id="list.up", tooltip="one row up"),
        Binding("down,j", "move(1)", "move", key_display="↑↓", id="list.down", tooltip="one row down"),
        Binding("pageup", "page(-1.0)", "page up", show=False, id="list.page-up", tooltip="a page up"),
        Binding("pagedown", "page(1.0)", "page down", show=False, id="list.page-down", tooltip="a page down"),
        Binding("ctrl+u", "page(-0.5)", "half a page up", show=False, id="list.half-up", tooltip="half a page up"),
        Binding("ctrl+d", "page(0.5)", "half a page down", show=False, id="list.half-down", tooltip="half a page down"),
        Binding("g,home", "edge(-1)", "first", show=False, id="list.first", tooltip="to the first row"),
        Binding("G,end", "edge(1)", "last", show=False, id="list.last", tooltip="to the last row"),
        Binding("enter", "choose", "open", show=False, id="list.choose", tooltip="open the row"),
    ]

    class Chosen(Message):
        """A row was opened, by enter or a double click."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    cursor: reactive[int] = reactive(0, repaint=False, init=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.row_count = 0
        self.row_height = 1
        self._moved: Callable[[int], None] = _nobody
        self._marked_text = ""

    def tell_moves(self, moved: Callable[[int], None]) -> None:
        """Say who wants to know where the user moves the cursor: told at once, to be drawn together with it."""
        self._moved = moved

    def row_line(self, row: int, part: int, width: int) -> Line:
        """Write one of a row's lines in exactly `width` cells."""
        raise NotImplementedError

    def set_rows(self, count: int, *, cursor: int, height: int = 1) -> None:
        """Show other rows, and put the cursor on one of them without telling anybody."""
        self.row_count, self.row_height = count, height
        self.set_reactive(LineList.cursor, self.validate_cursor(cursor))
        self.set_lines(count * height, top=self.top)
        self._show_cursor()

    def put_cursor(self, row: int) -> None:
        """Move the cursor without telling anybody."""
        before = self.cursor
        self.set_reactive(LineList.cursor, self.validate_cursor(row))
        self._redraw(before, self.cursor)

    def validate_cursor(self, row: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(row, self.row_count - 1))

    def watch_cursor(self, before: int, row: int) -> None:
        """Redraw the two rows, and tell."""
        self._redraw(before, row)
        self._moved(row)

    def _redraw(self, before: int, row: int) -> None:
        top = self.top
        self._show_cursor()
        if self.top == top:
            self._refresh_rows(before, row)

    def _refresh_rows(self, *rows: int) -> None:
        width, height = self.size.width, self.row_height
        self.refresh(*(Region(0, row * height - self.top, width, height) for row in rows))

    def rewrite_rows(self, rows: Iterable[int]) -> None:
        """Draw some rows again: only they say something else."""
        changed = tuple(rows)
        for row in changed:
            for line in range(row * self.row_height, (row + 1) * self.row_height):
                self.forget_line(line)
        first, height = self.top // self.row_height, self.row_height
        seen = range(first, (self.top + self.page_height - 1) // height + 1)
        in_sight = [row for row in changed if row in seen]
        if in_sight:
            self._refresh_rows(*in_sight)

    def _show_cursor(self) -> None:
        """Scroll as little as possible so that the cursor's row is seen."""
        line = self.cursor * self.row_height
        if self.page_height > 0:
            lowest = line + self.row_height - self.page_height
            self.scroll_lines(min(max(self.top, lowest), line))

    # --- drawing

    def tone_of(self, number: int) -> Tone:
        """Say whether a line is of the cursor's row."""
        if number // self.row_height != self.cursor:
            return Tone.PLAIN
        return Tone.CURSOR if self.has_focus else Tone.CURSOR_BLURRED

    def line_at(self, number: int, width: int, tone: Tone) -> Line:
        """Write a line of a row, after the mark of the cursor."""
        row, part = divmod(number, self.row_height)
        mark = " " if tone is Tone.PLAIN else _MARK
        line = self.row_line(row, part, width - 1)
        if self._marked_text:
            line = tuple(piece for span in line for piece in _marked(span, self._marked_text))
        return (mark, Role.FOCUS if tone is Tone.CURSOR else Role.DIM), *line

    def mark_text(self, text: str) -> None:
        """Underline a lower-case text wherever it stands; "" for none."""
        if text != self._marked_text:
            self._marked_text = text
            self.rewrite()

    @property
    def row_width(self) -> int:
        """Cells of a row's line, after the mark."""
        return max(self.text_width - 1, 0)

    # --- keys and mouse

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += rows

    def action_page(self, pages: float) -> None:
        """Move the cursor by pages."""
        rows = max(self.page_height // self.row_height - 1, 1)
        self.cursor += int(rows * pages) or (1 if pages > 0 else -1)

    def action_edge(self, direction: int) -> None:
        """Move the cursor to the first or the last row."""
        self.cursor = self.row_count - 1 if direction > 0 else 0

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.post_message(self.Chosen(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the row that was clicked; a double click opens it."""
        event.stop()
        row = (self.top + event.y) // self.row_height
        if row < self.row_count and event.x < self.text_width:
            self.cursor = row
            self.clicked(row, event.x - 1, double=event.chain == 2)

    def clicked(self, row: int, _cell: int, *, double: bool) -> None:
        """React to a click on a cell of a row's line."""
        if double:
            self.post_message(self.Chosen(row))

    def on_focus(self) -> None:
        """Show that keys go here."""
        self._refresh_rows(self.cursor)

    def on_blur(self) -> None:
        """Show that keys go elsewhere."""
        self._refresh_rows(self.cursor)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        super().on_resize()
        self._show_cursor()
