"""What a plan makes of the Dockerfile, above the panes: what changes, and the whole of it. It can be searched."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layerscope.model.plan import Foreseen
from layerscope.reports.planpage import plan_dockerfile
from layerscope.tui import fit
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.viewer.planned import difference_of, whole_of
from layerscope.tui.viewer.seekingscreen import SeekingScreen
from layerscope.tui.viewer.wide import Wide
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy
from layerscope.tui.words import count_text
from layerscope.units import format_size


class PlanSheet(SeekingScreen):
    """See the module."""

    TITLE = "The planned Dockerfile"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", id="plansheet.close", tooltip="back to the panes"),
        Binding("question_mark,f1", "app.help", "help", show=False, id="plansheet.help", tooltip="all keys"),
        Binding("d", "show(True)", "difference", id="plansheet.difference", tooltip="what changes in it"),
        Binding("t", "show(False)", "whole", id="plansheet.whole", tooltip="the whole new Dockerfile"),
        Binding("v", "turn", "turn", show=False, id="plansheet.turn", tooltip="from the one to the other"),
        Binding("c", "copy", "copy", id="plansheet.copy", tooltip="copy the new Dockerfile"),
        Binding("x", "export", "export", id="plansheet.export", tooltip="write the plan, and the new Dockerfile"),
    ]
    DEFAULT_CSS = """
    PlanSheet {
        background: $background;
        & > #plan-head { height: 2; }
        & > Wide { height: 1fr; }
    }
    """

    def __init__(self, plan: Foreseen, export: Callable[[], None]) -> None:
        """`export` writes the plan to files, and says where."""
        super().__init__()
        self._plan, self._export = plan, export
        self._differs = plan.file is not None

    def compose(self) -> ComposeResult:
        """Put two lines about the plan above the text."""
        yield Written(self._head, id="plan-head")
        text = Wide()
        yield text
        yield self.make_bar(text)
        yield KeyBar()

    def on_mount(self) -> None:
        """Show what changes."""
        self._write()

    def _write(self) -> None:
        write = difference_of if self._differs else whole_of
        self.query_one(Wide).columns = 0
        self.sought.show(lambda width: write(self._plan, width))
        self.query_one("#plan-head", Written).renew()

    def _head(self, width: int) -> tuple[Line, ...]:
        plan = self._plan
        left = len(plan.left_out)
        count = count_text(len(plan.changes), "planned change")
        by_hand = f", {left} not in it: why stands at the end" if left and plan.file is not None else ""
        what = " The new Dockerfile" if plan.file is not None else " The lines to change"
        sizes = f"{format_size(plan.now.total_bytes)} → {format_size(plan.built.total_bytes)} "
        modes: list[Span] = [
            (f" {name}", Role.KEYWORD if on else Role.FAINT)
            for name, on in (("difference", self._differs), ("whole", not self._differs))
        ]
        room = width - fit.width_of(sizes)
        used = sum(len(text) for text, _role in modes) + 1
        about = fit.left(f" {count}{by_hand}", width - used)
        return (
            ((fit.left(what, room), Role.STRONG), (sizes, Role.GOOD)),
            ((about, Role.DIM), *modes, (" ", Role.TEXT)),
        )

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()

    def action_show(self, difference: bool) -> None:  # noqa: FBT001 - actions take positional arguments
        """Show what changes, or the whole; where no Dockerfile is known there are only lines."""
        if difference and self._plan.file is None:
            self.notify("The Dockerfile is not known: here are the lines to change.", markup=False)
        elif difference is not self._differs:
            self._differs = difference
            self._write()

    def action_turn(self) -> None:
        """Show the other one."""
        self.action_show(not self._differs)

    def action_export(self) -> None:
        """Write the plan to files."""
        self._export()

    def action_copy(self) -> None:
        """Wish to have it on the clipboard."""
        what = "the new Dockerfile" if self._plan.file is not None else "the lines to change"
        self.post_message(Copy(plan_dockerfile(self._plan), what))
