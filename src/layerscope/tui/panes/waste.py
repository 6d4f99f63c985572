"""The waste pane: every path with dead bytes, who shipped them and who killed them, biggest first."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from layerscope.analysis.wastetable import WasteTable
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Waste
from layerscope.reports.counts import waste_rows_said, wasted_path_count
from layerscope.tui import blanks, rows
from layerscope.tui.aside import once
from layerscope.tui.fairness import DRAWN_S, begin, fair_turns
from layerscope.tui.findingrows import finding_of, fix_of
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import NOTHING, Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.seeking import SeekingPane
from layerscope.tui.state import Trail, ViewState, follow_trail
from layerscope.tui.wanted import Coming
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy
from layerscope.units import format_size, printable

AT_ONCE = 3000
"""Entries whose waste is put in order without a thread: a few milliseconds."""
_WORTH_A_PROCESS = 20_000
"""Entries whose waste is put in order aside."""
_STEPS_BACK = 2
"""Of priority: what is seen first is drawn first."""
_ROOM_TO_EXPLAIN = 12


class WasteList(LineList):
    """The rows of the waste pane, of one or two lines each."""

    waste: Sequence[Waste] = ()
    columns = rows.WasteColumns(0)
    dropped: frozenset[int] = frozenset()
    """Nodes that are planned to be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.planned_at: dict[int, int] = {}
        """By node: the row from which it was planned; several rows may tell of one path."""

    def show(self, waste: Sequence[Waste], columns: rows.WasteColumns, *, cursor: int = 0) -> None:
        """Show these rows."""
        self.waste = waste
        self.columns = columns
        self.planned_at.clear()
        self.set_rows(len(waste), cursor=cursor, height=self._height())

    def row_line(self, row: int, part: int, width: int) -> Line:
        """Write the row of a path."""
        waste = self.waste[row]
        return rows.waste_line(waste, part, width, self.columns, mark=self._mark(row, waste.node))

    def is_planned_elsewhere(self, row: int, node: int) -> bool:
        """Tell whether a row's path is in the plan by another row of the same path."""
        return node in self.dropped and self.planned_at.get(node, row) != row

    def _mark(self, row: int, node: int) -> str:
        if node not in self.dropped:
            return " "
        return rows.PLANNED_TOO if self.is_planned_elsewhere(row, node) else rows.PLANNED

    def on_resize(self) -> None:
        """Choose between one and two lines a row."""
        if self._height() != self.row_height:
            self.set_rows(self.row_count, cursor=self.cursor, height=self._height())
        super().on_resize()

    def _height(self) -> int:
        return rows.waste_height(self.row_width)


class WastePane(SeekingPane):
    """See the module."""

    SPEC = PaneSpec("waste", Column.RIGHT, smallest_height=8)
    TITLE = "Waste"
    HELP_TEXT = (
        "bytes shipped and not in the image: layers (lines of the Dockerfile) that shipped them → that ended them; "
        "≠ overwritten  = shipped again unchanged  ✝ deleted; {list.choose} goes to the file where it was shipped, "
        "again where it was ended"
    )
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "files.extract": "It is extracted in Files: {list.choose} goes to it.",
        "files.difference": "Its versions are compared in Files: {list.choose} goes to it.",
        "files.sort": "Waste is in order of its bytes; {seek} finds a path, {pane.files} sorts files.",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_fix", "copy fix", id="waste.copy-fix", tooltip="copy what would avoid it"),
        Binding("p", "plan", "plan", id="waste.plan", tooltip="plan to never add the path"),
        Binding("y", "copy_path", "copy path", show=False, id="waste.copy-path", tooltip="copy the path"),
    ]

    class Gathered(Message):
        """The rows are there."""

        def __init__(self, inspection: Inspection, columns: rows.WasteColumns, path_count: int) -> None:
            super().__init__()
            self.inspection = inspection
            self.columns = columns
            self.path_count = path_count

        @classmethod
        def of(cls, inspection: Inspection) -> Self:
            """Put the rows in order, and count; takes a second where there are 10⁵."""
            for _first in inspection.waste:
                break
            columns = rows.WasteColumns.of(inspection.waste, inspection.layers)
            return cls(inspection, columns, wasted_path_count(inspection.tree))

    _subject: Subject = NOTHING
    _gathering = False
    _first_row = 0
    """Where the cursor is when the rows come."""

    def compose(self) -> ComposeResult:
        """Put the column names above the list."""
        self._list = WasteList()
        yield Written(self._header, classes="columns")
        yield self._list

    def _header(self, width: int) -> tuple[Line, ...]:
        del width  # the list's own, between mark and scrollbar, is what counts
        if not self._list.row_count:
            return ()
        return (((" ", Role.TEXT), *rows.waste_header(self._list.row_width, self._list.columns)),)

    def _explain(self, width: int) -> tuple[Line, ...]:
        """Say why there are no rows."""
        if self._subject.inspection is None:
            return blanks.blank(self._subject.unknown("Waste is not known"), "", (), width)
        if self._gathering:
            return blanks.blank("Putting it in order …", "", (), width)
        why = "No layer ships a file that a later one deletes, overwrites or ships again."
        keys = ((self.key("pane.findings"), "shows findings: live files may be too many, too"),)
        return blanks.blank("Nothing is wasted: every byte is in the image.", why, keys, width)

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show the waste of another image."""
        self.forget()
        self._list.dropped = view.plan.dropped
        self._subject = subject
        inspection = subject.inspection
        self._gathering = inspection is not None and rows.dead_entry_count(inspection.tree) > AT_ONCE
        if inspection is not None and not self._gathering:
            self._show(self.Gathered.of(inspection))
            return
        self._list.explain(self._explain)
        self._list.show((), rows.WasteColumns(0))
        self.query_one(Written).display = False
        self.say(*([format_size(inspection.ledger.wasted_bytes)] if inspection else []))
        if inspection is not None:
            work = partial(self._gather, inspection, subject.coming)
            self.set_timer(DRAWN_S, partial(begin, "waste", work))

    @property
    def row(self) -> int:
        """The row under the cursor, or the one that it is to be on once there are rows."""
        return self._list.cursor if self._list.row_count else self._first_row

    def go_to(self, row: int) -> None:
        """Put the cursor on a row, now or when the rows come."""
        if self._list.row_count:
            self._list.put_cursor(row)
        else:
            self._first_row = row

    def _gather(self, inspection: Inspection, coming: Coming | None) -> None:
        waste = inspection.waste
        if coming:
            coming.wait_for_waste()
        many = rows.dead_entry_count(inspection.tree) > _WORTH_A_PROCESS
        if isinstance(waste, WasteTable) and many and not waste.is_gathered:
            waste.take(once(waste.gathered, {}, steps_back=_STEPS_BACK))
        with fair_turns():
            gathered = self.Gathered.of(inspection)
        self.post_message(gathered)

    def on_waste_pane_gathered(self, message: Gathered) -> None:
        """Show the rows, if they are still wanted."""
        message.stop()
        if self._gathering and self._subject.inspection is message.inspection:
            self._gathering = False
            self._show(message)

    def _show(self, gathered: Gathered) -> None:
        inspection, waste = gathered.inspection, gathered.inspection.waste
        self._list.explain(self._explain)
        self._list.show(waste, gathered.columns, cursor=self._first_row)
        self._first_row = 0
        self.query_one(Written).display = bool(waste)
        self.query_one(Written).renew()
        if not waste:
            self.say()
            return
        self.say(format_size(inspection.ledger.wasted_bytes), waste_rows_said(len(waste), gathered.path_count))

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:  # noqa: ARG002 - one signature
        """Mark what is in the plan; the list is that of the whole image."""
        if view.plan.dropped != self._list.dropped:
            self._list.dropped = view.plan.dropped
            self._list.planned_at = {
                node: row for node, row in self._list.planned_at.items() if node in view.plan.dropped
            }
            self._list.rewrite()

    def wanted_height(self, subject: Subject) -> int | None:
        """Ask for a row of two lines per path, or room to say that there is none."""
        # Entries are no rows, but as soon as there are some hundred it does not matter.
        rows_of_two = rows.dead_entry_count(subject.inspection.tree) if subject.inspection else 0
        if subject.inspection and rows_of_two < AT_ONCE:
            rows_of_two = len(subject.inspection.waste)
        return 2 * rows_of_two + 3 if rows_of_two else _ROOM_TO_EXPLAIN

    def row_text(self, row: int) -> str:
        """Give what is searched."""
        return printable(self._list.waste[row].path)

    def take_focus(self) -> None:
        """Focus the list."""
        self.give_focus(self._list)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to the file in the layer that shipped it last; again, in the layer that ended it."""
        message.stop()
        inspection = self._subject.inspection
        if inspection is None or message.row >= len(inspection.waste):
            return
        waste, tree, layers = inspection.waste[message.row], inspection.tree, self._subject.layers
        trail = Trail(waste.node, waste.owners[-1], waste.killer, "waste")
        self.ask(lambda view: follow_trail(view, tree, layers, trail))

    def action_copy_fix(self) -> None:
        """Wish to have on the clipboard what would avoid the waste under the cursor."""
        waste = self._here()
        subject = self._presented[0] if self._presented else self._subject
        if waste is None or subject.inspection is None:
            return
        finding = finding_of(subject.inspection.findings, waste)
        if finding is None:
            text = "No finding explains it." if subject.complete else "Findings are still being looked for."
            self.notify(text, severity="warning", markup=False)
        else:
            self.post_message(Copy(*fix_of(finding)))

    def action_plan(self) -> None:
        """Plan to never add the path under the cursor, or take out what was planned from this row."""
        waste, row = self._here(), self._list.cursor
        if waste is None:
            return
        if self._list.is_planned_elsewhere(row, waste.node):
            told = f"{printable(waste.path)} is planned already, from its row marked {rows.PLANNED}."
            self.notify(told, markup=False)
            return
        self._list.planned_at[waste.node] = row
        self.ask_for_path(waste.node, printable(waste.path))

    def action_copy_path(self) -> None:
        """Wish to have the path on the clipboard."""
        waste = self._here()
        if waste is not None:
            self.post_message(Copy(printable(waste.path), "the path"))

    def _here(self) -> Waste | None:
        return self._list.waste[self._list.cursor] if self._list.row_count else None
