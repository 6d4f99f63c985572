"""The tables of all layers, read on all cores where that pays: a layer is one job."""

import os
from collections.abc import Sequence

from layerscope.errors import ImageError
from layerscope.filesystem.crew import share_out
from layerscope.filesystem.tarscan import scan_stream, scan_window
from layerscope.model.files import LayerTable
from layerscope.model.image import LayerBlob, ProgressCallback, no_progress

PAYS_FROM_BYTES = 1 << 25
"""Stored bytes to read below which a second process costs more than it saves."""


def scan_layers(blobs: Sequence[LayerBlob], progress: ProgressCallback = no_progress) -> list[LayerTable]:
    """Read the entries of every layer that was not read while it streamed past."""
    tables: dict[int, LayerTable] = {}
    for index, blob in enumerate(blobs):
        if blob.table is not None:
            tables[index] = blob.table
        elif blob.absent_reason is not None:
            tables[index] = LayerTable()
    jobs = [index for index in range(len(blobs)) if index not in tables]
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
    tables |= share_out(
        jobs,
        lambda job: scan_one(blobs[job]),
        pays=pays,
        before_each=lambda job: progress("layers", before[job], total),
    )
    progress("layers", total, total)
    return [tables[index] for index in range(len(blobs))]


def scan_one(blob: LayerBlob) -> LayerTable:
    """Read the entries of one layer."""
    try:
        if blob.window is not None:
            descriptor = os.open(blob.window.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                return scan_window(descriptor, blob.window.offset, blob.window.size_bytes, blob.name)
            finally:
                os.close(descriptor)
        with blob.open_tar() as stream:
            return scan_stream(stream, blob.name)
    except OSError as error:
        raise ImageError(f"{blob.name} cannot be read: {error.strerror or error}") from error
