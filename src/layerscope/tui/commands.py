"""The command palette: every action that a key has here and now, by its own words. Texts are ours only."""

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType


class Actions(Provider):
    """The actions of the focused pane, the screen and the app."""

    def _actions(self) -> Iterator[tuple[str, IgnoreReturnCallbackType]]:
        seen = set()
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.id and active.enabled and not binding.system and binding.id not in seen:
                seen.add(binding.id)
                run = partial(self.app.run_action, binding.action, default_namespace=active.node)
                keys = self.app.get_key_display(binding)
                yield f"{binding.tooltip or binding.description} ({keys})", run

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
