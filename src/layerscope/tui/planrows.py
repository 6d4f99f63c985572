"""What the plan's pane and the strip below the headline say: numbers now and planned, what changes save. Pure."""

from collections.abc import Iterator

from layerscope.analysis.plan import Planner
from layerscope.frozen import dataclass
from layerscope.model.inspection import Inspection
from layerscope.model.plan import FileOutlook, Outcome, Plan
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


def item_line(item: PlanItem, width: int) -> Line:
    """Write a row: what is changed, what that saves, and in a word why it is not in the new Dockerfile."""
    saves = fit.right(_MINUS + format_size(item.saving_bytes) if item.saving_bytes else "", SIZE_WIDTH + 1)
    word, _blank, rest = item.title.removeprefix("fix ").partition(" ")
    room = width - width_of_line(((saves, Role.TEXT), (word, Role.TEXT))) - 5
    mark = ("✗ ", Role.WASTED) if item.left_out else ("✓ ", Role.GOOD)
    spans: Line = (mark, (saves + "  ", Role.GOOD), (word + " ", Role.KEYWORD))
    if not item.left_out:
        return (*spans, (fit.left(rest, room), Role.TEXT))
    why = "by hand: " if "by hand" in item.left_out else "clashes: "
    return (*spans, (why, Role.WASTED), (fit.left(rest, max(room - len(why), 0)), Role.TEXT))


def about_lines(item: PlanItem, width: int) -> list[Line]:
    """Say in full what a row is about, below a rule."""
    lines: list[Line] = [(("─" * width, Role.TRACK),)]
    lines += [((part, Role.TEXT),) for part in fit.wrap(item.title, width)]
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
        line = self.line(label, format_size(now), format_size(then))
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


def change_text(now: int, then: int) -> str:
    """Write how much less, or more; nothing where nothing changes."""
    return "" if now == then else f"{_MINUS if then < now else '+'}{format_size(abs(then - now))}"


def strip(plan: Plan, now: Outcome, then: Outcome, layer: int, width: int, *, built: Outcome) -> Line:
    """Write the plan in one line, for every pane to have below the headline: the most that fits."""
    count = len(plan.squashes) + len(plan.dropped) + len(plan.fixed)
    spans: list[Span] = [(f" plan: {words.count_text(count, 'change')}", Role.KEYWORD)]
    parts: list[tuple[Span, ...]] = [
        ((f"{format_size(now.total_bytes)} → ", Role.DIM), (format_size(then.total_bytes), Role.STRONG)),
        ((f"{format_percent(now.efficiency)} → ", Role.DIM), (format_percent(then.efficiency), Role.STRONG),
         (" efficient", Role.DIM)),
        ((f"{format_size(now.wasted_bytes)} → ", Role.DIM), (format_size(then.wasted_bytes), Role.STRONG),
         (" wasted", Role.DIM)),
        ((f"pull after a change of layer {layer}: {format_size(now.rebuilt_bytes(layer))} → ", Role.DIM),
         (format_size(built.rebuilt_bytes(layer)), Role.STRONG)),
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
