"""Built images, extracted, and what is on the disk then."""

from pathlib import Path

from builder import ImageBuilder
from layerscope.filesystem.extraction import Extracted, entries_below, extract
from layerscope.model.image import ProgressCallback, no_progress
from layerscope.pipeline import contents
from unit.filesystem.opened import streamed


def extracted(
    builder: ImageBuilder,
    target: Path,
    *paths: str,
    layer: int | None = None,
    force: bool = False,
    progress: ProgressCallback = no_progress,
) -> Extracted:
    """Extract paths (or everything) of an image as a layer (or all) has it."""
    inspection = streamed(builder)
    tree = inspection.tree
    last = tree.layer_count - 1 if layer is None else layer
    nodes = [tree.find(path.encode("utf-8", "surrogateescape")) for path in paths or ("/",)]
    entries = [entry for node in nodes for entry in entries_below(tree, -1 if node is None else node, last)]
    with contents(inspection) as reader:
        return extract(tree, reader, entries, target, force=force, progress=progress)


def written(target: Path) -> dict[str, object]:
    """List what is on disk: text of files, targets of links, None for directories."""
    return {
        path.relative_to(target).as_posix(): path.readlink().as_posix()
        if path.is_symlink()
        else path.read_text() if path.is_file() else None
        for path in sorted(target.rglob("*"))
    }  # fmt: skip
