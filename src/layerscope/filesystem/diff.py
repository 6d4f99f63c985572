"""Layer against what lies below, any range of layers, and in what two entries differ."""

from array import array

from layerscope.filesystem import compiled
from layerscope.model.files import Aspect, Change, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate
from layerscope.model.treediff import TreeDiff

_REMOVED = Change.REMOVED
_LOOK_CLOSER = 255


def compare(tree: FileTree, first_layer: int, last_layer: int, *, unmodified: bool = False) -> TreeDiff:
    """Say what layers `first_layer` … `last_layer` (both included) did together.

    With `unmodified`, every path that exists after the range is a row; without, only changed paths are, files that are
    shipped again with nothing changed (their bytes count), and the directories above them. `compare(tree, k, k)` is
    what layer k did, `compare(tree, k, k, unmodified=True)` the same within everything that lies below,
    `compare(tree, 0, k, unmodified=True)` the whole tree up to k.
    """
    before, after = _states(tree, first_layer, last_layer, everything=unmodified)
    nodes = set(before) | set(after)
    if not unmodified:
        nodes = {node for node in nodes if _is_shown(tree, before.get(node, NONE), after.get(node, NONE))}
    parent = tree.parent
    for node in tuple(nodes):
        above = parent[node]
        while above != NONE and above not in nodes:
            nodes.add(above)
            above = parent[above]
    nodes.add(0)
    if not unmodified:
        _fill_unchanged(tree, nodes, before, after, first_layer)
    diff = _columns(tree, sorted(nodes), before, after, (first_layer, last_layer))
    _sum_up(tree, diff)
    return diff


def aspects(tree: FileTree, before: int, after: int) -> Aspect:
    """Say in what two entries of one path differ; NONE if in nothing at all."""
    if before == after:
        return Aspect.NONE
    found = _substance(tree, before, after)
    (old, row), (new, row2) = tree.place_of(before), tree.place_of(after)
    if old.mode[row] != new.mode[row2]:
        found |= Aspect.MODE
    if old.uid[row] != new.uid[row2] or old.gid[row] != new.gid[row2]:
        found |= Aspect.OWNER
    if old.mtime_s[row] != new.mtime_s[row2]:
        found |= Aspect.MTIME
    if (old.xattrs or new.xattrs) and old.xattrs.get(row) != new.xattrs.get(row2):
        found |= Aspect.XATTRS
    return found


def count_all_changes(tree: FileTree) -> tuple[tuple[int, int, int], ...]:
    """Count the paths that each layer added, modified and removed: see `count_changes`."""
    layers = range(tree.layer_count)
    if not compiled.IN_USE:
        return tuple(count_changes(tree, layer) for layer in layers)
    from layerscope.filesystem.compiled import folding

    mode, uid, gid, mtime_s, kind = array("H"), array("I"), array("I"), array("d"), bytearray()
    for table in tree.tables:
        mode += table.mode
        uid += table.uid
        gid += table.gid
        mtime_s += table.mtime_s
        first = len(kind)
        kind += table.kind
        for row in table.xattrs:
            kind[first + row] = _LOOK_CLOSER
    found = []
    for layer in layers:
        added, modified, candidates = folding.changes(tree, (mode, uid, gid, mtime_s, kind), layer)
        modified += sum(_differ(tree, old, new) for old, new in candidates)
        found.append((added, modified, _removed_count(tree, layer)))
    return tuple(found)


def count_changes(tree: FileTree, layer: int) -> tuple[int, int, int]:
    """Count the paths that a layer added, modified and removed, compared with everything below; without the root."""
    first, last = tree.first_entry[layer : layer + 2]
    below, death = tree.below[first:last], tree.death[first:last]
    root = {first + row for row in tree.rows_at(0, layer)}
    # Most entries are new paths: counted in C, which leaves the few that are not to be looked at
    added = below.count(NONE) - sum(tree.below[entry] == NONE for entry in root)
    modified = 0
    superseded = layer in death
    if superseded:
        added -= sum(old == NONE and end == layer for old, end in zip(below, death, strict=True))
        added += sum(tree.below[entry] == NONE and tree.death[entry] == layer for entry in root)
    for entry, old in [(entry, old) for entry, old in enumerate(below, first) if old != NONE]:
        if entry in root or (superseded and tree.death[entry] == layer):
            continue  # superseded by a later entry of the same layer
        lower = _lower(tree, old, first)
        if lower == NONE:
            added += 1
        elif _differ(tree, lower, entry):
            modified += 1
    return added, modified, _removed_count(tree, layer)


def _removed_count(tree: FileTree, layer: int) -> int:
    first = tree.first_entry[layer]
    return sum(1 for old in tree.removed[layer] if _lower(tree, old, first) != NONE)


def _differ(tree: FileTree, before: int, after: int) -> bool:
    """Say whether `aspects` would find anything; what is looked up fastest, and differs most often, comes first."""
    (old, row), (new, row2) = tree.place_of(before), tree.place_of(after)
    return (
        old.mtime_s[row] != new.mtime_s[row2]
        or old.mode[row] != new.mode[row2]
        or old.uid[row] != new.uid[row2]
        or old.gid[row] != new.gid[row2]
        or ((old.xattrs or new.xattrs) and old.xattrs.get(row) != new.xattrs.get(row2))
        or bool(_substance(tree, before, after))
    )


def _lower(tree: FileTree, entry: int, first: int) -> int:
    """Follow what an entry took the place of down to below entry id `first`."""
    while entry >= first:
        entry = tree.below[entry]
    return entry


def _substance(tree: FileTree, before: int, after: int) -> Aspect:
    """Compare what the entries are; a name counts as what it names: which one the tar calls a link is chance."""
    if tree.inode and tree.inode_of(before) == tree.inode_of(after):
        return Aspect.NONE
    (old, row), (new, row2) = tree.place_of(tree.inode_of(before)), tree.place_of(tree.inode_of(after))
    # a hard link that names nothing is a regular file without content
    kind, kind2 = (Kind.FILE if one == Kind.HARDLINK else one for one in (old.kind[row], new.kind[row2]))
    if kind != kind2:
        return Aspect.KIND
    if kind == Kind.FILE:
        return Aspect.NONE if tree.same_bytes(before, after) else Aspect.CONTENT
    if kind == Kind.SYMLINK:
        return Aspect.NONE if old.link.get(row) == new.link.get(row2) else Aspect.LINK
    return Aspect.NONE if old.device.get(row) == new.device.get(row2) else Aspect.DEVICE


def _is_shown(tree: FileTree, before: int, after: int) -> bool:
    if before == after:
        return False
    if (before == NONE) != (after == NONE) or aspects(tree, before, after):
        return True
    table, row = tree.place_of(after)
    return table.size[row] > 0


def _states(
    tree: FileTree, first_layer: int, last_layer: int, *, everything: bool
) -> tuple[dict[int, int], dict[int, int]]:
    """Node → entry before and after the range, for the paths it touched, or for all."""
    death, below = tree.death, tree.below
    start = tree.first_entry[first_layer]
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    if everything:
        for layer in range(first_layer):
            entry = tree.first_entry[layer]
            for node in tree.tables[layer].node:
                ended = death[entry]
                if ended == NONE or ended >= first_layer:
                    before[node] = entry
                    if ended == NONE or ended > last_layer:
                        after[node] = entry
                entry += 1
    for layer in range(first_layer, last_layer + 1):
        entry = tree.first_entry[layer]
        for node in tree.tables[layer].node:
            if death[entry] == NONE or death[entry] > last_layer:
                after[node] = entry
            entry += 1
    # What the range replaced or removed: follow every chain that ends in it down to what was there before
    for layer in range(first_layer, last_layer + 1):
        entry = start if layer == first_layer else tree.first_entry[layer]
        for node in tree.tables[layer].node:
            old = below[entry]
            if old != NONE and old < start:
                before[node] = old
            entry += 1
        for old in tree.removed[layer]:
            if old < start:
                table, row = tree.place_of(old)
                before[table.node[row]] = old
    return before, after


def _fill_unchanged(
    tree: FileTree, nodes: set[int], before: dict[int, int], after: dict[int, int], first_layer: int
) -> None:
    """Find the entries of directories that are shown only because something below them changed."""
    for node in nodes:
        if node not in before and node not in after:
            entry = tree.alive_after(node, first_layer - 1) if first_layer else NONE
            if entry != NONE:
                before[node] = after[node] = entry


def _columns(
    tree: FileTree, nodes: list[int], before: dict[int, int], after: dict[int, int], layers: tuple[int, int]
) -> TreeDiff:
    count = len(nodes)
    names = _Names(tree, *layers)
    old = array("i", [before.get(node, NONE) for node in nodes])
    new = array("i", [after.get(node, NONE) for node in nodes])
    change, differs = bytearray(count), bytearray(count)
    size = array("Q", bytes(8 * count))
    for row in range(count):
        one, other = old[row], new[row]
        if one != other:
            if one == NONE:
                change[row] = Change.ADDED
            elif other == NONE:
                change[row] = _REMOVED
            elif found := aspects(tree, one, other):
                change[row], differs[row] = Change.MODIFIED, found
        shown = one if other == NONE else other
        if shown != NONE:
            if shown in tree.inode or shown in tree.links:
                size[row] = names.bytes_of(shown, removed=other == NONE)
            else:
                table, place = tree.place_of(shown)
                size[row] = table.size[place]
    return TreeDiff(
        first_layer=layers[0],
        last_layer=layers[1],
        node=array("i", nodes),
        end=array("i", range(1, count + 1)),
        before=old,
        after=new,
        change=change,
        aspects=differs,
        inner=bytearray(count),
        size=size,
        wasted=array("Q", bytes(8 * count)),
    )


class _Names:
    """Files with several names: their bytes are shown once, at the first of the names in path order."""

    def __init__(self, tree: FileTree, first_layer: int, last_layer: int) -> None:
        self._tree, self._first, self._last = tree, first_layer, last_layer
        self._carriers: dict[int, tuple[int, int]] = {}

    def bytes_of(self, entry: int, *, removed: bool) -> int:
        """Say what a name carries: after the range, or of what it removed (nothing while another name lives on)."""
        tree = self._tree
        content = tree.inode_of(entry)
        if content not in self._carriers:
            names = [content, *tree.links[content]]
            self._carriers[content] = (self._carrier(names, self._first - 1), self._carrier(names, self._last))
        before, after = self._carriers[content]
        if entry != (before if removed and after == NONE else after):
            return 0
        table, row = tree.place_of(content)
        return table.size[row]

    def _carrier(self, names: list[int], layer: int) -> int:
        tree = self._tree
        shown = NONE
        at = tree.node_count
        for name in names:
            table, row = tree.place_of(name)
            ended = tree.death[name]
            if name < tree.first_entry[layer + 1] and (ended == NONE or ended > layer) and table.node[row] < at:
                shown, at = name, table.node[row]
        return shown


def _sum_up(tree: FileTree, diff: TreeDiff) -> None:
    """Fill what depends on the rows below: end, inner, and the sums."""
    rows = {node: row for row, node in enumerate(diff.node)}
    change, inner, size, wasted, end = diff.change, diff.inner, diff.size, diff.wasted, diff.end
    if tree.fate:
        for layer in range(diff.first_layer, diff.last_layer + 1):
            table, first = tree.tables[layer], tree.first_entry[layer]
            for place, stored in enumerate(table.size):
                if stored and tree.fate[first + place] != Fate.LIVE:
                    node = table.node[place]
                    while node not in rows:  # added and removed within the range: its directory answers for it
                        node = tree.parent[node]
                    wasted[rows[node]] += stored
        range_begins = tree.first_entry[diff.first_layer]
        for row, entry in enumerate(diff.after):
            if NONE < entry < range_begins and not change[row] and tree.fate[entry] != Fate.LIVE:
                table, place = tree.place_of(entry)
                wasted[row] += table.size[place]
    for row in range(len(diff) - 1, 0, -1):
        above = rows[tree.parent[diff.node[row]]]
        if end[row] > end[above]:  # noqa: PLR1730  max() costs three times as much
            end[above] = end[row]
        if change[row] or inner[row]:
            inner[above] = 1
        if change[row] != _REMOVED or change[above] == _REMOVED:
            size[above] += size[row]
        wasted[above] += wasted[row]
