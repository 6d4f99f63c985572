"""The command palette: every action of the program, by its own words. Texts are ours only.

Actions of panes that have not the focus are there, too: they go to the pane first.
"""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.types import IgnoreReturnCallbackType
from textual.widget import Widget

from layerscope.tui.panes.base import Pane

if TYPE_CHECKING:
    from textual.screen import Screen


class Actions(Provider):
    """The actions of the focused pane, the screen and the app, then those of the other panes."""

    def _actions(self) -> Iterator[tuple[str, IgnoreReturnCallbackType]]:
        seen = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.id and active.enabled and not binding.system and binding.id not in seen:
                seen.add(binding.id)
                run = partial(self.app.run_action, binding.action, default_namespace=active.node)
                yield self._text(binding), run
        for pane in self.screen.query(Pane):
            for node, binding in _bindings_of(pane):
                if binding.id and not binding.system and binding.id not in seen:
                    seen.add(binding.id)
                    yield f"{pane.TITLE}: {self._text(binding)}", partial(self._run_in, pane, node, binding.action)

    def _text(self, binding: Binding) -> str:
        return f"{binding.tooltip or binding.description} ({self.app.get_key_display(binding)})"

    async def _run_in(self, pane: Pane, node: DOMNode, action: str) -> None:
        """Go to a pane, and do there what was chosen."""
        screen: Screen[object] = pane.screen
        await self.app.run_action(f"pane('{pane.SPEC.name}')", default_namespace=screen)
        await self.app.run_action(action, default_namespace=node)

    async def discover(self) -> Hits:
        """List all actions."""
        for text, run in self._actions():
            yield DiscoveryHit(text, run)

    async def search(self, query: str) -> Hits:
        """List the actions that match."""
        matcher = self.matcher(query)
        for text, run in self._actions():
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, matcher.highlight(text), run)


def _bindings_of(pane: Pane) -> Iterator[tuple[DOMNode, Binding]]:
    """Give the bindings of a pane and of the widgets in it that take keys, in that order."""
    for node in (pane, *(widget for widget in pane.query(Widget) if widget.focusable)):
        # There is no public way to ask which keys a key map has given to a node's bindings.
        for bindings in node._bindings.key_to_bindings.values():  # noqa: SLF001
            for binding in bindings:
                yield node, binding
