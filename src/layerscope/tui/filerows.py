"""The rows of the file pane, from the model to cells. Pure: no widget, no state."""

import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace

from layerscope.model.files import Change, Entry, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate
from layerscope.tui import fit
from layerscope.tui.arrange import Arrangement
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.rows import SIZE_WIDTH
from layerscope.tui.state import Scope
from layerscope.tui.widgets.bars import bar
from layerscope.units import format_size, printable

_TYPE_BITS = {
    Kind.FILE: stat.S_IFREG,
    Kind.HARDLINK: stat.S_IFREG,
    Kind.SYMLINK: stat.S_IFLNK,
    Kind.DIRECTORY: stat.S_IFDIR,
    Kind.CHARACTER: stat.S_IFCHR,
    Kind.BLOCK: stat.S_IFBLK,
    Kind.FIFO: stat.S_IFIFO,
}
_GLYPHS = {Change.UNMODIFIED: " ", Change.MODIFIED: "~", Change.ADDED: "+", Change.REMOVED: "-"}
_CHANGE_ROLES = {
    Change.UNMODIFIED: Role.TEXT,
    Change.MODIFIED: Role.MODIFIED,
    Change.ADDED: Role.ADDED,
    Change.REMOVED: Role.REMOVED,
}
_MODE_WIDTH = 10
_LAYER_WIDTH = 5
_BAR_WIDTH = 8
_NAME_WIDTH_WITH_BAR = 42
_NAME_WIDTH = 20
"""Columns make way until the name has this much room."""


@dataclass(frozen=True, slots=True)
class FileColumns:
    """Which columns the file pane has room for; a width of 0 leaves one out."""

    width: int
    bar: int
    mode: int
    owner: int
    layer: int

    @property
    def name(self) -> int:
        """Width that is left for the name."""
        return self.width - self._taken(self.bar, self.mode, self.owner, self.layer)

    @staticmethod
    def _taken(*columns: int) -> int:
        return 2 + SIZE_WIDTH + 1 + sum(column + 1 for column in columns if column)

    @classmethod
    def of(cls, width: int, *, owner_width: int, scope: Scope) -> "FileColumns":
        """Choose the columns for a width: the first to go is the bar, then owner, then mode."""
        layer = _LAYER_WIDTH if scope is Scope.UP_TO else 0
        choices = (
            (_BAR_WIDTH, _MODE_WIDTH, owner_width, layer),
            (0, _MODE_WIDTH, owner_width, layer),
            (0, _MODE_WIDTH, 0, layer),
            (0, 0, 0, layer),
        )
        for number, choice in enumerate(choices):
            room = _NAME_WIDTH if number else _NAME_WIDTH_WITH_BAR
            if width - cls._taken(*choice) >= room:
                return cls(width, *choice)
        return cls(width, 0, 0, 0, 0)


def owner_width(tree: FileTree) -> int:
    """Find how wide "uid:gid" gets in an image."""
    users = max([0, *(max(table.uid) for table in tree.tables if table.uid)])
    groups = max([0, *(max(table.gid) for table in tree.tables if table.gid)])
    return max(5, len(str(users)) + len(str(groups)) + 1)


def file_header(columns: FileColumns) -> Line:
    """Name the columns of the file pane."""
    names = [fit.right("Size", SIZE_WIDTH + 2)]
    if columns.bar:
        names.append(" " * columns.bar)
    if columns.mode:
        names.append(fit.left("Mode", columns.mode))
    if columns.owner:
        names.append(fit.left("Owner", columns.owner))
    if columns.layer:
        names.append(fit.right("Layer", columns.layer))
    return ((fit.left(" ".join([*names, "Name"]), columns.width), Role.DIM),)


@dataclass(frozen=True, slots=True)
class FileView:
    """What all rows of the file pane have in common."""

    arrangement: Arrangement
    scope: Scope
    layer: int
    owner_width: int
    needle: str = ""
    """Lower-case text to underline in names."""

    def columns(self, width: int) -> FileColumns:
        """Choose the columns for a width."""
        return FileColumns.of(width, owner_width=self.owner_width, scope=self.scope)

    def narrowed(self, needle: str) -> "FileView":
        """Give the same view with another filter."""
        return replace(self, needle=needle)


def file_line(view: FileView, columns: FileColumns, place: int, *, is_open: bool) -> Line:
    """Write the row of one path."""
    arrangement = view.arrangement
    tree, diff = arrangement.tree, arrangement.diff
    row = arrangement.row[place]
    entry = tree.entry(diff.after[row] if diff.after[row] != NONE else diff.before[row])
    change = Change(diff.change[row])
    if view.scope is Scope.UP_TO:
        change = change_in_layer(tree, entry.entry_id, view.layer)
    size = diff.size[row]
    spans: list[Span] = [
        (_GLYPHS[change] + " ", _CHANGE_ROLES[change]),
        (fit.right(format_size(size), SIZE_WIDTH) + " ", Role.TEXT if size else Role.FAINT),
    ]
    if columns.bar:
        whole = diff.size[0]
        spans.append((fit.left(bar(size / whole if whole else 0, columns.bar), columns.bar) + " ", Role.DIM))
    if columns.mode:
        spans.append((mode_text(entry) + " ", Role.DIM))
    if columns.owner:
        spans.append((fit.left(f"{entry.uid}:{entry.gid}", columns.owner) + " ", Role.DIM))
    if columns.layer:
        spans.append((fit.right(str(entry.layer_index), columns.layer) + " ", Role.DIM))
    arrow = ("▾ " if is_open else "▸ ") if arrangement.has_children(place) else "  "
    indent = _indent(arrangement.depth(place), columns.name)
    spans.append((indent + arrow, Role.DIM))
    room = columns.name - len(indent) - len(arrow)
    return (*spans, *_name_cell(view, entry, change, room))


def arrow_cells(view: FileView, columns: FileColumns, place: int) -> range:
    """Say which cells of a row hold the arrow that folds it."""
    start = columns.width - columns.name + len(_indent(view.arrangement.depth(place), columns.name))
    return range(start, start + 2) if view.arrangement.has_children(place) else range(0)


def change_in_layer(tree: FileTree, entry_id: int, layer: int) -> Change:
    """Say what one layer did to a path that exists after it."""
    if tree.layer_of(entry_id) != layer:
        return Change.UNMODIFIED
    first = tree.first_entry[layer]
    below = tree.below[entry_id]
    while below >= first:  # entries of the same layer that it superseded
        below = tree.below[below]
    return Change.ADDED if below == NONE else Change.MODIFIED


def end_of(tree: FileTree, entry_id: int) -> tuple[str, int] | None:
    """Say how an entry ended and by which layer; None while it is in the final image, and for replaced directories."""
    fate = Fate(tree.fate[entry_id]) if tree.fate else Fate.LIVE
    if fate is not Fate.LIVE:
        return fate.label, tree.killer[entry_id]
    death = tree.death[entry_id]
    if death == NONE:
        return None
    # It ships no bytes, or other links keep them.
    if tree.successor[entry_id] == NONE:
        return "deleted", death
    table, row = tree.place_of(entry_id)
    return None if table.kind[row] == Kind.DIRECTORY else ("replaced", death)


def mode_text(entry: Entry) -> str:
    """Write kind and permissions as `ls -l` does."""
    return stat.filemode(_TYPE_BITS[entry.kind] | entry.mode)


def _indent(depth: int, name_width: int) -> str:
    # However deep a hostile tree goes, half of the column stays for the name.
    step = 2 if name_width >= 32 else 1
    return " " * min(depth * step, max(name_width // 2 - 2, 0))


def _name_cell(view: FileView, entry: Entry, change: Change, room: int) -> Iterable[Span]:
    tree = view.arrangement.tree
    role = _CHANGE_ROLES[change]
    name = printable(tree.name(entry.node))
    remark, remark_role = _remark(tree, entry, change, room - fit.width_of(name))
    remark_width = fit.width_of(remark)
    link = ""
    if entry.link_target is not None:
        link = (" ⇒ " if entry.kind is Kind.HARDLINK else " → ") + printable(entry.link_target)
    shown = fit.middle(name, max(room - remark_width - min(fit.width_of(link), room // 3), 4))
    left = room - remark_width - fit.width_of(shown)
    link = fit.cut(link, left)
    blank = " " * (left - fit.width_of(link))
    return [*_marked(shown, role, view.needle), (link, Role.LINK), (blank, Role.TEXT), (remark, remark_role)]


def _remark(tree: FileTree, entry: Entry, change: Change, room: int) -> tuple[str, Role]:
    """Say beside the name what the row does not show: who ended it, or where it came from; the name goes first."""
    if change is Change.REMOVED:
        return _first_that_fits(room, f"  from {entry.layer_index}", f" ←{entry.layer_index}"), Role.DIM
    end = end_of(tree, entry.entry_id)
    if end is None:
        return "", Role.TEXT
    word, layer = end
    return _first_that_fits(room, f"  ✝ {word} by {layer}", f"  ✝ by {layer}", f" ✝{layer}"), Role.WASTED


def _first_that_fits(room: int, *texts: str) -> str:
    return next((text for text in texts if fit.width_of(text) <= room), texts[-1])


def _marked(text: str, role: Role, needle: str) -> list[Span]:
    at = text.lower().find(needle) if needle else -1
    if at < 0:
        return [(text, role)]
    end = at + len(needle)
    return [(text[:at], role), (text[at:end], Role.MATCH), (text[end:], role)]
