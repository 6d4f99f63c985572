"""Every action of the program, by its own words, for the palette. Texts are ours only.

First what people come for: what the focused pane can do of that, then the rest of it. Then all else that the pane can
do, what works everywhere, what other panes can do (they are gone to first), and last the ways to move, which everybody
knows.
"""

from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from layerscope.frozen import dataclass
from layerscope.tui.boundkeys import bound_keys
from layerscope.tui.panes.base import Pane
from layerscope.tui.picker import Row

_MOVING = ("list.", "text.")
_GOING = ("pane.",)
_MAIN_HERE = (".look", ".plan", ".all", ".copy-fix", ".export", ".extract", ".difference", ".copy", ".copy-path")
_MAIN = ("find", "find.everywhere", "plan.all", "plan.look", "plan.export")
"""What people come for: ends of ids in the focused pane, and ids anywhere."""
_OTHER_WORDS = {
    "app.quit": "q! exit wq bye",
    "app.help": "shortcuts bindings keymap",
    "app.theme": "colours colors dark light",
    "find": "search grep filter",
    "find.everywhere": "search grep",
    "seek": "search grep",
    "pane.zoom": "maximize fullscreen",
    "files.extract": "save download export",
    "files.columns": "hide show",
    "files.difference": "diff compare",
    "plan.export": "save write",
    "plan.look": "diff preview",
    "layers.plan": "squash merge",
    "files.plan": "drop remove delete",
    "findings.copy-fix": "yank clipboard",
}
"""What people of other programs call an action."""


@dataclass(frozen=True, slots=True, eq=False)
class Command:
    """One action, as a row of the palette and as what it does."""

    row: Row
    run: Callable[[], Coroutine[Any, Any, object]]


def commands_of(screen: Screen[Any]) -> list[Command]:
    """List all actions that make sense now."""
    seen: set[str] = set()
    known = _Keys()
    ranked: list[tuple[int, Command]] = []
    pane = _pane_of(screen.focused)
    for active in screen.active_bindings.values():
        binding = active.binding
        if not _is_ours(binding) or not active.enabled or binding.id in seen:
            continue
        seen.add(binding.id or "")
        here = pane is not None and (active.node is pane or pane in active.node.ancestors)
        run = partial(screen.app.run_action, binding.action, default_namespace=active.node)
        command = Command(_row(known, active.node, binding, pane.TITLE if pane and here else "", here=here), run)
        ranked.append((_rank(binding, here=here), command))
    for other in screen.query(Pane):
        for node, binding in _bindings_of(other):
            if _is_ours(binding) and binding.id not in seen:
                seen.add(binding.id or "")
                command = Command(
                    _row(known, node, binding, other.TITLE), partial(_run_in, other, node, binding.action)
                )
                ranked.append((1 if binding.id in _MAIN else 5, command))
    return [command for _rank, command in sorted(ranked, key=lambda one: one[0])]


def _rank(binding: Binding, *, here: bool) -> int:
    name = binding.id or ""
    if name.startswith(_MOVING):
        return 6
    if here:
        return 0 if name.endswith(_MAIN_HERE) else 2
    if name in _MAIN:
        return 1
    return 4 if name.startswith(_GOING) else 3


def _is_ours(binding: Binding) -> bool:
    return bool(binding.id) and not binding.system


class _Keys:
    """The keys of every node's actions, looked up once."""

    def __init__(self) -> None:
        self._nodes: dict[DOMNode, dict[str, list[str]]] = {}

    def of(self, node: DOMNode) -> dict[str, list[str]]:
        """By id of an action: its keys, as people read them."""
        if node not in self._nodes:
            found = self._nodes[node] = {}
            for binding, keys in bound_keys(node):
                found.setdefault(binding.id or "", []).extend(keys)
        return self._nodes[node]


def _row(known: "_Keys", node: DOMNode, binding: Binding, where: str, *, here: bool = False) -> Row:
    keys = known.of(node).get(binding.id or "", [])
    also = (*keys, binding.description, *_OTHER_WORDS.get(binding.id or "", "").split())
    return Row(binding.tooltip or binding.description, where, min(keys, key=len, default=""), also, here=here)


def _pane_of(widget: Widget | None) -> Pane | None:
    nodes = widget.ancestors_with_self if widget else ()
    return next((node for node in nodes if isinstance(node, Pane)), None)


async def _run_in(pane: Pane, node: DOMNode, action: str) -> None:
    """Go to a pane, and do there what was chosen."""
    screen: Screen[object] = pane.screen
    await pane.app.run_action(f"pane('{pane.SPEC.name}')", default_namespace=screen)
    await pane.app.run_action(action, default_namespace=node)


def _bindings_of(pane: Pane) -> Iterator[tuple[DOMNode, Binding]]:
    """Give the bindings of a pane and of the widgets in it that take keys, in that order."""
    for node in (pane, *(widget for widget in pane.query(Widget) if widget.focusable)):
        # There is no public way to ask which keys a key map has given to a node's bindings.
        for bindings in node._bindings.key_to_bindings.values():  # noqa: SLF001
            for binding in bindings:
                yield node, binding
