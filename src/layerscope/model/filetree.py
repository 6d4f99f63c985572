"""All layers folded into one tree: every path that any layer ever held, and what happened to it.

`filesystem/stack.py` makes it; everything else reads it. Columns by *node* (a path, numbered in pre-order: the
subtree of `n` is `n … end[n]-1`, node 0 is the root) and by *entry id* (a row of a layer: `first_entry[k] + row`).
-1 means none throughout. Columns of a tree that was remembered, or made in another process, are views that read like
arrays and cannot be written to (`columns.py`).
"""

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from layerscope.frozen import dataclass, field, fields
from layerscope.model.files import Entry, Kind, LayerTable, PathKey, key_of, path_of
from layerscope.model.keys import Keys

NONE = -1
_FEW = 32
"""Paths that are found in a layer by a search through all its rows: to put them in order takes as long as forty."""


@dataclass(slots=True)
class FileTree:
    """The union of all layers' paths, with the life of every entry."""

    tables: list[LayerTable]
    keys: Sequence[PathKey]
    """By node, sorted: a list where the tree was made, one text (`keys.py`) where it came from elsewhere."""
    parent: "array[int]"
    end: "array[int]"
    depth: "array[int]"
    """0 for the root."""
    first_entry: list[int]
    """By layer, and one more: the number of entries."""
    below: "array[int]"
    """By entry: the entry at the same path that it took the place of, in the same or a lower layer."""
    successor: "array[int]"
    """By entry: the entry that took its place; NONE while live and when it was removed."""
    death: "array[int]"
    """By entry: the layer that ended it; NONE when it is in the final image."""
    live: "array[int]"
    """By node: its entry in the final image."""
    removed: list["array[int]"]
    """By layer: the entries it removed without putting anything in their place, in order of path."""
    inode: dict[int, int]
    """Entry of a hard link → entry that holds its content (a file; rarely a symlink or device); a link that resolves
    to nothing is not here."""
    links: dict[int, list[int]] = field(default_factory=dict)
    """The reverse: entry of a file → entries that link to it, in the order they came."""
    rewrites: "array[int]" = field(default_factory=lambda: array("i"))
    """Entries of regular files (or links) at a path that had an earlier entry: whose contents may be the same."""
    content_class: dict[int, int] = field(default_factory=dict)
    """By entry, for paths with several: the first entry at the path that held the same bytes, where that is another."""
    fate: bytearray = field(default_factory=bytearray)
    """By entry: `Fate` of the bytes it ships; LIVE where it ships none."""
    orders: "dict[int, array[int] | None]" = field(default_factory=dict, compare=False)
    """By layer, made when needed: see `_order`."""
    asked: dict[int, int] = field(default_factory=dict, compare=False)
    """By layer: how often a path was looked for without an order."""
    killer: "array[int]" = field(default_factory=lambda: array("i"))
    """By entry: the layer that ended its bytes; with hard links, the layer that removed the last of them."""

    def __getstate__(self) -> dict[str, object]:
        """Give what is to be pickled: the keys as one text, a fifth of the time of a list."""
        state = {column.name: getattr(self, column.name) for column in fields(self)}
        state["keys"] = Keys.of(self.keys) or self.keys
        return state

    def __setstate__(self, state: dict[str, object]) -> None:
        """Take what was unpickled."""
        for name, value in state.items():
            setattr(self, name, value)

    @property
    def layer_count(self) -> int:
        """Number of layers."""
        return len(self.tables)

    @property
    def node_count(self) -> int:
        """Number of paths, the root included."""
        return len(self.keys)

    @property
    def entry_count(self) -> int:
        """Number of entries of all layers, implied directories included."""
        return self.first_entry[-1]

    def find(self, path: bytes) -> int | None:
        """Node of an absolute or relative clean path, or None if no layer ever held it."""
        key = key_of(path)
        node = bisect_left(self.keys, key)
        return node if node < len(self.keys) and self.keys[node] == key else None

    def path(self, node: int) -> bytes:
        """Absolute path of a node."""
        return path_of(self.keys[node])

    def name(self, node: int) -> bytes:
        """Last component; b"/" for the root."""
        return self.keys[node].rpartition(b"\0")[2] or b"/"

    def children(self, node: int) -> Iterator[int]:
        """Child nodes in order of name, whether they exist in the final image or not."""
        child, end = node + 1, self.end[node]
        while child < end:
            yield child
            child = self.end[child]

    def layer_of(self, entry_id: int) -> int:
        """Layer index of an entry."""
        return bisect_right(self.first_entry, entry_id) - 1

    def place_of(self, entry_id: int) -> tuple[LayerTable, int]:
        """Table and row of an entry."""
        layer = self.layer_of(entry_id)
        return self.tables[layer], entry_id - self.first_entry[layer]

    def inode_of(self, entry_id: int) -> int:
        """Entry that holds the content: a hard link's file, else the entry itself."""
        return self.inode.get(entry_id, entry_id)

    def same_bytes(self, one: int, other: int) -> bool:
        """Whether two entries of one path, both regular files or links to one, hold the same bytes."""
        if self.inode_of(one) == self.inode_of(other):
            return True
        return self.content_class.get(one, one) == self.content_class.get(other, other)

    def entry(self, entry_id: int) -> Entry:
        """Make the object for one entry."""
        layer = self.layer_of(entry_id)
        table, row = self.tables[layer], entry_id - self.first_entry[layer]
        kind = Kind(table.kind[row])
        stored = table.size[row]
        holder, holder_row = self.place_of(self.inode_of(entry_id))
        sparse = holder.sparse.get(holder_row)
        link = table.link.get(row)
        if link is not None and kind is Kind.HARDLINK:
            link = path_of(link)
        node = table.node[row]
        return Entry(
            entry_id=entry_id,
            node=node,
            path=self.path(node),
            kind=kind,
            size_bytes=sparse.real_size_bytes if sparse else holder.size[holder_row],
            stored_bytes=stored,
            mode=table.mode[row],
            uid=table.uid[row],
            gid=table.gid[row],
            mtime_s=table.mtime_s[row],
            link_target=link,
            device=table.device.get(row),
            xattrs=table.xattrs.get(row, {}),
            layer_index=layer,
            implied=row >= table.implied_from,
        )

    def rows_at(self, node: int, layer_index: int) -> Iterator[int]:
        """Rows of one layer at a path, in tar order."""
        nodes = self.tables[layer_index].node
        asked = self.asked.get(layer_index, 0)
        if asked < _FEW and layer_index not in self.orders:
            self.asked[layer_index] = asked + 1
            yield from places_of(nodes, node)
            return
        order = self._order(layer_index)
        if order is None:
            place = bisect_left(nodes, node)
            while place < len(nodes) and nodes[place] == node:
                yield place
                place += 1
        else:
            place = bisect_left(order, node, key=nodes.__getitem__)
            while place < len(order) and nodes[order[place]] == node:
                yield order[place]
                place += 1

    def ships_within(self, first: int, last: int, layer_index: int) -> bool:
        """Whether a layer has entries at nodes from `first` up to, and without, `last`."""
        nodes = self.tables[layer_index].node
        order = self._order(layer_index)
        if order is None:
            place = bisect_left(nodes, first)
            return place < len(nodes) and nodes[place] < last
        place = bisect_left(order, first, key=nodes.__getitem__)
        return place < len(order) and nodes[order[place]] < last

    def put_in_order(self) -> None:
        """Find out the order of all layers' rows, for whoever will not wait for it when paths are looked for."""
        for layer in range(self.layer_count):
            self._order(layer)

    def _order(self, layer_index: int) -> "array[int] | None":
        """Rows of a layer in order of path; None when they are in that order already, as in most tars."""
        if layer_index not in self.orders:
            nodes = self.tables[layer_index].node.tolist()
            in_order = nodes == sorted(nodes)  # which takes one look at each, where they are
            order = None if in_order else array("i", sorted(range(len(nodes)), key=nodes.__getitem__))
            self.orders[layer_index] = order
        return self.orders[layer_index]

    def entries_at(self, node: int) -> list[int]:
        """All entries that a path ever had, oldest first."""
        found: list[int] = []
        for layer, first in enumerate(self.first_entry[:-1]):
            rows = [first + row for row in self.rows_at(node, layer)]
            found += rows if len(rows) < 2 else self._in_order(rows)
        return found

    def _in_order(self, entries: list[int]) -> list[int]:
        """Sort a layer's entries at one path by what took whose place: implied directories have no place in the tar."""
        there = set(entries)  # a layer may have one path a hundred thousand times
        oldest = next((entry for entry in entries if self.below[entry] not in there), entries[0])
        chain = [oldest]
        while self.successor[chain[-1]] in there:
            chain.append(self.successor[chain[-1]])
        return chain if len(chain) == len(entries) else entries

    def alive_after(self, node: int, layer_index: int) -> int:
        """Entry at a path once layers 0 … `layer_index` are applied, or NONE."""
        for layer in range(layer_index, -1, -1):
            for row in self.rows_at(node, layer):
                entry_id = self.first_entry[layer] + row
                if self.death[entry_id] == NONE or self.death[entry_id] > layer_index:
                    return entry_id
        return NONE


def places_of(column: "array[int]", value: int) -> Iterator[int]:
    """Find a value in a column; in its bytes, because to make an object of each item takes a hundred times as long."""
    whole, width = column.tobytes(), column.itemsize
    wanted = value.to_bytes(width, sys.byteorder, signed=True)
    at = whole.find(wanted)
    while at != -1:
        if at % width == 0:
            yield at // width
        at = whole.find(wanted, at + 1)
