"""The report for logs and terminals: verdict first and last, the worst in between, under 60 lines.

Shows the biggest and says how many more there are; the JSON report has everything.
"""

from collections.abc import Iterator
from typing import NamedTuple, TextIO

from layerscope.model.findings import Finding, Status
from layerscope.model.image import Note
from layerscope.model.inspection import ImageFacts, Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.counts import levels_said, saving_bytes_said, waste_rows_said, wasted_path_count
from layerscope.reports.escaping import log_line
from layerscope.reports.layout import cell_width, fit, fit_path, wrap
from layerscope.reports.words import (
    broken_rules,
    comparison,
    counted_findings,
    layer_instruction,
    partial_words,
    unjudged_words,
    verdict_line,
    waste_origin,
)
from layerscope.units import format_percent, format_size, printable, prose

_MOST_FILES = 10
_FEWEST_FILES = 3
_MOST_LINES = 58
_MOST_LAYERS = 5
_FEWEST_LAYERS = 3
_WAYS_TO_FIT = ((5, 9), (4, 9), (3, 9), (3, 4), (3, 3), (3, 2), (3, 1))
"""(findings, lines of the title and of the advice of each), the best first."""
_MOST_RULE_LINES = 14
_NAME_WIDTH = 14
_MOST_DETAILS = 3
_MOST_NOTE_LINES = 8
_SHORTEST_REFERENCE = 12
_ID_LENGTH = len("sha256:") + 12  # as `docker images` shows them
_STYLES = {"bold": "\x1b[1m", "good": "\x1b[1;32m", "bad": "\x1b[1;31m", "dim": "\x1b[2m"}
_BY_STATUS = {Status.PASSED: "good", Status.FAILED: "bad", Status.SKIPPED: "dim", Status.WARNED: "bad"}


class _Line(NamedTuple):
    text: str = ""
    style: str = ""
    """Key of `_STYLES`, or "" for none."""


def write_text(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the report."""
    headline = _headline(inspection, page.width)
    before = [list(section) for section in (_totals(inspection, page.width), _rules(inspection, page.width))]
    notes = (*inspection.notes, *(inspection.verdict.notes if inspection.verdict else ()))
    after = [list(_layers(inspection)), list(_notes(notes, page.width))]
    used = 3 + sum(len(section) + 1 for section in (*before, *after) if section)
    room = _MOST_LINES - used - (2 * _FEWEST_FILES + 2 if inspection.waste else 0) - 1
    before.append(_findings(inspection, page.width, room))
    used += len(before[-1]) + bool(before[-1])
    shown = min(_MOST_FILES, max(_FEWEST_FILES, (_MOST_LINES - used - 2) // 2))
    lines: list[_Line] = [headline]
    for found in (*before, list(_files(inspection, page.width, shown)), *after):
        lines += [_Line(), *found] if found else []
    lines += [_Line(), headline]
    stream.writelines(_painted(line, page) for line in lines)


def _painted(line: _Line, page: Page) -> str:
    text = fit(log_line(line.text), page.width)
    return f"{_STYLES[line.style]}{text}\x1b[0m\n" if line.style and page.colour else f"{text}\n"


def _headline(inspection: Inspection, width: int) -> _Line:
    """Shorten the reference, never the numbers."""
    style = "bold" if inspection.verdict is None else _BY_STATUS[inspection.verdict.status]
    reference = printable(inspection.image.reference)
    room = width - cell_width(_headline_text(inspection, ""))
    return _Line(_headline_text(inspection, fit_path(reference, max(_SHORTEST_REFERENCE, room))), style)


def _headline_text(inspection: Inspection, reference: str) -> str:
    partial = partial_words(inspection)
    if inspection.verdict is not None:
        return "  ".join(filter(None, (verdict_line(inspection.verdict, reference), partial)))
    ledger = inspection.ledger
    numbers = (
        f"{format_size(ledger.total_bytes)} shipped",
        f"{format_percent(ledger.efficiency)} efficient",
        f"{format_size(ledger.wasted_bytes)} wasted",
    )
    return "  ".join(filter(None, (f"layerscope: {reference}", *numbers, partial)))


def _totals(inspection: Inspection, width: int) -> Iterator[_Line]:
    image, ledger, scores = inspection.image, inspection.ledger, inspection.scores
    at_least = "at least " if inspection.partial else ""
    fates = (
        (ledger.overwritten_bytes, "overwritten"),
        (ledger.reshipped_bytes, "shipped again unchanged"),
        (ledger.deleted_bytes, "deleted"),
    )
    wasted = ", ".join(f"{format_size(size_bytes)} {fate}" for size_bytes, fate in fates if size_bytes)
    user = f", above the base {format_percent(scores.user_efficiency)}" if scores.user_efficiency is not None else ""
    dive = f"; by Dive's formula {format_percent(scores.dive.efficiency)}"
    rows = (
        ("image", _facts(image)),
        ("shipped", f"{at_least}{format_size(ledger.total_bytes)}, {format_size(image.stored_bytes)} as stored"),
        ("live", format_size(ledger.live_bytes)),
        ("wasted", f"{at_least}{format_size(ledger.wasted_bytes)}{': ' if wasted else ''}{wasted}"),
        ("efficiency", f"{format_percent(scores.efficiency)}{user}{dive}"),
    )
    for name, text in rows:
        first, *rest = wrap(text, width - _NAME_WIDTH)
        yield _Line(f"  {name:{_NAME_WIDTH - 2}}{first}")
        yield from (_Line(f"{'':{_NAME_WIDTH}}{part}") for part in rest)


def _facts(image: ImageFacts) -> str:
    base = "" if image.base_layer_count is None else f" ({image.base_layer_count} of the base image)"
    layers = f"{image.layer_count} layer{'s' * (image.layer_count != 1)}{base}"
    facts = (image.source, image.platform, layers, (image.image_id or "")[:_ID_LENGTH])
    return printable(", ".join(fact for fact in facts if fact))


def _rules(inspection: Inspection, width: int) -> Iterator[_Line]:
    if inspection.verdict is None:
        return
    yield _Line("Rules", "bold")
    lines: list[_Line] = []
    for result in inspection.verdict.rules:
        row = f"{result.status.upper():8} {prose(result.rule):28} {comparison(result)}"
        text = f"{row}  ({prose(result.reason)})" if result.reason else row
        lines += _item(text, width, style="bad" if result.status is Status.FAILED else "")
    if unjudged := unjudged_words(inspection.verdict):
        lines += _item(unjudged, width)
    details = [
        _Line(fit(f"    {prose(result.rule)}: {prose(line)}", width), "dim")
        for result in broken_rules(inspection)
        for line in result.details[:_MOST_DETAILS]
    ]
    room = max(0, _MOST_RULE_LINES - len(lines))
    yield from lines if unjudged else lines[:_MOST_RULE_LINES]
    yield from details[:room]


def _findings(inspection: Inspection, width: int, room: int) -> list[_Line]:
    """Write the worst in full, as many as there is room for; where it is too narrow for three, their ends are cut."""
    found = [finding for _, finding in counted_findings(inspection)]
    if not found:
        return []
    saving, parts = saving_bytes_said(found)
    numbers = f"Findings: {levels_said(found)}{saving and f'; {saving}'}{parts and f' ({parts})'}"
    head = [_Line(part, "bold") for part in wrap(numbers, width)]
    lines: list[_Line] = []
    for most, most_lines in _WAYS_TO_FIT:
        shown = found[:most]
        left = f"{len(found) - len(shown)} more; all" if len(found) > len(shown) else "All"
        plan = "; one new Dockerfile: layerscope plan IMAGE" if saving else ""
        whole = f"{left}, with the changes to make: layerscope report IMAGE --format html{plan}"
        tail = [*_item(whole, width, style="dim")]
        lines = [*head, *(line for one in shown for line in _finding(one, width, most_lines)), *tail]
        if len(lines) <= room:
            break
    return lines


def _finding(finding: Finding, width: int, most_lines: int) -> Iterator[_Line]:
    saves = format_size(finding.saving_bytes) if finding.saving_bytes else ""
    head = f"  {saves:>8}  {finding.level:7} {finding.rule} "
    line = f" (Dockerfile line {finding.dockerfile_line})" if finding.dockerfile_line is not None else ""
    first, *rest = _cut(f"{prose(finding.title)}{line}", width - len(head), most_lines)
    yield _Line(f"{head}{first}")
    yield from (_Line(f"{'':{len(head)}}{part}") for part in rest)
    yield from (_Line(f"{'':12}{part}", "dim") for part in _cut(prose(finding.advice), width - 12, most_lines))


def _cut(text: str, width: int, most_lines: int) -> list[str]:
    lines = wrap(text, width)
    return lines if len(lines) <= most_lines else [*lines[: most_lines - 1], fit(lines[most_lines - 1] + " …", width)]


def _files(inspection: Inspection, width: int, count: int) -> Iterator[_Line]:
    waste = inspection.waste
    if not waste:
        return
    shown = waste[:count]
    share = sum(row.wasted_bytes for row in shown) / (inspection.ledger.wasted_bytes or 1)
    rows = waste_rows_said(len(waste), wasted_path_count(inspection.tree))
    more = f": {len(shown)} of {rows}, {format_percent(share)} of the waste"
    yield _Line(f"Most wasted{more if len(waste) > len(shown) else ''}", "bold")
    for row in shown:
        yield _Line(f"  {format_size(row.wasted_bytes):>8}  {fit_path(printable(row.path), width - 12)}")
        shipper, killer = waste_origin(inspection, row)
        room = width - 14
        shipper = fit(shipper, max(room // 2, room - cell_width(killer)))
        yield _Line(f"{'':12}{shipper}, {fit(killer, room - cell_width(shipper))}", "dim")


def _layers(inspection: Inspection) -> Iterator[_Line]:
    worst = sorted(inspection.layers, key=lambda layer: -layer.ledger.wasted_bytes)
    most = _FEWEST_LAYERS if inspection.findings else _MOST_LAYERS
    shown = [layer for layer in worst if layer.ledger.wasted_bytes][:most]
    if not shown:
        return
    yield _Line("Layers that ship the most waste", "bold")
    yield _Line(f"  {'layer':>5}  {'shipped':>8}  {'wasted':>8}  instruction", "dim")
    for layer in shown:
        shipped, wasted = format_size(layer.ledger.total_bytes), format_size(layer.ledger.wasted_bytes)
        yield _Line(f"  {layer.index:5}  {shipped:>8}  {wasted:>8}  {layer_instruction(layer)}")


def _notes(notes: tuple[Note, ...], width: int) -> Iterator[_Line]:
    if not notes:
        return
    yield _Line("Notes", "bold")
    room = _MOST_NOTE_LINES
    for position, note in enumerate(notes):
        lines = list(_item(f"- {prose(note.text)}", width))
        if len(lines) > room:
            yield _Line(f"  … {len(notes) - position} more in the JSON report")
            return
        room -= len(lines)
        yield from lines


def _item(text: str, width: int, *, style: str = "") -> Iterator[_Line]:
    """Break a long line; what follows the first one is indented further."""
    first, *rest = wrap(text, width - 4)
    yield _Line(f"  {first}", style)
    yield from (_Line(f"    {line}") for line in rest)


REPORT = Report("text", "for logs and terminals: the verdict and the worst, under 60 lines", write_text)
