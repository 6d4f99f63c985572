"""What the plan's pane and the strip below the headline say: numbers now and planned, what changes save. Pure."""

from collections.abc import Iterable, Iterator

from layerscope.analysis.plan import Planner
from layerscope.frozen import dataclass
from layerscope.model.inspection import Inspection
from layerscope.model.plan import AllFixes, FileOutlook, Outcome, Plan
from layerscope.tui import fit, words
from layerscope.tui.roles import Line, Role, Span, width_of_line
from layerscope.tui.rows import SIZE_WIDTH
from layerscope.tui.widgets.bars import bar_on_track
from layerscope.units import format_percent, format_size

_LABEL = 13
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """A row of the pane."""

    title: str
    saving_bytes: int
    """What taking it out of the plan would cost."""
    without: Plan
    left_out: str = ""
    """Why it is not in the new Dockerfile; "" where it is, or there is none."""
    notes: tuple[str, ...] = ()
    """What of it is out of reach, or is done by hand."""
    advice: str = ""
    """What is to be done."""


@dataclass(frozen=True, slots=True)
class PlanRemark:
    """A row below the changes: what belongs to the plan and is none of them."""

    title: str
    about: str
    saving_bytes: int = 0
    """Signed: what is saved beside the changes' own savings."""
    finding: int | None = None
    """Index of a finding that is no part of a plan of all, and may be planned nevertheless."""


PlanRow = PlanItem | PlanRemark


def remarks_of(inspection: Inspection, planner: Planner, plan: Plan, items: Iterable[PlanItem]) -> Iterator[PlanRemark]:
    """Say what several changes save together, and of a plan of all findings what it leaves out, and why."""
    from layerscope.analysis.planall import every_fix, left_text

    saved = planner.now.total_bytes - planner.outcome(plan).total_bytes
    if shared := saved - sum(item.saving_bytes for item in items):
        about = (
            "What several of these save, so that none of them alone is missed; it is counted once."
            if shared > 0
            else "Several of these save the same bytes, each because the others go, too; they are counted once."
        )
        yield PlanRemark("shared by several, counted once", about, saving_bytes=shared)
    if not plan.fixed or not plan.fixed >= every_fix(inspection, planner).fixed:
        return
    findings, every = inspection.findings, every_fix(inspection, planner)
    for at, why in every.held_back.items():
        if at not in plan.fixed:
            finding = findings[at]
            title = words.message(f"{finding.rule} not planned: {finding.title}")
            saves = f"{format_size(finding.saving_bytes)} would be saved"
            yield PlanRemark(title, words.message(f"{saves}, but {why}."), finding=at)
    left = [finding for at, finding in enumerate(findings) if at not in plan.fixed and at not in every.held_back]
    if left:
        title = f"{words.count_text(len(left), 'finding')} not planned: mended by hand"
        yield PlanRemark(title, f"{left_text(left, len(findings))}.")


def left_in_short(inspection: Inspection, every: AllFixes) -> str:
    """Say in a line what a plan of all leaves out; "" for nothing."""
    held = sorted({inspection.findings[at].rule for at in every.held_back})
    hand = len(inspection.findings) - len(every.fixed) - len(every.held_back)
    parts = [f"{', '.join(held)} (installs anew)"] if held else []
    parts += [f"{hand} by hand"] if hand else []
    count = len(every.fixed)
    return f"{count} of {len(inspection.findings)} findings planned; left out: {', '.join(parts)}." if parts else ""


def items_of(
    inspection: Inspection, planner: Planner, plan: Plan, file: FileOutlook | None = None
) -> tuple[PlanItem, ...]:
    """Make the rows of a plan, what saves most first; `file` says what is not in the new Dockerfile, and why."""
    from layerscope.analysis.planedits import plan_items

    total_bytes = planner.outcome(plan).total_bytes
    left_out, notes = ((file.left_out or {}), file.notes) if file else ({}, {})
    advice = file.advice if file else {}
    found = (
        PlanItem(
            words.message(title),
            planner.outcome(without).total_bytes - total_bytes,
            without,
            words.message(left_out.get(title, "")),
            tuple(map(words.message, notes.get(title, ()))),
            words.message(advice.get(title, "")),
        )
        for title, without in plan_items(inspection, plan)
    )
    return tuple(sorted(found, key=lambda item: -item.saving_bytes))


def item_line(item: PlanRow, width: int) -> Line:
    """Write a row: what is changed, what that saves, and in a word why it is not in the new Dockerfile."""
    if isinstance(item, PlanRemark):
        return _remark_line(item, width)
    saves = fit.right(_MINUS + format_size(item.saving_bytes) if item.saving_bytes else "", SIZE_WIDTH + 1)
    word, _blank, rest = item.title.removeprefix("fix ").partition(" ")
    room = width - width_of_line(((saves, Role.TEXT), (word, Role.TEXT))) - 5
    mark = ("✗ ", Role.WASTED) if item.left_out else ("✓ ", Role.GOOD)
    spans: Line = (mark, (saves + "  ", Role.GOOD), (word + " ", Role.KEYWORD))
    if not item.left_out:
        return (*spans, (fit.left(rest, room), Role.TEXT))
    why = "by hand: " if "by hand" in item.left_out else "clashes: "
    return (*spans, (why, Role.WASTED), (fit.left(rest, max(room - len(why), 0)), Role.TEXT))


def _remark_line(remark: PlanRemark, width: int) -> Line:
    size = format_size(abs(remark.saving_bytes)) if remark.saving_bytes else ""
    sign = (_MINUS if remark.saving_bytes > 0 else "+") if size else ""
    saves = fit.right(sign + size, SIZE_WIDTH + 1)
    mark = ("  ", Role.TEXT) if remark.saving_bytes else ("- ", Role.DIM)
    room = max(width - width_of_line(((saves, Role.TEXT),)) - 4, 0)
    return (mark, (saves + "  ", Role.DIM), (fit.left(remark.title, room), Role.DIM))


def about_lines(item: PlanRow, width: int) -> list[Line]:
    """Say in full what a row is about, below a rule."""
    lines: list[Line] = [(("─" * width, Role.TRACK),)]
    lines += [((part, Role.TEXT),) for part in fit.wrap(item.title, width)]
    if isinstance(item, PlanRemark):
        return [*lines, *(((part, Role.WASTED),) for part in fit.wrap(item.about, width))]
    for said in (item.left_out, *item.notes):
        lines += [((part, Role.WASTED),) for part in fit.wrap(said, width)] if said else []
    if item.advice:
        lines += [((part, Role.DIM),) for part in fit.wrap(item.advice, width)]
    return lines


def outcome_lines(now: Outcome, then: Outcome, layer: int, width: int, *, file: FileOutlook) -> Iterator[Line]:
    """Write the numbers as they are and as they would be."""
    table = _Table(width)
    yield ((" " * table.label + fit.right("now", table.column) + fit.right("planned", table.column), Role.DIM),)
    yield table.bytes_line("shipped", now.total_bytes, then.total_bytes)
    if _differs(now, then, file):
        yield table.file_line(now.total_bytes, None if file.is_nothing else file.built.total_bytes)
    yield table.bytes_line("wasted", now.wasted_bytes, then.wasted_bytes)
    line = table.line("efficient", format_percent(now.efficiency), format_percent(then.efficiency))
    room = min(width - width_of_line(line) - 2, 24)
    yield (*line, ("  ", Role.TEXT), *bar_on_track(then.efficiency, room, Role.GOOD)) if room >= 6 else line
    yield table.line("layers", str(len(now.layers)), str(file.layer_count))
    yield table.bytes_line(f"pull from {layer}", now.rebuilt_bytes(layer), file.built.rebuilt_bytes(layer))
    for one in file.costlier:
        lines = ", ".join(map(str, one.run_lines))
        text = f"a change of line {one.line} runs {lines} again ({format_size(one.run_bytes)})"
        yield ((fit.left(text, width), Role.WASTED),)


@dataclass(frozen=True, slots=True)
class _Table:
    """Two columns of numbers after a name, and what changes where there is room."""

    width: int

    @property
    def label(self) -> int:
        return min(_LABEL, max(self.width - 2 * self.column, 0))

    @property
    def column(self) -> int:
        return SIZE_WIDTH + 3 if self.width >= _LABEL + 2 * (SIZE_WIDTH + 3) else SIZE_WIDTH + 1

    def bytes_line(self, label: str, now: int, then: int) -> Line:
        return self._changed(self.line(label, format_size(now), format_size(then)), now, then)

    def file_line(self, now: int, then: int | None) -> Line:
        """Say what the new Dockerfile makes; None where there is none."""
        label = "by new Dockerfile" if then is None or self.width < 44 else "by the new Dockerfile"
        size = "none" if then is None else format_size(then)
        named = (fit.left(label, self.label + self.column), Role.DIM)
        line = (named, (fit.right(size, self.column), Role.STRONG))
        return line if then is None else self._changed(line, now, then)

    def _changed(self, line: Line, now: int, then: int) -> Line:
        change = f"  {change_text(now, then)}"
        if len(change) > self.width - width_of_line(line):
            return line
        return (*line, (change, Role.GOOD if then < now else Role.WASTED))

    def line(self, label: str, now: str, then: str) -> Line:
        return (
            (fit.left(label, self.label), Role.DIM),
            (fit.right(now, self.column), Role.TEXT),
            (fit.right(then, self.column), Role.STRONG if now != then else Role.TEXT),
        )


def _differs(now: Outcome, then: Outcome, file: FileOutlook) -> bool:
    """Tell whether the new Dockerfile makes another image than all changes would."""
    return file.left_out is not None and then.total_bytes not in {file.built.total_bytes, now.total_bytes}


def change_text(now: int, then: int) -> str:
    """Write how much less, or more; nothing where nothing changes."""
    return "" if now == then else f"{_MINUS if then < now else '+'}{format_size(abs(then - now))}"


def awaited(plan: Plan, width: int) -> Line:
    """Write the line below the headline while what a plan saves is worked out."""
    counted = _counted(plan)
    return (counted, (fit.cut("   working out what it saves …", max(width - fit.width_of(counted[0]), 0)), Role.DIM))


def _counted(plan: Plan) -> Span:
    count = len(plan.squashes) + len(plan.dropped) + len(plan.fixed)
    return f" plan: {words.count_text(count, 'change')}", Role.KEYWORD


def strip(plan: Plan, now: Outcome, then: Outcome, layer: int, width: int, *, file: FileOutlook) -> Line:
    """Write the plan in one line, for every pane to have below the headline: the most that fits."""
    spans: list[Span] = [_counted(plan)]
    parts: list[tuple[Span, ...]] = [
        _shipped(now, then, file, width - width_of_line(tuple(spans)) - 3),
        ((f"{format_percent(now.efficiency)} → ", Role.DIM), (format_percent(then.efficiency), Role.STRONG),
         (" efficient", Role.DIM)),
        ((f"{format_size(now.wasted_bytes)} → ", Role.DIM), (format_size(then.wasted_bytes), Role.STRONG),
         (" wasted", Role.DIM)),
        ((f"pull after a change of layer {layer}: {format_size(now.rebuilt_bytes(layer))} → ", Role.DIM),
         (format_size(file.built.rebuilt_bytes(layer)), Role.STRONG)),
    ]  # fmt: skip
    if now.total_bytes == then.total_bytes and now.live_bytes == then.live_bytes:
        parts = [(("nothing saved", Role.DIM),), *parts[3:]]
    used = width_of_line(tuple(spans))
    for part in parts:
        used += 3 + width_of_line(part)
        if used > width:
            break
        spans += [("   ", Role.TEXT), *part]
    return tuple(spans)


def _shipped(now: Outcome, then: Outcome, file: FileOutlook, room: int) -> tuple[Span, ...]:
    """Write what is shipped: as planned, and as the new Dockerfile has it; where there is room for one, that."""
    before = (f"{format_size(now.total_bytes)} → ", Role.DIM)
    planned = (before, (format_size(then.total_bytes), Role.STRONG))
    if not _differs(now, then, file):
        return planned
    size = "none" if file.is_nothing else format_size(file.built.total_bytes)
    longest = (*planned, (" · ", Role.DIM), (size, Role.STRONG), (" by the new Dockerfile", Role.DIM))
    short = (*planned, (" · ", Role.DIM), (size, Role.STRONG), (" built", Role.DIM))
    least = (before, (format_size(file.built.total_bytes), Role.STRONG), (" built", Role.DIM))
    return next((line for line in (longest, short) if width_of_line(line) <= room), least)
