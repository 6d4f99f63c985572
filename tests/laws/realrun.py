"""Run the real code on items, as a stream and as a saved archive, and write what it found in the slow model's words."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path as FilePath
from typing import Any

import pytest

from builder import ImageBuilder
from laws.slowmodel import Item, Path
from layerscope.filesystem import compiled, content
from layerscope.filesystem.diff import aspects, compare
from layerscope.model.files import Aspect, Change, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.image import FileWindow
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate
from layerscope.model.treediff import TreeDiff
from layerscope.pipeline import inspect_raw

Signature = tuple[Any, ...]


def built(image: Sequence[Sequence[Item]]) -> ImageBuilder:
    """Write real tars."""
    builder = ImageBuilder()
    for layer in image:
        builder.layer([(one.name, one.entry) for one in layer])
    return builder


def streamed(image: Sequence[Sequence[Item]]) -> Inspection:
    """Inspect layers that stream past once: contents are told apart by hash."""
    return inspect_raw(built(image).raw_image())


def saved(image: Sequence[Sequence[Item]], folder: FilePath, *, every: int = 1) -> Inspection:
    """Inspect layers that lie in one file, where contents can be read again; or only every other, the rest streams."""
    builder = built(image)
    raw = builder.raw_image()
    file = folder / "layers"
    file.write_bytes(b"#" * 7 + b"".join(builder.tars))
    blobs, offset = [], 7
    for index, (blob, tar) in enumerate(zip(raw.layers, builder.tars, strict=True)):
        window = FileWindow(file, offset, len(tar))
        blobs.append(blob if index % every else dataclasses.replace(blob, opener=None, window=window))
        offset += len(tar)
    return inspect_raw(dataclasses.replace(raw, layers=tuple(blobs)))


def guessed(image: Sequence[Sequence[Item]], folder: FilePath, *, folded: bool) -> Inspection:
    """Inspect in Python alone, as with helpers: contents are compared before the layers are folded, or right after."""

    def shared_out(jobs: Sequence[int], work: Callable[[int], Any], **how: Any) -> dict[int, Any]:
        if folded and "meanwhile" in how:
            how["meanwhile"]()
        return {job: work(job) for job in jobs}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "IN_USE", value=False)
        patch.setattr(content, "_GUESSED_ROWS", range(10**9))
        patch.setattr(content, "cores", lambda: 2)
        patch.setattr(content, "share_out", shared_out)
        return saved(image, folder)


def path_of(tree: FileTree, node: int) -> Path:
    """Give a node's path as the slow model writes it."""
    path = tree.path(node)
    return () if path == b"/" else tuple(path[1:].split(b"/"))


def signature(tree: FileTree, entry_id: int) -> Signature:
    """Say all that a user can see of an entry."""
    entry = tree.entry(entry_id)
    inode = tree.entry(tree.inode_of(entry_id))
    kind = "dangling" if inode.kind is Kind.HARDLINK else inode.kind.label
    return (
        kind,
        entry.kind is Kind.HARDLINK,
        entry.size_bytes,
        entry.stored_bytes,
        (entry.mode, entry.uid, entry.gid, entry.mtime_s, tuple(sorted(entry.xattrs.items()))),
        inode.link_target if kind == "symlink" else None,
        inode.device,
        entry.layer_index,
        entry.implied,
    )


def tree_after(tree: FileTree, layer: int) -> dict[Path, Signature]:
    """List what exists once layers 0 … `layer` are applied."""
    alive = {node: tree.alive_after(node, layer) for node in range(tree.node_count)}
    return {path_of(tree, node): signature(tree, entry) for node, entry in alive.items() if entry != NONE}


def fates(inspection: Inspection) -> list[Signature]:
    """Give path, owner, bytes, fate and killer of every entry that ships bytes."""
    tree = inspection.tree
    found = []
    for entry in range(tree.entry_count):
        table, row = tree.place_of(entry)
        if table.size[row]:
            killer = None if tree.killer[entry] == NONE else tree.killer[entry]
            path = path_of(tree, table.node[row])
            found.append((path, tree.layer_of(entry), table.size[row], Fate(tree.fate[entry]).label, killer))
    return sorted(found, key=repr)


def lives(tree: FileTree) -> list[Signature]:
    """Give path, layer, kind and end of all entries that were ever seen by anyone."""
    found = []
    for node in range(tree.node_count):
        for entry_id in tree.entries_at(node):
            entry = tree.entry(entry_id)
            ended = None if tree.death[entry_id] == NONE else tree.death[entry_id]
            replaced = tree.successor[entry_id] != NONE
            if not (entry.implied and ended == entry.layer_index):
                found.append(
                    (path_of(tree, node), entry.layer_index, entry.kind.label, entry.stored_bytes, ended, replaced)
                )
    return sorted(found, key=repr)


def rows(tree: FileTree, diff: TreeDiff) -> list[Signature]:
    """Give the rows of a comparison."""
    found = []
    for row in range(len(diff)):
        before, after = (
            None if entry == NONE else signature(tree, entry) for entry in (diff.before[row], diff.after[row])
        )
        found.append((
            path_of(tree, diff.node[row]), Change(diff.change[row]).name, before, after, bool(diff.inner[row]),
            diff.size[row], diff.wasted[row], sorted(differences(tree, diff, row)),
        ))  # fmt: skip
    return found


def differences(tree: FileTree, diff: TreeDiff, row: int) -> list[str]:
    """Name the aspects of a modified row."""
    if NONE in {diff.before[row], diff.after[row]}:
        return []
    found = aspects(tree, diff.before[row], diff.after[row])
    return [str(aspect.name) for aspect in Aspect if aspect in found]


def compared(tree: FileTree, first: int, last: int, *, unmodified: bool) -> list[Signature]:
    """Compare a range, and check what every comparison must be by itself."""
    diff = compare(tree, first, last, unmodified=unmodified)
    assert (diff.first_layer, diff.last_layer) == (first, last)
    nodes = list(diff.node)
    assert nodes == sorted(set(nodes))
    for row, node in enumerate(nodes):
        assert nodes[row : diff.end[row]] == [other for other in nodes if node <= other < tree.end[node]]
    return rows(tree, diff)
