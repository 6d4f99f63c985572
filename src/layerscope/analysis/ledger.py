"""Every byte of every layer: live, overwritten, re-shipped or deleted, and by which layer.

The rules are the contract's (README, "How waste is counted"). Content belongs to the inode: hard links ship nothing,
and a file's bytes die with the last of its names. Fates follow from what the fold found; nothing is estimated.

An image has 10⁵-10⁶ entries, so whole columns are worked on at once: flags (see `flags.py`) say which entries a loop
must look at, and `itertools.compress` picks them. A million entries are settled in a tenth of a second, 0.3 before.
"""

from array import array
from collections.abc import Sequence
from itertools import compress
from operator import eq

from layerscope.analysis.flags import chooser, flagged, is_none, is_some, packed, reaches, unpacked
from layerscope.analysis.wastetable import WasteTable
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate, Ledger

_LIVE, _OVERWRITTEN, _RESHIPPED, _DELETED = Fate.LIVE, Fate.OVERWRITTEN, Fate.RESHIPPED, Fate.DELETED
_ONLY = {fate: chooser(fate) for fate in (_OVERWRITTEN, _RESHIPPED, _DELETED)}


def settle(tree: FileTree) -> None:
    """Fill `tree.fate` and `tree.killer` for every entry that ships bytes."""
    ended, heirless = packed(is_some(tree.death)), packed(is_none(tree.successor))
    ships = packed(b"".join(reaches(table.size) for table in tree.tables))
    dead = ended & ships
    # OVERWRITTEN is 1 and DELETED 3: the second bit is that nothing took its place
    tree.fate = bytearray(unpacked(dead | (dead & heirless) << 1, tree.entry_count))
    tree.killer = array("i", tree.death)
    killer = tree.killer
    for entry in flagged(unpacked(ended & ~ships, tree.entry_count)):
        killer[entry] = NONE  # directories, links and empty files have no bytes to end
    _settle_rewritten(tree)
    for entry in tree.links:
        _settle_linked(tree, entry)


def _settle_rewritten(tree: FileTree) -> None:
    """Find those of the overwritten entries whose successor has the same bytes."""
    fate, same, inode = tree.fate, tree.content_class.get, tree.inode
    heirs = tree.rewrites
    olds = array("i", map(tree.below.__getitem__, heirs))
    alike = map(eq, map(same, olds, olds), map(same, heirs, heirs))
    for old in compress(olds, alike):
        if fate[old] == _OVERWRITTEN:
            fate[old] = _RESHIPPED
    for link, content in inode.items():
        if tree.below[link] == content and fate[content] == _OVERWRITTEN:
            fate[content] = _RESHIPPED


def _settle_linked(tree: FileTree, entry: int) -> None:
    """Settle a file with several names: it dies with the last of them, and as that one did."""
    table, row = tree.place_of(entry)
    last = _last_name(tree, entry)
    if table.size[row] and tree.death[last] != NONE:
        tree.killer[entry] = tree.death[last]
        tree.fate[entry] = _fate(tree, last)
    else:
        tree.killer[entry] = NONE
        tree.fate[entry] = _LIVE


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
    table, fates = tree.tables[layer], _fates(tree, layer)
    total = sum(table.size)
    ends = fates.translate(None, b"\0")
    sizes = list(compress(table.size, fates)) if ends else []
    dead = {fate: _sum_of(fate, sizes, ends) for fate in _ONLY}
    return Ledger(total - sum(sizes), dead[_OVERWRITTEN], dead[_RESHIPPED], dead[_DELETED])


def _sum_of(fate: Fate, sizes: list[int], ends: bytearray) -> int:
    """Sum the sizes of dead entries that ended in one way; mostly all of a layer did, or none."""
    count = ends.count(fate)
    if count == len(ends):
        return sum(sizes)
    return sum(compress(sizes, ends.translate(_ONLY[fate]))) if count else 0


def _fates(tree: FileTree, layer: int) -> bytearray:
    return tree.fate[tree.first_entry[layer] : tree.first_entry[layer + 1]]


def total_ledger(ledgers: Sequence[Ledger]) -> Ledger:
    """Add up layers."""
    return Ledger(
        sum(one.live_bytes for one in ledgers),
        sum(one.overwritten_bytes for one in ledgers),
        sum(one.reshipped_bytes for one in ledgers),
        sum(one.deleted_bytes for one in ledgers),
    )


def waste_of(tree: FileTree) -> WasteTable:
    """List the dead bytes by path, killer and fate, most bytes first, then by path; each made when it is looked at."""
    return WasteTable(tree)


def killed_by_layer(tree: FileTree) -> list[int]:
    """Sum the bytes that each layer ended, its own included."""
    killed = [0] * tree.layer_count
    for layer, table in enumerate(tree.tables):
        fates = _fates(tree, layer)
        if fates.count(_LIVE) == len(fates):
            continue
        killers = tree.killer[tree.first_entry[layer] : tree.first_entry[layer + 1]]
        for killer, size in zip(compress(killers, fates), compress(table.size, fates), strict=True):
            killed[killer] += size
    return killed
