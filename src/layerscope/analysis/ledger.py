"""Every byte of every layer: live, overwritten, re-shipped or deleted, and by which layer.

The rules are the contract's (README, "How waste is counted"). Content belongs to the inode: hard links ship nothing,
and a file's bytes die with the last of its names. Fates follow from what the fold found; nothing is estimated.
"""

from array import array

from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate, Ledger, Waste

_LIVE, _OVERWRITTEN, _RESHIPPED, _DELETED = Fate.LIVE, Fate.OVERWRITTEN, Fate.RESHIPPED, Fate.DELETED


def settle(tree: FileTree) -> None:
    """Fill `tree.fate` and `tree.killer` for every entry that ships bytes."""
    tree.fate = bytearray(tree.entry_count)
    tree.killer = array("i", [NONE]) * tree.entry_count
    fate, killer, death, links = tree.fate, tree.killer, tree.death, tree.links
    for layer, table in enumerate(tree.tables):
        first = tree.first_entry[layer]
        for row, size in enumerate(table.size):
            entry = first + row
            if size and (death[entry] != NONE or entry in links):
                last = _last_name(tree, entry) if entry in links else entry
                if death[last] != NONE:
                    killer[entry] = death[last]
                    fate[entry] = _fate(tree, last)


def _last_name(tree: FileTree, entry: int) -> int:
    """Find the name of a file that lived longest; of several that one layer ended, its own name, or the latest link."""
    last = entry
    for link in tree.links[entry]:
        if tree.death[last] == NONE:
            return last
        ended = tree.death[link]
        if ended == NONE or ended > tree.death[last] or (ended == tree.death[last] and last != entry):
            last = link
    return last


def _fate(tree: FileTree, entry: int) -> Fate:
    """Say how a dead entry ended."""
    heir = tree.successor[entry]
    if heir == NONE:
        return _DELETED
    table, row = tree.place_of(tree.inode_of(heir))
    if table.kind[row] == Kind.FILE and tree.same_bytes(entry, heir):
        return _RESHIPPED
    return _OVERWRITTEN


def layer_ledger(tree: FileTree, layer: int) -> Ledger:
    """Sum up what became of one layer's bytes."""
    table, first = tree.tables[layer], tree.first_entry[layer]
    dead = [0, 0, 0, 0]
    fate = tree.fate
    total = 0
    for row, size in enumerate(table.size):
        if size:
            total += size
            if fate[first + row]:
                dead[fate[first + row]] += size
    return Ledger(total - sum(dead), dead[_OVERWRITTEN], dead[_RESHIPPED], dead[_DELETED])


def total_ledger(ledgers: list[Ledger]) -> Ledger:
    """Add up layers."""
    return Ledger(
        sum(one.live_bytes for one in ledgers),
        sum(one.overwritten_bytes for one in ledgers),
        sum(one.reshipped_bytes for one in ledgers),
        sum(one.deleted_bytes for one in ledgers),
    )


def waste_of(tree: FileTree) -> tuple[Waste, ...]:
    """List the dead bytes by path, killer and fate, most bytes first, then by path."""
    groups: dict[tuple[int, int, int], tuple[int, tuple[int, ...]]] = {}
    for layer, table in enumerate(tree.tables):
        first = tree.first_entry[layer]
        for row, size in enumerate(table.size):
            entry = first + row
            if size and tree.fate[entry]:
                key = (table.node[row], tree.killer[entry], tree.fate[entry])
                known, owners = groups.get(key, (0, ()))
                groups[key] = (known + size, owners if layer in owners else (*owners, layer))
    ordered = sorted(groups.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(
        Waste(tree.path(node), wasted, Fate(fate), owners, killer, node)
        for (node, killer, fate), (wasted, owners) in ordered
    )


def killed_by_layer(tree: FileTree) -> list[int]:
    """Sum the bytes that each layer ended, its own included."""
    killed = [0] * tree.layer_count
    for layer, table in enumerate(tree.tables):
        first = tree.first_entry[layer]
        for row, size in enumerate(table.size):
            if size and tree.fate[first + row]:
                killed[tree.killer[first + row]] += size
    return killed
