"""One line that names all panes with their numbers, for screens that do not show them all."""

from collections.abc import Collection, Mapping, Sequence

from textual import events
from textual.content import Content
from textual.message import Message

from layerscope.tui.boundkeys import key_of, with_keys
from layerscope.tui.fit import width_of
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.written import Written

_GAP = "  "
_WHOLE, _SHORTEST = 99, 4


class Tabs(Written):
    """The names of the panes; a click goes there."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, panes: Sequence[tuple[int, str, str]], about: Mapping[str, str], *, id: str) -> None:  # noqa: A002 - Textual's own name
        """`panes` are (number, name, title); `about` says by name what each shows."""
        super().__init__(self._line, id=id)
        self._about = about
        self._all_panes = panes
        self._own_keys: dict[str, str] = {}
        self._active = ""
        self._seen: Collection[str] = ()

    def show(self, active: str, shown: Collection[str]) -> None:
        """Mark the active pane and those that are seen."""
        self._active, self._seen = active, shown
        self.renew()

    def _line(self, width: int) -> tuple[Line, ...]:
        spans: list[Span] = [(" ", Role.TEXT)]
        gap, longest = self._spacing(width)
        for number, name, title in self._all_panes:
            role = Role.DIM
            if name == self._active:
                role = Role.KEYWORD
            elif name in self._seen:
                role = Role.TEXT
            shown = title if name == self._active and not longest else title[:longest]
            spans += [(f"{self._key(number, name)} {shown}".rstrip(), role), (gap, Role.TEXT)]
        return (tuple(spans),)

    def _key(self, number: int, name: str) -> str:
        """Give the key that goes to a pane: its number, unless the configuration has another."""
        if name not in self._own_keys:
            self._own_keys[name] = key_of(self, f"pane.{name}") or str(number)
        return self._own_keys[name]

    def _spacing(self, width: int) -> tuple[str, int]:
        """Choose the gap and the longest name that fit: rather less room between names than less of a name.

        A length of 0 stands for numbers alone, but for the name of the pane in use.
        """
        for gap, longest in ((_GAP, _WHOLE), *((" ", length) for length in (_WHOLE, *range(9, _SHORTEST - 1, -1)))):
            names = sum(
                width_of(self._key(number, name)) + 1 + width_of(title[:longest]) + len(gap)
                for number, name, title in self._all_panes
            )
            if 1 + names - len(gap) <= width:
                return gap, longest
        return " ", 0

    def on_click(self, event: events.Click) -> None:
        """Find the tab that was clicked."""
        event.stop()
        name = self._name_at(event.x)
        if name is not None:
            self.post_message(self.Chosen(name))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the pane under the pointer shows."""
        about = self._about.get(self._name_at(event.x) or "")
        self.tooltip = Content(with_keys(self, about)) if about else None

    def _name_at(self, cell: int) -> str | None:
        (line,) = self._line(self.content_size.width)
        end = 0
        for place, (text, _role) in enumerate(line):
            end += width_of(text)
            if cell < end:
                return self._all_panes[place // 2][1] if place % 2 == 1 else None
        return None
