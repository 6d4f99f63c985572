"""The search of the whole image: every path of every layer, also those that are deleted; it gives where to go.

Owns the list of what is found and the thread that finds it. One row is one version of a path: an entry of one layer.
"""

import heapq
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input

from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.inspection import Inspection
from layerscope.tui import blanks, fit, words
from layerscope.tui.boundkeys import with_keys
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.fieldlist import FieldList
from layerscope.tui.filerows import end_of
from layerscope.tui.matching import is_dead
from layerscope.tui.query import Query, parse_query
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.rows import SIZE_WIDTH
from layerscope.tui.search import index_of
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.widgets.written import Written
from layerscope.units import format_size, printable

MOST_FOUND = 200_000
_PIECE = 4096
"""Paths whose versions are sorted together."""
_LAYER_WIDTH = 5
_END_WIDTH = 18


class Place(NamedTuple):
    """Where to go."""

    layer: int
    node: int


class FoundList(LineList):
    """The rows of what was found."""

    def __init__(self, tree: FileTree) -> None:
        super().__init__()
        self._tree = tree
        self.entries: Sequence[int] = ()
        self.needle = ""

    def show(self, entries: Sequence[int], needle: str) -> None:
        """Show these entries from the first."""
        self.entries, self.needle = entries, needle
        self.set_rows(len(entries), cursor=0)

    def tone_of(self, number: int) -> Tone:
        """Show the cursor as if keys went here: they do, but for those that are typed."""
        return Tone.CURSOR if number == self.cursor else Tone.PLAIN

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write one version of a path: size, layer, path, and what became of it."""
        entry = self._tree.entry(self.entries[row])
        ended = end_of(self._tree, entry.entry_id)
        end = f"{ended[0]} by {ended[1]}" if ended else ""
        room = width - SIZE_WIDTH - _LAYER_WIDTH - 3
        end_width = _END_WIDTH if room > 3 * _END_WIDTH else 0
        size = format_size(entry.size_bytes) if entry.kind in {Kind.FILE, Kind.HARDLINK} else ""
        path = fit.left(fit.middle(printable(entry.path), room - end_width - 1), room - end_width)
        return (
            (fit.right(size, SIZE_WIDTH) + " ", Role.TEXT),
            (fit.right(str(entry.layer_index), _LAYER_WIDTH) + "  ", Role.DIM),
            *_marked(path, Role.DEAD if ended else Role.TEXT, self.needle),
            (fit.left(end, end_width), Role.WASTED),
        )


class Everywhere(FieldList[Place]):
    """See the module."""

    _list: "FoundList"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "down(1)", "move", key_display="↑↓", id="everywhere.down", tooltip="one row down"),
        Binding("escape", "give_up", "close", id="everywhere.close", tooltip="back to the panes"),
        Binding("up", "down(-1)", "up", show=False, id="everywhere.up", tooltip="one row up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="everywhere.page-down", tooltip="a page down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="everywhere.page-up", tooltip="a page up"),
    ]
    DEFAULT_CSS = """
    Everywhere {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 120; max-width: 96%; height: 90%; padding: 0 1;
            border: round $focus; border-title-color: $focus; background: $background;
        }
        & Input { border: none; height: 1; padding: 0; background: $cursor-row-blurred; }
        & Written { height: 1; }
        & FoundList { height: 1fr; }
    }
    """

    class Arrived(Message):
        """A search is done, or went wrong."""

        def __init__(self, text: str, found: "array[int] | Exception") -> None:
            super().__init__()
            self.text = text
            self.found = found

    def __init__(self, inspection: Inspection, query: str) -> None:
        super().__init__()
        self._tree = inspection.tree
        self._text = query
        self._count = ""
        self._wake = threading.Condition()
        self._wanted: str | None = query
        self._closed = False

    def compose(self) -> ComposeResult:
        """Put the field above the list."""
        with Vertical() as box:
            box.border_title = Content("Find in all layers")
            box.border_subtitle = Content(with_keys(self, "enter goes there · {everywhere.close} closes"))
            hint = "part of a name · *.so · re:… · ~fuzzy · size:>10M dead:yes"
            yield Input(self._text, placeholder=hint, compact=True)
            self._above = Written(self._header)
            yield self._above
            self._list = FoundList(self._tree)
            self._list.can_focus = False
            yield self._list
        yield KeyBar()

    def on_mount(self) -> None:
        """Begin to search."""
        self._list.explain(self._explain)
        begin("search", self._work)

    def on_unmount(self) -> None:
        """Let the thread end."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    def _header(self, width: int) -> tuple[Line, ...]:
        names = f"  {fit.right('Size', SIZE_WIDTH - 1)} {fit.right('Layer', _LAYER_WIDTH)}  Path"
        room = max(23, fit.width_of(self._count))
        return (((fit.left(names, width - room - 1), Role.DIM), (fit.right(self._count, room), Role.DIM)),)

    def _explain(self, width: int) -> tuple[Line, ...]:
        query = parse_query(self._text)
        if query.fault and query.empty:
            return blanks.faulty(query.remark, width)
        if query.empty:
            keys = (
                ("libssl", "a part of the name; lib/ssl with the directory above"),
                ("*.so", "a whole name; with slashes a whole path, ** across names"),
                ("re:", "a regular expression"),
                ("~lbs", "letters in this order"),
                ("!", "before a term: not"),
                ("size:", "size:>10M  layer:2-5  dead:yes  kind:symlink"),
            )
            return blanks.blank("Type what to look for.", "Every layer is searched, deleted files too.", keys, width)
        if self._count == "…":
            return blanks.blank("Searching …", "", (), width)
        what = f"No layer has a path that matches “{words.one_line(self._text, limit=200)}”."
        return blanks.blank(what, query.hint_in(self._tree.layer_count), (("esc", "back to the panes"),), width)

    # --- searching

    def on_input_changed(self, message: Input.Changed) -> None:
        """Search for what is typed."""
        message.stop()
        self._text = message.value
        self._count = "…"
        self._above.refresh()
        with self._wake:
            self._wanted = message.value
            self._wake.notify()

    def _work(self) -> None:
        while True:
            with self._wake:
                while self._wanted is None and not self._closed:
                    self._wake.wait()
                if self._closed:
                    return
                text, self._wanted = self._wanted or "", None
            found: array[int] | Exception
            with fair_turns():
                try:
                    found = self._found(parse_query(text))
                except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
                    found = error
            if not self._closed:
                self.post_message(self.Arrived(text, found))

    def _found(self, query: Query) -> "array[int]":
        if query.empty:
            return array("i")
        nodes = index_of(self._tree).matching(query.terms) if query.terms else None
        return found_entries(self._tree, query, nodes)

    def on_everywhere_arrived(self, message: Arrived) -> None:
        """Show what was found, if it is still asked for."""
        message.stop()
        if isinstance(message.found, Exception):
            raise message.found
        if message.text != self._text:
            return
        query = parse_query(self._text)
        count = words.count_text(len(message.found), "version")
        if query.fault or query.empty:
            count = query.remark
        elif len(message.found) >= MOST_FOUND:
            count = f"first {count}"
        self._count = count
        self._list.explain(self._explain)
        self._list.show(message.found, query.needle)
        self._above.refresh()

    # --- keys

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Go to the row under the cursor."""
        message.stop()
        self._choose(self._list.cursor)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Go to the row that was clicked."""
        message.stop()
        self._choose(message.row)

    def _choose(self, row: int) -> None:
        if row < len(self._list.entries):
            entry = self._list.entries[row]
            table, place = self._tree.place_of(entry)
            self.dismiss(Place(self._tree.layer_of(entry), table.node[place]))


def found_entries(tree: FileTree, query: Query, nodes: Sequence[int] | None) -> "array[int]":
    """List the entries of all layers for which a filter holds: the biggest first, then by path and by layer.

    What no tar mentions is no version of anything. `nodes` are those whose names match, or None for all.
    """
    if nodes is not None and len(nodes) * 16 < tree.node_count:
        entries: Iterable[int] = (entry for node in nodes for entry in _entries_at(tree, node))
    else:
        entries = _entries_of(tree, nodes)
    found = [entry for entry in entries if _holds(tree, query, entry)]
    return array("i", islice(_biggest_first(tree, found), MOST_FOUND))


def _biggest_first(tree: FileTree, entries: Sequence[int]) -> Iterator[int]:
    """Put entries in order of size, as they were within one; piece by piece, because the screen waits for a sort."""
    count, pieces = max(len(entries), 1), []
    for first in range(0, len(entries), _PIECE):
        piece = entries[first : first + _PIECE]
        pieces.append(sorted(at - _size(tree, entry) * count for at, entry in enumerate(piece, first)))
    for code in heapq.merge(*pieces):
        yield entries[code % count]


def _entries_of(tree: FileTree, nodes: Sequence[int] | None) -> Iterator[int]:
    """Give the entries of many paths in order: sorted piece by piece, because the screen waits while one is sorted."""
    wanted = bytearray(b"\1") * tree.node_count
    if nodes is not None:
        wanted = bytearray(tree.node_count)
        for node in nodes:
            wanted[node] = 1
    pieces: list[list[int]] = [[] for _ in range(tree.node_count // _PIECE + 1)]
    count = tree.entry_count
    for layer, table in enumerate(tree.tables):
        first = tree.first_entry[layer]
        for row, node in enumerate(table.node):
            if wanted[node] and row < table.implied_from:
                pieces[node // _PIECE].append(node * count + first + row)
    for piece in pieces:
        piece.sort()
        for code in piece:
            yield code % count


def _size(tree: FileTree, entry: int) -> int:
    table, row = tree.place_of(entry)
    return table.size[row]


def _entries_at(tree: FileTree, node: int) -> list[int]:
    found = []
    for entry in tree.entries_at(node):
        table, row = tree.place_of(entry)
        if row < table.implied_from:
            found.append(entry)
    return found


def _holds(tree: FileTree, query: Query, entry: int) -> bool:
    layer = tree.layer_of(entry)
    table, row = tree.tables[layer], entry - tree.first_entry[layer]
    if query.layers is not None and not query.layers[0] <= layer <= query.layers[1]:
        return False
    if query.kinds is not None and table.kind[row] not in query.kinds:
        return False
    if query.sizes is not None and not (
        table.kind[row] <= Kind.HARDLINK and query.sizes[0] <= table.size[row] <= query.sizes[1]
    ):
        return False
    if query.dead is not None and is_dead(tree, entry) != query.dead:
        return False
    return query.changes is None or _change(tree, entry) in {one.label for one in query.changes}


def _change(tree: FileTree, entry: int) -> str:
    """Say what its layer did to a path; a removed one is what a later layer removed."""
    if tree.death[entry] != NONE and tree.successor[entry] == NONE:
        return "removed"
    return "added" if tree.below[entry] == NONE else "modified"


def _marked(text: str, role: Role, needle: str) -> list[Span]:
    at = text.lower().rfind(needle) if needle else -1
    if at < 0:
        return [(text, role)]
    end = at + len(needle)
    return [(text[:at], role), (text[at:end], Role.MATCH), (text[end:], role)]
