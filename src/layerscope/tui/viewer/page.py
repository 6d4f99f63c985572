"""The part of a viewer that is scrolled: lines of which only those on the screen are read, on another thread.

Owns what is read and how it is shown (text, bytes, or lines that are given); the screen around it owns which file.
"""

import enum
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

from textual.message import Message

from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob
from layerscope.tui.roles import Line, Role
from layerscope.tui.viewer import showing
from layerscope.tui.viewer.desk import Desk
from layerscope.tui.viewer.document import HEX_BYTES, TextDocument, hex_cells, hex_line_count
from layerscope.tui.viewer.jobs import (
    BLOCK,
    Blocks,
    Key,
    found_sights,
    hex_block,
    indexed_bytes,
    opened_file,
    text_blocks,
)
from layerscope.tui.viewer.magic import Nature, nature_of
from layerscope.tui.viewer.seeking import Sight, bytes_with, lines_with
from layerscope.tui.viewer.wide import SHIFT, Wide
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.widgets.sought import MOST_FOUND, marked, places_in
from layerscope.tui.words import count_text

_COLOURED_WHOLE = 1 << 14
"""Files up to this size are coloured from their start at once, so that what spans many lines is right."""
_COLOURED_LATER = 1 << 18
"""Those up to this size are, too, after what is on the screen has been coloured by itself."""
_MOST_BLOCKS = 200
_UNREAD: Line = (("…", Role.FAINT),)


class Mode(enum.Enum):
    """How a file is shown; the value is how it is called."""

    TEXT = "text"
    BYTES = "bytes"
    FACTS = "facts"
    DIFFERENCE = "difference"


class Page(Wide):
    """One file, shown in one way."""

    class Known(Message):
        """The first bytes are read, so it is known what the file is."""

        def __init__(self, nature: Nature) -> None:
            super().__init__()
            self.nature = nature

    class Failed(Message):
        """Something could not be read."""

        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

    class Read(Message):
        """What was asked for is there, or went wrong."""

        def __init__(self, key: Key, result: object) -> None:
            super().__init__()
            self.key = key
            self.result = result

    def __init__(self, tree: FileTree, blobs: Sequence[LayerBlob]) -> None:
        super().__init__()
        self._tree = tree
        self._desk: Desk[Key] = Desk(tree, blobs, self._tell)
        self._file = 0
        self._entry = -1
        self._file_name = ""
        self._file_bytes = 0
        self._head = b""
        self._mode: Mode | None = None
        self._document: TextDocument | None = None
        self._blocks: Blocks = {}
        self._search = 0
        self._lengths: dict[int, tuple[int, int]] = {}
        """By match: its bytes, and those before it in its line."""

    def _tell(self, key: Key, result: object) -> None:
        self.post_message(self.Read(key, result))

    def on_unmount(self) -> None:
        """Stop reading."""
        self._desk.close()

    # --- which file, and how

    def open(self, entry: int, name: str) -> None:
        """Read the beginning of another file; `Known` follows."""
        self._file += 1
        self._entry, self._file_name = entry, name
        self._document, self._mode, self._head = None, None, b""
        self._blocks.clear()
        self.write_lines(lambda _width: [(("reading …", Role.DIM),)])
        self._desk.ask((self._file, "open", 0), lambda desk: opened_file(desk, entry))

    def show_mode(self, mode: Mode) -> None:
        """Show the file as text or as bytes, from its start."""
        if mode is self._mode or self._document is None:
            return
        self._mode, self.columns = mode, 0
        self._blocks.clear()
        self.set_lines(self._count(), top=0)
        if self.needle:
            self._began_at = 0
            self.look_again()

    def write_lines(self, writer: Callable[[int], Iterable[Line]]) -> None:
        """Show lines that are known."""
        self._mode, self.columns = None, 0
        self.show(writer)

    def compute(self, name: str, job: "Callable[[Desk[Key]], Sequence[Line]]") -> None:
        """Show lines that take their time to be worked out."""
        self.write_lines(lambda _width: [(("comparing …", Role.DIM),)])
        self._file_job = (self._file, name, 0)
        self._desk.ask(self._file_job, job)

    def _count(self) -> int:
        if self._mode is Mode.BYTES:
            return hex_line_count(self._file_bytes)
        return self._document.line_count if self._document else 0

    def on_page_read(self, message: Read) -> None:
        """Show what arrived, if it is of this file."""
        message.stop()
        file, what, number = message.key
        if file != self._file:
            return
        result = message.result
        if isinstance(result, Exception):
            self.post_message(self.Failed(result))
            return
        if what == "open":
            assert isinstance(result, tuple)
            self._head, self._file_bytes, self._document = result
            self.post_message(self.Known(nature_of(self._head, self._file_bytes)))
        elif what == "block":
            assert isinstance(result, dict)
            self._take(result, number)
        elif what == "index":
            self._grow()
        elif message.key == self._file_job and self._mode is None:
            assert isinstance(result, list)
            self.write_lines(lambda _width: result)
        elif what == "seek" and number == self._search:
            assert isinstance(result, tuple)
            self._take_found(*result)
        self._go_on()

    _file_job: Key = (0, "", 0)
    _coloured_file = 0

    def _take(self, blocks: Blocks, mode: int) -> None:
        if self._mode is not None and mode == list(Mode).index(self._mode):
            if len(self._blocks) > _MOST_BLOCKS:
                self._blocks.clear()
            self._blocks.update(blocks)
            self.rewrite()
            self._colour_whole()

    def _colour_whole(self) -> None:
        """Colour the whole file once, now that something of it is on the screen."""
        document = self._document
        fits = _COLOURED_WHOLE < self._file_bytes <= _COLOURED_LATER
        if self._mode is Mode.TEXT and fits and document and self._coloured_file != self._file:
            self._coloured_file = self._file
            name, head = self._file_name, self._head
            key = (self._file, "block", list(Mode).index(Mode.TEXT))
            self._desk.ask(key, lambda _desk: text_blocks(document, 0, name, head, whole=True))

    def _grow(self) -> None:
        if self._mode is Mode.TEXT and self._count() != self.line_count:
            # The last line may have been cut off by the end of what was known.
            self._blocks.pop(self.line_count // BLOCK, None)
            self.set_lines(self._count(), top=self.top)

    def _go_on(self) -> None:
        """Look for the ends of further lines while nothing else is to be done."""
        document = self._document
        key = (self._file, "index", 0)
        if document and document.indexed_bytes < self._file_bytes and not self._desk.waits(key):
            self._desk.ask(key, lambda desk: indexed_bytes(desk, document))

    @property
    def progress(self) -> str:
        """Say how far lines are known, where they are not yet all."""
        document = self._document
        if self._mode is not Mode.TEXT or document is None or document.indexed_bytes >= self._file_bytes:
            return ""
        return f"{100 * document.indexed_bytes // self._file_bytes} % read"

    # --- finding

    def search(self) -> None:
        """Look through the file on the other thread; lines that are given are looked at here."""
        self._search += 1
        self._lengths.clear()
        if self._mode is None:
            super().search()
            return
        entry, document, needle = self._entry, self._document, self.needle
        in_text, size = self._mode is Mode.TEXT, self._file_bytes

        def sights(desk: "Desk[Key]") -> Iterator[Sight]:
            read = desk.peek(entry).read
            assert document is not None
            return lines_with(document, read, needle) if in_text else bytes_with(read, size, needle)

        self._look_on(sights)

    def _look_on(self, sights: "Callable[[Desk[Key]], Iterator[Sight]]") -> None:
        self._desk.ask((self._file, "seek", self._search), lambda desk: found_sights(desk, sights(desk)))

    def _take_found(self, sights: Iterator[Sight], seen: Sequence[Sight], done: bool) -> None:  # noqa: FBT001 - a job's
        hits = [hit for sight in seen for hit in sight.hits][: MOST_FOUND - len(self.found)]
        self._lengths.update((hit.at, (hit.length, hit.column)) for hit in hits)
        done = done or len(self.found) + len(hits) == MOST_FOUND
        self._grow()
        self.take([hit.at for hit in hits], done=done)
        self.rewrite()
        if not done:
            self._look_on(lambda _desk: sights)

    def line_of(self, found: int) -> int:
        """Give the line of a match: of bytes, of the first one."""
        return found // HEX_BYTES if self._mode is Mode.BYTES else found

    def count_text(self, count: int) -> str:
        """Say how many matches there are."""
        return count_text(count, "match", "matches") if self._mode is Mode.BYTES else super().count_text(count)

    def show_match(self, found: int) -> None:
        """Go to the right, or back, where a match is not on the screen."""
        if self._mode is not Mode.TEXT:
            return
        length, column = self._lengths[found]
        start = showing.NUMBER_WIDTH + column
        if not self.columns <= start <= start + length <= self.columns + self.text_width - 1:
            self.columns = max(start - self.text_width // 2, 0) // SHIFT * SHIFT
            self.rewrite()

    def _marked(self, number: int, line: Line, width: int) -> Line:
        if self._mode is Mode.TEXT:
            return marked(line, places_in(line, self.needle, showing.NUMBER_WIDTH))
        first = number * HEX_BYTES
        # A match that begins lines above may reach into this one.
        at = max(bisect_left(self.found, first) - 1, 0)
        cells: set[int] = set()
        for start in self.found[at : bisect_left(self.found, first + HEX_BYTES)]:
            stop = start + self._lengths[start][0]
            for byte in range(max(start, first), min(stop, first + HEX_BYTES)):
                cells.update(hex_cells(byte - first, width))
        return marked(line, [range(cell, cell + 1) for cell in sorted(cells)])

    # --- drawing

    def _write(self) -> None:
        if self._mode is None:
            super()._write()
        else:
            self._blocks.clear()
            self.rewrite()

    def line_at(self, number: int, width: int, tone: Tone) -> Line:
        """Give a line; one that is not read yet is asked for."""
        if self._mode is None:
            return super().line_at(number, width, tone)
        block = self._blocks.get(number // BLOCK)
        if block is None:
            self._fetch(number // BLOCK, width)
            return (" ", Role.TEXT), *_UNREAD
        inside = number % BLOCK
        line = block[inside] if inside < len(block) else ()
        if self.needle:
            line = self._marked(number, line, width)
        return (" ", Role.TEXT), *showing.shifted(line, self.columns)

    def _fetch(self, block: int, width: int) -> None:
        assert self._mode is not None
        mode, entry, document = self._mode, self._entry, self._document
        key = (self._file, "block", list(Mode).index(mode))
        if self._desk.waits(key):
            return  # what is then missing is asked for when that is drawn
        if mode is Mode.BYTES:
            self._desk.ask(key, lambda desk: {block: hex_block(desk, entry, block, width)})
        elif document:
            whole = self._file_bytes <= _COLOURED_WHOLE
            name, head = self._file_name, self._head
            self._desk.ask(key, lambda _desk: text_blocks(document, block, name, head, whole=whole))
