"""A text to read that is searched by typing: what matches is marked, and `n` and `N` go from one match to the next.

Owns what is looked for, where it was found, and which match one is at. A text that is not in memory looks for itself
(`search`), piece by piece, and says what it found (`take`).
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.article import Article
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.words import count_text

MOST_FOUND = 100_000
"""Matches that are remembered; of more, it is said that there are more."""
_ABOVE = 3
"""Lines that stay in sight above a match, as far as there is room."""


class Sought(Article):
    """Lines below each other; one of them is the match that was gone to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "seek_next(1)", "next", id="seek.next", tooltip="to the next match"),
        Binding("N", "seek_next(-1)", "before", show=False, id="seek.previous", tooltip="to the match before"),
        Binding("escape", "seek_off", "clear", show=False, id="seek.off", tooltip="forget what was looked for"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.needle = ""
        self.found: array[int] = array("Q")
        """Numbers of the lines that match, or whatever else `line_of` knows the line of; ascending."""
        self.at: int | None = None
        """The match that was gone to."""
        self._began_at = 0
        self._known_all = True
        self._told: Callable[[str], None] = _nobody

    def tell_found(self, told: Callable[[str], None]) -> None:
        """Say who wants to know how much is found, and where in it one is."""
        self._told = told

    # --- looking

    def begin(self) -> None:
        """Remember where the user is: what is found is looked for from there on."""
        here = self._line_here
        self._began_at = self.top if here is None else here

    def look_for(self, needle: str) -> None:
        """Look for another text; "" for none."""
        self.needle = needle
        self.look_again()

    def look_again(self) -> None:
        """Look in what is shown now."""
        self.found, self.at, self._known_all = array("Q"), None, not self.needle
        if self.needle:
            self.search()
        self.rewrite()
        self._say_found()

    def give_up(self) -> None:
        """Forget what was looked for, and go back to where the user was before."""
        self.look_for("")
        self.scroll_lines(self._began_at)

    def search(self) -> None:
        """Look at all lines; the needle is not empty."""
        wanted = self.needle.lower()
        self.take([at for at, line in enumerate(self._text) if wanted in text_of(line).lower()], done=True)

    def take(self, found: Iterable[int], *, done: bool) -> None:
        """Add what was found; go to the first match after where the user was, as soon as it is known."""
        self.found.extend(found)
        self._known_all = done
        if self.at is None and self.found:
            at = bisect_left(self.found, self._began_at, key=self.line_of)
            if at < len(self.found) or done:
                self._go(at % len(self.found))
        self._say_found()

    def line_of(self, found: int) -> int:
        """Give the line of a match."""
        return found

    @property
    def _line_here(self) -> int | None:
        """The line of the match that was gone to, if it is in sight."""
        line = None if self.at is None else self.line_of(self.found[self.at])
        return line if line is not None and self.top <= line < self.top + self.page_height else None

    def _say_found(self) -> None:
        if not self.needle:
            self._told("")
            return
        count = len(self.found)
        more = "" if self._known_all else " …"
        many = f"{count:,} or more" if count >= MOST_FOUND else self.count_text(count)
        self._told(f"{self.at + 1:,} of {many}{more}" if self.at is not None else f"{many}{more}")

    def count_text(self, count: int) -> str:
        """Say how many matches there are."""
        return count_text(count, "matching line")

    # --- going

    def _go(self, at: int) -> None:
        before, self.at = self.at, at
        line = self.line_of(self.found[at])
        if not self.top <= line < self.top + self.page_height:
            self.scroll_lines(line - min(_ABOVE, self.page_height // 3))
        self.show_match(self.found[at])
        if before != at:
            self.refresh()

    def show_match(self, found: int) -> None:
        """Bring what lies in a long line into sight."""

    def action_seek_next(self, step: int) -> None:
        """Go to the next match after the last one, or after what is seen; after the last to the first."""
        if not self.found:
            return
        if self.at is not None and self._line_here is not None:
            at = self.at + step
        elif step > 0:
            at = bisect_left(self.found, self.top, key=self.line_of)
        else:
            at = bisect_right(self.found, self.top + self.page_height - 1, key=self.line_of) - 1
        self._go(at % len(self.found))
        self._say_found()

    def action_seek_off(self) -> None:
        """Forget what was looked for, and stay."""
        self.look_for("")
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to go on, or to end it, while something is looked for."""
        if action in {"seek_next", "seek_off"}:
            return bool(self.needle)
        return super().check_action(action, parameters)

    # --- drawing

    def _write(self) -> None:
        before = self._text
        super()._write()
        if self.needle and self._text is not before:
            self._began_at = self.top
            self.look_again()

    def tone_of(self, number: int) -> Tone:
        """Show the line of the match that was gone to as lists show their cursor."""
        here = self.at is not None and self.line_of(self.found[self.at]) == number
        return Tone.CURSOR if here else Tone.PLAIN

    def line_at(self, number: int, width: int, tone: Tone) -> Line:
        """Give a line, with what is looked for marked in it."""
        line = super().line_at(number, width, tone)
        return marked(line, places_in(line, self.needle)) if self.needle else line


def _nobody(_count: str) -> None:
    """Do nothing."""


def text_of(line: Line) -> str:
    """Give a line's text."""
    return "".join([text for text, _role in line])


def places_in(line: Line, needle: str, start: int = 0) -> list[range]:
    """Say where a text stands in a line, from a character on, whatever the case."""
    text, wanted = text_of(line), needle.lower()
    lower = text.lower()
    if len(lower) != len(text):
        return []  # no place in the one is known to be the same in the other
    places = []
    at = lower.find(wanted, start)
    while at >= 0:
        places.append(range(at, at + len(wanted)))
        at = lower.find(wanted, at + len(wanted))
    return places


def marked(line: Line, places: Sequence[range]) -> Line:
    """Mark some places of a line, ascending and apart from each other."""
    return tuple(_marked(line, places)) if places else line


def _marked(line: Line, places: Sequence[range]) -> Iterator[Span]:
    start = 0
    for text, role in line:
        done = 0
        for place in places:
            first, last = max(place.start - start, done), min(place.stop - start, len(text))
            if first < last:
                if first > done:
                    yield text[done:first], role
                yield text[first:last], Role.MATCH
                done = last
        if done < len(text):
            yield text[done:], role
        start += len(text)
