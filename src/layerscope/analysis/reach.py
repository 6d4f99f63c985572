"""What layers do where a command acts: so that it is known, and not guessed, what changes when it runs elsewhere.

Owns which paths a command names, as ranges of nodes, and what layers ship and end there; decides nothing. Unlike
findings it looks at all entries: directories, links and empty files have an owner and a mode as well.
"""

import posixpath
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from layerscope.analysis import shelltext
from layerscope.frozen import dataclass
from layerscope.model.files import Kind, key_of
from layerscope.model.filetree import NONE, FileTree

Range = tuple[int, int]
"""First node, and the one behind the last."""

_GLOBS = "*?[{"
_OWNERS = ("chown", "chgrp")
_WITH_VALUE = frozenset({*_OWNERS, "chmod"})
"""Commands whose first argument is no path."""
_PLAIN = set("Rhvfc")
"""Options that change nothing of which paths a command acts on, or how."""


def named(piece: str) -> list[str] | None:
    """Give the paths that a command names, as written; None where quotes, variables or options hide some."""
    if any(char in piece for char in "$'\"\\`<>|;()") or not piece.split():
        return None
    command, *rest = piece.split()
    options = [word for word in rest if word.startswith("-")]
    if any(set(word[1:]) - _PLAIN and word != "--recursive" for word in options):
        return None
    words = [word for word in rest if not word.startswith("-")]
    return words[1:] if command in _WITH_VALUE else words


def ranges_of(tree: FileTree, paths: Iterable[str], directory: str) -> list[Range]:
    """Find the nodes at some paths and below them; of patterns, all that begins as they do."""
    found = []
    for path in paths:
        whole = posixpath.normpath(posixpath.join(directory, path.replace("~", "/root", 1)))
        start = whole[: min((whole.find(char) for char in _GLOBS if char in whole), default=len(whole))]
        if start == whole:
            node = tree.find(whole.encode("utf-8", "surrogateescape"))
            found += [] if node is None else [(node, tree.end[node])]
        else:
            key = key_of(start.encode("utf-8", "surrogateescape")) + b"\0" * (start.endswith("/") and len(start) > 1)
            first = bisect_left(tree.keys, key)
            found.append((first, bisect_right(tree.keys, key, first, key=partial(_start, length=len(key)))))
    return found


def _start(key: bytes, *, length: int) -> bytes:
    return key[:length]


@dataclass(frozen=True, slots=True)
class Shipped:
    """An entry of a layer, and the one that was there before."""

    node: int
    entry: int
    row: int
    kind: int
    below: int
    """NONE where nothing was there."""


def shipped(tree: FileTree, layer: int, ranges: Sequence[Range]) -> Iterator[Shipped]:
    """List what a layer ships in some ranges; directories that only others imply are left out."""
    table, first = tree.tables[layer], tree.first_entry[layer]
    if not any(tree.ships_within(low, high, layer) for low, high in ranges):
        return
    for row, node in enumerate(table.node[: table.implied_from]):
        if any(low <= node < high for low, high in ranges):
            yield Shipped(node, first + row, row, table.kind[row], tree.below[first + row])


def ended(tree: FileTree, layer: int, ranges: Sequence[Range]) -> Iterator[tuple[int, int]]:
    """List what a layer takes away in some ranges: (layer that shipped it, bytes)."""
    for entry in tree.removed[layer]:
        table, row = tree.place_of(entry)
        if any(low <= table.node[row] < high for low, high in ranges):
            yield tree.layer_of(entry), table.size[row]


def ended_nodes(tree: FileTree, layer: int) -> Iterator[int]:
    """List the nodes that a layer takes away."""
    for entry in tree.removed[layer]:
        table, row = tree.place_of(entry)
        yield table.node[row]


def first_entry(tree: FileTree, entry: int) -> int:
    """Give the first entry at a path since it was made."""
    while tree.below[entry] != NONE:
        entry = tree.below[entry]
    return entry


def attributes(tree: FileTree, entry: int) -> tuple[int, int, int, object]:
    """Give owner, group, mode and extended attributes of an entry."""
    table, row = tree.place_of(tree.inode_of(entry))
    return table.uid[row], table.gid[row], table.mode[row], table.xattrs.get(row) or {}


def is_plain_directory(tree: FileTree, one: Shipped) -> bool:
    """Tell whether an entry is a directory that was there before, and is as it was."""
    if one.kind != Kind.DIRECTORY or one.below == NONE:
        return False
    return attributes(tree, one.entry) == attributes(tree, one.below)


def names_within(text: str, directory: str, tree: FileTree, ranges: Sequence[Range], *, passing: bool = False) -> bool:
    """Tell whether a command names a path in some ranges, or a pattern that may match one.

    `passing`: also one that no layer has, made and removed by one RUN.
    """
    apart: list[Range] = []
    for start, end in sorted(ranges):
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(end, apart[-1][1])
        else:
            apart.append((start, end))
    starts = [start for start, _end in apart]
    for piece in shelltext.pieces(text) or (text,):
        commands = shelltext.listed(piece)
        words = [word.strip(";") for one in commands for word in shelltext.words(one)[1:]]
        for word in (one for one in words if one and not one.startswith("-") and "$" not in one):
            is_pattern = any(char in word for char in _GLOBS)
            for low, high in ranges_of(tree, [word], directory) or (_holding(tree, word, directory) if passing else []):
                at = bisect_right(starts, low)
                if (at and low < apart[at - 1][1]) or (is_pattern and at < len(starts) and starts[at] < high):
                    return True
    return False


def _holding(tree: FileTree, path: str, directory: str) -> list[Range]:
    """Give the lowest directory that some layer has above a path that none has: one RUN made and removed it."""
    whole = posixpath.normpath(posixpath.join(directory, path)) if "/" in path else "/"
    while len(whole) > 1:
        whole = posixpath.dirname(whole)
        node = tree.find(whole.encode("utf-8", "surrogateescape"))
        if node is not None:
            return [(node, node + 1)]
    return []
