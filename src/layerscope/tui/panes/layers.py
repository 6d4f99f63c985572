"""The layers pane: every layer with size, waste and instruction, and the steps that made none between them."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layerscope.model.plan import Plan
from layerscope.tui import rows
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import Subject
from layerscope.tui.roles import Line, Role
from layerscope.tui.seeking import SeekingPane
from layerscope.tui.state import Scope, ViewState, focus, plan_squash, step_to, turn_mark
from layerscope.tui.widgets.bars import sparkline
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy
from layerscope.tui.words import count_text

_SPARKS = (64, 48, 32, 24, 16, 10, 6)
"""Widths of the row of bars in the title, the first that fits: a bar for each layer, or for the biggest of some."""


class LayerList(LineList):
    """The rows of the layers pane."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: tuple[rows.StepRow, ...] = ()
        self.compared = range(0)
        self.plan = Plan()
        self.bracket: dict[int, str] = {}
        self._columns: rows.LayerColumns | None = None

    def show(self, steps: tuple[rows.StepRow, ...], *, cursor: int) -> None:
        """Show these rows."""
        self.steps, self._columns = steps, None
        self.set_rows(len(steps), cursor=cursor)

    def columns(self, width: int) -> rows.LayerColumns:
        """Choose the columns for a width."""
        if self._columns is None or self._columns.width != width:
            self._columns = rows.LayerColumns.of(self.steps, width)
        return self._columns

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write the row of a step."""
        step = self.steps[row]
        layer = step.layer
        squashed = layer is not None and any(first <= layer <= last for first, last in self.plan.squashes)
        bracket, compared = self.bracket.get(row, ""), layer in self.compared
        return rows.layer_line(step, self.columns(width), compared=compared, squashed=squashed, bracket=bracket)

    def take_together(self, layers: range, plan: Plan, *, marked: bool) -> None:
        """Mark layers that are taken together, by the user's own choice or by the view, and those of the plan."""
        self.compared, self.plan = layers, plan
        self.bracket = rows.bracket_beside(self.steps, layers) if marked else {}

    def take_others(self, layers: range, plan: Plan, *, marked: bool) -> None:
        """Mark others, and draw what that changes: mostly two rows."""
        before = self.compared
        if (plan, marked) != (self.plan, bool(self.bracket)) or (marked and layers != before):
            self.take_together(layers, plan, marked=marked)
            self.rewrite()
        elif layers != before:
            self.take_together(layers, plan, marked=marked)
            steps = enumerate(self.steps)
            self.rewrite_rows(row for row, step in steps if (step.layer in before) != (step.layer in layers))


class LayersPane(SeekingPane):
    """See the module."""

    SPEC = PaneSpec("layers", Column.LEFT, smallest_height=8)
    TITLE = "Layers"
    HELP_TEXT = (
        "size; of it, bytes that are not in the image (Waste), or bytes of layers below that the layer takes out of "
        "it (ends); Dockerfile line and instruction; in the title a bar for each layer's size, or for the biggest of "
        "neighbours where they do not all fit"
    )
    ELSEWHERE: ClassVar[Mapping[str, str]] = {
        "files.sort": "Layers stand as they were built: {pane.waste} has the most wasted first, {pane.map} what is big."
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "mark", "range", id="layers.mark", tooltip="take layers together: from here to where you go"),
        Binding("p", "plan", "plan", id="layers.plan", tooltip="plan to squash it with the layer below, or the range"),
        Binding("y", "copy_line", "copy", show=False, id="layers.copy", tooltip="copy the instruction"),
    ]

    def compose(self) -> ComposeResult:
        """Put the column names above the list."""
        self._list = LayerList()
        self._list.tell_moves(self._moved)
        yield Written(self._header, classes="columns")
        yield self._list

    def _header(self, width: int) -> tuple[Line, ...]:
        del width  # the list's own, between mark and scrollbar, is what counts
        read = self._presented is None or self._presented[0].inspection is not None
        return (((" ", Role.TEXT), *rows.layer_header(self._list.columns(self._list.row_width), read=read)),)

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Show the rows of another image, or the same with more known."""
        self._title(subject, view)
        self.forget()
        self._list.show(subject.rows, cursor=view.step)
        self._list.take_together(_compared(view), view.plan, marked=view.scope is Scope.RANGE)
        self.query_one(Written).renew()

    def _title(self, subject: Subject, view: ViewState) -> None:
        if view.scope is Scope.RANGE:
            first, last = view.layers()
            taken = f"range {first}-{last}"
            mark = "layers.mark" if view.active == self.SPEC.name else "layer.mark"
            self.say(f"{taken}: {self.key(mark)} ends it", shorter=([taken],))
        elif subject.rows:
            sizes = [row.size_bytes for row in subject.rows if row.layer is not None]
            others = len(subject.rows) - len(sizes)
            rest = [count_text(others, "other step")] if others else []
            count = count_text(len(sizes), "layer")
            sparks = [f"{count} {sparkline(sizes, width)}" for width in _SPARKS]
            self.say(sparks[0], *rest, shorter=[*([one] for one in sparks), [count]])
        else:
            self.say()

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:
        """Move the cursor, and mark which layers the files are those of."""
        if Scope.RANGE in {view.scope, before.scope}:
            self._title(subject, view)
        if view.step != self._list.cursor:
            self._list.put_cursor(view.step)
        self._list.take_others(_compared(view), view.plan, marked=view.scope is Scope.RANGE)

    def wanted_height(self, subject: Subject) -> int | None:
        """Ask for a row per step."""
        return len(subject.rows) + 3

    def row_text(self, row: int) -> str:
        """Give what is searched."""
        step = self._list.steps[row]
        return f"{step.keyword} {step.text}"

    def take_focus(self) -> None:
        """Focus the list."""
        self.give_focus(self._list)

    def _moved(self, row: int) -> None:
        """Ask for the layer under the cursor."""
        layers = [step.part_of for step in self._list.steps]
        self.ask(lambda view: step_to(view, layers, row))

    def name_of_key(self, action: str) -> str | None:
        """Say what a key does now; None for what it always does. What ends a range is said of escape, as elsewhere."""
        if self._presented is None or self._presented[1].mark is None:
            return None
        ranged = self._presented[1].scope is Scope.RANGE
        return {"layers.mark": "", "layers.plan": "squash range" if ranged else None}.get(action)

    def action_mark(self) -> None:
        """Begin a range of layers here, or end having one."""
        self.ask(turn_mark)

    def action_plan(self) -> None:
        """Plan to squash the layer, or the marked range."""
        layer_count = sum(row.layer is not None for row in self._list.steps)

        def squash(view: ViewState) -> ViewState:
            planned = plan_squash(view, layer_count)
            if planned.plan == view.plan and layer_count:
                why = "a range of one layer" if view.scope is Scope.RANGE else "there is no layer below it"
                self.notify(f"Layer {view.layer} cannot be squashed: {why}.", markup=False)
            return planned

        self.ask(squash)

    def action_copy_line(self) -> None:
        """Wish to have the instruction on the clipboard."""
        if self._list.row_count:
            row = self._list.steps[self._list.cursor]
            self.post_message(Copy(f"{row.keyword} {row.text}".strip(), "the instruction"))

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to the files of the layer."""
        message.stop()
        self.ask(lambda view: focus(view, "files"))


def _compared(view: ViewState) -> range:
    if view.scope is Scope.UP_TO:
        return range(view.layer + 1)
    first, last = view.layers()
    return range(first, last + 1)
