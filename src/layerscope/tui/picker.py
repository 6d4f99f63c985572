"""A list to choose from by typing a part of what is looked for: the palette of all actions, and the themes.

Owns the field, which rows match, and where in them. What choosing means is the caller's. Rows are our own words.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from layerscope.frozen import dataclass
from layerscope.tui import fit
from layerscope.tui.boundkeys import with_keys
from layerscope.tui.fieldlist import FieldList
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.painter import Tone

_KEY_WIDTH = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that can be chosen; all texts are printable."""

    text: str
    where: str = ""
    """What it belongs to."""
    key: str = ""
    """The key that does the same."""
    also: tuple[str, ...] = ()
    """Other words for it, which are not shown: who types exactly one of them means this."""
    here: bool = False
    """It belongs to what is in use now: of rows that are called alike it comes first."""


def matching(rows: Sequence[Row], typed: str) -> list[int]:
    """Find the rows that have every word that is typed.

    First those of that key, then those of what is in use in which the words begin words, then those called exactly so.
    """
    whole = typed.strip()
    words = whole.lower().split()
    if not words:
        return list(range(len(rows)))
    found = []
    for number, row in enumerate(rows):
        text = f" {row.text} {row.where} ".lower()
        all_words = f"{text}{' '.join(row.also).lower()} "
        if all(word in text or f" {word}" in all_words or word == row.key.lower() for word in words):
            begun = sum(f" {word}" in text for word in words)
            starts = text.startswith(f" {whole.lower()}")
            rank = (whole != row.key, not (row.here and begun), whole not in row.also, not row.here, -begun, not starts)
            found.append((rank, number))
    return [number for _rank, number in sorted(found)]


class Picked(LineList, can_focus=False, inherit_bindings=False):
    """The rows that match."""

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__()
        self._rows = rows
        self.found: list[int] = []
        self._words: list[str] = []

    def narrow(self, typed: str, cursor: int = 0) -> None:
        """Show what matches."""
        self._words = typed.lower().split()
        self.found = matching(self._rows, typed)
        self.set_rows(len(self.found), cursor=cursor)

    @property
    def chosen(self) -> int | None:
        """Number of the row under the cursor."""
        return self.found[self.cursor] if self.cursor < len(self.found) else None

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write what it is, what it belongs to, and its key at the right edge."""
        one = self._rows[self.found[row]]
        key = fit.right(one.key, max(fit.width_of(one.key) + 2, _KEY_WIDTH))
        where = f"  {one.where}" if one.where else ""
        room = width - fit.width_of(key)
        text = fit.cut(one.text, max(room - fit.width_of(where), room // 2))
        rest = fit.left(where, max(room - fit.width_of(text), 0))
        return *self._marked(text), (rest, Role.DIM), (key, Role.KEYWORD)

    def _marked(self, text: str) -> list[Span]:
        """Underline what was typed."""
        low = text.lower()
        places = sorted((low.find(word), word) for word in self._words if word in low)
        spans: list[Span] = []
        done = 0
        for at, word in places:
            if at >= done:
                spans += [(text[done:at], Role.TEXT), (text[at : at + len(word)], Role.MATCH)]
                done = at + len(word)
        return [*spans, (text[done:], Role.TEXT)]

    def tone_of(self, number: int) -> Tone:
        """Show the cursor as if keys went here: they do, but for those that are typed."""
        return Tone.CURSOR if number == self.cursor else Tone.PLAIN

    def clicked(self, row: int, _cell: int, *, double: bool) -> None:
        """Choose by one click."""
        del double
        self.post_message(self.Chosen(row))


class Picker(FieldList[int]):
    """A field and a list; gives the number of the row that was chosen, or None."""

    AUTO_FOCUS = "Input"
    _list: "Picked"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "down(1)", "move", key_display="↑↓", id="picker.down", tooltip="one row down"),
        Binding("escape", "give_up", "close", id="picker.close", tooltip="back, with nothing chosen"),
        Binding("up,ctrl+p", "down(-1)", "up", show=False, id="picker.up", tooltip="one row up"),
        Binding("pagedown", "page(1)", "page down", show=False, id="picker.page-down", tooltip="a page down"),
        Binding("pageup", "page(-1)", "page up", show=False, id="picker.page-up", tooltip="a page up"),
    ]
    DEFAULT_CSS = """
    Picker {
        align: center top;
        background: $background 60%;
        & > Vertical {
            width: 84; max-width: 96%; height: 80%; max-height: 32; margin-top: 2; padding: 0 1;
            border: round $focus; border-title-color: $focus; border-subtitle-color: $dim-text;
            background: $background;
        }
        & Input { border: none; height: 1; padding: 0; background: $cursor-row-blurred; margin-bottom: 1; }
        &:ansi { background: transparent; }
    }
    """

    def __init__(
        self,
        title: str,
        rows: Sequence[Row],
        *,
        hint: str,
        at: int = 0,
        moved: Callable[[int | None], None] | None = None,
    ) -> None:
        """Begin `at` a row; `moved` is told which row the cursor is on whenever the user changes that."""
        super().__init__()
        self._title, self._rows, self._hint, self._at, self._moved = title, rows, hint, at, moved

    def compose(self) -> ComposeResult:
        """Put the field above the list."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content(with_keys(self, "enter chooses · {picker.close} closes"))
            yield Input(placeholder=self._hint, compact=True)
            self._list = Picked(self._rows)
            yield self._list
        yield KeyBar()

    def on_mount(self) -> None:
        """Show all rows."""
        self._list.explain(lambda _width: ((("Nothing is called that.", Role.DIM),),))
        self._list.narrow("", self._at)
        self._list.tell_moves(self._tell)

    def _tell(self, _row: int) -> None:
        if self._moved:
            self._moved(self._list.chosen)

    def on_input_changed(self, message: Input.Changed) -> None:
        """Show what matches."""
        message.stop()
        if message.value or self._list.row_count != len(self._rows):
            self._list.narrow(message.value)
            self._tell(0)

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Give the row under the cursor."""
        message.stop()
        if self._list.chosen is not None:
            self.dismiss(self._list.chosen)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Give the row that was clicked."""
        message.stop()
        self.dismiss(self._list.found[message.row])
