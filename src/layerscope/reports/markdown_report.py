"""Markdown for pull requests and step summaries: what changed first, then rules, findings with their fixes, layers.

Short enough for a comment (GitHub: 65,536 characters). Every text from the image that could mean something is code.
"""

from collections.abc import Iterator
from typing import TextIO

from layerscope.model.findings import Finding, Level, Status
from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.counts import levels_said, saving_bytes_said, waste_rows_said, wasted_path_count
from layerscope.reports.editlines import edit_place
from layerscope.reports.escaping import markdown_block, markdown_code, markdown_text
from layerscope.reports.layout import fit, fit_path
from layerscope.reports.words import comparison, counted_findings, layer_instruction, partial_words, verdict_notes
from layerscope.units import format_percent, format_size, printable, prose

_ICONS = {Status.PASSED: "✅", Status.FAILED: "❌", Status.WARNED: "⚠️", Status.SKIPPED: "➖"}  # noqa: RUF001 - an icon
_MARKS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.NOTE: "💡"}
_MOST_FINDINGS = 10
_MOST_LAYERS = 40
_MOST_FILES = 10
_MOST_NOTES = 10
_LONGEST = 100
_LONGEST_TITLE = 200
_LONGEST_TEXT = 600
_LONGEST_FIX = 1_500


def write_markdown(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the report."""
    for section in (_head, _delta, _rules, _findings, _layers, _files, _notes):
        lines = list(section(inspection, page))
        if lines:
            stream.write("\n".join(lines) + "\n\n")


def _head(inspection: Inspection, _page: Page) -> Iterator[str]:
    ledger, verdict = inspection.ledger, inspection.verdict
    outcome = f"{_ICONS[verdict.status]} {verdict.status.upper()} " if verdict else ""
    yield f"## {outcome}layerscope: {markdown_code(fit_path(printable(inspection.image.reference), _LONGEST))}"
    yield ""
    at_least = "at least " if inspection.partial else ""
    if inspection.partial:
        yield f"**{partial_words(inspection).capitalize()}**: all numbers are lower bounds."
        yield ""
    yield (
        f"**{at_least}{format_size(ledger.total_bytes)}** shipped in {inspection.image.layer_count} layers, "
        f"**{at_least}{format_size(ledger.wasted_bytes)}** wasted, **{format_percent(ledger.efficiency)}** efficient."
    )


def _delta(inspection: Inspection, _page: Page) -> Iterator[str]:
    before = inspection.verdict.baseline if inspection.verdict else None
    if before is None:
        return
    yield "### Against the baseline"
    yield ""
    yield "| | before | now | change |"
    yield "|---|---:|---:|---:|"
    rows = (
        ("shipped", before.ledger.total_bytes, inspection.ledger.total_bytes),
        ("wasted", before.ledger.wasted_bytes, inspection.ledger.wasted_bytes),
        ("in the final image", before.ledger.live_bytes, inspection.ledger.live_bytes),
    )
    for name, old, new in rows:
        yield f"| {name} | {format_size(old)} | {format_size(new)} | {_signed(new - old)} |"
    old_share, new_share = before.ledger.efficiency, inspection.ledger.efficiency
    points = f"{(new_share - old_share) * 100:+.1f} points"
    yield f"| efficiency | {format_percent(old_share)} | {format_percent(new_share)} | {points} |"
    count = len(inspection.layers) - len(before.layers)
    yield f"| layers | {len(before.layers)} | {len(inspection.layers)} | {count:+d} |"


def _signed(size_bytes: int) -> str:
    sign = "+" if size_bytes > 0 else "\N{MINUS SIGN}" if size_bytes < 0 else "±"
    return f"{sign}{format_size(abs(size_bytes))}"


def _rules(inspection: Inspection, _page: Page) -> Iterator[str]:
    if inspection.verdict is None:
        return
    yield "| rule | | |"
    yield "|---|---|---|"
    for result in inspection.verdict.rules:
        said = markdown_text(fit(prose(result.reason), _LONGEST_TITLE), cell=True)
        outcome = f"{_ICONS[result.status]} {result.status}"
        yield f"| {markdown_code(result.rule)} | {outcome} | {comparison(result)} {said} |"
    for result in inspection.verdict.rules:
        if result.details and result.status in {Status.FAILED, Status.WARNED}:
            yield ""
            yield f"{markdown_code(result.rule)}:"
            yield from (f"- {markdown_code(fit(prose(line), _LONGEST))}" for line in result.details[:_MOST_FILES])


def _findings(inspection: Inspection, page: Page) -> Iterator[str]:
    found = [finding for _, finding in counted_findings(inspection)]
    if not found:
        return
    saving, parts = saving_bytes_said(found)
    yield f"### {levels_said(found)}{saving and f'; {saving}'}{parts and f' ({parts})'}"
    for finding in found[:_MOST_FINDINGS]:
        yield ""
        yield from _finding(finding, page)
    if len(found) > _MOST_FINDINGS:
        yield ""
        yield f"… and {len(found) - _MOST_FINDINGS} more."


def _finding(finding: Finding, page: Page) -> Iterator[str]:
    place = ""
    if finding.dockerfile_line is not None:
        place = f", {markdown_code(page.dockerfile.name)} line {finding.dockerfile_line}"
    saves = f" — saves {format_size(finding.saving_bytes)}" if finding.saving_bytes else ""
    title = markdown_text(fit(prose(finding.title), _LONGEST_TITLE))
    yield f"**{_MARKS[finding.level]} {finding.rule} {title}**{saves}{place}"
    yield ""
    yield " ".join(markdown_text(fit(prose(text), _LONGEST_TEXT)) for text in (finding.why, finding.advice) if text)
    yield from _fix(finding)


def _fix(finding: Finding) -> Iterator[str]:
    """Write the lines to write, each group with its place where there are several; then what is to be taken out."""
    room = _LONGEST_FIX
    for edit in finding.edits:
        lines = "\n".join(edit.lines)[:room]
        room -= len(lines)
        if lines:
            yield from ("", f"{markdown_text(edit_place(edit))}:") if len(finding.edits) > 1 else ()
            yield ""
            yield markdown_block(lines)
    out = [edit for edit in finding.edits if not edit.lines]
    if out:
        yield ""
        yield f"Take out: {markdown_text('; '.join(map(edit_place, out)))}."


def _layers(inspection: Inspection, _page: Page) -> Iterator[str]:
    if not inspection.layers:
        return
    biggest = sorted(inspection.layers, key=lambda layer: -layer.ledger.total_bytes)[:_MOST_LAYERS]
    shown = sorted(biggest, key=lambda layer: layer.index)
    left = len(inspection.layers) - len(shown)
    which = f" (the {len(shown)} biggest of {len(inspection.layers)})" if left else ""
    yield f"<details><summary>Layers{which}</summary>"
    yield ""
    yield "| layer | shipped | wasted | instruction |"
    yield "|---:|---:|---:|---|"
    for layer in shown:
        sizes = f"{format_size(layer.ledger.total_bytes)} | {format_size(layer.ledger.wasted_bytes)}"
        yield f"| {layer.index} | {sizes} | {markdown_code(fit(layer_instruction(layer), _LONGEST), cell=True)} |"
    yield ""
    yield "</details>"


def _files(inspection: Inspection, _page: Page) -> Iterator[str]:
    if not inspection.waste:
        return
    shown = inspection.waste[:_MOST_FILES]
    rows = waste_rows_said(len(inspection.waste), wasted_path_count(inspection.tree))
    yield f"<details><summary>Most wasted: {len(shown)} of {rows}</summary>"
    yield ""
    yield "| wasted | path | shipped by layer | |"
    yield "|---:|---|---|---|"
    for row in shown:
        owners = ", ".join(map(str, row.owners[:_MOST_FILES]))
        path = markdown_code(fit_path(printable(row.path), _LONGEST), cell=True)
        yield f"| {format_size(row.wasted_bytes)} | {path} | {owners} | {row.fate.label} by layer {row.killer} |"
    yield ""
    yield "</details>"


def _notes(inspection: Inspection, _page: Page) -> Iterator[str]:
    notes = [*inspection.notes, *verdict_notes(inspection.verdict)]
    yield from (f"> {markdown_text(fit(prose(note.text), 3 * _LONGEST))}  " for note in notes[:_MOST_NOTES])
    if len(notes) > _MOST_NOTES:
        yield f"> … {len(notes) - _MOST_NOTES} more notes"


REPORT = Report("markdown", "for pull requests: what changed, findings with fixes, layers", write_markdown)
