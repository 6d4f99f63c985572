"""The line at the bottom: at most eight keys that work here and now, read from the bindings. A click presses one."""

from collections.abc import Iterator

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen

from layerscope.tui.fit import width_of
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.written import Written

MOST_KEYS = 8
_LAST = ("seek", "find", "view", "pane.next", "app.help", "app.quit")
"""Ids of bindings that stand at the end, in this order; what the focused pane brings comes before them."""


class KeyBar(Written):
    """Keys and what they do."""

    def __init__(self) -> None:
        super().__init__(self._line)
        self._keys_shown: list[tuple[int, ActiveBinding]] = []
        self._named: list[tuple[str, ActiveBinding, str]] = []
        """What was shown last: key, action, and the name that it had then."""

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self.watch(self.screen, "focused", self.renew, init=False)  # the signal comes after the screen is drawn

    def on_unmount(self) -> None:
        """Stop following."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, _screen: Screen[object]) -> None:
        self.renew()

    def name_again(self) -> None:
        """Show what keys do now, where that depends on the row under the cursor and has changed."""
        if any(_name(active) != name for _key, active, name in self._named):
            self.renew()

    def _keys(self) -> Iterator[tuple[str, ActiveBinding]]:
        """Give what is to be shown: for each action its shortest key."""
        chosen: dict[str, tuple[str, ActiveBinding]] = {}
        focused = self.screen.focused
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if not (binding.show and binding.id and active.enabled):
                continue
            key = self.app.get_key_display(binding)
            if focused and len(key) == 1 and key.isascii() and focused.check_consume_key(binding.key, key):
                continue  # it would be typed
            if binding.id not in chosen or len(key) < len(chosen[binding.id][0]):
                chosen[binding.id] = key, active
        yield from (one for name, one in chosen.items() if name not in _LAST)
        yield from (chosen[name] for name in _LAST if name in chosen)

    def _line(self, width: int) -> tuple[Line, ...]:
        spans: list[Span] = [(" ", Role.TEXT)]
        self._named = [(key, active, _name(active)) for key, active in self._keys()]
        shown = [one for one in self._named if one[2]]
        # What stands last is what helps most where keys do not fit: help and quit stay.
        while len(shown) > MOST_KEYS or (len(shown) > 2 and _width(shown) > width):
            shown.pop(-3)
        self._keys_shown = []
        end = 1
        for key, active, name in shown:
            spans += [(key, Role.KEYWORD), (f" {name}   ", Role.DIM)]
            end += width_of(key) + width_of(name) + 4
            self._keys_shown.append((end, active))
        return (tuple(spans),)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say in full what the key under the pointer does."""
        found = next((active for end, active in self._keys_shown if event.x < end), None)
        self.tooltip = Content(found.binding.tooltip) if found and found.binding.tooltip else None

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the pointer does."""
        event.stop()
        for end, active in self._keys_shown:
            if event.x < end:
                await self.app.run_action(active.binding.action, default_namespace=active.node)
                return


def _width(shown: list[tuple[str, ActiveBinding, str]]) -> int:
    return 1 + sum(width_of(key) + width_of(name) + 4 for key, _active, name in shown)


def _name(active: ActiveBinding) -> str:
    """Say what a key does; "" for nothing. Whoever has it may know better than the binding: `name_of_key`."""
    known = getattr(active.node, "name_of_key", None)
    found = known(active.binding.id) if known else None
    return active.binding.description if found is None else str(found)
