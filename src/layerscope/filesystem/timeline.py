"""A path's timeline: added in 2, chmod in 5, truncated in 7, deleted in 9."""

from layerscope.filesystem.diff import aspects
from layerscope.model.files import Aspect, Change
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate
from layerscope.model.timeline import TimelineEvent


def timeline(tree: FileTree, node: int) -> tuple[TimelineEvent, ...]:
    """List what every layer did to a path, base first; needs a settled tree (`analysis.ledger.settle`)."""
    by_layer: dict[int, list[int]] = {}
    removed_in: set[int] = set()
    for entry in tree.entries_at(node):
        by_layer.setdefault(tree.layer_of(entry), []).append(entry)
        if tree.death[entry] != NONE and tree.successor[entry] == NONE:
            removed_in.add(tree.death[entry])
    events = []
    before = NONE
    for layer in sorted(by_layer.keys() | removed_in):
        shipped = by_layer.get(layer, [])
        after = next((entry for entry in reversed(shipped) if tree.death[entry] != layer), NONE)
        if before != NONE or after != NONE or shipped:
            events.append(_event(tree, layer, before, after, shipped))
        before = after
    return tuple(events)


def _event(tree: FileTree, layer: int, before: int, after: int, shipped: list[int]) -> TimelineEvent:
    differs = Aspect.NONE
    if after == NONE:
        change = Change.REMOVED
    elif before == NONE:
        change = Change.ADDED
    else:
        differs = aspects(tree, before, after)
        change = Change.MODIFIED if differs else Change.UNMODIFIED
    last = shipped[-1] if shipped else NONE
    killer = tree.killer[last] if last != NONE else NONE
    return TimelineEvent(
        layer_index=layer,
        change=change,
        aspects=differs,
        entry=None if after == NONE else after,
        size_bytes=0 if after == NONE else tree.entry(after).size_bytes,
        stored_bytes=sum(tree.entry(entry).stored_bytes for entry in shipped),
        fate=Fate(tree.fate[last]) if last != NONE else Fate.LIVE,
        killer=None if killer == NONE else killer,
    )
