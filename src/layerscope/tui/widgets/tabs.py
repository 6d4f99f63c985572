"""One line that names all panes with their numbers, for screens that do not show them all."""

from collections.abc import Collection, Sequence

from textual import events
from textual.message import Message

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

    def __init__(self, panes: Sequence[tuple[int, str, str]], *, id: str) -> None:  # noqa: A002 - Textual's own name
        """`panes` are (number, name, title)."""
        super().__init__(self._line, id=id)
        self._all_panes = panes
        self._active = ""
        self._seen: Collection[str] = ()

    def show(self, active: str, shown: Collection[str]) -> None:
        """Mark the active pane and those that are seen."""
        self._active, self._seen = active, shown
        self.refresh()

    def _line(self, width: int) -> tuple[Line, ...]:
        spans: list[Span] = [(" ", Role.TEXT)]
        gap, longest = self._spacing(width)
        for number, name, title in self._all_panes:
            role = Role.DIM
            if name == self._active:
                role = Role.KEYWORD
            elif name in self._seen:
                role = Role.TEXT
            spans += [(f"{number} {title[:longest]}", role), (gap, Role.TEXT)]
        return (tuple(spans),)

    def _spacing(self, width: int) -> tuple[str, int]:
        """Choose the gap and the longest name that fit: rather less room between names than less of a name."""
        for gap, longest in ((_GAP, _WHOLE), *((" ", length) for length in (_WHOLE, *range(9, _SHORTEST, -1)))):
            names = sum(width_of(title[:longest]) + 2 + len(gap) for _number, _name, title in self._all_panes)
            if 1 + names - len(gap) <= width:
                return gap, longest
        return " ", _SHORTEST

    def on_click(self, event: events.Click) -> None:
        """Find the tab that was clicked."""
        event.stop()
        (line,) = self._line(self.content_size.width)
        end = 0
        for place, (text, _role) in enumerate(line):
            end += width_of(text)
            if event.x < end:
                if place % 2 == 1:
                    self.post_message(self.Chosen(self._all_panes[place // 2][1]))
                return
