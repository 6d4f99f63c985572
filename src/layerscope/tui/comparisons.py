"""Comparisons of layers, worked out when they are wanted, on a thread when they are big, and remembered.

Owns the thread and the cache. Works for one image; whoever asks gets the answer at once, or a call later on.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from layerscope.frozen import replace
from layerscope.model.filetree import FileTree
from layerscope.tui.arrange import Arrangement, arrange
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.looks import Looks
from layerscope.tui.wanted import AT_ONCE, Coming, Wanted

_MOST_ROWS = 1_500_000
"""Rows that are remembered: about 60 bytes each."""


class Comparisons:
    """All comparisons of one image."""

    def __init__(
        self, tree: FileTree, arrived: Callable[[Exception | None], None], coming: Coming | None = None
    ) -> None:
        """`arrived` is called on another thread when something that was not there at once is, or went wrong.

        `coming` is one that is made elsewhere.
        """
        self.tree = tree
        self._arrived = arrived
        self._coming = coming
        self._known: OrderedDict[Wanted, Arrangement] = OrderedDict()
        self._lock = threading.Lock()
        self._next: Wanted | None = None
        self._later: deque[Wanted] = deque()
        self._busy = False
        self._is_prepared = False

    def get(self, wanted: Wanted) -> Arrangement | None:
        """Give a comparison, or None when it will arrive; only the last one asked for does."""
        with self._lock:
            found = self._known.get(wanted)
            if found is not None:
                self._known.move_to_end(wanted)
                self._next = None
                return found
            if wanted.entry_count(self.tree) > AT_ONCE:
                self._next = wanted
                self._begin()
                return None
        return self._keep(wanted, self._made(wanted))

    def prepare(self) -> None:
        """Work out what each layer did before anybody asks, as far as there is room to remember it."""
        layers = range(self.tree.layer_count)
        wanted = [Wanted(layer, layer, unmodified=False, looks=Looks()) for layer in layers]
        with self._lock:
            if not self._is_prepared and self.tree.entry_count <= _MOST_ROWS:
                self._is_prepared = True
                self._later.extend(one for one in wanted if one.entry_count(self.tree) > AT_ONCE)
                self._begin()

    def _begin(self) -> None:
        if not self._busy:
            self._busy = True
            begin("compare", self._work)

    def _work(self) -> None:
        with fair_turns():
            while True:
                with self._lock:
                    asked, self._next = self._next, None
                    wanted = asked or (self._later.popleft() if self._later else None)
                    if wanted is None:
                        self._busy = False
                        return
                    known = wanted in self._known
                fault: Exception | None = None
                try:
                    if not known:
                        self._keep(wanted, self._made_elsewhere(wanted) or self._made(wanted))
                except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
                    fault = error
                if asked or fault:
                    self._arrived(fault)

    def _made(self, wanted: Wanted) -> Arrangement:
        with self._lock:
            alike = [known for key, known in self._known.items() if replace(key, looks=wanted.looks) == wanted]
        if alike:
            return arrange(self.tree, alike[0].diff, wanted.looks, unmodified=wanted.unmodified)
        return wanted.made(self.tree)

    def _made_elsewhere(self, wanted: Wanted) -> Arrangement | None:
        return self._coming.taken(self.tree) if self._coming and self._coming.wanted == wanted else None

    def _keep(self, wanted: Wanted, made: Arrangement) -> Arrangement:
        with self._lock:
            self._known[wanted] = made
            while len(self._known) > 1 and sum(map(len, self._known.values())) > _MOST_ROWS:
                self._known.popitem(last=False)
        return made
