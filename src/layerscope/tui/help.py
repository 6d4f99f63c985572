"""The help: the keys of the focused pane, then all others, read from the bindings themselves. Never a list by hand."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from layerscope.tui import fit, words
from layerscope.tui.boundkeys import bound_keys, with_keys
from layerscope.tui.facts import BLANK, title
from layerscope.tui.firstdrawing import Sheet
from layerscope.tui.panes.base import Pane
from layerscope.tui.roles import Line, Role
from layerscope.tui.widgets.article import Article
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.keybar import KeyBar

_KEYS_WIDTH = 18
_OR = "; or "
"""Between what one key does, here and there: what makes sense now."""
_SHEETS = (".close", ".help")
_SHARED = ("list.", "text.", "seek")
"""How ids of actions begin that are the same in many places."""


class HelpScreen(Sheet[None]):
    """A sheet above the panes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "close", id="help.close", tooltip="back"),
        Binding("slash", "find", "find", key_display="/", id="help.find", tooltip="show the keys for what is typed"),
    ]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        & > Vertical {
            width: 100; max-width: 96%; height: 90%; max-height: 46;
            border: round $focus; border-title-color: $focus; background: $background;
        }
    }
    """

    def __init__(self, groups: "list[Group]") -> None:
        super().__init__()
        self._groups = groups
        self._typed = ""

    def compose(self) -> ComposeResult:
        """Show the text in a box."""
        with Vertical() as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content(with_keys(self, "{help.find} finds · {help.close} closes"))
            yield Article()
            yield FilterBar(self._find, hint="what the key is to do")
        yield KeyBar()

    def on_mount(self) -> None:
        """Write the text."""
        self.query_one(Article).focus()
        self._write()

    def _write(self) -> None:
        shown = list(narrowed(self._groups, self._typed))
        self.query_one(Article).show(lambda width: help_lines(shown, width))

    def _find(self, typed: str) -> None:
        self._typed = typed
        self._write()
        count = sum(len(keys) for _name, _about, keys in narrowed(self._groups, typed))
        self.query_one(FilterBar).say(words.count_text(count, "key") if typed else "")

    def action_find(self) -> None:
        """Let the user type what is looked for."""
        self.query_one(FilterBar).open()

    @on(FilterInput.Left)
    def _left(self, message: FilterInput.Left) -> None:
        message.stop()
        self.query_one(Article).focus()
        self.query_one(FilterBar).display = bool(self._typed)

    @on(FilterInput.Cleared)
    def _cleared(self, message: FilterInput.Cleared) -> None:
        message.stop()
        self._all_again()

    def _all_again(self) -> None:
        self.query_one(Article).focus()
        self.query_one(FilterBar).query_one(FilterInput).value = ""
        self.query_one(FilterBar).display = False

    def action_close(self) -> None:
        """Go back: to all keys, and then to where the help was asked for."""
        if self._typed:
            self._all_again()
        else:
            self.dismiss()


Group = tuple[str, str, list[tuple[str, str]]]
"""Title, one line about it, and (keys, meaning) pairs."""


def narrowed(groups: "Iterable[Group]", typed: str) -> "Iterator[Group]":
    """Leave only the keys whose meaning, or group, has all the words that are typed."""
    wanted = typed.lower().split()
    for name, about, keys in groups:
        shown = [
            (key, meaning)
            for key, meaning in keys
            if all(word in f"{name} {meaning}".lower() or word == key.lower() for word in wanted)
        ]
        if shown:
            yield name, "" if wanted else about, shown


def help_lines(groups: Iterable[Group], width: int) -> Iterator[Line]:
    """Write the groups of keys below each other."""
    number = 0
    for number, (name, about, keys) in enumerate(groups, start=1):
        if number > 1:
            yield BLANK
        yield title(name)
        for part in fit.wrap(about, width) if about else ():
            yield ((part, Role.DIM),)
        for key, meaning in keys:
            for place, part in enumerate(fit.wrap(meaning, width - _KEYS_WIDTH)):
                yield (fit.left("" if place else f"  {key}", _KEYS_WIDTH), Role.FOCUS), (part, Role.TEXT)
    if not number:
        yield (("No key does that; ctrl+p has all actions.", Role.DIM),)


def key_groups(screen: Screen[Any], panes: Screen[Any]) -> list[Group]:
    """Collect the keys: of the focused pane, or of a screen above the panes, first; then of everything.

    What is the same in several places (moving, finding in a list) is said once, at the end.
    """
    focused = next((node for node in _chain(screen.focused) if isinstance(node, Pane)), None)
    groups: list[Group] = []
    if screen is not panes:
        inner = [widget for widget in screen.query(Widget) if widget.can_focus]
        typing = [widget for widget in inner if isinstance(widget, Input)]
        reading = [widget for widget in inner if widget not in typing]
        groups.append((f"{screen.TITLE or 'This'} (here)", "", _keys_of([screen, *reading])))
        if typing:
            groups.append(("Finding (here)", "while you type", _keys_of(typing)))
    elif focused is not None and screen.focused is not None:
        nodes = [node for node in _chain(screen.focused) if node is not focused and focused in node.ancestors]
        groups.append((f"{focused.TITLE} (here)", with_keys(focused, focused.HELP_TEXT), _keys_of([*nodes, focused])))
    groups.append(("Everywhere", "", _numbers_in_one(_keys_of([panes, panes.app]))))
    others = [pane for pane in panes.query(Pane) if pane is not focused]
    groups += [(pane.TITLE, with_keys(pane, pane.HELP_TEXT), _keys_of([*_inside(pane), pane])) for pane in others]
    everywhere = [node for pane in panes.query(Pane) for node in (*_inside(pane), pane)]
    return [*groups, ("Moving and finding", "in every list and text", _keys_of(everywhere, shared=True))]


def _inside(pane: Pane) -> list[Widget]:
    return [widget for widget in pane.query(Widget) if widget.focusable]


def _chain(widget: Widget | None) -> list[DOMNode]:
    return [] if widget is None else list(widget.ancestors_with_self)


def _keys_of(nodes: Iterable[DOMNode], *, shared: bool = False) -> list[tuple[str, str]]:
    """List the keys of some nodes, all keys of one action together; `shared` for those that many nodes have alike."""
    found: dict[str, tuple[str, list[str]]] = {}
    for node in nodes:
        for binding, shown in bound_keys(node):
            if binding.id and not binding.system and binding.id.startswith(_SHARED) is shared:
                keys = found.setdefault(binding.id, (binding.tooltip or binding.description, []))[1]
                keys += [key for key in shown if key not in keys]
    if not shared:
        meanings: dict[str, list[str]] = {}
        # What all sheets have alike comes last.
        for _name, (meaning, keys) in sorted(found.items(), key=lambda one: one[0].endswith(_SHEETS)):
            meanings.setdefault("  ".join(keys), []).append(meaning)
        return [(keys, _OR.join(some)) for keys, some in meanings.items()]
    # Lists and texts have the same keys with other words, and the same words with other keys.
    rows: dict[str, list[str]] = {}
    taken: set[str] = set()
    for meaning, keys in found.values():
        new = [key for key in keys if key not in taken]
        taken.update(new)
        if new:
            rows.setdefault(meaning, []).extend(new)
    return [("  ".join(keys), meaning) for meaning, keys in rows.items()]


def _numbers_in_one(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Say once that numbers go to panes."""
    numbers = [(keys, meaning) for keys, meaning in rows if keys.isdigit()]
    if len(numbers) < 2:
        return rows
    names = ", ".join(meaning.rpartition(" ")[2] for _keys, meaning in numbers)
    at = rows.index(numbers[0])
    first, last = numbers[0][0], numbers[-1][0]
    rest = [row for row in rows if row not in numbers]
    return [*rest[:at], (f"{first} … {last}", f"go to the pane of that number: {names}"), *rest[at:]]
