"""What a range of layers did, worked out from two trees of the slow model, as the docstring of `TreeDiff` says it."""

from dataclasses import dataclass
from itertools import pairwise

from laws.slowmodel import Inode, Path, SlowImage, Thing


@dataclass(frozen=True, slots=True)
class Row:
    """One row that a comparison must have."""

    path: Path
    change: str
    before: Thing | None
    after: Thing | None
    inner: bool
    size: int
    wasted: int


def aspects(old: Thing, new: Thing) -> set[str]:
    """Say in what two things at one path differ."""
    found: set[str] = set()
    if old is new:
        return found
    kinds = {"file" if thing.inode is None else thing.kind for thing in (old, new)}
    if len(kinds) == 2:
        found.add("KIND")
    elif old.inode is None or new.inode is None:
        found.add("CONTENT")  # a link to nothing is a file, of which nobody knows what it holds
    elif kinds == {"file"}:
        found |= {"CONTENT"} if old.inode.content != new.inode.content else set()
    elif kinds == {"symlink"}:
        found |= {"LINK"} if old.inode.link != new.inode.link else set()
    elif kinds & {"character", "block"} and old.inode.device != new.inode.device:
        found.add("DEVICE")
    found |= {"MODE"} if old.mode != new.mode else set()
    found |= {"OWNER"} if old.owner != new.owner else set()
    found |= {"MTIME"} if old.mtime != new.mtime else set()
    found |= {"XATTRS"} if old.xattrs != new.xattrs else set()
    return found


def change_of(before: Thing | None, after: Thing | None) -> str:
    """Name the change of one path."""
    if before is None or after is None:
        return "ADDED" if after else "REMOVED" if before else "UNMODIFIED"
    return "MODIFIED" if aspects(before, after) else "UNMODIFIED"


def compare(image: SlowImage, first: int, last: int, *, unmodified: bool) -> list[Row]:
    """Make the rows, in the order of paths."""
    before, after = image.trees[first - 1] if first else {}, image.trees[last]
    changes = {path: change_of(before.get(path), after.get(path)) for path in {*before, *after}}
    again = {path for path, thing in after.items() if thing.owns_bytes and before.get(path) not in {None, thing}}
    shown = {path for path, change in changes.items() if unmodified or change != "UNMODIFIED" or path in again} | {()}
    shown |= {path[:length] for path in shown for length in range(len(path))}
    rows = []
    for path in sorted(shown):
        inside = [other for other in shown if other[: len(path)] == path and other != path]
        counted = [other for other in inside if _counts(changes, path, other)]
        rows.append(
            Row(
                path=path,
                change=changes.get(path, "UNMODIFIED"),
                before=before.get(path),
                after=after.get(path),
                inner=any(changes.get(other, "UNMODIFIED") != "UNMODIFIED" for other in inside),
                size=sum(_own_size(before, after, other) for other in [path, *counted]),
                wasted=sum(_own_waste(image, first, last, shown, other) for other in [path, *inside]),
            )
        )
    return rows


def _counts(changes: dict[Path, str], directory: Path, path: Path) -> bool:
    """A directory that still exists does not count what was removed from it, nor from a directory in it."""
    chain = [changes.get(path[:length], "UNMODIFIED") for length in range(len(directory), len(path) + 1)]
    return all(upper == "REMOVED" or lower != "REMOVED" for upper, lower in pairwise(chain))


def _own_size(before: dict[Path, Thing], after: dict[Path, Thing], path: Path) -> int:
    """The bytes of a file are shown once, at the first of its names."""
    thing = after.get(path) or before.get(path)
    if thing is None or thing.inode is None:
        return 0
    names_after = _names(after, thing.inode)
    names = names_after if path in after else [] if names_after else _names(before, thing.inode)
    return thing.inode.stored if names and names[0] == path else 0


def _names(tree: dict[Path, Thing], inode: Inode) -> list[Path]:
    return sorted(path for path, thing in tree.items() if thing.inode is inode)


def _own_waste(image: SlowImage, first: int, last: int, shown: set[Path], path: Path) -> int:
    """Dead bytes that the range shipped at this path, or at a path below that has no row of its own; or those of what
    lies below the range and is a row.
    """
    wasted = 0
    for thing, fate in image.shipped():
        if fate.name != "live" and thing.layer < first and thing.path == path in shown:
            wasted += thing.owns_bytes if image.trees[last].get(path) is thing else 0
        if fate.name != "live" and first <= thing.layer <= last:
            nearest = max((thing.path[:n] for n in range(len(thing.path) + 1) if thing.path[:n] in shown), key=len)
            wasted += thing.owns_bytes if nearest == path else 0
    return wasted
