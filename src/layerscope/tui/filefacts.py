"""Everything about one file as lines of a given width: what it is, what became of it, and its whole life. Pure."""

from collections.abc import Iterator

from layerscope.filesystem.timeline import timeline
from layerscope.model.files import Change, Entry, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.inspection import Inspection
from layerscope.model.timeline import TimelineEvent
from layerscope.tui import fit, words
from layerscope.tui.facts import BLANK, Fact, fact_lines, title
from layerscope.tui.filerows import aspects_text, end_of, mode_text
from layerscope.tui.roles import Line, Role
from layerscope.tui.rows import SIZE_WIDTH
from layerscope.units import format_size, printable

_MOST_XATTRS = 50
_MOST_NAMES = 8
_MOST_VALUE = 400
_KINDS = {
    Kind.FILE: "file",
    Kind.HARDLINK: "file, a further name of one (hard link)",
    Kind.SYMLINK: "symbolic link",
    Kind.DIRECTORY: "directory",
    Kind.CHARACTER: "character device",
    Kind.BLOCK: "block device",
    Kind.FIFO: "named pipe",
}
_GLYPHS = {
    Change.ADDED: ("+", Role.ADDED),
    Change.MODIFIED: ("~", Role.MODIFIED),
    Change.REMOVED: ("-", Role.REMOVED),
    Change.UNMODIFIED: ("=", Role.WASTED),
}


def entry_seen(tree: FileTree, node: int, layer: int) -> int:
    """Give a path's entry once a layer is applied, else the last it had before; NONE if it had none."""
    entry = tree.alive_after(node, layer)
    if entry != NONE:
        return entry
    before = [one for one in tree.entries_at(node) if tree.layer_of(one) <= layer]
    return before[-1] if before else NONE


def file_lines(inspection: Inspection, node: int, layer: int, width: int) -> Iterator[Line]:
    """Write everything about a path as it is once a layer is applied, and its timeline."""
    tree = inspection.tree
    entry_id = entry_seen(tree, node, layer)
    for part in fit.wrap(printable(tree.path(node)), width):
        yield ((part, Role.STRONG),)
    yield BLANK
    if entry_id != NONE:
        yield from fact_lines(entry_facts(inspection, entry_id), width)
        yield BLANK
    yield title("What each layer did to it")
    for event in timeline(tree, node):
        yield from _event_lines(inspection, event, width, here=event.layer_index == layer)


def entry_facts(inspection: Inspection, entry_id: int) -> Iterator[Fact]:
    """Say what an entry is and what became of it."""
    tree = inspection.tree
    entry = tree.entry(entry_id)
    yield Fact("kind", _KINDS[entry.kind] + (" that no entry mentions" if entry.implied else ""))
    yield Fact("shipped by", _layer_text(inspection, entry.layer_index))
    if entry.kind in {Kind.FILE, Kind.HARDLINK}:
        yield Fact("size", _size_text(entry))
    yield Fact("mode", f"{mode_text(entry)} ({entry.mode:04o})")
    yield Fact("owner", f"{entry.uid}:{entry.gid}")
    if not entry.implied:  # no tar says when
        yield Fact("modified", words.time_text(entry.mtime_s))
    if entry.link_target is not None:
        yield Fact("target", printable(entry.link_target), Role.LINK)
    if entry.device is not None:
        yield Fact("device", "{}, {}".format(*entry.device))
    yield from _names(tree, entry_id)
    for name, value in list(entry.xattrs.items())[:_MOST_XATTRS]:
        yield Fact("xattr", f"{printable(name)} = {printable(value[:_MOST_VALUE])}")
    yield from _fate(inspection, entry_id)


def _size_text(entry: Entry) -> str:
    text = f"{format_size(entry.size_bytes)} ({entry.size_bytes:,} bytes)"
    if entry.kind is Kind.FILE and entry.stored_bytes != entry.size_bytes:
        text += f", {format_size(entry.stored_bytes)} stored: it has holes"
    return text


def _names(tree: FileTree, entry_id: int) -> Iterator[Fact]:
    """List the other names of a file that has several."""
    inode = tree.inode_of(entry_id)
    others = [one for one in (inode, *tree.links.get(inode, ())) if one != entry_id]
    for other in others[:_MOST_NAMES]:
        table, row = tree.place_of(other)
        yield Fact("also named", printable(tree.path(table.node[row])))
    if len(others) > _MOST_NAMES:
        yield Fact("", f"… and {len(others) - _MOST_NAMES:,} more")


def _fate(inspection: Inspection, entry_id: int) -> Iterator[Fact]:
    ended = end_of(inspection.tree, entry_id)
    if ended is None:
        yield Fact("fate", f"{words.LIVE_GLYPH} live: it is in the image", Role.GOOD)
        return
    what, killer = ended
    yield Fact("fate", what, Role.WASTED)
    if killer != NONE:
        yield Fact("ended by", _layer_text(inspection, killer), Role.WASTED)


def _layer_text(inspection: Inspection, index: int) -> str:
    layer = inspection.layers[index]
    keyword, text = words.instruction_parts(layer.instruction, layer.created_by or "")
    line = layer.instruction.dockerfile_line if layer.instruction else None
    where = f", Dockerfile line {line}" if line is not None else ""
    instruction = f"{keyword} {text}".strip()
    return f"layer {index}{where}{': ' + instruction if instruction else ''}"


def _event_lines(inspection: Inspection, event: TimelineEvent, width: int, *, here: bool) -> Iterator[Line]:
    glyph, role = _GLYPHS[event.change]
    what = {Change.UNMODIFIED: "shipped again"}.get(event.change, event.change.label)
    if event.aspects:
        what += f": {aspects_text(event.aspects)}"
    size = format_size(event.stored_bytes) if event.stored_bytes else ""
    mark = "▸" if here else " "
    head = f"{mark}{event.layer_index:>3} "
    name = fit.left(what, max(width - len(head) - 2 - SIZE_WIDTH, 8))
    yield (head, Role.FOCUS), (f"{glyph} ", role), (name, Role.TEXT), (fit.right(size, SIZE_WIDTH), Role.TEXT)
    layer = inspection.layers[event.layer_index]
    keyword, text = words.instruction_parts(layer.instruction, layer.created_by or "")
    if keyword or text:
        yield (" " * 7, Role.TEXT), (fit.cut(f"{keyword} {text}".strip(), width - 7), Role.DIM)
