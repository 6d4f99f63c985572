"""Entries below a symlink of their own layer: they land where it points, as when an engine unpacks the layer.

Rare (no builder writes such layers on purpose), so a layer is looked at closely only when some path of it passes
through a symlink of it. Links are followed inside the image only: ".." never climbs above the root.
"""

from array import array

from layerscope.errors import LimitError
from layerscope.model.files import Kind, LayerTable, PathKey

MAX_IMPLIED_BYTES = 1 << 27
"""Names of directories that no entry mentions, together: a few kilobytes of tar can name 2,000-deep paths."""
MAX_LINKS = 40
"""Symlinks followed for one path before it counts as a loop (Linux MAXSYMLINKS)."""
MAX_WALKED = 5_000_000
"""Components walked where symlinks are followed, of a layer: some seconds; a layer made on purpose asks for hours."""
MAX_REMARKS = 100
"""Of one kind, about one layer."""


def may_have_paths_below(table: LayerTable, nodes: "array[int]", end: "array[int]") -> bool:
    """Say quickly whether some path of a layer could lie below a symlink of it.

    `nodes` has the node of each row, `end` where the subtree of a node ends, in the tree of all paths as they are
    written. In nearly every image nothing lies below any symlink, and this look at the links alone spares a look at all
    paths (a tenth of the fold).
    """
    if any(end[nodes[row]] > nodes[row] + 1 for row in table.link):
        return True
    hard = [PathKey(target) for row, target in table.link.items() if table.kind[row] == Kind.HARDLINK]
    return bool(hard) and _any_below(hard, {table.keys[row] for row in table.link})


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
            if len(table.remarks) < MAX_REMARKS:
                table.remarks.append(f"entry {row} lies below a symlink that leads nowhere; it was taken as it is")
            symlinks.drop_above(key)
            resolved = key
        table.keys[row] = resolved
        symlinks.replaced(resolved, is_directory=table.kind[row] == Kind.DIRECTORY)
        if table.kind[row] == Kind.SYMLINK:
            symlinks.add(resolved, table.link[row])
        elif row in hard:
            named = table.link[row] = symlinks.resolve(hard[row]) or hard[row]
            target = symlinks.target(named)
            if target is not None:
                symlinks.add(resolved, target)


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


class _Place:
    """A path that is a symlink, or that symlinks lie below."""

    __slots__ = ("children", "target")

    def __init__(self) -> None:
        self.children: dict[bytes, _Place] = {}
        self.target: bytes | None = None


class _Symlinks:
    """The symlinks that are there at one point of the tar, as a tree by component.

    A path is left alone as soon as it leaves that tree, so that what a path costs goes by the links it meets.
    """

    def __init__(self) -> None:
        self._root = _Place()
        self._walked = 0

    def add(self, key: PathKey, target: bytes) -> None:
        """Put a symlink where none is."""
        place = self._root
        for part in key.split(b"\0"):
            place = place.children.setdefault(part, _Place())
        place.target = target

    def target(self, key: PathKey) -> bytes | None:
        """Say where the symlink at a path points; None where none is."""
        place = self._at(key)
        return None if place is None else place.target

    def replaced(self, key: PathKey, *, is_directory: bool) -> None:
        """Forget what an entry at a path takes away: a link there, and links below it unless it is a directory."""
        place = self._at(key)
        if place is not None:
            place.target = None
            if not is_directory:
                place.children = {}

    def drop_above(self, key: PathKey) -> None:
        """Forget the links among a path's parents: directories take their place."""
        place: _Place | None = self._root
        for part in key.split(b"\0")[:-1]:
            place = place.children.get(part) if place is not None else None
            if place is not None:
                place.target = None

    def resolve(self, key: PathKey) -> PathKey | None:
        """Follow the symlinks among a path's parents; None for a loop."""
        above, separator, name = key.rpartition(b"\0")
        if not above:
            return key
        parent = self._follow(above)
        return None if parent is None else PathKey(parent + separator + name if parent else name)

    def _at(self, key: PathKey) -> _Place | None:
        place: _Place | None = self._root
        for part in key.split(b"\0"):
            place = place.children.get(part) if place is not None else None
        return place

    def _follow(self, path: bytes) -> bytes | None:
        """Resolve a whole path, its last component included."""
        todo = path.split(b"\0")[::-1]
        done: list[bytes] = []
        places: list[_Place | None] = [self._root]
        followed = 0
        while todo:
            place = places[-1]
            if place is None and not followed:
                done += todo[::-1]  # nothing below is a symlink, and a path as written has no ".."
                break
            part = todo.pop()
            if part in {b"", b"."}:
                continue
            if part == b"..":
                del done[-1:]
                del places[len(done) + 1 :]
                continue
            found = place.children.get(part) if place is not None else None
            done.append(part)
            places.append(found)
            if found is not None and found.target is not None:
                followed += 1
                if followed > MAX_LINKS:
                    return None
                target = found.target.split(b"/")
                self._walked += len(target) + len(done)
                if self._walked > MAX_WALKED:
                    raise LimitError(f"its paths pass through more than {MAX_WALKED:,} components of symlinks")
                keep = 0 if found.target.startswith(b"/") else len(done) - 1
                del done[keep:], places[keep + 1 :]
                todo += target[::-1]
        return b"\0".join(done)
