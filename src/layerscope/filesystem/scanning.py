"""The tables of all layers, read on all cores where that pays: a layer is one job."""

import os
from collections.abc import Callable, Sequence

from layerscope.errors import DamagedImageError, ImageError, LimitError, UnsupportedImageError
from layerscope.filesystem import compiled, crew, threadcrew
from layerscope.filesystem.allowance import Allowance
from layerscope.filesystem.tarscan import scan_stream, scan_window
from layerscope.model.files import LayerTable
from layerscope.model.image import FileWindow, LayerBlob, ProgressCallback, no_progress

PAYS_FROM_BYTES = 1 << 25
"""Stored bytes to read below which a second process costs more than it saves."""
MAX_REPEATED_ENTRIES = 200_000
"""Of layers that stand in an image a second time, beyond as many as all layers have the first time."""


def scan_layers(
    blobs: Sequence[LayerBlob],
    progress: ProgressCallback = no_progress,
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[LayerTable]:
    """Read the entries of every layer that was not read while it streamed past; `meanwhile` is `share_out`'s.

    A layer that is damaged has a table of no rows that says why (`fault`), as long as any other can be read.
    """
    tables: dict[int, LayerTable] = {}
    firsts: dict[object, int] = {}
    repeats: dict[int, int] = {}
    """Layer → the first one with the same bytes."""
    for index, blob in enumerate(blobs):
        first = firsts.setdefault(_same_bytes(blob), index)
        if first != index:
            repeats[index] = first
        elif blob.table is not None:
            tables[index] = blob.table
        elif blob.absent_reason is not None:
            tables[index] = LayerTable()
    jobs = [index for index in range(len(blobs)) if index not in tables and index not in repeats]
    total = sum(blob.stored_bytes for blob in blobs)
    to_do = sum(blobs[job].stored_bytes for job in jobs)
    pays = to_do >= PAYS_FROM_BYTES
    if pays:  # the largest first, so that no process starts on it last
        jobs.sort(key=lambda job: -blobs[job].stored_bytes)
    before: dict[int, int] = {}
    """Job → bytes of what is done, or begun by another process, when it is taken."""
    done = total - to_do
    for job in jobs:
        before[job] = done
        done += blobs[job].stored_bytes
    tables |= _shared_out(
        jobs, blobs, pays=pays, before_each=lambda job: progress("layers", before[job], total), meanwhile=meanwhile
    )
    progress("layers", total, total)
    _raise_if_none_is_good(blobs, tables)
    _check_repeats(tables, repeats)
    for index, first in repeats.items():
        tables[index] = tables[first].copy()
    return [tables[index] for index in range(len(blobs))]


def _shared_out(
    jobs: Sequence[int],
    blobs: Sequence[LayerBlob],
    *,
    pays: bool,
    before_each: Callable[[int], None],
    meanwhile: Callable[[], None],
) -> dict[int, LayerTable]:
    allowance = Allowance()

    def work(job: int) -> LayerTable:
        return _scan_or_fault(blobs[job], allowance)

    def stop() -> None:
        allowance.withdrawn = True

    if pays and compiled.IN_USE and all(blobs[job].window is not None for job in jobs):
        return threadcrew.share_out(jobs, work, before_each=before_each, meanwhile=meanwhile, stop=stop)
    # What is compressed takes Python code for every piece, at which threads only take turns
    return crew.share_out(jobs, work, pays=pays, before_each=before_each, meanwhile=meanwhile)


def _same_bytes(blob: LayerBlob) -> object:
    """Give a key that layers with the same bytes share."""
    if blob.absent_reason is not None:
        return id(blob)
    return id(blob.table) if blob.table is not None else blob.stored or blob.window or id(blob)


def _check_repeats(tables: dict[int, LayerTable], repeats: dict[int, int]) -> None:
    """Refuse manifests that name one large layer again and again: each time costs memory."""
    repeated = sum(len(tables[first]) for first in repeats.values())
    if repeated > MAX_REPEATED_ENTRIES + sum(map(len, tables.values())):
        raise LimitError(f"layers that are listed more than once would make {repeated:,} further entries")


def _raise_if_none_is_good(blobs: Sequence[LayerBlob], tables: dict[int, LayerTable]) -> None:
    """Raise what is wrong with the first damaged layer, when no layer at all could be read."""
    bad = [index for index, table in tables.items() if table.fault is not None]
    good = [index for index, table in tables.items() if table.fault is None and blobs[index].absent_reason is None]
    if bad and not good:
        scan_one(blobs[min(bad)])


def _scan_or_fault(blob: LayerBlob, allowance: Allowance) -> LayerTable:
    try:
        return scan_one(blob, allowance)
    except (DamagedImageError, UnsupportedImageError) as error:
        return LayerTable(fault=error.message)


def scan_one(blob: LayerBlob, allowance: Allowance | None = None) -> LayerTable:
    """Read the entries of one layer; `allowance` is that of its image."""
    try:
        if blob.window is not None:
            return _scan_window(blob.window, blob.name, allowance)
        with blob.open_tar() as stream:
            return scan_stream(stream, blob.name, allowance=allowance)
    except OSError as error:
        raise ImageError(f"{blob.name} cannot be read: {error.strerror or error}") from error


def _scan_window(window: FileWindow, name: str, allowance: Allowance | None) -> LayerTable:
    descriptor = window.open()
    try:
        return scan_window(descriptor, window.offset, window.size_bytes, name, allowance=allowance)
    finally:
        try:
            window.check(descriptor)  # says better what is wrong than what was found in the bytes
        finally:
            os.close(descriptor)
