"""The waste pane: every path with dead bytes, who shipped them and who killed them, biggest first."""

from collections.abc import Sequence

from textual.app import ComposeResult

from layerscope.model.ledger import Waste
from layerscope.tui import rows
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import NOTHING, Pane, Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import ViewState, focus, jump
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.tui.words import count_text
from layerscope.units import format_size


class WasteList(LineList):
    """The rows of the waste pane, of one or two lines each."""

    waste: Sequence[Waste] = ()
    route_width = 0

    def show(self, waste: Sequence[Waste]) -> None:
        """Show these rows from the first."""
        self.waste = waste
        self.route_width = rows.route_width(waste)
        self.set_rows(len(waste), cursor=0, height=self._height())

    def row_line(self, row: int, part: int, width: int) -> Line:
        """Write the row of a path."""
        return rows.waste_line(self.waste[row], part, width, self.route_width)

    def on_resize(self) -> None:
        """Choose between one and two lines a row."""
        if self._height() != self.row_height:
            self.set_rows(self.row_count, cursor=self.cursor, height=self._height())
        super().on_resize()

    def _height(self) -> int:
        return rows.waste_height(self.row_width)


class WastePane(Pane):
    """See the module."""

    SPEC = PaneSpec("waste", Column.RIGHT, smallest_height=8)
    TITLE = "Waste"
    HELP_TEXT = "bytes that are shipped and not in the image: layers that shipped them → layer that ended them"

    _subject: Subject = NOTHING

    def compose(self) -> ComposeResult:
        """Put the column names above the list."""
        self._list = WasteList()
        yield Written(self._header, classes="columns")
        yield self._list

    def _header(self, width: int) -> tuple[Line, ...]:
        del width  # the list's own, between mark and scrollbar, is what counts
        if self._list.row_count:
            return (((" ", Role.TEXT), *rows.waste_header(self._list.row_width, self._list.route_width)),)
        known = self._subject.inspection is not None
        unknown = self._subject.unknown("Waste is not known")
        text = "Nothing is wasted: every byte is in the image." if known else unknown
        return (((f"  {text}", Role.DIM),),)

    def renew(self, subject: Subject, view: ViewState) -> None:  # noqa: ARG002 - one signature
        """Show the waste of another image."""
        self._subject = subject
        waste = subject.inspection.waste if subject.inspection else ()
        self._list.show(waste)
        self.query_one(Written).refresh()
        if subject.inspection and waste:
            wasted = format_size(subject.inspection.ledger.wasted_bytes)
            self.say(f"{wasted}, {count_text(len(waste), 'path')}")
        else:
            self.say()

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Do nothing: the list is that of the whole image."""

    def wanted_height(self, subject: Subject) -> int | None:
        """Ask for a row of two lines per path."""
        return 2 * len(subject.inspection.waste) + 3 if subject.inspection else None

    def take_focus(self) -> None:
        """Focus the list."""
        self._list.focus()

    def on_line_list_moved(self, message: LineList.Moved) -> None:
        """Keep the move to itself: it changes no other pane."""
        message.stop()

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to the file, in the layer that shipped it last."""
        message.stop()
        inspection = self._subject.inspection
        if inspection is None or message.row >= len(inspection.waste):
            return
        waste, tree, layers = inspection.waste[message.row], inspection.tree, self._subject.layers
        self.ask(lambda view: focus(jump(view, tree, layers, layer=waste.owners[-1], node=waste.node), "files"))
