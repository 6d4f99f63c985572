"""The history as a table: each step with the layer it made, and layers that no step made. `layerscope history`.

Owns its columns in text, Markdown and JSON lines; every number is the inspection's. The reconstructed Dockerfile is
`layerscope history --reconstruct`'s and comes from the history room as it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TextIO

from layerscope.model.history import Confidence, DockerfileOrigin, DockerfileText, Step, Volatility
from layerscope.model.inspection import Inspection, Layer
from layerscope.patterns import regex
from layerscope.reports.base import Page
from layerscope.reports.escaping import log_line, markdown_code, markdown_text
from layerscope.reports.json_report import dump, step_row
from layerscope.reports.layout import fit
from layerscope.reports.words import layer_instruction
from layerscope.units import format_percent, format_size, printable, prose

_TIME = regex(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)")
_BEFORE = "0001-01-01"
"""What builders write that keep no time."""
_LONGEST = 400
_ROOM_FOR_TIME = 100
_HEADER = ("step", "layer", "created", "shipped", "wasted", "rebuilt", "line", "instruction")
_LEGEND = "rebuilt: what a change of this layer makes anew, it and all above; line: of the Dockerfile, ~ if only likely"


class _Row(NamedTuple):
    step: Step | None
    layer: Layer | None
    of_base: bool
    volatility: Volatility | None


def write_steps(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the table, and below it what its columns say and which Dockerfile it knows; notes are the caller's."""
    lines = [_columns(_HEADER[:-1], page.width) + _HEADER[-1]]
    lines += [_columns(_cells(row), page.width) + _said(row) + _changed(row) for row in _rows(inspection)]
    lines += [_LEGEND, f"Dockerfile: {_about(inspection.dockerfile)}"]
    stream.writelines(fit(log_line(line), page.width) + "\n" for line in lines)


def write_steps_markdown(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the table for a pull request."""
    del page
    stream.write(f"| {' | '.join(_HEADER)} |\n|---:|---:|---|---:|---:|---:|---:|---|\n")
    for row in _rows(inspection):
        said = markdown_code(fit(_said(row), _LONGEST), cell=True)
        cells = [*_cells(row), " ".join(filter(None, (said, markdown_text(_changed(row), cell=True))))]
        stream.write(f"| {' | '.join(cells)} |\n")
    stream.write(f"\n{markdown_text(_LEGEND)}\n\nDockerfile: {markdown_text(_about(inspection.dockerfile))}\n")
    if inspection.notes:
        stream.write("\n")
    stream.writelines(f"> {markdown_text(prose(note.text))}  \n" for note in inspection.notes)


def write_steps_json(inspection: Inspection, stream: TextIO) -> None:
    """Write one object a line: a row of the JSON report's `history`, with the bytes of the step's layer.

    A layer that no step made has a row whose `index` and other facts of a step are null.
    """
    nothing: dict[str, object] = dict.fromkeys(
        ("index", "created", "created_by", "comment", "empty", "layer_index", "instruction")
    )
    for row in _rows(inspection):
        step, layer = row.step, row.layer
        facts = step_row(step) if step else nothing
        place = {"layer_index": layer.index} if layer else {}
        stream.write(dump(facts | place | _sizes(layer) | {"base": row.of_base} | _counts(row.volatility)) + "\n")


def _sizes(layer: Layer | None) -> dict[str, object]:
    return {
        "content_bytes": layer.ledger.total_bytes if layer else None,
        "wasted_bytes": layer.ledger.wasted_bytes if layer else None,
        "stored_bytes": layer.stored_bytes if layer else None,
        "rebuilt_content_bytes": layer.rebuilt_content_bytes if layer else None,
        "rebuilt_stored_bytes": layer.rebuilt_stored_bytes if layer else None,
    }


def _counts(volatility: Volatility | None) -> dict[str, object]:
    if volatility is None:
        return {}
    return {"changed_commits": volatility.changed_count, "commits": volatility.commit_count}


def _rows(inspection: Inspection) -> Iterator[_Row]:
    """Give steps in order; layers without a step come before the step of the next layer that has one."""
    by_step = {step.layer_index for step in inspection.steps if step.layer_index is not None}
    waiting = [layer for layer in inspection.layers if layer.index not in by_step]
    base, known = inspection.image.base_layer_count or 0, inspection.dockerfile
    volatility: Mapping[int, Volatility] = known.volatility if known else {}
    base_steps = known.base_step_count if known else 0
    for position, step in enumerate(inspection.steps):
        layer = None if step.layer_index is None else inspection.layers[step.layer_index]
        while layer is not None and waiting and waiting[0].index < layer.index:
            unnamed = waiting.pop(0)
            yield _Row(None, unnamed, unnamed.index < base, None)
        line = step.instruction.dockerfile_line if step.instruction else None
        of_base = line is None and (position < base_steps or (layer is not None and layer.index < base))
        yield _Row(step, layer, of_base, volatility.get(line) if line is not None else None)
    for layer in waiting:
        yield _Row(None, layer, layer.index < base, None)


def _cells(row: _Row) -> tuple[str, ...]:
    """Write all columns but the instruction."""
    step, layer = row.step, row.layer
    number = "" if step is None else str(step.record.index)
    place = shipped = wasted = rebuilt = "·"
    if layer is not None:
        place, shipped = str(layer.index), format_size(layer.ledger.total_bytes)
        wasted = format_size(layer.ledger.wasted_bytes) if layer.ledger.wasted_bytes else ""
        rebuilt = format_size(layer.rebuilt_content_bytes)
    return number, place, _time(step.record.created if step else None), shipped, wasted, rebuilt, _line(row)


def _columns(cells: Sequence[str], width: int) -> str:
    """Line up all columns but the instruction; the time only where there is room."""
    number, place, created, shipped, wasted, rebuilt, line = cells
    time = f"{created:19} " if width >= _ROOM_FOR_TIME else ""
    return f"{number:>4} {place:>5} {time}{shipped:>8} {wasted:>8} {rebuilt:>8} {line:>5}  "


def _line(row: _Row) -> str:
    found = row.step.instruction if row.step else None
    if found is None or found.dockerfile_line is None:
        return "base" if row.of_base else ""
    return ("~" if found.confidence is Confidence.LIKELY else "") + str(found.dockerfile_line)


def _time(created: str | None) -> str:
    match = _TIME.match(created or "")
    return f"{match[1]} {match[2]}" if match and match[1] != _BEFORE else ""


def _said(row: _Row) -> str:
    step, layer = row.step, row.layer
    if step is None:
        return layer_instruction(layer) if layer else ""
    said = step.instruction.shown if step.instruction else step.record.created_by
    remark = f" ({prose(step.remark)})" if step.remark else ""
    return prose(said) + remark or prose(step.record.comment)


def _changed(row: _Row) -> str:
    """Say how often what a COPY copies changed."""
    found = row.volatility
    return "" if found is None else f"  (changed by {found.changed_count} of {found.commit_count} commits)"


def _about(text: DockerfileText | None) -> str:
    if text is None:
        return "not known, and there is no history to write one from"
    if text.origin is DockerfileOrigin.RECONSTRUCTED:
        return "not known; --reconstruct writes one from the history"
    words = {
        DockerfileOrigin.GIVEN: "as given",
        DockerfileOrigin.FOUND: "found here",
        DockerfileOrigin.IMAGE: "carried by the image",
    }
    return f"{printable(text.name)}, {words[text.origin]}; {format_percent(text.fit)} of it is in the history"
