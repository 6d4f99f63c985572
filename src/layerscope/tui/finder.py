"""Filters, worked out at once where few names are looked at and on a thread where many are: a key never waits for them.

Owns the index of names, the thread, and the last answer, from which a longer name is found faster. Works for one
image; whoever asks gets the answer at once, or a call later on.
"""

import threading
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence

from layerscope.frozen import dataclass
from layerscope.model.filetree import FileTree
from layerscope.tui.arrange import Arrangement
from layerscope.tui.fairness import begin, fair_turns, short_turns
from layerscope.tui.matching import found_places, matching_rows
from layerscope.tui.query import How, Query
from layerscope.tui.search import NameIndex, index_of
from layerscope.tui.state import Folds, ViewState

PATIENCE_S = 0.02
"""How long a key waits for what the thread finds."""
AT_ONCE = 20_000
"""Names that are looked at without a thread: some milliseconds."""
_SLOWER = 4
"""How much longer a pattern takes for a name than a part of one."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a filter shows."""

    arrangement: Arrangement
    query: Query
    folds: Folds
    rows: "array[int]"
    places: Sequence[int]
    matches: "array[int]"
    """Places that match, ascending."""

    def answers(self, arrangement: Arrangement, query: Query, folds: Folds) -> bool:
        """Tell whether this is the answer to a question."""
        return self.arrangement is arrangement and (self.query, self.folds) == (query, folds)

    def near(self, view: ViewState) -> int:
        """Keep the cursor if it is on a match; else put it on the next one after where it was before the filter."""
        arrangement, matches = self.arrangement, self.matches
        if not matches:
            return view.node
        here, before = arrangement.place_of(view.node), arrangement.place_of(view.anchor)
        for place in (before, here):
            at = bisect_left(matches, place)
            if at < len(matches) and matches[at] == place:
                return arrangement.node(place)
        return arrangement.node(matches[bisect_left(matches, before) % len(matches)])


class Finder:
    """All filters of one image."""

    def __init__(self, tree: FileTree, arrived: Callable[[Exception | None], None]) -> None:
        """`arrived` is called on another thread when something that was not there at once is, or went wrong."""
        self._tree = tree
        self._arrived = arrived
        self.index: NameIndex | None = None
        self._lock = threading.Lock()
        self._answered = threading.Condition(self._lock)
        self._waiting = False
        self._last: Found | None = None
        self._next: tuple[Arrangement, Query, Folds] | None = None
        self._busy = False

    def prepare(self) -> None:
        """Make the index of names, on the caller's thread; raises nothing, but tells."""
        fault: Exception | None = None
        try:
            with fair_turns():
                self.index = index_of(self._tree)
        except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
            fault = error
        self._arrived(fault)

    def get(self, arrangement: Arrangement, query: Query, folds: Folds) -> Found | None:
        """Give what a filter shows, or None when it will arrive; only the last one asked for does."""
        if self.index is None:
            return None
        with self._lock:
            if self._last and self._last.answers(arrangement, query, folds):
                self._next = None
                return self._last
            if self._cost(arrangement, query) > AT_ONCE:
                self._next = arrangement, query, folds
                if not self._busy:
                    self._busy = True
                    begin("find", self._work)
                return self._awaited(arrangement, query, folds)
            self._next = None
        return self._found(self.index, arrangement, query, folds)

    def _cost(self, arrangement: Arrangement, query: Query) -> int:
        """Estimate how much there is to do, in names that are looked at for a part of a name."""
        among = self._narrowed(arrangement, query)
        rows = len(arrangement) + self._tree.node_count // 8 if among is None else len(among)
        return rows * (1 if all(term.how is How.PART for term in query.terms) else _SLOWER)

    def _narrowed(self, arrangement: Arrangement, query: Query) -> "array[int] | None":
        """Give the rows of the last answer where those of this one are among them."""
        last = self._last
        return last.rows if last and last.arrangement is arrangement and query.narrows(last.query) else None

    def _awaited(self, arrangement: Arrangement, query: Query, folds: Folds) -> Found | None:
        """Wait a moment for the thread, with the lock held: then the screen is drawn once, not twice."""

        def is_there() -> bool:
            return self._last is not None and self._last.answers(arrangement, query, folds)

        self._waiting = True
        with short_turns():
            self._answered.wait_for(is_there, PATIENCE_S)
        self._waiting = False
        return self._last if is_there() else None

    def _work(self) -> None:
        with fair_turns():
            while True:
                with self._lock:
                    asked, self._next = self._next, None
                    if asked is None or self.index is None:
                        self._busy = False
                        return
                fault: Exception | None = None
                try:
                    self._found(self.index, *asked)
                except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
                    fault = error
                with self._lock:
                    told = self._waiting and fault is None
                    self._answered.notify_all()
                if not told:
                    self._arrived(fault)

    def _found(self, index: NameIndex, arrangement: Arrangement, query: Query, folds: Folds) -> Found:
        rows = matching_rows(index, query, arrangement, self._narrowed(arrangement, query))
        places, matches = found_places(arrangement, rows, folds)
        found = Found(arrangement, query, folds, rows, places, matches)
        with self._lock:
            self._last = found
        return found
