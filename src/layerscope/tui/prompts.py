"""Questions above the panes: a line to type, a list to choose from, and work that can be stopped. No image here."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from layerscope.tui import fit
from layerscope.tui.boundkeys import is_key_of, with_keys
from layerscope.tui.firstdrawing import Sheet
from layerscope.tui.meter import Reading
from layerscope.tui.roles import Line, Role
from layerscope.tui.widgets.bars import bar_on_track
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.lines import LineList
from layerscope.tui.widgets.written import Written
from layerscope.units import format_size

_BOX = """
    align: center middle;
    background: $background 60%;
    & > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        border: round $focus; border-title-color: $focus; background: $background;
    }
"""


class Question(Sheet[str | None]):
    """A line to type; gives what was typed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "cancel", id="question.cancel", tooltip="do not do it"),
    ]
    DEFAULT_CSS = f"""
    Question {{{_BOX}
        & Input {{ border: none; height: 1; padding: 0; background: $cursor-row-blurred; margin: 1 0; }}
    }}
    """

    def __init__(self, title: str, lines: Sequence[Line], value: str) -> None:
        """`title` and `lines` are printable."""
        super().__init__()
        self._title, self._lines, self._value = title, lines, value

    def compose(self) -> ComposeResult:
        """Put the field below the text."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content(with_keys(self, "enter does it · {question.cancel} cancels"))
            above = Written(lambda width: [((fit.cut(line[0][0], width), line[0][1]),) for line in self._lines])
            above.styles.height = len(self._lines)
            yield above
            yield Input(self._value, compact=True, select_on_focus=False)
        yield KeyBar()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        """Give the answer."""
        message.stop()
        self.dismiss(message.value.strip() or None)

    def action_give_up(self) -> None:
        """Give none."""
        self.dismiss(None)


class Option(LineList):
    """The rows of a choice."""

    def __init__(self, options: Sequence[Callable[[], Line]]) -> None:
        super().__init__()
        self.options = options
        self.set_reactive(LineList.cursor, 0)
        self.row_count = self.line_count = len(options)

    def row_line(self, row: int, part: int, width: int) -> Line:  # noqa: ARG002 - rows are one line high
        """Write an option; it says itself what it is at the moment."""
        used = 0
        spans = []
        for text, role in self.options[row]():
            shown = fit.cut(text, width - used)
            used += fit.width_of(shown)
            spans.append((shown, role))
        return tuple(spans)


class Choice(Sheet[int | None]):
    """A list; gives the number of what was chosen, or None. With `toggle` rows are turned, and the list stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "give_up", "cancel", id="choice.cancel", tooltip="back"),
        Binding("space", "turn", "choose", id="choice.turn", tooltip="choose, or turn on and off"),
    ]
    DEFAULT_CSS = f"""
    Choice {{{_BOX}
        & Option {{ height: auto; max-height: 20; margin: 1 0; }}
    }}
    """

    def __init__(
        self,
        title: str,
        lines: Sequence[Line],
        options: Sequence[Callable[[], Line]],
        *,
        toggle: Callable[[int], None] | None = None,
        opened_by: str = "",
    ) -> None:
        """`title`, `lines` and what `options` write are printable; the key of the action `opened_by` closes it, too."""
        super().__init__()
        self._opened_by = opened_by
        self._title, self._lines, self._toggle = title, lines, toggle
        self._options = options

    def compose(self) -> ComposeResult:
        """Put the list below the text."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            ways = "{choice.turn} turns · {choice.cancel} closes"
            if not self._toggle:
                ways = "enter chooses · {choice.cancel} cancels"
            box.border_subtitle = Content(with_keys(self, ways))
            above = Written(lambda width: [((fit.cut(line[0][0], width), line[0][1]),) for line in self._lines])
            above.styles.height = len(self._lines)
            yield above
            self._list = Option(self._options)
            self._list.styles.height = min(len(self._options), 16)
            yield self._list
        yield KeyBar()

    def on_mount(self) -> None:
        """Give keys to the list."""
        self._list.focus()

    def on_key(self, event: events.Key) -> None:
        """Close it by the key that opened it."""
        below = self.app.screen_stack[-2] if len(self.app.screen_stack) > 1 else self
        if self._opened_by and is_key_of(below, self._opened_by, event.key):
            event.stop()
            self.dismiss(None)

    def on_line_list_chosen(self, message: LineList.Chosen) -> None:
        """Give the answer, or turn the row."""
        message.stop()
        if self._toggle:
            self.action_turn()
        else:
            self.dismiss(message.row)

    def action_turn(self) -> None:
        """Turn the row, or choose it."""
        if self._toggle is None:
            self.dismiss(self._list.cursor)
            return
        self._toggle(self._list.cursor)
        self._list.rewrite()

    def name_of_key(self, action: str) -> str | None:
        """Say what keys do with rows that are turned; None for what they always do."""
        turning = {"choice.turn": "turn", "choice.cancel": "close"}
        return turning.get(action) if self._toggle else None

    def action_give_up(self) -> None:
        """Give none."""
        self.dismiss(None)


class Busy(Sheet[None]):
    """Work that goes on, and can be stopped."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "halt", "stop", id="busy.stop", tooltip="stop it"),
    ]
    DEFAULT_CSS = f"Busy {{{_BOX}}}"

    def __init__(self, title: str, stop: Callable[[], None]) -> None:
        """`title` is printable."""
        super().__init__()
        self._title, self._stop = title, stop
        self._reading: Reading | None = None
        self._stopping = False

    def compose(self) -> ComposeResult:
        """Show a bar."""
        with Vertical() as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content(with_keys(self, "{busy.stop} stops"))
            self._bar = Written(self._line)
            yield self._bar
        yield KeyBar()

    def tell(self, reading: Reading) -> None:
        """Say how far it is."""
        self._reading = reading
        if self.is_mounted:
            self._bar.refresh()

    def _line(self, width: int) -> tuple[Line, ...]:
        reading = self._reading
        if self._stopping or reading is None:
            return ((("stopping …" if self._stopping else "…", Role.DIM),),)
        text = f" {format_size(reading.done_bytes)}"
        if reading.ratio is None:
            return (((text, Role.TEXT),),)
        return ((*bar_on_track(reading.ratio, max(width - len(text), 4), Role.FOCUS), (text, Role.TEXT)),)

    def action_halt(self) -> None:
        """Have it stopped."""
        self._stopping = True
        self._bar.refresh()
        self._stop()
