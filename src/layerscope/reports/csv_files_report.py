"""CSV of the files, one row each: those of the final image, then the dead ones with what became of them."""

import csv
from collections.abc import Iterator
from typing import TextIO

from layerscope.model.filetree import NONE
from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import csv_cell
from layerscope.units import printable

COLUMNS = ("path", "kind", "size_bytes", "mode", "uid", "gid", "layer", "fate", "killer", "wasted_bytes")


def write_csv_files(inspection: Inspection, stream: TextIO, _page: Page) -> None:
    """Write a header, a row for each path of the final image, and one for each row of waste."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_live(inspection))
    writer.writerows(
        (csv_cell(printable(row.path)), "file", "", "", "", "", " ".join(map(str, row.owners)), row.fate.label,
         row.killer, row.wasted_bytes)
        for row in inspection.waste
    )  # fmt: skip


def _live(inspection: Inspection) -> Iterator[tuple[object, ...]]:
    tree = inspection.tree
    for node in range(1, tree.node_count):
        if tree.live[node] == NONE:
            continue
        entry = tree.entry(tree.live[node])
        yield (
            csv_cell(printable(entry.path)), entry.kind.label, entry.stored_bytes, f"{entry.mode:04o}", entry.uid,
            entry.gid, entry.layer_index, "live", "", 0,
        )  # fmt: skip


REPORT = Report("csv-files", "CSV of the files, live and dead", write_csv_files)
