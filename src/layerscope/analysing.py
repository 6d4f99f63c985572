"""From the layers' bytes to their analysis, remembered from one run to the next where that is wanted.

Owns the order of the steps below history and findings, and what a remembered analysis is good for. Each step lives in
its own room.
"""

import importlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.frozen import replace
from layerscope.model.analysis import Analysis, Remembered
from layerscope.model.filetree import FileTree
from layerscope.model.image import FileWindow, LayerBlob, ProgressCallback, RawImage
from layerscope.model.ledger import DiveScores
from layerscope.model.localfile import FileIdentity

if TYPE_CHECKING:
    from layerscope.analysis.pathkinds import Named
    from layerscope.cache import Cache

WORTH_REMEMBERING_S = 0.15
"""An analysis that was faster is as fast again."""
_SETTLED_S = 2.0
"""A file written to more lately than this may be written to again without its times showing it."""
_ROOMS = ("", "model", "filesystem", "analysis", "sources")
"""Where what is remembered is made."""


class Memory:
    """What one inspection recalls from earlier ones, and leaves to later ones; without a cache nothing."""

    def __init__(self, cache: "Cache | None" = None) -> None:
        self._cache = cache
        self._begun = time.monotonic()
        self._key: str | None = None
        self._sent: RawImage | None = None
        self._known: Analysis | None = None
        self._is_new = False
        """It was worked out, and that took long enough to be worth remembering."""

    def recall(self, place: str, image: RawImage, read: Callable[[], RawImage]) -> RawImage:
        """Give what an engine would send of an image that it has described, recalled or by reading it.

        Engines name images by what is in them; but as any engine may claim any name, each is remembered by itself.
        """
        if self._cache is None:
            return read()
        layers = [str(blob.diff_id) for blob in image.layers]
        self._key = "\n".join([*_program(), place, str(image.image_id), image.platform, *layers])
        known = self._cache.get(self._key)
        if known is not None and known.image is not None and _fits(known, len(known.image.layers)):
            self._known = known.analysis
            return known.image
        self._sent = read()
        return self._sent

    @property
    def recalled_image(self) -> bool:
        """Whether the image came from here and not from its engine: no file of it can be read."""
        return self._known is not None

    def analysed(
        self, raw: RawImage, progress: ProgressCallback, meanwhile: Callable[[FileTree], None] = lambda _tree: None
    ) -> Analysis:
        """Work out what the layers alone say, or recall it; tables that layers have are used up.

        `meanwhile` is `fold_and_classify`'s.
        """
        if self._known is not None:
            return self._known
        if self._cache is not None and self._key is None:
            self._key = _key(raw)
            known = self._cache.get(self._key) if self._key is not None else None
            if known is not None and _fits(known, len(raw.layers)):
                return known.analysis
        analysis = _worked_out(raw, progress, meanwhile)
        self._is_new = time.monotonic() - self._begun > WORTH_REMEMBERING_S
        return analysis

    def remember(self, analysis: Analysis) -> None:
        """Leave an analysis to later runs, if it took its time: to be called when nobody waits any more."""
        whole = not any(table.fault for table in analysis.tree.tables)
        if self._sent is not None:
            whole = whole and not any(blob.absent_reason for blob in self._sent.layers)
        if self._cache is None or self._key is None or not self._is_new or not whole:
            return
        analysis.tree.put_in_order()  # the interface will not wait for it
        image = None
        if self._sent is not None:
            if _holds_secrets(self._sent) or self._sent.attestations:
                return
            image = replace(self._sent, layers=tuple(map(_without_bytes, self._sent.layers)))
        self._cache.put(self._key, Remembered(analysis, image))


class EarlyNames:
    """What names tell the detectors, found out early, unless somebody waits for what comes before the findings."""

    def __init__(self, *, later: bool) -> None:
        self._later = later
        self.found: Named | None = None

    def look_through(self, tree: FileTree) -> None:
        """Look through the names of a tree whose contents are still compared."""
        from layerscope.analysis.findings import names_of

        if not self._later:
            self.found = names_of(tree)


def _fits(known: Remembered, layer_count: int) -> bool:
    return len(known.analysis.ledgers) == layer_count


def _without_bytes(blob: LayerBlob) -> LayerBlob:
    return replace(blob, table=None, opener=None, window=None, stored=None, measured=None, keeper=None)


def _holds_secrets(image: RawImage) -> bool:
    """Whether history or configuration show a secret: such an image is not written anywhere."""
    from layerscope.analysis.masking import masked_image
    from layerscope.analysis.secretwords import masked

    shown = masked_image(image)
    config = image.config
    names = " ".join([*config.labels, *image.annotations, config.user, config.working_dir, image.reference])
    return (
        (shown.config, shown.author, shown.history, shown.annotations, shown.notes)
        != (config, image.author, image.history, image.annotations, image.notes)
        or masked(names) != names
        or any(masked(line) != line for line in (" ".join(config.cmd), " ".join(config.entrypoint)))
    )


def _worked_out(raw: RawImage, progress: ProgressCallback, meanwhile: Callable[[FileTree], None]) -> Analysis:
    from layerscope.filesystem.scanning import scan_layers

    tables = scan_layers(raw.layers, progress, meanwhile=load_the_rest)

    from layerscope.analysis.divescores import dive_scores
    from layerscope.analysis.ledger import killed_by_layer, layer_ledger, settle
    from layerscope.filesystem.content import fold_and_classify
    from layerscope.filesystem.diff import count_all_changes
    from layerscope.filesystem.stack import stack

    early: list[DiveScores] = []

    def folded(tree: FileTree) -> None:  # what can be said before it is known which files are the same
        early.append(dive_scores(tree))
        meanwhile(tree)

    tree = fold_and_classify(tables, raw.layers, stack, progress=progress, meanwhile=folded)
    progress("ledger", 0, None)
    settle(tree)
    layers = range(tree.layer_count)
    return Analysis(
        tree=tree,
        ledgers=tuple(layer_ledger(tree, layer) for layer in layers),
        killed_bytes=tuple(killed_by_layer(tree)),
        changes=count_all_changes(tree),
        dive=early[0] if early else dive_scores(tree),
    )


def load_the_rest() -> None:
    """Import what comes after reading while others read, or prepare to send: else all would wait for it later."""
    for module in (
        "analysis.efficiency",
        "analysis.findings",
        "analysis.ledger",
        "basing",
        "analysis.divescores",
        "filesystem.content",
        "filesystem.diff",
        "filesystem.stack",
        "history.align",
        "history.beside",
    ):
        importlib.import_module(f"layerscope.{module}")


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
        if FileIdentity.at(window.path) != window.identity:
            return None  # no longer the file that the layers were found in
    except OSError:
        return None
    if time.time() - max(status.st_mtime, status.st_ctime) < _SETTLED_S:
        return None
    facts = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return " ".join(map(str, (*facts, window.offset, window.size_bytes)))


def _program() -> Iterator[str]:
    """Name this very program: its files, because a checkout changes without its version."""
    from layerscope import __version__
    from layerscope.filesystem import hashes

    yield __version__
    yield hashes.NAME
    home = Path(__file__).parent
    for room in _ROOMS:
        with os.scandir(home / room) as files:
            for name, status in sorted((file.name, file.stat()) for file in files if file.name.endswith(".py")):
                yield f"{room}/{name} {status.st_size} {status.st_mtime_ns}"
