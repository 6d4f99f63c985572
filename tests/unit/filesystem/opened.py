"""Built images, inspected both ways, and what came out written so that a test reads like `ls`.

Owns no expectation: those are in the tests.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import layerscope
from builder import ImageBuilder
from layerscope.filesystem.reading import LayerReader
from layerscope.model.files import Entry, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate
from layerscope.pipeline import contents, inspect_raw

Layer = Mapping[Any, Any] | Iterable[tuple[Any, Any]]
"""Names and what they are, as `ImageBuilder.layer` takes them; looser, for lists of several kinds of values."""
Inspect = Callable[[ImageBuilder], Inspection]


def image(*layers: Layer) -> ImageBuilder:
    """Write layers that only add."""
    builder = ImageBuilder()
    for layer in layers:
        builder.layer(layer)
    return builder


def streamed(builder: ImageBuilder) -> Inspection:
    """Inspect layers that stream past: contents are told apart by hash."""
    return inspect_raw(builder.raw_image())


def saved(builder: ImageBuilder, folder: Path) -> Inspection:
    """Inspect a `docker save` archive: contents that must be compared are read again where they lie."""
    return layerscope.inspect(builder.save(folder / "image.tar"))


def seen(*layers: Layer) -> Inspection:
    """Inspect layers of entries in tar order, markers written by name."""
    return streamed(image(*layers))


def tree(*layers: Layer) -> list[str]:
    """List what is left of layers of entries."""
    return listing(seen(*layers))


def alive(inspection: Inspection, layer: int | None = None) -> Iterator[Entry]:
    """Give what exists once layers up to `layer` (or all) are applied, the root left out, in order of path."""
    tree = inspection.tree
    for node in range(1, tree.node_count):
        entry = tree.live[node] if layer is None else tree.alive_after(node, layer)
        if entry != NONE:
            yield tree.entry(entry)


def listing(inspection: Inspection, layer: int | None = None) -> list[str]:
    """Write a tree as lines: "/dir/", "/file: its text", "/link -> target", "/gone => what a hard link misses"."""
    with contents(inspection) as reader:
        return [_line(inspection.tree, entry, reader) for entry in alive(inspection, layer)]


def _line(tree: FileTree, entry: Entry, reader: LayerReader) -> str:
    inode = tree.entry(tree.inode_of(entry.entry_id))
    name = entry.path.decode()
    match inode.kind:
        case Kind.DIRECTORY:
            return f"{name}/"
        case Kind.SYMLINK:
            return f"{name} -> {(inode.link_target or b'').decode()}"
        case Kind.FILE:
            return f"{name}: {b''.join(reader.content(entry.entry_id)).decode()}"
        case Kind.HARDLINK:
            return f"{name} => {(inode.link_target or b'').decode()}"
        case _:
            return f"{name} {inode.kind.label} {inode.device}"


def at(inspection: Inspection, path: str, layer: int | None = None) -> Entry:
    """Give what one path is."""
    return next(entry for entry in alive(inspection, layer) if entry.path == path.encode())


def owner(inspection: Inspection, path: str) -> tuple[int, int, int]:
    """Give mode, uid and gid of a path of the final image."""
    entry = at(inspection, path)
    return entry.mode, entry.uid, entry.gid


def notes(inspection: Inspection, *codes: str) -> list[str]:
    """Give the texts of the notes about layers' tars, or of other codes."""
    wanted = codes or ("tar-remark", "entry-left-out", "tar-end-missing", "layer-absent")
    return [note.text for note in inspection.notes if note.code in wanted]


@contextmanager
def reading(inspection: Inspection) -> Iterator[Callable[..., bytes]]:
    """Give a function that reads a path's whole content, as a layer has it."""
    with contents(inspection) as reader:
        yield lambda path, layer=None: b"".join(reader.content(at(inspection, path, layer).entry_id))


Fated = tuple[str, int, int, str, int | None]
"""Path, layer that shipped it (owner), bytes, fate, layer that ended it (killer)."""


def fates(inspection: Inspection) -> list[Fated]:
    """Give what became of all bytes, in order of owner, then of place in its tar."""
    tree = inspection.tree
    found = []
    for entry_id in range(tree.entry_count):
        entry = tree.entry(entry_id)
        if entry.stored_bytes:
            killer = tree.killer[entry_id]
            path, layer = entry.path.decode(), entry.layer_index
            fate = Fate(tree.fate[entry_id]).label
            found.append((path, layer, entry.stored_bytes, fate, None if killer == NONE else killer))
    return found
