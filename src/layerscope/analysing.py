"""From the layers' bytes to their analysis, remembered from one run to the next where that is wanted.

Owns the order of the steps below history and findings, and what a remembered analysis is good for. Each step lives in
its own room.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.model.analysis import Analysis
from layerscope.model.image import FileWindow, ProgressCallback, RawImage

if TYPE_CHECKING:
    from layerscope.cache import Cache

WORTH_REMEMBERING_S = 0.15
"""An analysis that was faster is as fast again."""
_SETTLED_S = 2.0
"""A file written to more lately than this may be written to again without its times showing it."""
_ROOMS = ("model", "filesystem", "analysis")


def analysed(raw: RawImage, progress: ProgressCallback, cache: "Cache | None" = None) -> Analysis:
    """Work out what the layers alone say, or recall it; tables that layers have are used up."""
    begun = time.monotonic()
    key = _key(raw) if cache is not None else None
    if cache is not None and key is not None:
        progress("recall", 0, None)
        known = cache.get(key)
        if known is not None and len(known.ledgers) == len(raw.layers):
            return known
    analysis = _worked_out(raw, progress)
    whole = not any(table.fault for table in analysis.tree.tables)
    if cache is not None and key is not None and whole and time.monotonic() - begun > WORTH_REMEMBERING_S:
        cache.put(key, analysis)
    return analysis


def _worked_out(raw: RawImage, progress: ProgressCallback) -> Analysis:
    from layerscope.analysis.divescores import dive_scores
    from layerscope.analysis.ledger import killed_by_layer, layer_ledger, settle
    from layerscope.filesystem.content import classify
    from layerscope.filesystem.diff import count_changes
    from layerscope.filesystem.scanning import scan_layers
    from layerscope.filesystem.stack import stack

    tables = scan_layers(raw.layers, progress)
    progress("stack", 0, None)
    tree = stack(tables)
    classify(tree, raw.layers, progress=progress)
    progress("ledger", 0, None)
    settle(tree)
    layers = range(tree.layer_count)
    return Analysis(
        tree=tree,
        ledgers=tuple(layer_ledger(tree, layer) for layer in layers),
        killed_bytes=tuple(killed_by_layer(tree)),
        changes=tuple(count_changes(tree, layer) for layer in layers),
        dive=dive_scores(tree),
    )


def _key(raw: RawImage) -> str | None:
    """Say what an analysis depends on: this program, and the very files that the layers lie in.

    Diff IDs would name the layers as well, but an archive may claim any: what it says without proof must not become
    what the next image shows. None where something else than settled files of this machine is read.
    """
    parts = [*_program()]
    for blob in raw.layers:
        if blob.absent_reason is not None:
            parts.append("absent")
        elif blob.table is not None or blob.stored is None or blob.stored.identity is None:
            return None
        else:
            place = _place(blob.stored)
            if place is None:
                return None
            parts.append(f"{place} {blob.compression} {blob.diff_id}")
    return "\n".join(parts)


def _place(window: FileWindow) -> str | None:
    try:
        status = window.path.stat()
    except OSError:
        return None
    if time.time() - max(status.st_mtime, status.st_ctime) < _SETTLED_S:
        return None
    facts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return " ".join(map(str, (*facts, window.offset, window.size_bytes)))


def _program() -> Iterator[str]:
    """Name this very program: its files, because a checkout changes without its version."""
    from layerscope import __version__

    yield __version__
    home = Path(__file__).parent
    for room in _ROOMS:
        with os.scandir(home / room) as files:
            for name, status in sorted((file.name, file.stat()) for file in files if file.name.endswith(".py")):
                yield f"{room}/{name} {status.st_size} {status.st_mtime_ns}"
