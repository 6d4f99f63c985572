"""Entries below a symlink of their own layer: they land where it points, as when an engine unpacks the layer.

Rare (no builder writes such layers on purpose), so a layer is looked at closely only when some path of it passes
through a symlink of it. Links are followed inside the image only: ".." never climbs above the root.
"""

from bisect import bisect_left

from layerscope.model.files import Kind, LayerTable, PathKey

MAX_LINKS = 40
"""Symlinks followed for one path before it counts as a loop (Linux MAXSYMLINKS)."""


def follow_own_symlinks(table: LayerTable) -> None:
    """Rewrite the keys that pass through a symlink that came before them in the same layer."""
    links = {key for row, key in enumerate(table.keys) if table.kind[row] == Kind.SYMLINK and row in table.link}
    if not links or not _any_below([*table.keys, *_hardlink_targets(table)], links):
        return
    current: dict[PathKey, bytes] = {}
    in_order: list[PathKey] = []
    """The keys of `current`, so that those below a path are found without looking at all."""
    for row, key in enumerate(table.keys):
        resolved = _resolve(key, current)
        if resolved is None:
            table.remarks.append(f"entry {row} lies below a symlink that leads nowhere; it was taken as it is")
            resolved = key
        table.keys[row] = resolved
        first = bisect_left(in_order, resolved)
        below = PathKey(resolved + b"\1" if table.kind[row] != Kind.DIRECTORY else resolved + b"\0")
        last = bisect_left(in_order, below, first)  # what is no directory takes the links below it away, too
        for gone in in_order[first:last]:
            del current[gone]
        del in_order[first:last]
        if table.kind[row] == Kind.SYMLINK:
            current[resolved] = table.link[row]
            in_order.insert(first, resolved)
        elif table.kind[row] == Kind.HARDLINK:
            named = table.link[row] = _resolve(PathKey(table.link[row]), current) or PathKey(table.link[row])
            if named in current:  # another name of a symlink is followed like the first
                current[resolved] = current[named]
                in_order.insert(first, resolved)


def _hardlink_targets(table: LayerTable) -> list[PathKey]:
    return [PathKey(target) for row, target in table.link.items() if table.kind[row] == Kind.HARDLINK]


def _any_below(keys: list[PathKey], links: set[PathKey]) -> bool:
    parents = {key.rpartition(b"\0")[0] for key in keys}
    while parents:
        if not links.isdisjoint(parents):
            return True
        parents = {key.rpartition(b"\0")[0] for key in parents if key}
    return False


def _resolve(key: PathKey, links: dict[PathKey, bytes]) -> PathKey | None:
    """Follow the symlinks among a path's parents; None for a loop."""
    done: list[bytes] = []
    todo = key.split(b"\0")[::-1]
    followed = 0
    while todo:
        part = todo.pop()
        if part in {b"", b"."}:
            continue
        if part == b"..":
            del done[-1:]
            continue
        done.append(part)
        target = links.get(PathKey(b"\0".join(done))) if todo else None
        if target is not None:
            followed += 1
            if followed > MAX_LINKS:
                return None
            done = [] if target.startswith(b"/") else done[:-1]
            todo += target.split(b"/")[::-1]
    return PathKey(b"\0".join(done))
