"""A plan as Markdown, for a ticket or a pull request; and as the lines of the Dockerfile that it changes."""

import json
from collections.abc import Iterable, Iterator, Sequence

from layerscope.model.findings import Edit
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Outcome, PlannedChange
from layerscope.reports.escaping import log_json, log_line, markdown_block, markdown_code, markdown_text
from layerscope.units import format_percent, format_size, printable, prose

_LONGEST_TITLE = 200
_MINUS = "\N{MINUS SIGN}"


def plan_markdown(inspection: Inspection, now: Outcome, then: Outcome, changes: Sequence[PlannedChange]) -> str:
    """Write a plan: what it does to the numbers, then each change with the lines to write."""
    return "\n".join(_lines(inspection, now, then, changes)) + "\n"


def plan_text(inspection: Inspection, now: Outcome, then: Outcome, changes: Sequence[PlannedChange]) -> str:
    """Write a plan for a terminal or a log: the numbers, and a line for each change."""
    reference = printable(inspection.image.reference)
    lines = [
        _columns("", "now", "planned", reference),
        _columns("shipped", *_bytes(now.total_bytes, then.total_bytes)),
        _columns("wasted", *_bytes(now.wasted_bytes, then.wasted_bytes)),
        _columns("efficiency", format_percent(now.efficiency), format_percent(then.efficiency)),
        _columns("layers", str(len(now.layers)), str(len(then.layers))),
        "",
    ]
    lines += [f"{format_size(change.saving_bytes):>9}  {prose(change.title)}" for change in _most_first(changes)]
    return "".join(f"{log_line(line.rstrip())}\n" for line in lines)


def _columns(name: str, now: str, then: str, more: str = "") -> str:
    return f"{name:10} {now:>9} {then:>9}  {more}"


def _bytes(now: int, then: int) -> tuple[str, str, str]:
    return format_size(now), format_size(then), difference(now, then)


def plan_json(inspection: Inspection, now: Outcome, then: Outcome, changes: Sequence[PlannedChange]) -> str:
    """Write a plan for programs; sizes are bytes, layers are numbers of the image as it is."""
    value = {
        "reference": inspection.image.reference,
        "now": _outcome(now),
        "planned": _outcome(then),
        "changes": [
            {
                "title": change.title,
                "saving_bytes": change.saving_bytes,
                "advice": change.advice,
                "edits": [
                    {"file": one.file, "first_line": one.first_line, "last_line": one.last_line, "lines": one.lines}
                    for one in change.edits
                ],
            }
            for change in _most_first(changes)
        ],
        "rebuilt": [
            {"layer": at, "now_bytes": now.rebuilt_bytes(at), "planned_bytes": then.rebuilt_bytes(at)}
            for at in range(len(inspection.layers))
        ],
    }
    return log_json(json.dumps(value, indent=1)) + "\n"


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "total_bytes": outcome.total_bytes,
        "live_bytes": outcome.live_bytes,
        "wasted_bytes": outcome.wasted_bytes,
        "efficiency": outcome.efficiency,
        "layers": [
            {"first": one.first, "last": one.last, "content_bytes": one.content_bytes, "live_bytes": one.live_bytes}
            for one in outcome.layers
        ],
    }


def _most_first(changes: Sequence[PlannedChange]) -> list[PlannedChange]:
    return sorted(changes, key=lambda change: -change.saving_bytes)


def _lines(inspection: Inspection, now: Outcome, then: Outcome, changes: Sequence[PlannedChange]) -> Iterator[str]:
    yield f"## Plan for {markdown_code(printable(inspection.image.reference))}"
    yield ""
    yield "| | now | planned | |"
    yield "|---|---:|---:|---:|"
    yield _row("shipped", now.total_bytes, then.total_bytes)
    yield _row("wasted", now.wasted_bytes, then.wasted_bytes)
    yield f"| efficiency | {format_percent(now.efficiency)} | {format_percent(then.efficiency)} | |"
    yield f"| layers | {len(now.layers)} | {len(then.layers)} | |"
    written: list[Edit] = []
    for change in _most_first(changes):
        yield ""
        saves = f" — saves {format_size(change.saving_bytes)}" if change.saving_bytes else ""
        yield f"### {markdown_text(change.title[:_LONGEST_TITLE])}{saves}"
        yield ""
        yield markdown_text(change.advice)
        for edit in change.edits:
            yield ""
            yield f"{edit_place(edit)}{_said(edit, written)}"
            if edit.lines and edit not in written:
                yield ""
                yield markdown_block("\n".join(edit.lines))
            written.append(edit)
    moved = [
        (layer.index, now.rebuilt_bytes(layer.index), then.rebuilt_bytes(layer.index)) for layer in inspection.layers
    ]
    if any(before != after for _layer, before, after in moved):
        yield ""
        yield "What is pushed and pulled again when a layer changes:"
        yield ""
        yield "| layer | now | planned | |"
        yield "|---:|---:|---:|---:|"
        yield from (_row(str(layer), before, after) for layer, before, after in moved)


def _row(name: str, now: int, then: int) -> str:
    return f"| {name} | {' | '.join(_bytes(now, then))} |"


def difference(now: int, then: int) -> str:
    """Write what is more or less, with its sign; "" where nothing is."""
    if now == then:
        return ""
    return f"{_MINUS if then < now else '+'}{format_size(abs(then - now))}"


def plan_edits(changes: Iterable[PlannedChange]) -> str:
    """Write the lines to change, each group under a comment that says where; as text to paste."""
    parts: list[str] = []
    written: list[Edit] = []
    for change in changes:
        parts += [f"# {change.title}", *(() if change.edits else (f"#   {change.advice}",))]
        for edit in change.edits:
            parts += [f"# {edit_place(edit)}{_said(edit, written)}", *(() if edit in written else edit.lines)]
            written.append(edit)
        parts.append("")
    return "\n".join(parts)


def _said(edit: Edit, written: list[Edit]) -> str:
    """Say what to do there; changes that mend the same lines in the same way say it once."""
    if edit in written:
        return ": as above"
    return ":" if edit.lines else ": take it out"


def edit_place(edit: Edit) -> str:
    """Say where an edit goes: "Dockerfile, lines 6-9"."""
    if edit.first_line is None:
        return edit.file
    if edit.last_line is not None and edit.last_line < edit.first_line:
        return f"{edit.file}, before line {edit.first_line}"
    last = "" if edit.last_line in {None, edit.first_line} else f"-{edit.last_line}"
    return f"{edit.file}, line{'s' * bool(last)} {edit.first_line}{last}"
