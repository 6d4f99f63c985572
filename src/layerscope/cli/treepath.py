"""From a path as the user types it to a node of the tree; says what is near when there is none."""

import os
from itertools import islice

from layerscope.errors import UsageError
from layerscope.filesystem.paths import components
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.units import from_printable, printable

_NEAR = 0.7
_MOST_COMPARED = 5000
"""Names of a directory that are looked at; each takes a few microseconds."""


def find_node(tree: FileTree, text: str) -> int:
    """Find a path that some layer held: absolute or relative, as layerscope shows it or as bytes; else UsageError.

    As it is shown first: what was copied from a listing must mean that file, whatever other names an image has.
    """
    for raw in (from_printable(text), os.fsencode(text)):
        node = tree.find(b"/".join(components(raw)))
        if node is not None:
            return node
    raise UsageError(f"no layer has {text}", hint=_nearest(tree, b"/".join(components(os.fsencode(text)))))


def require_live(tree: FileTree, node: int, text: str) -> None:
    """Raise UsageError, with the layer that ended it, when a path is not in the final image."""
    if tree.live[node] != NONE or node == 0:  # the root is there even in an image without files
        return
    last = tree.entries_at(node)[-1:]
    hint = None
    if last:
        owner, killer = tree.layer_of(last[0]), tree.death[last[0]]
        hint = f"layer {owner} brought it and layer {killer} removed it: see --layer {owner}"
    raise UsageError(f"{text} is not in the final image", hint=hint)


def find_entry(tree: FileTree, text: str, layer_index: int | None) -> int:
    """Find what a path is in the final image, or once a layer is applied; else UsageError."""
    node = find_node(tree, text)
    if layer_index is None:
        require_live(tree, node, text)
        return tree.live[node]
    check_layer(tree, layer_index)
    entry_id = tree.alive_after(node, layer_index)
    if entry_id == NONE:
        layers = sorted({tree.layer_of(one) for one in tree.entries_at(node)})
        brought = ", ".join(map(str, layers))
        raise UsageError(
            f"{text} does not exist once layer {layer_index} is applied", hint=f"brought by layer {brought}"
        )
    return entry_id


def find_regular_file(tree: FileTree, text: str, layer_index: int | None) -> int:
    """Find a path that has content; else UsageError, saying what it is."""
    entry_id = find_entry(tree, text, layer_index)
    entry = tree.entry(tree.inode_of(entry_id))
    if entry.kind is Kind.FILE:
        return entry_id
    if entry.kind is Kind.SYMLINK:
        raise UsageError(f"{text} is a symbolic link to {os.fsdecode(entry.link_target or b'')}")
    if entry.kind is Kind.HARDLINK:
        raise UsageError(f"{text} is a hard link to {os.fsdecode(entry.link_target or b'')}, which is not there")
    raise UsageError(f"{text} is no regular file but a {entry.kind.label}")


def layer_range(tree: FileTree, text: str, option: str = "--layer") -> tuple[int, int]:
    """Read `N` or `J-K` as the first and last layer of a range; UsageError when it is none."""
    first, dash, last = text.partition("-")
    if not (first.isascii() and first.isdigit()) or (dash and not (last.isascii() and last.isdigit())):
        raise UsageError(f"{option} {text}: write it as N or J-K", hint=f"layers are 0 to {tree.layer_count - 1}")
    pair = int(first), int(last or first)
    for layer_index in pair:
        check_layer(tree, layer_index)
    if pair[0] > pair[1]:
        raise UsageError(f"{option} {text}: the first layer comes first", hint=f"try {option} {pair[1]}-{pair[0]}")
    return pair


def check_layer(tree: FileTree, layer_index: int) -> None:
    """Raise UsageError when there is no such layer."""
    if not 0 <= layer_index < tree.layer_count:
        raise UsageError(f"there is no layer {layer_index}", hint=f"layers are 0 to {tree.layer_count - 1}")


def _nearest(tree: FileTree, path: bytes) -> str | None:
    """Say where the path leaves the tree: what was probably meant there, or whether a symbolic link leads on."""
    missing = b""
    while path:
        path, _slash, missing = path.rpartition(b"/")
        node = tree.find(path)
        if node is None:
            continue
        entry = tree.entry(tree.live[node]) if tree.live[node] != NONE else None
        name = os.fsdecode(tree.path(node))
        if entry is not None and entry.kind is Kind.SYMLINK:
            return f"{name} is a symbolic link to {os.fsdecode(entry.link_target or b'')}"
        if any(char in missing for char in b"*?["):
            return f"there are no wildcards here: a directory stands for all below it, as {name} does"
        close = _alike(tree, node, missing)
        if close is not None:
            return f"did you mean {printable(tree.path(close))}?"
        return f"the nearest that exists is {name}" if path else None
    return None


def _alike(tree: FileTree, node: int, missing: bytes) -> int | None:
    """Find what is in a directory under nearly the same name."""
    import difflib

    known = {os.fsdecode(tree.name(child)): child for child in islice(tree.children(node), _MOST_COMPARED)}
    close = difflib.get_close_matches(os.fsdecode(missing), known, n=1, cutoff=_NEAR)
    return known[close[0]] if close else None
