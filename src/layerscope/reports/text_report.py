"""The report for logs and terminals: verdict first and last, the worst in between, under 60 lines.

Shows the biggest and says how many more there are; the JSON report has everything.
"""

from collections.abc import Iterator
from typing import NamedTuple, TextIO

from layerscope.model.findings import Status
from layerscope.model.image import Note
from layerscope.model.inspection import ImageFacts, Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.layout import cell_width, fit, fit_path, wrap
from layerscope.reports.words import comparison, layer_instruction, verdict_line, waste_origin
from layerscope.units import format_percent, format_size, printable, prose

_MOST_FILES = 10
_MOST_LAYERS = 5
_MOST_NOTE_LINES = 8
_SHORTEST_REFERENCE = 12
_ID_LENGTH = len("sha256:") + 12  # as `docker images` shows them
_STYLES = {"bold": "\x1b[1m", "good": "\x1b[1;32m", "bad": "\x1b[1;31m", "dim": "\x1b[2m"}
_BY_STATUS = {Status.PASSED: "good", Status.FAILED: "bad", Status.SKIPPED: "dim"}


class _Line(NamedTuple):
    text: str = ""
    style: str = ""
    """Key of `_STYLES`, or "" for none."""


def write_text(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the report."""
    headline = _headline(inspection, page.width)
    body = (
        _totals(inspection),
        _rules(inspection, page.width),
        _files(inspection, page.width),
        _layers(inspection),
        _notes(inspection.notes, page.width),
    )
    lines: list[_Line] = [headline]
    for section in body:
        found = list(section)
        lines += [_Line(), *found] if found else []
    lines += [_Line(), headline]
    stream.writelines(_painted(line, page) for line in lines)


def _painted(line: _Line, page: Page) -> str:
    text = fit(line.text, page.width)
    return f"{_STYLES[line.style]}{text}\x1b[0m\n" if line.style and page.colour else f"{text}\n"


def _headline(inspection: Inspection, width: int) -> _Line:
    """Shorten the reference, never the numbers."""
    style = "bold" if inspection.verdict is None else _BY_STATUS[inspection.verdict.status]
    reference = printable(inspection.image.reference)
    room = width - cell_width(_headline_text(inspection, ""))
    return _Line(_headline_text(inspection, fit_path(reference, max(_SHORTEST_REFERENCE, room))), style)


def _headline_text(inspection: Inspection, reference: str) -> str:
    if inspection.verdict is not None:
        return verdict_line(inspection.verdict, reference)
    ledger = inspection.ledger
    numbers = (
        f"{format_size(ledger.total_bytes)} shipped",
        f"{format_percent(ledger.efficiency)} efficient",
        f"{format_size(ledger.wasted_bytes)} wasted",
    )
    return "  ".join((f"layerscope: {reference}", *numbers))


def _totals(inspection: Inspection) -> Iterator[_Line]:
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
    yield _Line(f"  image       {_facts(image)}")
    yield _Line(
        f"  shipped     {at_least}{format_size(ledger.total_bytes)}, {format_size(image.stored_bytes)} as stored"
    )
    yield _Line(f"  live        {format_size(ledger.live_bytes)}")
    yield _Line(f"  wasted      {at_least}{format_size(ledger.wasted_bytes)}{': ' if wasted else ''}{wasted}")
    yield _Line(f"  efficiency  {format_percent(scores.efficiency)}{user}{dive}")


def _facts(image: ImageFacts) -> str:
    base = "" if image.base_layer_count is None else f" ({image.base_layer_count} of the base image)"
    layers = f"{image.layer_count} layer{'s' * (image.layer_count != 1)}{base}"
    facts = (image.source, image.platform, layers, (image.image_id or "")[:_ID_LENGTH])
    return printable(", ".join(fact for fact in facts if fact))


def _rules(inspection: Inspection, width: int) -> Iterator[_Line]:
    if inspection.verdict is None:
        return
    yield _Line("Rules", "bold")
    for result in inspection.verdict.rules:
        row = f"{result.status.upper():8} {result.rule:28} {comparison(result)}"
        text = f"{row}  ({result.reason})" if result.reason else row
        yield from _item(text, width, style="bad" if result.status is Status.FAILED else "")


def _files(inspection: Inspection, width: int) -> Iterator[_Line]:
    waste = inspection.waste
    if not waste:
        return
    shown = waste[:_MOST_FILES]
    share = sum(row.wasted_bytes for row in shown) / (inspection.ledger.wasted_bytes or 1)
    more = f": {len(shown)} of {len(waste):,} paths, {format_percent(share)} of the waste"
    yield _Line(f"Most wasted{more if len(waste) > len(shown) else ''}", "bold")
    for row in shown:
        yield _Line(f"  {format_size(row.wasted_bytes):>8}  {fit_path(printable(row.path), width - 12)}")
        shipper, killer = waste_origin(inspection, row)
        room = width - 14
        shipper = fit(shipper, max(room // 2, room - cell_width(killer)))
        yield _Line(f"{'':12}{shipper}, {fit(killer, room - cell_width(shipper))}", "dim")


def _layers(inspection: Inspection) -> Iterator[_Line]:
    worst = sorted(inspection.layers, key=lambda layer: -layer.ledger.wasted_bytes)
    shown = [layer for layer in worst if layer.ledger.wasted_bytes][:_MOST_LAYERS]
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
