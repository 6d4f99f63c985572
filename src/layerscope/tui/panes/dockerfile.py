"""The Dockerfile pane: its own text with size and waste beside each instruction; it and the layers move together.

Without a Dockerfile it shows the one that the history gives, and says so.
"""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layerscope.tui.dockerfilerows import (
    NO_VIEW,
    DockerfileView,
    dockerfile_header,
    dockerfile_line,
    dockerfile_view,
    text_room,
)
from layerscope.tui.fit import width_of
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import NOTHING, Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.seeking import SeekingPane
from layerscope.tui.state import ViewState, focus, step_to
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy


class DockerfileLines(LineList):
    """The lines of a Dockerfile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "shift(8)", "right", show=False, id="dockerfile.right", tooltip="move long lines to the left"),
        Binding("left", "shift(-8)", "left", show=False, id="dockerfile.left", tooltip="move long lines back"),
    ]

    view: DockerfileView = NO_VIEW
    shift = 0
    """Cells that the text is moved to the left."""
    marked = range(0)
    """The lines that made the chosen layer."""

    def action_shift(self, cells: int) -> None:
        """Move long lines to the left, as far as the longest in sight, or back."""
        seen = self.view.lines[self.top : self.top + max(self.page_height, 1)]
        longest = max((sum(width_of(text) for text, _role in row.text) for row in seen), default=0)
        room = text_room(self.row_width, self.number_width)
        furthest = max(longest - room, 0)
        self.shift = max(0, min(self.shift + cells, furthest if cells > 0 else self.shift))
        self.rewrite()

    def show(self, view: DockerfileView, marked: range) -> None:
        """Show another Dockerfile."""
        self.shift = 0
        self.view, self.marked = view, marked
        self.set_rows(len(view.lines), cursor=marked.start if marked else 0)

    def mark(self, lines: range) -> None:
        """Mark the lines of another layer, and go there unless the cursor is on one of them."""
        if lines and self.cursor not in lines:
            self.put_cursor(lines.start)
        before, self.marked = self.marked, lines
        self.rewrite_rows(set(before) ^ set(lines))

    @property
    def number_width(self) -> int:
        """Cells of the greatest line number."""
        return max(2, len(str(len(self.view.lines))))

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write a line of the file."""
        return dockerfile_line(
            self.view.lines[row], width, self.number_width, marked=row in self.marked, shift=self.shift
        )


class DockerfilePane(SeekingPane):
    """See the module."""

    SPEC = PaneSpec("dockerfile", Column.LEFT, smallest_height=22)
    TITLE = "Dockerfile"
    HELP_TEXT = "the lines that made the layers: size, waste (✝ what they end); ~ if only likely; other stages dim"
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "files.plan": "Lines cannot be planned: layers, files, waste and findings can.",
        "files.extract": "Only files can be extracted: {list.choose} goes to those of the line.",
        "files.sort": "Lines stand as in the file; {pane.waste} has the most wasted first.",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_all", "copy", id="dockerfile.copy", tooltip="copy the whole Dockerfile"),
        Binding("Y", "copy_line", "copy line", show=False, id="dockerfile.copy-line", tooltip="copy the line"),
    ]

    _subject: Subject = NOTHING

    def compose(self) -> ComposeResult:
        """Put the column names above the lines."""
        self._list = DockerfileLines()
        self._list.tell_moves(self._moved)
        yield Written(self._header, classes="columns")
        yield self._list

    def _header(self, width: int) -> tuple[Line, ...]:
        del width  # the list's own, between mark and scrollbar, is what counts
        if self._list.row_count:
            return (((" ", Role.TEXT), *dockerfile_header(self._list.row_width, self._list.number_width)),)
        known = self._subject.inspection is not None
        text = "There is no history to write a Dockerfile from." if known else self._subject.unknown("It is not known")
        return (((f"  {text}", Role.DIM),),)

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show the Dockerfile of another image."""
        self.forget()
        self._subject = subject
        found = dockerfile_view(subject.inspection, subject.rows) if subject.inspection else NO_VIEW
        self._list.show(found, _lines_of(found, view.step))
        self.query_one(Written).renew()
        self.say(*([found.title] if found.title else []))

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:  # noqa: ARG002 - one signature
        """Go to the lines that made the layer."""
        if view.step != before.step:
            self._list.mark(_lines_of(self._list.view, view.step))

    def row_text(self, row: int) -> str:
        """Give what is searched."""
        return "".join(text for text, _ in self._list.view.lines[row].text)

    def take_focus(self) -> None:
        """Focus the list."""
        self.give_focus(self._list)

    def action_copy_all(self) -> None:
        """Wish to have the whole text on the clipboard."""
        if self._list.view.lines:
            self.post_message(Copy(self._list.view.text, "the Dockerfile"))

    def action_copy_line(self) -> None:
        """Wish to have the line on the clipboard."""
        if self._list.view.lines:
            self.post_message(
                Copy("".join(text for text, _ in self._list.view.lines[self._list.cursor].text), "the line")
            )

    def _moved(self, line: int) -> None:
        """Ask for the layer that the line made, if it made one."""
        row = self._row_at(line)
        if row is not None:
            layers = self._subject.layers
            here = self._list.view
            self.ask(lambda view: view if line in _lines_of(here, view.step) else step_to(view, layers, row))

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to the files of the layer."""
        message.stop()
        if self._row_at(message.row) is not None:
            self.ask(lambda view: focus(view, "files"))

    def _row_at(self, line: int) -> int | None:
        lines = self._list.view.lines
        return lines[line].row if line < len(lines) else None


def _lines_of(view: DockerfileView, step: int) -> range:
    return view.spans[step] if step < len(view.spans) else range(0)
