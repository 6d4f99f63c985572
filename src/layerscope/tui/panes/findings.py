"""The findings pane: what to change, by what it saves, and the chosen finding in full below the list."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layerscope.model.findings import Finding
from layerscope.reports.counts import levels_said, saving_bytes_said
from layerscope.tui import blanks, findingrows
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import NOTHING, Subject
from layerscope.tui.places import to_finding
from layerscope.tui.roles import Line, Role
from layerscope.tui.seeking import SeekingPane
from layerscope.tui.state import ViewState, plan_finding
from layerscope.tui.widgets.article import Article
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy
from layerscope.units import printable

_ROW_HEIGHT = 2
_ROOM_FOR_TEXT = 14
_LINES_BESIDE = 2
"""The names of the columns, and the rule."""
_MEASURED = 12
"""Findings whose texts are measured to share the pane."""


class FindingList(LineList):
    """The rows of the findings pane, of two lines each."""

    findings: tuple[Finding, ...] = ()
    planned: frozenset[int] = frozenset()
    """Rows of those that are in the plan."""

    def show(self, findings: tuple[Finding, ...], planned: frozenset[int]) -> None:
        """Show these rows from the first."""
        self.findings, self.planned = findings, planned
        self.set_rows(len(findings), cursor=0, height=_ROW_HEIGHT)

    def row_line(self, row: int, part: int, width: int) -> Line:
        """Write the row of a finding."""
        return findingrows.finding_line(self.findings[row], part, width, planned=row in self.planned)


class FindingsPane(SeekingPane):
    """See the module."""

    SPEC = PaneSpec("findings", Column.RIGHT, smallest_height=14)
    TITLE = "Findings"
    SHOWS_FINDINGS = True
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "files.extract": "Only files can be extracted: {list.choose} goes to that of the finding.",
        "files.difference": "Only files can be compared: {list.choose} goes to that of the finding.",
        "files.sort": "Errors come first, then what saves most.",
    }
    HELP_TEXT = (
        "what to change in the Dockerfile: what it saves, why, and the lines to write; {list.choose} goes to the file "
        "in the layer that shipped it (again: that ended it), or to the line of the Dockerfile"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "J,shift+down", "read(1)", "read on", show=False, id="findings.down", tooltip="scroll the finding down"
        ),
        Binding("K,shift+up", "read(-1)", "read back", show=False, id="findings.up", tooltip="scroll the finding up"),
        Binding("p", "plan", "plan", id="findings.plan", tooltip="plan to fix it"),
        Binding("c", "copy_fix", "copy fix", id="findings.copy-fix", tooltip="copy the lines to write"),
        Binding("y", "copy_path", "copy path", show=False, id="findings.copy-path", tooltip="copy its biggest path"),
    ]

    _subject: Subject = NOTHING
    _order: Sequence[int] = ()
    """By row: which finding of the image it is."""

    def compose(self) -> ComposeResult:
        """Put the list above the text."""
        self._list = FindingList()
        self._list.tell_moves(self._describe)
        self._text = Article()
        self._text.can_focus = False
        yield Written(self._header, classes="columns")
        yield self._list
        yield Written(lambda width: ((("─" * width, Role.TRACK),),), classes="rule")
        yield self._text

    def _header(self, width: int) -> tuple[Line, ...]:
        del width  # the list's own, between mark and scrollbar, is what counts
        if not self._list.row_count:
            return ()
        about = saving_bytes_said(self._list.findings)[1]
        return (((" ", Role.TEXT), *findingrows.finding_header(self._list.row_width, about)),)

    def _explain(self, width: int) -> tuple[Line, ...]:
        """Say why there are no rows."""
        if self._subject.complete:
            why = "No rule finds anything in this image, its history or its configuration."
            return blanks.blank("Nothing to change was found.", why, (), width)
        if self._subject.inspection is not None:
            return blanks.blank("Looking for what to change …", "", (), width)
        return blanks.blank(self._subject.unknown("Findings are not known"), "", (), width)

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show the findings of another image."""
        self.forget()
        self._subject = subject
        known = subject.inspection.findings if subject.inspection else ()
        self._order = sorted(range(len(known)), key=lambda index: known[index].weight)
        findings = tuple(known[index] for index in self._order)
        self._list.explain(self._explain)
        self._list.show(findings, self._planned(view))
        self._share_room()
        self.query_one(".columns", Written).display = bool(findings)
        self.query_one(".columns", Written).renew()
        self._describe(0)
        parts = [part for part in (saving_bytes_said(findings)[0], levels_said(findings)) if part]
        self.say(*parts)

    def on_resize(self) -> None:
        """Leave a low pane to the list."""
        super().on_resize()
        self._share_room()

    def _share_room(self) -> None:
        both = bool(self._list.findings) and self.size.height >= _ROOM_FOR_TEXT
        for widget in (self._text, self.query_one(".rule")):
            widget.display = both
        self._list.styles.height = self._list_height() if both else "1fr"

    def _list_height(self) -> int:
        """Give the list what most findings leave of the pane, at least its share: the same whichever is described."""
        room, width = self.size.height - _LINES_BESIDE, self._text.text_width or self.size.width
        described = (findingrows.finding_lines(finding, width) for finding in self._list.findings[:_MEASURED])
        needed = sorted(sum(1 for _line in lines) for lines in described)
        height = max(room - needed[len(needed) * 3 // 4], room * 5 // 8)
        return min(height - height % _ROW_HEIGHT, len(self._list.findings) * _ROW_HEIGHT)

    def _describe(self, row: int) -> None:
        if row < len(self._list.findings):
            finding = self._list.findings[row]
            self._text.show(lambda width: findingrows.finding_lines(finding, width))

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:  # noqa: ARG002 - one signature
        """Mark what is in the plan; the list is that of the whole image."""
        planned = self._planned(view)
        if planned != self._list.planned:
            self._list.planned = planned
            self._list.rewrite()

    def _planned(self, view: ViewState) -> frozenset[int]:
        return frozenset(row for row, index in enumerate(self._order) if index in view.plan.fixed)

    def row_text(self, row: int) -> str:
        """Give what is searched."""
        finding = self._list.findings[row]
        return f"{finding.title} {finding.rule}"

    def take_focus(self) -> None:
        """Focus the list."""
        self.give_focus(self._list)

    def action_read(self, lines: int) -> None:
        """Scroll the finding that is described, while keys go to the list."""
        self._text.action_by(lines)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to where the finding is to be seen; again, to the layer that ended its file."""
        message.stop()
        if message.row >= len(self._list.findings):
            return
        there = to_finding(self._subject, self._list.findings[message.row], "findings")
        if there is None:
            self.notify("It is about the image as a whole: there is no file, line or layer to go to.", markup=False)
        else:
            self.ask(there)

    def action_plan(self) -> None:
        """Plan to fix the finding under the cursor."""
        if self._list.row_count:
            index = self._order[self._list.cursor]
            self.ask(lambda view: plan_finding(view, index))

    def action_copy_fix(self) -> None:
        """Wish to have the lines to write on the clipboard."""
        if self._list.row_count:
            self.post_message(Copy(*findingrows.fix_of(self._list.findings[self._list.cursor])))

    def action_copy_path(self) -> None:
        """Wish to have the biggest path on the clipboard."""
        paths = self._list.findings[self._list.cursor].paths if self._list.row_count else ()
        if paths:
            self.post_message(Copy(printable(paths[0]), "the path"))
