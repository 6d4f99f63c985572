"""The line in which a filter is typed, with the number of matches beside it."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import NULL_SIZE
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

from layerscope.tui import fit
from layerscope.tui.roles import Line, Role
from layerscope.tui.widgets.written import Written


class FilterInput(Input):
    """The field; leaves by enter or down, and clears by escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "leave", "to the list", key_display="⏎", id="find.leave", tooltip="go to what matches"),
        Binding("escape", "clear", "clear", id="find.clear", tooltip="give it up"),
    ]

    virtual_size = reactive(NULL_SIZE, layout=False)  # else all of the screen is laid out again at each letter

    class Left(Message):
        """The user is done typing."""

    class Cleared(Message):
        """The user wants all files back."""

    def __init__(self, typed: Callable[[str], None], hint: str) -> None:
        """`typed` is told at once what is typed now: what it finds is drawn together with it."""
        super().__init__(placeholder=hint, compact=True, select_on_focus=False)
        self._typed = typed

    def on_input_changed(self, message: Input.Changed) -> None:
        """Tell what is typed now."""
        message.stop()
        self._typed(message.value)

    def action_leave(self) -> None:
        """Tell that typing is done."""
        self.post_message(self.Left())

    def action_clear(self) -> None:
        """Tell that the filter shall go."""
        self.post_message(self.Cleared())


class FilterBar(Horizontal):
    """A slash, the field, and the count."""

    DEFAULT_CSS = """
    FilterBar {
        height: 1;
        display: none;
        & > .slash { width: 2; }
        & > FilterInput { width: 1fr; border: none; height: 1; padding: 0; background: transparent; }
        & > .count { width: 40%; }
        & > .count.-fault { width: 78%; }
    }
    """

    def __init__(self, typed: Callable[[str], None], *, hint: str) -> None:
        """`typed` is told what is typed; `hint` says what can be."""
        super().__init__()
        self._typed, self._hint = typed, hint
        self._count = ""

    def compose(self) -> ComposeResult:
        """Put the parts side by side."""
        yield Written(lambda _width: (((" /", Role.FOCUS),),), classes="slash")
        yield FilterInput(self._typed, self._hint)
        yield Written(self._written_count, classes="count")

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(FilterInput).value

    def open(self) -> None:
        """Show the line, and type in it."""
        self.display = True
        self.screen.set_focus(self.query_one(FilterInput), scroll_visible=False)

    def say(self, count: str) -> None:
        """Show how much was found."""
        self._count = count
        self.query_one(".count", Written).renew()

    def show(self, query: str, count: str, *, fault: bool = False) -> None:
        """Show a filter that is on, or nothing; `fault` when what stands for the count says what is wrong with it."""
        field = self.query_one(FilterInput)
        self._count = count
        beside = self.query_one(".count", Written)
        beside.set_class(fault, "-fault")
        beside.renew()
        # Who gave the focus away has it in his own eyes until he hears of it.
        typing = self.screen.focused is field
        if field.value != query and not typing:
            with field.prevent(Input.Changed):
                field.value = query
        if not query and not typing:
            self.display = False

    def _written_count(self, width: int) -> tuple[Line, ...]:
        return (((fit.right(self._count, width - 1), Role.DIM),),)
