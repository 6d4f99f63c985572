"""Fold layers into one tree: what each entry takes the place of, which layer ends it, what is left.

Rules, from the OCI image-spec (layer.md) and from what engines do where it is silent (Docker and Podman on overlayfs,
containerd, umoci; measured, see the README):

- A layer's markers act on lower layers only, and before the layer's own entries, wherever they stand in the tar.
- A path that a marker removes and the same layer adds again is replaced, not deleted.
- Anything but a directory on a directory removes what is below it; a directory on a directory replaces its attributes.
- A path under a lower layer's symlink does not follow it: the symlink becomes a directory (overlayfs keeps layers
  apart). Under a symlink of its own layer it does.
- Directories that no entry mentions are made, 0755 root, also those that only a marker lies in; those that exist keep
  their attributes.
- The last of several entries for one path counts; a hard link holds the content its target had when it was made.
"""

from array import array
from collections.abc import Mapping

from layerscope.errors import LimitError
from layerscope.filesystem import compiled
from layerscope.filesystem.links import follow_own_symlinks, may_have_paths_below
from layerscope.filesystem.numbering import above, number_paths
from layerscope.model.files import Kind, LayerTable, PathKey, path_of
from layerscope.model.filetree import NONE, FileTree
from layerscope.units import decode

FREE_IMPLIED_ENTRIES = 200_000
IMPLIED_PER_ENTRY = 4
"""Directories that no entry mentions: entries that remove a deep tree and make it again could ask for very many."""
_DIRECTORY, _HARDLINK = Kind.DIRECTORY, Kind.HARDLINK


def stack(tables: list[LayerTable]) -> FileTree:
    """Fold layers, base first. The tables' `keys` move into the tree; `node` and implied directories are added."""
    paths = number_paths(tables)
    odd = [
        table for table, nodes in zip(tables, paths.nodes, strict=True) if may_have_paths_below(table, nodes, paths.end)
    ]
    for table in odd:
        follow_own_symlinks(table)
    if odd:
        paths = number_paths(tables)
    for table, nodes in zip(tables, paths.nodes, strict=True):
        table.node = nodes
        table.keys = []
    tree = FileTree(
        tables=tables,
        keys=paths.keys,
        parent=paths.parent,
        end=paths.end,
        depth=paths.depth,
        first_entry=[0],
        below=array("i"),
        successor=array("i"),
        death=array("i"),
        live=array("i", [NONE]) * len(paths.keys),
        removed=[],
        inode={},
    )
    fold = _Fold(tree, paths.numbers)
    for index in range(len(tables)):
        fold.layer(index)
    return tree


class _Fold:
    """The state while layers are applied one after another."""

    def __init__(self, tree: FileTree, numbers: Mapping[PathKey, int]) -> None:
        self.tree = tree
        self.numbers = numbers
        # By node, bytes so that whole subtrees are searched in C (bytearray.find)
        self.alive = bytearray(tree.node_count)
        self.directory = bytearray(tree.node_count)
        self.known = bytearray(tree.node_count)
        """Some entry of the path has been seen."""
        self.index = 0
        self.pending: dict[int, int] = {}
        """Node → entry removed in this layer, and not replaced by it so far."""
        self.whited_out: set[int] = set()
        """Nodes that this layer's whiteouts name."""
        self.linked: set[int] = set()
        """Contents that this layer links to."""
        self.implied = 0
        self.most_implied = FREE_IMPLIED_ENTRIES + IMPLIED_PER_ENTRY * sum(map(len, tree.tables))

    def layer(self, index: int) -> None:
        """Apply one layer."""
        tree, table = self.tree, self.tree.tables[index]
        self.index, self.pending, self.linked = index, {}, set()
        table.implied_from = len(table)
        fresh = array("i", [NONE]) * len(table)
        for column in (tree.below, tree.successor, tree.death):
            column.extend(fresh)
        self.whited_out = {self.numbers.get(key, NONE) for key in table.whiteouts}
        for node in self.whited_out:
            if node > 0:
                self.remove(node, tree.end[node])
        for key in table.opaques:
            node = self.numbers[key]
            self.remove(node + 1, tree.end[node])
        unresolved = self.entries(table)
        for key in (*table.opaques, *map(above, table.whiteouts)):
            node = self.numbers[key]
            if not self.directory[node] and not self.taken(node):
                self.imply(table, node)
        self.retry(table, unresolved)
        self.share_attributes(table)
        for old in self.pending.values():
            tree.death[old] = index
        tree.removed.append(array("i", [self.pending[node] for node in sorted(self.pending)]))
        tree.first_entry.append(tree.first_entry[-1] + len(table))

    def entries(self, table: LayerTable) -> list[int]:
        """Apply the entries in tar order; return the rows of hard links without a target so far."""
        tree, index, pending = self.tree, self.index, self.pending
        alive, directory, known, live, parent = self.alive, self.directory, self.known, tree.live, tree.parent
        below, successor, death = tree.below, tree.successor, tree.death
        kinds = table.kind
        unresolved = []
        row, is_compiled = 0, compiled.IN_USE
        while row < table.implied_from:
            if is_compiled and kinds[row] != _HARDLINK and (row := self.plain(table, row)) == table.implied_from:
                break
            entry = tree.first_entry[-1] + row
            node = table.node[row]
            kind = kinds[row]
            if node and not directory[parent[node]]:
                self.imply(table, parent[node])
            if kind == _HARDLINK and not self.link(table, entry, row):
                unresolved.append(row)
            old = live[node]
            if old == NONE and pending:
                old = pending.pop(node, NONE)
            if old != NONE:
                if directory[node] and kind != _DIRECTORY:
                    self.remove(node + 1, tree.end[node])
                below[entry] = old
                successor[old] = entry
                death[old] = index
            if known[node]:
                if kind <= _HARDLINK:
                    tree.rewrites.append(entry)
            else:
                known[node] = 1
            live[node] = entry
            alive[node] = 1
            directory[node] = kind == _DIRECTORY
            row += 1
        return unresolved

    def plain(self, table: LayerTable, row: int) -> int:
        """Apply entries from a row on in the compiled loop; give the first row that it leaves."""
        from layerscope.filesystem.compiled import folding

        return folding.fold(self.tree, table, self.pending, (self.alive, self.directory, self.known), self.index, row)

    def taken(self, node: int) -> bool:
        """Whether this layer removed a path or one above it, or put something other than a directory there."""
        tree = self.tree
        while node != NONE and not self.directory[node]:
            if tree.live[node] >= tree.first_entry[-1] or node in self.whited_out:
                return True
            node = tree.parent[node]
        return False

    def remove(self, first: int, last: int) -> None:
        """Take whatever exists from a range of nodes; cost goes by what is there, not by the range."""
        alive, live = self.alive, self.tree.live
        node = alive.find(1, first, last)
        while node != -1:
            self.pending[node] = live[node]
            live[node] = NONE
            alive[node] = 0
            self.directory[node] = 0
            node = alive.find(1, node + 1, last)

    def imply(self, table: LayerTable, node: int) -> None:
        """Make a directory that no entry mentions, and those above it."""
        tree = self.tree
        missing = [node]
        while missing[-1] and not self.directory[tree.parent[missing[-1]]]:
            missing.append(tree.parent[missing[-1]])
        self.implied += len(missing)
        if self.implied > self.most_implied:
            raise LimitError(f"its layers make more than {self.most_implied:,} directories that no entry mentions")
        for made in reversed(missing):
            entry = tree.first_entry[-1] + len(table)
            for column in (tree.below, tree.successor, tree.death):
                column.append(NONE)
            table.node.append(made)
            table.kind.append(_DIRECTORY)
            table.size.append(0)
            table.mode.append(0o755)
            table.uid.append(0)
            table.gid.append(0)
            table.mtime_s.append(0)
            table.offset.append(0)
            old = tree.live[made]
            if old == NONE:
                old = self.pending.pop(made, NONE)
            if old != NONE:
                tree.below[entry] = old
                tree.successor[old] = entry
                tree.death[old] = self.index
            tree.live[made] = entry
            self.alive[made] = self.directory[made] = 1

    def link(self, table: LayerTable, entry: int, row: int) -> bool:
        """Find the content of a hard link."""
        tree = self.tree
        target = self.numbers.get(PathKey(table.link[row]), NONE)
        held = tree.live[target] if target != NONE and table.link[row] else NONE
        if held == NONE or self.directory[target]:
            return False
        content = tree.inode_of(held)
        base = tree.first_entry[-1]
        holder, place = (table, content - base) if content >= base else tree.place_of(content)
        if holder.kind[place] == _HARDLINK:
            return False  # itself a link without a target, so far
        tree.inode[entry] = content
        tree.links.setdefault(content, []).append(entry)
        self.linked.add(content)
        return True

    def share_attributes(self, table: LayerTable) -> None:
        """Give all names of one file the attributes of the last header about it, as engines end up doing."""
        base = self.tree.first_entry[-1]
        for content in self.linked:
            rows = sorted(name - base for name in (content, *self.tree.links[content]) if name >= base)
            last = rows[-1]
            xattrs = {key: value for row in rows for key, value in table.xattrs.get(row, {}).items()}
            for row in rows:
                table.mode[row], table.uid[row], table.gid[row] = table.mode[last], table.uid[last], table.gid[last]
                table.mtime_s[row] = table.mtime_s[last]
                if xattrs:
                    table.xattrs[row] = xattrs

    def retry(self, table: LayerTable, rows: list[int]) -> None:
        """Resolve hard links that came before their target, in chains, too; what still has none is remarked."""
        base = self.tree.first_entry[-1]
        waiting: dict[bytes, list[int]] = {}
        for row in rows:
            if self.tree.live[table.node[row]] == base + row:  # else superseded by its own layer
                waiting.setdefault(table.link[row], []).append(row)
        ready = list(waiting)
        while ready:
            wanted = ready.pop()
            group = waiting.pop(wanted, [])
            if group and self.link(table, base + group[0], group[0]):
                for row in group[1:]:
                    self.link(table, base + row, row)
                ready += [self.tree.keys[table.node[row]] for row in group]
            elif group:
                waiting[wanted] = group
        for row in (row for group in waiting.values() for row in group):
            if len(table.remarks) < 100:
                name, target = decode(self.tree.path(table.node[row])), decode(path_of(table.link[row]))
                table.remarks.append(f"the hard link {name} points to {target}, which is not there")
