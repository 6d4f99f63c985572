"""In what two versions of a file differ apart from their contents: what their layers say of them. Pure."""

from collections.abc import Iterator

from layerscope.filesystem.diff import aspects
from layerscope.model.files import Aspect, Entry
from layerscope.model.filetree import FileTree
from layerscope.tui import fit, words
from layerscope.tui.filerows import mode_text
from layerscope.tui.roles import Line, Role
from layerscope.units import printable

_NAME_WIDTH = 8
_MOST_XATTRS = 50
_MOST_VALUE = 200


def attribute_lines(tree: FileTree, old: int, new: int) -> Iterator[Line]:
    """Name each attribute in which two entries differ, as it was and as it is."""
    found = aspects(tree, old, new)
    one, other = tree.entry(old), tree.entry(new)
    if found & Aspect.MODE:
        yield _line("mode", f"{mode_text(one)} ({one.mode:04o})", f"{mode_text(other)} ({other.mode:04o})")
    if found & Aspect.OWNER:
        yield _line("owner", f"{one.uid}:{one.gid}", f"{other.uid}:{other.gid}")
    if found & Aspect.MTIME:
        yield _line("modified", words.time_text(one.mtime_s), words.time_text(other.mtime_s))
    if found & Aspect.XATTRS:
        yield from _xattr_lines(one, other)


def _xattr_lines(one: Entry, other: Entry) -> Iterator[Line]:
    names = [name for name in {**one.xattrs, **other.xattrs} if one.xattrs.get(name) != other.xattrs.get(name)]
    for name in names[:_MOST_XATTRS]:
        before, after = (
            printable(entry.xattrs[name][:_MOST_VALUE]) if name in entry.xattrs else "none" for entry in (one, other)
        )
        yield _line("xattr", f"{printable(name)}: {before}", after)
    if len(names) > _MOST_XATTRS:
        yield ((f"  … and {len(names) - _MOST_XATTRS:,} more extended attributes", Role.DIM),)


def _line(name: str, before: str, after: str) -> Line:
    return (
        ("~ ", Role.MODIFIED),
        (fit.left(name, _NAME_WIDTH) + "  ", Role.DIM),
        (before, Role.REMOVED),
        (" → ", Role.DIM),
        (after, Role.ADDED),
    )
