"""The help: the keys of the focused pane, then all others, read from the bindings themselves. Never a list by hand."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from layerscope.tui import fit
from layerscope.tui.boundkeys import bound_keys
from layerscope.tui.facts import BLANK, title
from layerscope.tui.panes.base import Pane
from layerscope.tui.roles import Line, Role
from layerscope.tui.widgets.article import Article

_KEYS_WIDTH = 18


class HelpScreen(ModalScreen[None]):
    """A sheet above the panes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "close", "close", id="help.close", tooltip="back to the panes"),
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

    def compose(self) -> ComposeResult:
        """Show the text in a box."""
        with Vertical() as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content("esc closes")
            yield Article()

    def on_mount(self) -> None:
        """Write the text."""
        article = self.query_one(Article)
        article.show(lambda width: help_lines(self._groups, width))
        article.focus()

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


Group = tuple[str, str, list[tuple[str, str]]]
"""Title, one line about it, and (keys, meaning) pairs."""


def help_lines(groups: Iterable[Group], width: int) -> Iterator[Line]:
    """Write the groups of keys below each other."""
    for number, (name, about, keys) in enumerate(groups):
        if number:
            yield BLANK
        yield title(name)
        for part in fit.wrap(about, width) if about else ():
            yield ((part, Role.DIM),)
        for key, meaning in keys:
            yield (fit.left(f"  {key}", _KEYS_WIDTH), Role.FOCUS), (fit.cut(meaning, width - _KEYS_WIDTH), Role.TEXT)


def key_groups(screen: Screen[None]) -> list[Group]:
    """Collect the keys: of the focused pane first, then of everything, then of the other panes."""
    focused = next((node for node in _chain(screen.focused) if isinstance(node, Pane)), None)
    groups: list[Group] = []
    if focused is not None and screen.focused is not None:
        nodes = [node for node in _chain(screen.focused) if node is not focused and focused in node.ancestors]
        groups.append((f"{focused.TITLE} (here)", focused.HELP_TEXT, _keys_of([*nodes, focused])))
    groups.append(("Everywhere", "", _keys_of([screen, screen.app])))
    for pane in screen.query(Pane):
        if pane is not focused:
            inner = [widget for widget in pane.query(Widget) if widget.focusable]
            groups.append((pane.TITLE, pane.HELP_TEXT, _keys_of([*inner, pane])))
    return groups


def _chain(widget: Widget | None) -> list[DOMNode]:
    return [] if widget is None else list(widget.ancestors_with_self)


def _keys_of(nodes: Iterable[DOMNode]) -> list[tuple[str, str]]:
    """List the keys of some nodes, all keys of one action together."""
    found: dict[tuple[str, str], list[str]] = {}
    for node in nodes:
        for binding, shown in bound_keys(node):
            if binding.id and not binding.system:
                keys = found.setdefault((binding.id, binding.tooltip or binding.description), [])
                keys += [key for key in shown if key not in keys]
    # What only this pane can do comes before the ways to move, which are everywhere alike.
    ordered = sorted(found.items(), key=lambda item: item[0][0].startswith(("list.", "text.")))
    return [("  ".join(keys), meaning) for (_id, meaning), keys in ordered]
