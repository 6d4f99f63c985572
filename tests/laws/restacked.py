"""Images really squashed, and really without some paths: written anew as layers, to be inspected like any other.

Written from what an inspection knows of every layer's entries. Contents are of the right size, and no more.
"""

from collections.abc import Iterable, Iterator

from builder import Entry, ImageBuilder, directory, fifo, file, hardlink
from layerscope.model.files import Kind, path_of
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.inspection import Inspection
from layerscope.pipeline import inspect_raw

Written = tuple[list[tuple[bytes, Entry]], list[bytes]]
"""Entries and whiteouts of a layer."""


def has_links_into_lower_layers(tree: FileTree) -> bool:
    return any(tree.layer_of(link) != tree.layer_of(content) for link, content in tree.inode.items())


def has_links_before_their_file(tree: FileTree) -> bool:
    return any(link < content for link, content in tree.inode.items())


def has_files_that_a_path_below_them_ended(tree: FileTree) -> bool:
    """Tell whether a directory that no entry mentions took the place of something else."""
    for layer, table in enumerate(tree.tables):
        for row in range(table.implied_from, len(table)):
            old = tree.below[tree.first_entry[layer] + row]
            if old != NONE and tree.entry(old).kind is not Kind.DIRECTORY:
                return True
    return False


def squashed(inspection: Inspection, first: int, last: int) -> Inspection:
    """Inspect the image with some of its layers as one."""
    tree = inspection.tree
    layers = [as_written(tree, layer) for layer in range(first)]
    layers.append(_merged(tree, first, last))
    layers += [as_written(tree, layer) for layer in range(last + 1, tree.layer_count)]
    return _inspected(layers)


def without(inspection: Inspection, nodes: Iterable[int]) -> Inspection:
    """Inspect the image as if some paths, and all below them, had never been there."""
    tree = inspection.tree
    gone = {node for top in nodes for node in range(top, tree.end[top])}
    return _inspected([as_written(tree, layer, gone) for layer in range(tree.layer_count)])


def _inspected(layers: list[Written]) -> Inspection:
    builder = ImageBuilder()
    for entries, whiteouts in layers:
        builder.layer(entries, remove=whiteouts, markers_first=True)
    return inspect_raw(builder.raw_image())


def as_written(tree: FileTree, layer: int, gone: Iterable[int] = ()) -> Written:
    """Give a layer as it is, without some paths."""
    table, first, left_out = tree.tables[layer], tree.first_entry[layer], set(gone)
    rows = [row for row in range(table.implied_from) if table.node[row] not in left_out]
    entries = list(_entries(tree, [first + row for row in rows]))
    keys = {*table.whiteouts}
    opaques = [key for key in table.opaques if _node(tree, key) not in left_out]
    whiteouts = [path_of(key).lstrip(b"/") for key in keys if _node(tree, key) not in left_out and key]
    return [*entries, *((path_of(key).lstrip(b"/") + b"/.wh..wh..opq", file()) for key in opaques)], whiteouts


def _node(tree: FileTree, key: bytes) -> int:
    found = tree.find(path_of(key))
    return NONE if found is None else found


def _merged(tree: FileTree, first: int, last: int) -> Written:
    """Write what layers leave behind once, and whiteouts for what they take away."""
    start = tree.first_entry[first]
    kept, whiteouts = [], []
    for node in range(1, tree.node_count):
        before, after = (tree.alive_after(node, layer) if layer >= 0 else NONE for layer in (first - 1, last))
        if after >= start:
            kept.append(after)
        if before != NONE and after != before:
            whiteouts.append(tree.path(node).lstrip(b"/"))
    is_directory = {tree.path(tree.entry(entry).node) for entry in kept if tree.entry(entry).kind is Kind.DIRECTORY}
    # A directory that gets new attributes and keeps what is in it is not taken away first.
    return list(_entries(tree, kept)), [path for path in whiteouts if b"/" + path not in is_directory]


def _entries(tree: FileTree, entries: list[int]) -> Iterator[tuple[bytes, Entry]]:
    written: dict[int, bytes] = {}
    for entry_id in entries:
        entry = tree.entry(entry_id)
        name = entry.path.lstrip(b"/")
        content = tree.inode_of(entry_id)
        if not name:
            continue
        if entry.kind is Kind.DIRECTORY:
            yield name + b"/", directory()
        elif entry.kind not in {Kind.FILE, Kind.HARDLINK}:
            yield name, fifo()
        elif content in written:
            yield name, hardlink(written[content])
        else:
            table, row = tree.place_of(content)
            written[content] = name
            yield name, file(b"x" * table.size[row])
