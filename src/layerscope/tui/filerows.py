"""The rows of the file pane, from the model to cells. Pure: no widget, no state."""

import stat
from array import array
from collections.abc import Iterable, Sequence

from layerscope.frozen import dataclass, replace
from layerscope.model.files import Aspect, Change, Entry, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.ledger import Fate
from layerscope.tui import fit
from layerscope.tui.arrange import Arrangement
from layerscope.tui.looks import Column, Sort
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.rows import SIZE_WIDTH
from layerscope.tui.widgets.bars import bar
from layerscope.tui.words import fate_glyph
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
_LAYER_WIDTH = 5
_FIXED_WIDTHS = {Column.SIZE: SIZE_WIDTH, Column.BAR: 8, Column.WASTE: SIZE_WIDTH, Column.CHANGE: 13, Column.MODE: 10}
_MAKE_WAY = ((Column.BAR, 42), (Column.CHANGE, 40), (Column.OWNER, 22), (Column.MODE, 22), (Column.WASTE, 16))
"""Columns make way, in this order, until the name has this much room."""
_NAMES = {
    Column.SIZE: "Size",
    Column.WASTE: "Waste",
    Column.CHANGE: "Change",
    Column.MODE: "Mode",
    Column.OWNER: "Owner",
}
_TO_THE_RIGHT = {Column.SIZE, Column.WASTE}
_SORTS = {Column.SIZE: Sort.SIZE, Column.BAR: Sort.SIZE, Column.WASTE: Sort.WASTE}
"""What a column is sorted by, where there is an order for it."""
_ASPECT_WORDS = (
    (Aspect.KIND, "kind"),
    (Aspect.CONTENT, "content"),
    (Aspect.LINK, "target"),
    (Aspect.DEVICE, "device"),
    (Aspect.MODE, "mode"),
    (Aspect.OWNER, "owner"),
    (Aspect.XATTRS, "xattrs"),
    (Aspect.MTIME, "mtime"),
)
_LEAST_INSTRUCTION = 10


@dataclass(frozen=True, slots=True)
class FileColumns:
    """Which columns the file pane has room for, in order, with their widths."""

    width: int
    columns: tuple[tuple[Column, int], ...]
    layer: int
    """Width of the column with the layer that a row is from; 0 where all rows are from one."""

    @property
    def name(self) -> int:
        """Width that is left for the name."""
        return self.width - 2 - sum(width + 1 for _column, width in self.columns) - (self.layer + 1) * bool(self.layer)

    @classmethod
    def of(
        cls, width: int, *, owner_width: int, layer: bool, wanted: frozenset[Column] = frozenset(Column)
    ) -> "FileColumns":
        """Choose the columns for a width."""
        widths = {**_FIXED_WIDTHS, Column.OWNER: owner_width}
        chosen = cls(width, tuple((one, widths[one]) for one in Column if one in wanted), _LAYER_WIDTH * layer)
        for column, least in _MAKE_WAY:
            if chosen.name < least:
                chosen = replace(chosen, columns=tuple(one for one in chosen.columns if one[0] is not column))
        return chosen

    def sort_at(self, cell: int) -> Sort | None:
        """Say what a click on a column's name, in a cell of the header, sorts by."""
        start = 2
        for column, width in self.columns:
            if start <= cell < start + width:
                return _SORTS.get(column)
            start += width + 1
        return Sort.NAME if cell >= self.width - self.name else None


def aspects_text(aspects: int) -> str:
    """Say in what a modified path differs: "content, mode"; a new time beside new content is no news."""
    named = [word for aspect, word in _ASPECT_WORDS if aspects & aspect]
    return ", ".join(named[:-1] if len(named) > 1 and aspects & Aspect.MTIME else named)


def owner_width(tree: FileTree) -> int:
    """Find how wide "uid:gid" gets in an image."""
    users = max([0, *(_greatest(table.uid) for table in tree.tables)])
    groups = max([0, *(_greatest(table.gid) for table in tree.tables)])
    return max(5, len(str(users)) + len(str(groups)) + 1)


def _greatest(numbers: "array[int]") -> int:
    """Find the greatest; at once where all are 0, as in most layers: the screen waits for it."""
    data = numbers.tobytes()
    return max(numbers) if data.count(0) != len(data) else 0


def file_header(columns: FileColumns, sort: Sort = Sort.NAME) -> Line:
    """Name the columns of the file pane; the one that it is sorted by stands out."""
    spans: list[Span] = [("  ", Role.DIM)]
    for column, width in columns.columns:
        name = _NAMES.get(column, "")
        text = fit.right(name, width) if column in _TO_THE_RIGHT else fit.left(name, width)
        spans.append((text + " ", Role.STRONG if _SORTS.get(column) is sort else Role.DIM))
    if columns.layer:
        spans.append((fit.right("Layer", columns.layer) + " ", Role.DIM))
    spans.append((fit.left("Name", columns.name), Role.STRONG if sort is Sort.NAME else Role.DIM))
    return tuple(spans)


@dataclass(frozen=True, slots=True)
class FileView:
    """What all rows of the file pane have in common."""

    arrangement: Arrangement
    owner_width: int
    wanted: frozenset[Column] = frozenset(Column)
    layer_column: bool = False
    """Rows are from different layers."""
    doers: Sequence[str] = ()
    """By layer: its instruction in one line, to be said of what it ended."""
    needle: str = ""
    """Lower-case text to underline in names."""

    def columns(self, width: int) -> FileColumns:
        """Choose the columns for a width."""
        return FileColumns.of(width, owner_width=self.owner_width, layer=self.layer_column, wanted=self.wanted)

    def narrowed(self, needle: str) -> "FileView":
        """Give the same view with another filter."""
        return replace(self, needle=needle)

    def doer(self, layer: int) -> str:
        """Name a layer's instruction."""
        return self.doers[layer] if 0 <= layer < len(self.doers) else ""


def file_line(view: FileView, columns: FileColumns, place: int, *, is_open: bool, mark: str = " ") -> Line:
    """Write the row of one path; `mark` tells that it is planned to be left out."""
    arrangement = view.arrangement
    tree, diff = arrangement.tree, arrangement.diff
    row = arrangement.row[place]
    entry = tree.entry(diff.after[row] if diff.after[row] != NONE else diff.before[row])
    change = Change(diff.change[row])
    again = _is_shipped_again(arrangement, row)
    spans: list[Span] = [("=", Role.WASTED) if again else (_GLYPHS[change], _CHANGE_ROLES[change]), (mark, Role.GOOD)]
    for column, width in columns.columns:
        text, role = _cell(column, arrangement, row, entry, width)
        spans.append(((fit.right if column in _TO_THE_RIGHT else fit.left)(text, width) + " ", role))
    if columns.layer:
        spans.append((fit.right(str(entry.layer_index), columns.layer) + " ", Role.DIM))
    arrow = ("▾ " if is_open else "▸ ") if arrangement.has_children(place) else "  "
    indent = _indent(arrangement.depth(place), columns.name)
    spans.append((indent + arrow, Role.DIM))
    room = columns.name - len(indent) - len(arrow)
    return (*spans, *_name_cell(view, entry, change, room))


def _cell(column: Column, arrangement: Arrangement, row: int, entry: Entry, width: int) -> Span:
    diff = arrangement.diff
    if column is Column.SIZE:
        return format_size(diff.size[row]), Role.TEXT if diff.size[row] else Role.FAINT
    if column is Column.BAR:
        whole = diff.size[0]
        return bar(min(diff.size[row] / whole, 1) if whole else 0, width), Role.DIM
    if column is Column.WASTE:
        return format_size(diff.wasted[row]) if diff.wasted[row] else "", Role.WASTED
    if column is Column.CHANGE:
        return _change_text(arrangement, row), Role.DIM
    return (mode_text(entry) if column is Column.MODE else f"{entry.uid}:{entry.gid}"), Role.DIM


def _change_text(arrangement: Arrangement, row: int) -> str:
    """Say how a path differs from what lies below."""
    diff = arrangement.diff
    change = Change(diff.change[row])
    if change is not Change.MODIFIED:
        again = "shipped again" if _is_shipped_again(arrangement, row) else ""
        return {Change.ADDED: "new", Change.REMOVED: "removed"}.get(change, again)
    text = aspects_text(diff.aspects[row])
    if not diff.aspects[row] & Aspect.CONTENT or diff.before[row] == NONE:
        return text
    table, place = arrangement.tree.place_of(arrangement.tree.inode_of(diff.before[row]))
    table2, place2 = arrangement.tree.place_of(arrangement.tree.inode_of(diff.after[row]))
    grown = table2.size[place2] - table.size[place]
    sign = "+" if grown > 0 else "\N{MINUS SIGN}"
    return text.replace("content", f"{sign}{format_size(abs(grown))}", 1) if grown else text


def _is_shipped_again(arrangement: Arrangement, row: int) -> bool:
    """Tell whether a file is there as it was before, but its bytes a second time."""
    diff = arrangement.diff
    before, after = diff.before[row], diff.after[row]
    if diff.change[row] != Change.UNMODIFIED or before == after or NONE in {before, after}:
        return False
    table, place = arrangement.tree.place_of(after)
    return table.size[place] > 0


def arrow_cells(view: FileView, columns: FileColumns, place: int) -> range:
    """Say which cells of a row hold the arrow that folds it."""
    start = columns.width - columns.name + len(_indent(view.arrangement.depth(place), columns.name))
    return range(start, start + 2) if view.arrangement.has_children(place) else range(0)


def end_of(tree: FileTree, entry_id: int) -> tuple[str, int] | None:
    """Say how an entry ended and by which layer; None while it is in the final image, and for replaced directories."""
    fate = Fate(tree.fate[entry_id]) if tree.fate else Fate.LIVE
    if fate is not Fate.LIVE:
        return f"{fate_glyph(fate)} {fate.label}", tree.killer[entry_id]
    death = tree.death[entry_id]
    if death == NONE:
        return None
    # It ships no bytes, or other links keep them.
    if tree.successor[entry_id] == NONE:
        return f"{fate_glyph(Fate.DELETED)} deleted", death
    table, row = tree.place_of(entry_id)
    replaced = f"{fate_glyph(Fate.OVERWRITTEN)} replaced"
    return None if table.kind[row] == Kind.DIRECTORY else (replaced, death)


def mode_text(entry: Entry) -> str:
    """Write kind and permissions as `ls -l` does."""
    return stat.filemode(_TYPE_BITS[entry.kind] | entry.mode)


def _indent(depth: int, name_width: int) -> str:
    # However deep a hostile tree goes, half of the column stays for the name.
    step = 2 if name_width >= 32 else 1
    return " " * min(depth * step, max(name_width // 2 - 2, 0))


def _name_cell(view: FileView, entry: Entry, change: Change, room: int) -> Iterable[Span]:
    tree = view.arrangement.tree
    name = printable(tree.name(entry.node))
    ended = None if change is Change.REMOVED else end_of(tree, entry.entry_id)
    role = Role.GONE if change is Change.REMOVED else Role.DEAD if ended else _CHANGE_ROLES[change]
    link = ""
    if entry.link_target is not None:
        link = (" ⇒ " if entry.kind is Kind.HARDLINK else " → ") + printable(entry.link_target)
    left = room - fit.width_of(name) - min(fit.width_of(link), room // 3)
    if ended:
        remark, remark_role = _remark(f"{ended[0]} by", ended[1], view, left), Role.WASTED
    elif change is Change.REMOVED:
        remark, remark_role = _remark("from", entry.layer_index, view, left), Role.DIM
    else:
        remark, remark_role = "", Role.TEXT
    remark_width = fit.width_of(remark)
    shown = fit.around(name, max(room - remark_width - min(fit.width_of(link), room // 3), 4), view.needle)
    left = room - remark_width - fit.width_of(shown)
    link = fit.cut(link, left)
    blank = " " * (left - fit.width_of(link))
    return [*_marked(shown, role, view.needle), (link, Role.LINK), (blank, Role.TEXT), (remark, remark_role)]


def _remark(what: str, layer: int, view: FileView, room: int) -> str:
    """Say beside the name what the row does not show: who ended it, or where it came from; the name goes first."""
    glyph, _, words = what.partition(" ")
    short = f" {glyph}{layer}" if words else f" ←{layer}"
    full = f"  {what} {layer}"
    doer = view.doer(layer)
    left = room - fit.width_of(full) - 2
    if doer and left >= _LEAST_INSTRUCTION:
        return f"{full} {fit.cut(doer, left)}"
    return _first_that_fits(room, full, f"  {glyph} by {layer}" if words else short, short)


def _first_that_fits(room: int, *texts: str) -> str:
    return next((text for text in texts if fit.width_of(text) <= room), texts[-1])


def _marked(text: str, role: Role, needle: str) -> list[Span]:
    at = text.lower().find(needle) if needle else -1
    if at < 0:
        return [(text, role)]
    end = at + len(needle)
    return [(text[:at], role), (text[at:end], Role.MATCH), (text[end:], role)]
