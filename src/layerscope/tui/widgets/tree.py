"""The file tree as a virtual list: shows an arrangement's visible places, and asks for folds.

Owns no fold state: which directories are open comes with `show`, and a fold key only posts `Folding`. What a row says
is `filerows.py`'s business.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from layerscope.tui.filerows import FileColumns, FileView, arrow_cells, file_line
from layerscope.tui.roles import Line
from layerscope.tui.rows import PLANNED, PLANNED_TOO
from layerscope.tui.widgets.lines import LineList


class FileTreeList(LineList):
    """The paths of a comparison."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "look", id="files.look", tooltip="look into the file; open or close the directory"),
        Binding("space", "fold", "fold", show=False, id="files.fold", tooltip="open or close the directory"),
        Binding("left,h", "leave", "close, parent", show=False, id="files.leave", tooltip="close, or go to the parent"),
        Binding("backspace", "parent", "parent", show=False, id="files.parent", tooltip="go to the directory above"),
        Binding("right,l", "into", "open, into", show=False, id="files.into", tooltip="open, or go to the first entry"),
    ]

    class Folding(Message):
        """The user wants a directory open, or closed."""

        def __init__(self, node: int, *, to_open: bool) -> None:
            super().__init__()
            self.node = node
            self.to_open = to_open

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._view: FileView | None = None
        self._places: Sequence[int] = ()
        self._columns: FileColumns | None = None
        self._name_choice: Callable[[], str] | None = None
        self._dropped: frozenset[int] = frozenset()

    def tell_choice(self, name: Callable[[], str]) -> None:
        """Say who knows what enter does on a row that is no directory; "" for nothing."""
        self._name_choice = name

    def name_of_key(self, action: str) -> str | None:
        """Say what a key does on the row under the cursor; None for what it always does."""
        is_directory = self._is_directory(self.cursor)
        if action == "files.look" and is_directory:
            return "close" if self._is_open(self.cursor) else "open"
        return self._name_choice() if action == "files.look" and self._name_choice else None

    def show(self, view: FileView | None, places: Sequence[int], *, node: int) -> None:
        """Show these places, with the cursor on a path or on the nearest directory above it that is seen."""
        self._view, self._places, self._columns = view, places, None
        self.set_rows(len(places), cursor=self._row_of(node))

    def mark_planned(self, dropped: frozenset[int]) -> None:
        """Mark the rows of these paths, which are planned to be left out, and of what is below them."""
        if dropped != self._dropped:
            self._dropped = dropped
            self.rewrite()

    def _mark(self, node: int) -> str:
        if not self._dropped or self._view is None:
            return " "
        if node in self._dropped:
            return PLANNED
        parent = self._view.arrangement.tree.parent
        while node >= 0 and node not in self._dropped:
            node = parent[node]
        return PLANNED_TOO if node >= 0 else " "

    def point(self, node: int) -> None:
        """Put the cursor on a path."""
        self.put_cursor(self._row_of(node))

    def node_at(self, row: int) -> int:
        """Give the node of a row; the root where there is none."""
        return self._view.arrangement.node(self._places[row]) if self._view and row < len(self._places) else 0

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write the row of a path."""
        if self._view is None:
            return ()
        if self._columns is None or self._columns.width != width:
            self._columns = self._view.columns(width)
        is_open, mark = self._is_open(row), self._mark(self.node_at(row))
        return file_line(self._view, self._columns, self._places[row], is_open=is_open, mark=mark)

    def text_of_row(self, row: int) -> str:
        """Give the text of a row, as it is on the screen."""
        return "".join(text for text, _role in self.row_line(row, 0, self.row_width)) if row < self.row_count else ""

    # --- folds

    def action_fold(self) -> None:
        """Open or close the directory under the cursor."""
        self._turn(self.cursor)

    def action_leave(self) -> None:
        """Close the directory under the cursor, or go to its parent."""
        if self._is_open(self.cursor) and self.cursor > 0:
            self._turn(self.cursor)
        else:
            self.action_parent()

    def action_parent(self) -> None:
        """Go to the directory above."""
        if self._view and self.row_count:
            parent = self._view.arrangement.parent[self._places[self.cursor]]
            if parent >= 0:
                self.cursor = bisect_left(self._places, parent)

    def action_into(self) -> None:
        """Open the directory under the cursor, or go to what is first in it."""
        if self._is_open(self.cursor):
            self.cursor += 1
        else:
            self._turn(self.cursor)

    def action_choose(self) -> None:
        """Open or close a directory; open a file."""
        if self._is_directory(self.cursor):
            self._turn(self.cursor)
        else:
            super().action_choose()

    def clicked(self, row: int, cell: int, *, double: bool) -> None:
        """Fold by a click on the arrow, or a double click anywhere else."""
        if self._view is None or self._columns is None:
            return
        on_arrow = cell in arrow_cells(self._view, self._columns, self._places[row])
        if on_arrow or (double and self._is_directory(row)):
            self._turn(row)
        elif double:
            super().clicked(row, cell, double=double)

    def _turn(self, row: int) -> None:
        if self._is_directory(row):
            self.post_message(self.Folding(self.node_at(row), to_open=not self._is_open(row)))

    def _is_directory(self, row: int) -> bool:
        if self._view is None or row >= self.row_count:
            return False
        return self._view.arrangement.has_children(self._places[row])

    def _is_open(self, row: int) -> bool:
        """Tell whether a row's directory is open: then the next row is in it."""
        if self._view is None or row + 1 >= len(self._places):
            return False
        return self._places[row + 1] < self._view.arrangement.end[self._places[row]]

    def _row_of(self, node: int) -> int:
        """Find the row of a path, or of the nearest directory above it that is seen."""
        if self._view is None:
            return 0
        arrangement = self._view.arrangement
        place = arrangement.place_of(node)
        while place >= 0:
            row = bisect_left(self._places, place)
            if row < len(self._places) and self._places[row] == place:
                return row
            place = arrangement.parent[place]
        return 0
