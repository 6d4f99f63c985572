"""The plan: what is to be squashed, dropped and fixed, what the image would be then, and how that leaves the screen."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from layerscope.frozen import replace
from layerscope.model.plan import FileOutlook, Foreseen, Plan
from layerscope.tui import planrows
from layerscope.tui.blanks import blank
from layerscope.tui.layout import Column, PaneSpec
from layerscope.tui.panes.base import NOTHING, Pane, Subject
from layerscope.tui.places import to_change, to_finding
from layerscope.tui.planrows import PlanItem, PlanRemark, PlanRow
from layerscope.tui.roles import Line, Role
from layerscope.tui.state import ViewState
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.tui.wishes import Copy
from layerscope.tui.words import count_text

_ABOUT = 5
"""Lines that say in full what the row under the cursor is about; more where there is room."""
_MOST_MEASURED = 50
"""Changes whose texts are measured for that."""
_FILE = "layerscope-plan.md"
_DOCKERFILE = "layerscope-plan.Dockerfile"
_MOST_FILES = 100
_ANY = 80
"""A width; there are as many numbers at any."""


class PlanList(LineList):
    """The changes of the plan, and what is to be said of all of it."""

    items: tuple[PlanRow, ...] = ()

    def show(self, items: tuple[PlanRow, ...]) -> None:
        """Show these rows, with the cursor on the change on which it was, wherever that is now."""
        before = self.items[self.cursor].title if self.cursor < len(self.items) else None
        self.items = items
        self.set_rows(len(items), cursor=next((n for n, one in enumerate(items) if one.title == before), self.cursor))

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write the row of a change."""
        return planrows.item_line(self.items[row], width)


class PlanPane(Pane):
    """See the module."""

    SPEC = PaneSpec("plan", Column.RIGHT, smallest_height=24, when_asked=True)
    TITLE = "Plan"
    SHOWS_FINDINGS = True
    HELP_TEXT = (
        "what if: {layers.plan} in Layers squashes, in Files and Waste drops a path, in Findings fixes; here are the "
        "numbers then, exact to the byte; ✗ is not in the new Dockerfile that {plan.export} writes; {list.choose} goes "
        "to what a change is about"
    )
    ELSEWHERE: ClassVar[Mapping[str, str]] = {"files.sort": "What saves most comes first."}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,delete", "take_out", "take out", id="plan.out", tooltip="take the change out of the plan"),
        Binding(
            "v,d", "look", "Dockerfile", id="plan.look", tooltip="the new Dockerfile: what changes in it, and the whole"
        ),
        Binding("a", "fix_all", "fix all", id="plan.all", tooltip="plan to fix all findings that save something"),
        Binding(
            "D",
            "clear",
            "clear",
            show=False,
            id="plan.clear",
            tooltip="take everything out of the plan; again: undo it",
        ),
        Binding(
            "x", "export", "export", id="plan.export", tooltip="write the plan as Markdown, and the new Dockerfile"
        ),
        Binding(
            "c",
            "copy_lines",
            "copy Dockerfile",
            show=False,
            id="plan.copy-lines",
            tooltip="copy the new Dockerfile, or the lines to change",
        ),
        Binding("y", "copy", "copy", show=False, id="plan.copy", tooltip="copy the plan as Markdown"),
    ]

    _subject: Subject = NOTHING
    _view = ViewState()
    _file: FileOutlook | None = None
    _about_height = _ABOUT
    _cleared = Plan()
    """What was planned before all of it was taken out."""

    def compose(self) -> ComposeResult:
        """Put the numbers above the changes."""
        self._numbers = Written(self._numbers_lines, classes="numbers")
        self._list = PlanList()
        self._list.explain(self._explain)
        self._about = Written(self._about_lines, classes="about")
        self._about.styles.height = _ABOUT
        self._list.tell_moves(self._moved)
        yield self._numbers
        yield self._list
        yield self._about

    def renew(self, subject: Subject, view: ViewState) -> None:
        """Plan for another image, or with its findings."""
        if not subject.adds_to(self._subject):
            self._cleared = Plan()  # it is about another image
        self._subject = subject
        self._show(view)

    def follow(self, subject: Subject, view: ViewState, before: ViewState) -> None:  # noqa: ARG002 - one signature
        """Show another plan, or what the same means for another layer."""
        if (view.plan, view.layer) != (before.plan, before.layer):
            self._show(view)

    def _show(self, view: ViewState) -> None:
        from layerscope.analysis.planedits import foresee_file

        self._view = view
        inspection, planner = self._subject.inspection, self._subject.planner
        items: tuple[PlanItem, ...] = ()
        remarks: tuple[PlanRemark, ...] = ()
        if inspection and planner and view.plan:
            self._file = foresee_file(inspection, planner, view.plan)
            items = planrows.items_of(inspection, planner, view.plan, self._file)
            self._numbers.styles.height = len(self._numbers_lines(_ANY)) + 1
            remarks = tuple(planrows.remarks_of(inspection, planner, view.plan, items))
        self._list.show((*items, *remarks))
        self._numbers.display = self._about.display = bool(items)
        self._fit_about()
        self._numbers.renew()
        self._about.renew()
        self.say(*self._counts(items))

    def on_resize(self) -> None:
        """Share the room anew."""
        super().on_resize()
        self._fit_about()

    def _fit_about(self) -> None:
        """Give the longest of the texts below the list the room that the list does not need."""
        items = self._list.items
        width = self.content_size.width - 2
        if not items or width < 1:
            return
        wanted = max(len(planrows.about_lines(item, width)) for item in items[:_MOST_MEASURED])
        free = self.content_size.height - len(self._numbers_lines(width)) - 1 - len(items)
        self._about_height = max(_ABOUT, min(wanted, free))
        self._about.styles.height = self._about_height

    def _moved(self, _row: int) -> None:
        """Say what the row under the cursor is about, and what keys do with it."""
        self._about.renew()
        self.screen.query_one(KeyBar).name_again()

    @property
    def _row(self) -> PlanRow | None:
        """The row under the cursor."""
        return self._list.items[self._list.cursor] if self._list.items else None

    def _counts(self, items: tuple[PlanItem, ...]) -> Iterator[str]:
        if items:
            yield count_text(len(items), "change")
            left = sum(bool(item.left_out) for item in items)
            if self._file is not None and self._file.left_out is not None:
                some = f"{len(items) - left} in the new Dockerfile" if left < len(items) else "no new Dockerfile"
                yield some if left else "one new Dockerfile"

    def _numbers_lines(self, width: int) -> tuple[Line, ...]:
        planner = self._subject.planner
        if planner is None or self._file is None:
            return ()
        now, then = planner.now, planner.outcome(self._view.plan)
        lines = planrows.outcome_lines(now, then, self._view.layer, width - 1, file=self._file)
        return tuple(((" ", Role.TEXT), *line) for line in lines)

    def _about_lines(self, width: int) -> tuple[Line, ...]:
        """Say in full what the row says in short, and why it is not in the new Dockerfile."""
        row = self._row
        lines = planrows.about_lines(row, width - 2) if row else ()
        return tuple(((" ", Role.TEXT), *line) for line in lines[: self._about_height])

    def _explain(self, width: int) -> tuple[Line, ...]:
        if not self._subject.complete:
            return blank(self._subject.unknown("There is nothing to plan with"), "", (), width)
        why = "Plan changes wherever you are, and see at once what the image would be."
        keys = (
            (self.key("layers.plan"), "in Layers: squash a layer with the one below, or a marked range"),
            (self.key("files.plan"), "in Files and Waste: never add the path"),
            (self.key("findings.plan"), "in Findings: fix it"),
            (self.key("plan.all"), "here: fix all findings"),
        )
        return blank("Nothing is planned.", why, keys, width)

    def take_focus(self) -> None:
        """Focus the list."""
        self.give_focus(self._list)

    # --- what the keys do

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to what the change is about."""
        message.stop()
        inspection = self._subject.inspection
        if message.row < len(self._list.items) and inspection:
            row, there = self._list.items[message.row], None
            if isinstance(row, PlanItem):
                there = to_change(self._subject, self._view.plan, row.without)
            elif row.finding is not None:
                there = to_finding(self._subject, inspection.findings[row.finding], "plan")
            if there is None and isinstance(row, PlanRemark):
                self.notify("It is about the plan as a whole: there is nothing to go to.", markup=False)
            elif there is None:
                self.notify("It is about the image as a whole: there is no file, line or layer to go to.", markup=False)
            else:
                self.ask(there)

    def plan(self, change: Callable[[Plan], Plan]) -> None:
        """Ask for another plan."""
        self.ask(lambda view: replace(view, plan=change(view.plan)))

    def action_take_out(self) -> None:
        """Take the change under the cursor out of the plan; plan what a plan of all leaves out."""
        row = self._row
        if isinstance(row, PlanItem):
            self.plan(lambda _plan: row.without)
        elif row is not None and row.finding is not None:
            finding = row.finding
            self.plan(lambda plan: plan.turned_finding(finding))
        elif row is not None:
            self.notify("It is about the plan as a whole: there is nothing to take out.", markup=False)

    def name_of_key(self, action: str) -> str | None:
        """Say what a key does with the row under the cursor; None for what it always does."""
        row, planned = self._row, bool(self._view.plan)
        if action == "plan.all" or (action in {"plan.out", "plan.look", "plan.export"} and not planned):
            return "" if planned == (action == "plan.all") else None
        if action != "plan.out" or not isinstance(row, PlanRemark):
            return None
        return "plan it" if row.finding is not None else ""

    def action_clear(self) -> None:
        """Plan nothing; again, while nothing else is planned: what was planned before."""
        if self._view.plan:
            self._cleared = self._view.plan
            count = count_text(sum(isinstance(row, PlanItem) for row in self._list.items), "change")
            self.plan(lambda _plan: Plan())
            self.tell(f"{count} out of the plan; {{plan.clear}} brings back what was planned.")
        elif self._cleared:
            cleared = self._cleared
            self._cleared = Plan()
            self.plan(lambda _plan: cleared)

    def action_fix_all(self) -> None:
        """Plan to fix all findings that save something; say what is left out."""
        from layerscope.analysis.planall import every_fix

        inspection, planner = self._subject.inspection, self._subject.planner
        if inspection is None or planner is None or not self._subject.complete:
            self.notify("Findings are still being looked for.", severity="warning", markup=False)
            return
        every = every_fix(inspection, planner)
        if not every.fixed:
            self.notify("No finding saves anything.", markup=False)
        left = planrows.left_in_short(inspection, every)
        if every.fixed and left:
            self.notify(left, markup=False)
        self.plan(lambda plan: replace(plan, fixed=plan.fixed | every.fixed))

    def action_copy(self) -> None:
        """Wish to have the plan on the clipboard."""
        from layerscope.reports.planpage import plan_markdown

        inspection, foreseen = self._subject.inspection, self._foreseen()
        if inspection and foreseen:
            self.post_message(Copy(plan_markdown(inspection, foreseen), "the plan"))

    def action_copy_lines(self) -> None:
        """Wish to have the new Dockerfile, or the lines to change, on the clipboard."""
        from layerscope.reports.planpage import plan_dockerfile

        foreseen = self._foreseen()
        if foreseen:
            what = "the new Dockerfile" if foreseen.file else "the lines to change"
            self.post_message(Copy(plan_dockerfile(foreseen), what))

    def action_look(self) -> None:
        """Show the Dockerfile that the plan makes."""
        from layerscope.tui.viewer.plansheet import PlanSheet

        foreseen = self._foreseen()
        if foreseen is None:
            self.notify("Nothing is planned.", severity="warning", markup=False)
        else:
            self.app.push_screen(PlanSheet(foreseen, self.action_export))

    def action_export(self) -> None:
        """Write the plan, and the Dockerfile that it makes, to new files in the working directory."""
        from layerscope.reports.planpage import plan_dockerfile, plan_markdown

        if not getattr(self.app, "writes_files", True):
            self.tell(
                "In a browser the plan can be copied: {plan.copy}, and its Dockerfile: {plan.copy-lines}.",
                severity="warning",
            )
            return
        inspection, foreseen = self._subject.inspection, self._foreseen()
        if inspection is None or foreseen is None:
            self.notify("Nothing is planned.", severity="warning", markup=False)
            return
        texts = [(_FILE, plan_markdown(inspection, foreseen))]
        texts += [(_DOCKERFILE, plan_dockerfile(foreseen))] if foreseen.file else []
        paths: list[str] = []
        for name, text in texts:
            try:
                paths.append(str(_written(Path(name), text)))
            except OSError as error:
                self.notify(f"Not written: {name}: {error.strerror}.", severity="error", markup=False)
        if paths:
            count = count_text(len(foreseen.left_out), "change")
            left = f" ({count} left out: it says why)" if foreseen.left_out else ""
            self.notify(f"The plan is in {' and '.join(paths)}{left}.", markup=False)

    def _foreseen(self) -> Foreseen | None:
        from layerscope.analysis.planedits import foresee

        inspection, planner, plan = self._subject.inspection, self._subject.planner, self._view.plan
        return foresee(inspection, planner, plan) if inspection and planner and plan else None


def _written(path: Path, text: str) -> Path:
    """Write a file that is not there yet; with a number in its name if it must be."""
    for number in range(1, _MOST_FILES):
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return target
    raise FileExistsError(17, f"there are {_MOST_FILES} plans already")
