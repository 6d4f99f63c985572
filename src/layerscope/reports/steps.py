"""The history as a table: each step with the layer it made, and layers that no step made. `layerscope history`."""

from collections.abc import Iterator
from typing import NamedTuple, TextIO

from layerscope.model.history import Step
from layerscope.model.inspection import Inspection, Layer
from layerscope.reports.base import Page
from layerscope.reports.json_report import dump, step_row
from layerscope.reports.layout import fit
from layerscope.reports.words import layer_instruction
from layerscope.units import format_size, prose


class _Row(NamedTuple):
    step: Step | None
    layer: Layer | None


def write_steps(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the table, and below it what is worth knowing about the image."""
    stream.write(f"{'step':>4} {'layer':>5} {'shipped':>8} {'wasted':>8} {'line':>4}  instruction\n")
    stream.writelines(fit(_text(row), page.width) + "\n" for row in _rows(inspection))
    stream.writelines(f"note: {prose(note.text)}\n" for note in inspection.notes)


def write_steps_json(inspection: Inspection, stream: TextIO) -> None:
    """Write one object a line: a row of the JSON report's `history`, with the bytes of the step's layer.

    A layer that no step made has a row whose `index` and other facts of a step are null.
    """
    nothing: dict[str, object] = dict.fromkeys(
        ("index", "created", "created_by", "comment", "empty", "layer_index", "instruction")
    )
    for step, layer in _rows(inspection):
        facts = step_row(step) if step else nothing
        ledger = layer.ledger if layer else None
        place = {"layer_index": layer.index} if layer else {}
        sizes = {
            "content_bytes": ledger.total_bytes if ledger else None,
            "wasted_bytes": ledger.wasted_bytes if ledger else None,
        }
        stream.write(dump(facts | place | sizes) + "\n")


def _rows(inspection: Inspection) -> Iterator[_Row]:
    """Give steps in order; layers without a step come before the step of the next layer that has one."""
    by_step = {step.layer_index for step in inspection.steps if step.layer_index is not None}
    waiting = [layer for layer in inspection.layers if layer.index not in by_step]
    for step in inspection.steps:
        layer = None if step.layer_index is None else inspection.layers[step.layer_index]
        while layer is not None and waiting and waiting[0].index < layer.index:
            yield _Row(None, waiting.pop(0))
        yield _Row(step, layer)
    for layer in waiting:
        yield _Row(None, layer)


def _text(row: _Row) -> str:
    step, layer = row
    number = "" if step is None else str(step.record.index)
    place = shipped = wasted = "·"
    if layer is not None:
        place, shipped = str(layer.index), format_size(layer.ledger.total_bytes)
        wasted = format_size(layer.ledger.wasted_bytes) if layer.ledger.wasted_bytes else ""
    instruction = step.instruction if step else None
    line = "" if instruction is None or instruction.dockerfile_line is None else str(instruction.dockerfile_line)
    return f"{number:>4} {place:>5} {shipped:>8} {wasted:>8} {line:>4}  {_said(row)}"


def _said(row: _Row) -> str:
    step, layer = row
    if step is None:
        return layer_instruction(layer) if layer else ""
    said = step.instruction.line if step.instruction else step.record.created_by
    return prose(said) or prose(step.record.comment)
