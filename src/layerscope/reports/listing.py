"""Files, one line each: `layerscope ls` as text and as JSON (README, "The JSON report").

Owns which rows a listing has and how they are written. Works on columns: an image has 10⁵-10⁶ files, so that no
object is made for one. Sizes are bytes of content as stored; each inode's are written once, so that the sizes of
all files of the final image add up to its live bytes.
"""

import json
import json.encoder
import math
import stat
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TextIO

from layerscope.frozen import dataclass, field
from layerscope.model.files import Aspect, Change, Kind, LayerTable, path_of
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.treediff import TreeDiff
from layerscope.reports.escaping import log_json, log_line
from layerscope.reports.lifeline import aspect_words
from layerscope.units import format_size, json_bytes, json_name, printable

_FORMAT_BITS = {
    Kind.FILE: stat.S_IFREG,
    Kind.HARDLINK: stat.S_IFREG,
    Kind.SYMLINK: stat.S_IFLNK,
    Kind.DIRECTORY: stat.S_IFDIR,
    Kind.CHARACTER: stat.S_IFCHR,
    Kind.BLOCK: stat.S_IFBLK,
    Kind.FIFO: stat.S_IFIFO,
}
_LABELS = [kind.label for kind in Kind]
_GLYPHS = {Change.ADDED: "+", Change.MODIFIED: "~", Change.REMOVED: "-"}
_LINES_A_WRITE = 1000
_quoted = json.encoder.encode_basestring_ascii


class ListedEntry(NamedTuple):
    """One row: which entry stands at which node, and what the layer did to it (None in the final image)."""

    node: int
    entry_id: int
    change: Change | None
    aspects: Aspect = Aspect.NONE


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows to write, and who stands for an inode that several of them share."""

    tree: FileTree
    rows: Iterator[ListedEntry]
    first_name: dict[int, int] = field(default_factory=dict)
    """Entry → node whose path it is another name of."""
    content: dict[int, int] = field(default_factory=dict)
    """Entry of a hard link that stands for its inode → entry that holds the content."""


def list_final(tree: FileTree, top: int) -> Listing:
    """List the final image at and below node `top`; the root itself has no name and no row.

    Of several live names of one inode the first in path order is the file, the others are hard links to it.
    """
    first_name, content = _inodes(tree)
    rows = (
        ListedEntry(node, entry_id, None)
        for node in range(max(top, 1), tree.end[top])
        if (entry_id := tree.live[node]) != NONE
    )
    return Listing(tree, rows, first_name, content)


def list_changes(tree: FileTree, diff: TreeDiff, top: int, *, times: bool = True) -> Listing:
    """List what a range of layers changed at and below node `top`, entries as the layers have them.

    Without `times`, what differs in its modification time alone is left out.
    """
    end = tree.end[top]
    columns = zip(diff.node, diff.before, diff.after, diff.change, diff.aspects, strict=True)
    rows = (
        ListedEntry(node, after if after != NONE else before, Change(change), Aspect(aspects))
        for node, before, after, change, aspects in columns
        if change != Change.UNMODIFIED and max(top, 1) <= node < end and (times or aspects != Aspect.MTIME)
    )
    return Listing(tree, rows)


def _inodes(tree: FileTree) -> tuple[dict[int, int], dict[int, int]]:
    first_name: dict[int, int] = {}
    content: dict[int, int] = {}
    for holder, links in tree.links.items():
        names = sorted((_node_of(tree, entry), entry) for entry in (holder, *links) if tree.death[entry] == NONE)
        if not names:
            continue
        (first_node, first), *others = names
        if first != holder:
            content[first] = holder
        first_name.update((entry, first_node) for _, entry in others)
    return first_name, content


def _node_of(tree: FileTree, entry_id: int) -> int:
    table, row = tree.place_of(entry_id)
    return table.node[row]


@dataclass(frozen=True, slots=True)
class Manner:
    """How rows are written, and in which order."""

    as_json: bool = False
    human: bool = False
    """Sizes in text are rounded: 6.2 MB."""
    biggest_first: bool = False
    """Else by path."""


def write_listing(listing: Listing, stream: TextIO, manner: Manner) -> int:
    """Write all rows, one line each, and say how many there were."""
    rows = _rows(listing)
    if manner.biggest_first:
        rows = iter(sorted(rows, key=lambda row: -row.size_bytes))  # it is stable: by path within a size
    write = _json_line if manner.as_json else _human_line if manner.human else _exact_line
    lines = map(write, rows)
    count = 0
    while batch := list(islice(lines, _LINES_A_WRITE)):
        stream.writelines(batch)
        count += len(batch)
    return count


class _Row(NamedTuple):
    path: bytes
    kind: int
    size_bytes: int
    target: bytes | None
    table: LayerTable
    row: int
    layer_index: int
    change: Change | None
    aspects: Aspect


def _rows(listing: Listing) -> Iterator[_Row]:
    tree = listing.tree
    for node, entry_id, change, aspects in listing.rows:
        layer_index = tree.layer_of(entry_id)
        table = tree.tables[layer_index]
        row = entry_id - tree.first_entry[layer_index]
        kind, size, target = table.kind[row], table.size[row], table.link.get(row)
        if entry_id in listing.first_name:
            kind, size, target = Kind.HARDLINK, 0, tree.path(listing.first_name[entry_id])
        elif entry_id in listing.content:
            holder, holder_row = tree.place_of(listing.content[entry_id])
            kind, size, target = holder.kind[holder_row], holder.size[holder_row], holder.link.get(holder_row)
        elif kind == Kind.HARDLINK and target is not None:
            target = path_of(target)
        yield _Row(path_of(tree.keys[node]), kind, size, target, table, row, layer_index, change, aspects)


def _json_line(line: _Row) -> str:
    table, row = line.table, line.row
    target = "null" if line.target is None else log_json(_quoted(json_name(line.target)))
    change = "null" if line.change is None else f'"{line.change.label}"'
    if line.change is not None:
        change += f', "aspects": {json.dumps(aspect_words(line.aspects))}'
    raw = json_bytes(line.path)
    exact = "" if raw is None else f', "path_base64": "{raw}"'
    return (
        f'{{"path": {log_json(_quoted(json_name(line.path)))}, "kind": "{_LABELS[line.kind]}", '
        f'"size_bytes": {line.size_bytes}, '
        f'"mode": {table.mode[row]}, "uid": {table.uid[row]}, "gid": {table.gid[row]}, '
        f'"mtime_s": {_number(table.mtime_s[row])}, "link_target": {target}, "layer_index": {line.layer_index}, '
        f'"change": {change}, "implied": {"true" if row >= table.implied_from else "false"}{exact}}}\n'
    )


def _number(seconds: float) -> str:
    """Whole seconds without a fraction; what no clock says is 0, since JSON has no infinity."""
    if not math.isfinite(seconds):
        return "0"
    return str(int(seconds)) if seconds.is_integer() else repr(seconds)


def _exact_line(line: _Row) -> str:
    return _text_line(line, str)


def _human_line(line: _Row) -> str:
    return _text_line(line, format_size)


def _text_line(line: _Row, size_said: Callable[[int], str]) -> str:
    table, row = line.table, line.row
    mode = _mode_text(line.kind, table.mode[row])
    owner = f"{table.uid[row]}:{table.gid[row]}"
    device = table.device.get(row)
    size = size_said(line.size_bytes) if device is None else f"{device[0]}, {device[1]}"
    change = "" if line.change is None else f" {_GLYPHS[line.change]}"
    target = ""
    if line.target is not None:
        arrow = "=>" if line.kind == Kind.HARDLINK else "->"
        target = f" {arrow} {printable(line.target)}"
    return f"{mode} {owner:>11} {size:>12}{change} {log_line(printable(line.path) + target)}\n"


@lru_cache(maxsize=1024)
def _mode_text(kind: int, mode: int) -> str:
    return stat.filemode(_FORMAT_BITS[Kind(kind)] | mode)
