"""Entries below a symlink of their own layer: they land where it points, as when an engine unpacks the layer.

Rare (no builder writes such layers on purpose), so a layer is looked at closely only when some path of it passes
through a symlink of it. Links are followed inside the image only: ".." never climbs above the root.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Mapping

from layerscope.errors import LimitError
from layerscope.model.files import Kind, LayerTable, PathKey

MAX_IMPLIED_BYTES = 1 << 27
"""Names of directories that no entry mentions, together: a few kilobytes of tar can name 2,000-deep paths."""
MAX_LINKS = 40
"""Symlinks followed for one path before it counts as a loop (Linux MAXSYMLINKS)."""


def may_have_paths_below(table: LayerTable, numbers: Mapping[PathKey, int], end: "array[int]") -> bool:
    """Say quickly whether some path of a layer could lie below a symlink of it.

    `numbers` and `end` are of the tree of all paths as they are written. In nearly every image nothing lies below any
    symlink, and this look at the links alone spares a look at all paths (a tenth of the fold).
    """
    links = {table.keys[row] for row in table.link}
    if any(end[numbers[key]] > numbers[key] + 1 for key in links):
        return True
    hard = [PathKey(target) for row, target in table.link.items() if table.kind[row] == Kind.HARDLINK]
    return bool(hard) and _any_below(hard, links)


def follow_own_symlinks(table: LayerTable) -> None:
    """Rewrite the keys that pass through a symlink that came before them in the same layer."""
    links = {table.keys[row] for row in table.link}  # another name of a symlink is followed like the first
    hard = {row: PathKey(target) for row, target in table.link.items() if table.kind[row] == Kind.HARDLINK}
    if not _any_below([*table.keys, *hard.values()], links):
        return
    symlinks = _Symlinks()
    for row, key in enumerate(table.keys):
        resolved = symlinks.resolve(key)
        if resolved is None:
            table.remarks.append(f"entry {row} lies below a symlink that leads nowhere; it was taken as it is")
            symlinks.drop_above(key)
            resolved = key
        table.keys[row] = resolved
        symlinks.replaced(resolved, is_directory=table.kind[row] == Kind.DIRECTORY)
        if table.kind[row] == Kind.SYMLINK:
            symlinks.add(resolved, table.link[row])
        elif row in hard:
            named = table.link[row] = symlinks.resolve(hard[row]) or hard[row]
            if named in symlinks.targets:
                symlinks.add(resolved, symlinks.targets[named])


def _any_below(keys: list[PathKey], links: set[PathKey]) -> bool:
    parents = {key.rpartition(b"\0")[0] for key in keys}
    seen_bytes = 0
    while parents:
        if not links.isdisjoint(parents):
            return True
        seen_bytes += sum(map(len, parents))
        if seen_bytes > MAX_IMPLIED_BYTES:
            raise LimitError(f"its paths need more than {MAX_IMPLIED_BYTES:,} bytes of directory names")
        parents = {key.rpartition(b"\0")[0] for key in parents if key}
    return False


class _Symlinks:
    """The symlinks that are there at one point of the tar."""

    def __init__(self) -> None:
        self.targets: dict[PathKey, bytes] = {}
        self._in_order: list[PathKey] = []
        """The keys of `targets`, so that those below a path are found without looking at all."""
        self._parents: dict[bytes, PathKey | None] = {}
        """Parents already resolved, since the links last changed: siblings share them."""

    def add(self, key: PathKey, target: bytes) -> None:
        """Put a symlink where none is."""
        self.targets[key] = target
        insort(self._in_order, key)
        self._parents.clear()

    def replaced(self, key: PathKey, *, is_directory: bool) -> None:
        """Forget what an entry at a path takes away: a link there, and links below it unless it is a directory."""
        first = bisect_left(self._in_order, key)
        last = bisect_left(self._in_order, key + (b"\0" if is_directory else b"\1"), first)
        for gone in self._in_order[first:last]:
            del self.targets[gone]
        if last > first:
            del self._in_order[first:last]
            self._parents.clear()

    def drop_above(self, key: PathKey) -> None:
        """Forget the links among a path's parents: directories take their place."""
        above = key.rpartition(b"\0")[0]
        while above:
            if above in self.targets:
                del self.targets[PathKey(above)]
                self._in_order.remove(PathKey(above))
                self._parents.clear()
            above = above.rpartition(b"\0")[0]

    def resolve(self, key: PathKey) -> PathKey | None:
        """Follow the symlinks among a path's parents; None for a loop."""
        above, separator, name = key.rpartition(b"\0")
        if not above:
            return key
        if above not in self._parents:
            self._parents[above] = self._follow(above)
        parent = self._parents[above]
        return None if parent is None else PathKey(parent + separator + name if parent else name)

    def _follow(self, path: bytes) -> PathKey | None:
        """Resolve a whole path, its last component included."""
        done: list[bytes] = []
        todo = path.split(b"\0")[::-1]
        followed = 0
        while todo:
            part = todo.pop()
            if part in {b"", b"."}:
                continue
            if part == b"..":
                del done[-1:]
                continue
            done.append(part)
            target = self.targets.get(PathKey(b"\0".join(done)))
            if target is not None:
                followed += 1
                if followed > MAX_LINKS:
                    return None
                done = [] if target.startswith(b"/") else done[:-1]
                todo += target.split(b"/")[::-1]
        return PathKey(b"\0".join(done))
