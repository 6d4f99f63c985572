"""A slow, obviously right model of layers: plain dicts, one thing after another, as the rules are written down.

The rules: OCI image-spec layer.md, the docstring of `filesystem/stack.py`, and the ledger of the README. It shares
no code and no algorithm with the sources that it judges; `slowdiff.py` compares its trees.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from builder import Entry
from builder_tar import raw_name

Path = tuple[bytes, ...]
"""Components; () is the root. Tuples sort as a tree is read: a directory right before what is in it."""

KINDS = {
    b"0": "file", b"2": "symlink", b"3": "character", b"4": "block", b"5": "directory", b"6": "fifo",
}  # fmt: skip


DEFAULTS = {one.name: getattr(Entry(), one.name) for one in fields(Entry)}


@dataclass(frozen=True, slots=True, repr=False)
class Item:
    """One tar entry of a test: what is written, and what a reader of a regular file must see."""

    name: bytes
    entry: Entry
    content: bytes = b""
    stored: int = 0

    def __repr__(self) -> str:
        told = {one.name: getattr(self.entry, one.name) for one in fields(Entry)}
        told = {name: value for name, value in told.items() if value and value != DEFAULTS[name]}
        return f"({self.name!r}, {', '.join(f'{name}={value!r}' for name, value in told.items())})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001  how hypothesis shows a failing example
        printer.text(repr(self))


def item(name: bytes | str, entry: Entry) -> Item:
    """Make an item of anything but a sparse file."""
    is_file = entry.type == b"0"
    return Item(raw_name(name), entry, entry.data if is_file else b"", len(entry.data) if is_file else 0)


@dataclass(eq=False, slots=True)
class Inode:
    """What all names of one file share."""

    kind: str
    content: bytes
    stored: int
    link: bytes
    device: tuple[int, int]
    names: list["Thing"] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Thing:
    """What one entry put at one path, and how that ended."""

    path: Path
    layer: int
    row: int
    inode: Inode | None
    """None: a hard link to nothing."""
    entry: Entry
    mode: int
    owner: tuple[int, int]
    mtime: float
    xattrs: dict[str, bytes]
    implied: bool = False
    target: Path | None = None
    """Of a hard link."""
    ended: int | None = None
    heir: "Thing | None" = None
    """What took its place; None when it was removed."""

    @property
    def kind(self) -> str:
        return self.inode.kind if self.inode else "dangling"

    @property
    def owns_bytes(self) -> int:
        return self.inode.stored if self.inode and self.inode.names[0] is self else 0


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an inode's bytes."""

    name: str
    killer: int | None


def clean(name: bytes) -> Path:
    """Read a name as text: "." means nothing, ".." takes one back, never above the root."""
    path: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            path = path[:-1]
        elif part not in {b"", b"."}:
            path = [*path, part]
    return tuple(path)


def below(tree: dict[Path, Thing], path: Path) -> list[Path]:
    """List the paths under a path, itself left out."""
    return [other for other in tree if len(other) > len(path) and other[: len(path)] == path]


class SlowImage:
    """The layers, applied."""

    def __init__(self, layers: Sequence[Sequence[Item]]) -> None:
        self.things: list[Thing] = []
        self.trees: list[dict[Path, Thing]] = []
        """After each layer."""
        self._now: dict[Path, Thing] = {}
        self._gone: dict[Path, Thing] = {}
        """Taken away in this layer, and nothing put in its place so far."""
        self._layer = 0
        self._dangling: list[Thing] = []
        for self._layer, items in enumerate(layers):
            self._apply(items)
            self.trees.append(dict(self._now))

    def _apply(self, items: Sequence[Item]) -> None:
        self._gone, self._dangling = {}, []
        deleted = [path for marker, path in _markers(items) if marker == "whiteout"]
        holders = [path if marker == "opaque" else path[:-1] for marker, path in _markers(items)]
        for marker, path in _markers(items):
            if marker == "whiteout" and path in self._now:
                self._take([path])
            self._take(below(self._now, path))
        for row, one in enumerate(one for one in items if not _is_marker(one.name)):
            self._enter(row, one)
        for path in holders:
            missing = [path[:length] for length in range(len(path) + 1) if not self._is_directory(path[:length])]
            if not any(upper in deleted or self._is_own(upper) for upper in missing):
                self._imply(path)
        self._link_late()
        self._share_attributes()
        for thing in self._gone.values():
            thing.ended = self._layer

    def _take(self, paths: list[Path]) -> None:
        for path in paths:
            self._gone[path] = self._now.pop(path)

    def _enter(self, row: int, one: Item) -> None:
        path = self._follow(clean(one.name), replaced=None)
        is_directory = one.entry.type == b"5"
        if not path:
            if is_directory:
                self._put(self._thing(path, row, one))
            return
        self._imply(path[:-1])
        thing = self._thing(path, row, one)
        if one.entry.type == b"1":
            thing.target = self._follow(clean(raw_name(one.entry.link)), replaced=path)
            if not self._link(thing):
                self._dangling.append(thing)
        self._put(thing)

    def _thing(self, path: Path, row: int, one: Item) -> Thing:
        entry = one.entry
        owner, xattrs = (entry.uid, entry.gid), dict(entry.xattrs)
        thing = Thing(path, self._layer, row, None, entry, entry.mode & 0o7777, owner, entry.mtime, xattrs)
        if entry.type != b"1":
            thing.inode = Inode(KINDS[entry.type], one.content, one.stored, raw_name(entry.link), entry.device, [thing])
        return thing

    def _put(self, thing: Thing) -> None:
        old = self._now.get(thing.path) or self._gone.pop(thing.path, None)
        if old is not None:
            old.ended, old.heir = self._layer, thing
        if thing.kind != "directory":
            self._take(below(self._now, thing.path))
        self._now[thing.path] = thing
        self.things.append(thing)

    def _imply(self, path: Path) -> None:
        """Make a directory, and those above it, where there is none."""
        for length in range(len(path) + 1):
            there = self._now.get(path[:length])
            if there is None or there.kind != "directory":
                thing = self._thing(path[:length], -1, item(b"", Entry(type=b"5", mode=0o755, mtime=0)))
                thing.implied = True
                self._put(thing)

    def _is_directory(self, path: Path) -> bool:
        there = self._now.get(path)
        return there is not None and there.kind == "directory"

    def _is_own(self, path: Path) -> bool:
        there = self._now.get(path)
        return there is not None and there.layer == self._layer

    def _follow(self, path: Path, *, replaced: Path | None) -> Path:
        """Follow the symlinks that this layer made; the path itself when they lead nowhere in 40 steps."""
        done: Path = ()
        todo = list(path)
        followed = 0
        while todo:
            part, todo = todo[0], todo[1:]
            if part == b"..":
                done = done[:-1]
                continue
            if part in {b"", b"."}:
                continue
            done = (*done, part)
            there = self._now.get(done)
            if todo and done != replaced and there and self._is_followed(there):
                followed += 1
                if followed > 40:
                    return path
                assert there.inode is not None
                target = there.inode.link
                done = () if target.startswith(b"/") else done[:-1]
                todo = target.split(b"/") + todo
        return done

    def _is_followed(self, thing: Thing) -> bool:
        """Symlinks of this layer are, by all their names but hard links to what they replace, which nobody unpacks."""
        made_here = thing.inode is not None and thing.inode.names[0].layer == self._layer
        replaced = thing.target is not None and thing.target[: len(thing.path)] == thing.path
        return thing.kind == "symlink" and made_here and not replaced

    def _link(self, thing: Thing) -> bool:
        assert thing.target is not None
        there = self._now.get(thing.target) if thing.target else None
        if there is None or there.inode is None or there.kind == "directory":
            return False
        thing.inode = there.inode
        thing.inode.names.append(thing)
        return True

    def _link_late(self) -> None:
        """Hard links that came before their target, and links to those."""
        waiting = [thing for thing in self._dangling if self._now.get(thing.path) is thing]
        while True:
            still = [thing for thing in waiting if not self._link(thing)]
            if len(still) == len(waiting):
                return
            waiting = still

    def _share_attributes(self) -> None:
        """The last header about a file counts for all the names that this layer gave it; xattrs add up."""
        fresh = [thing for thing in self.things if thing.layer == self._layer and thing.inode and not thing.implied]
        for thing in fresh:
            group = sorted((other for other in fresh if other.inode is thing.inode), key=lambda other: other.row)
            last = group[-1].entry
            thing.mode, thing.owner, thing.mtime = last.mode & 0o7777, (last.uid, last.gid), last.mtime
            thing.xattrs = {name: value for other in group for name, value in other.entry.xattrs.items()}

    def fate(self, inode: Inode) -> Fate:
        """Say what became of a file: bytes die with the last of their names."""
        ends = [name.ended for name in inode.names]
        if None in ends:
            return Fate("live", None)
        last = max(end for end in ends if end is not None)
        dying = [name for name in inode.names if name.ended == last]
        ending = inode.names[0] if inode.names[0] in dying else dying[-1]
        if ending.heir is None:
            return Fate("deleted", last)
        heir = ending.heir.inode
        same = heir is not None and heir.kind == "file" and heir.content == inode.content
        return Fate("reshipped" if same else "overwritten", last)

    def shipped(self) -> Iterator[tuple[Thing, Fate]]:
        """Give every entry that ships bytes, with their fate."""
        for thing in self.things:
            if thing.owns_bytes:
                assert thing.inode is not None
                yield thing, self.fate(thing.inode)


def _is_marker(name: bytes) -> bool:
    path = clean(name)
    return bool(path) and path[-1].startswith(b".wh.")


def _markers(items: Sequence[Item]) -> Iterator[tuple[str, Path]]:
    """Give the markers that do something, wherever they are in the tar."""
    for one in items:
        path = clean(one.name)
        if path and path[-1] == b".wh..wh..opq":
            yield "opaque", path[:-1]
        elif path and path[-1].startswith(b".wh.") and not path[-1].startswith(b".wh..wh."):
            target = path[-1].removeprefix(b".wh.")
            if target not in {b"", b".", b".."}:
                yield "whiteout", (*path[:-1], target)
