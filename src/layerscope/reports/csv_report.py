"""CSV of the layers, one row each (RFC 4180): for spreadsheets, where a name must never become a formula."""

import csv
from typing import TextIO

from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import csv_cell
from layerscope.reports.words import layer_instruction

COLUMNS = (
    "layer", "diff_id", "content_bytes", "stored_bytes", "live_bytes", "overwritten_bytes", "reshipped_bytes",
    "deleted_bytes", "entries", "added", "modified", "removed", "dockerfile_line", "instruction",
)  # fmt: skip


def write_csv(inspection: Inspection, stream: TextIO, _page: Page) -> None:
    """Write a header and a row for each layer."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for layer in inspection.layers:
        ledger = layer.ledger
        line = layer.instruction.dockerfile_line if layer.instruction else None
        writer.writerow(
            (
                layer.index, layer.diff_id or "", layer.content_bytes, layer.stored_bytes, ledger.live_bytes,
                ledger.overwritten_bytes, ledger.reshipped_bytes, ledger.deleted_bytes, layer.entry_count,
                layer.added_count, layer.modified_count, layer.removed_count, "" if line is None else line,
                csv_cell(layer_instruction(layer)),
            )
        )  # fmt: skip


REPORT = Report("csv", "CSV of the layers", write_csv)
