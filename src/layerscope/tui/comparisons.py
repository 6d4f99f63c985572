"""Comparisons of layers, worked out when they are wanted, beside the screen when they are big, and remembered.

Owns the threads and the cache. Works for one image; whoever asks gets the answer at once, or a call later on. Where
that is possible a thread only waits for a process that compares (see `aside`).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from layerscope.frozen import replace
from layerscope.model.filetree import FileTree
from layerscope.tui.arrange import Arrangement, arrange
from layerscope.tui.aside import Aside, StoppedError, can_fork
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.looks import Looks
from layerscope.tui.sent import TREE
from layerscope.tui.wanted import AT_ONCE, Coming, Wanted

_MOST_ROWS = 1_500_000
"""Rows that are remembered: about 60 bytes each."""
_STEPS_BACK, _STEPS_BACK_LATER = 2, 5
"""Of priority, for what is asked for, so that the screen is drawn first, and for what nobody waits for."""


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
        self._here = threading.Lock()
        """Held by the one thread that compares in this process."""
        self._next: Wanted | None = None
        self._doing: Wanted | None = None
        self._busy = False
        self._is_prepared = False
        self._is_closed = False
        self._asides: dict[bool, Aside[Arrangement]] = {}
        """At work: for what is asked for, and for what will be."""

    def get(self, wanted: Wanted) -> Arrangement | None:
        """Give a comparison, or None when it will arrive; only the last one asked for does."""
        with self._lock:
            found = self._known.get(wanted)
            if found is not None:
                self._known.move_to_end(wanted)
                self._next = None
                return found
            if wanted.entry_count(self.tree) > AT_ONCE:
                self._ask(wanted)
                return None
            alike = self._alike(wanted)
        return self._keep(wanted, self._made_of(wanted, alike))

    def _ask(self, wanted: Wanted) -> None:
        if self._busy and wanted == self._doing:
            self._next = None
            return
        self._next = wanted
        if not self._busy:
            self._busy = True
            begin("compare", self._answer)
        elif True in self._asides:
            self._asides[True].stop()  # what it works at is not asked for any more

    def prepare(self) -> None:
        """Work out what each layer did before anybody asks, as far as there is room to remember it."""
        layers = range(self.tree.layer_count)
        wanted = [Wanted(layer, layer, unmodified=False, looks=Looks()) for layer in layers]
        with self._lock:
            if self._is_prepared or self.tree.entry_count > _MOST_ROWS:
                return
            self._is_prepared = True
            later = [one for one in wanted if one.entry_count(self.tree) > AT_ONCE and one not in self._known]
        if later:
            begin("prepare", lambda: self._prepare(later))

    def close(self) -> None:
        """Give up what is not done: nobody looks any more."""
        with self._lock:
            self._is_closed = True
            self._next = None
            for aside in self._asides.values():
                aside.stop()

    # --- on threads

    def _answer(self) -> None:
        while True:
            with self._lock:
                wanted, self._next = self._next, None
                self._doing = wanted
                if wanted is None or self._is_closed:
                    self._busy = False
                    return
            fault: Exception | None = None
            try:
                for made in self._made([wanted], is_asked=True):
                    self._keep(wanted, made)
            except StoppedError:
                continue
            except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
                fault = error
            self._arrived(fault)

    def _prepare(self, wanted: Sequence[Wanted]) -> None:
        try:
            for one, made in zip(wanted, self._made(wanted, is_asked=False), strict=True):
                self._keep(one, made)
        except StoppedError:
            return
        except Exception as error:  # noqa: BLE001 - it is raised again on the screen's thread
            self._arrived(error)

    def _made(self, wanted: Sequence[Wanted], *, is_asked: bool) -> Iterator[Arrangement]:
        """Give comparisons one after another; raises `StoppedError` when they are not wanted any more."""

        def is_wanted() -> bool:
            return not self._is_closed and not (is_asked and self._next)

        left = list(wanted)
        if is_asked and self._coming and self._coming.wanted == left[0]:
            made = self._coming.taken(self.tree, is_wanted)
            if made is not None:
                yield made
                return
        for made in self._made_aside(wanted, is_asked=is_asked):
            del left[0]
            yield made
        for one in left:
            if not is_wanted():
                raise StoppedError
            with self._here, fair_turns():
                with self._lock:
                    alike = self._alike(one)
                made = self._made_of(one, alike)
            yield made

    def _made_aside(self, wanted: Sequence[Wanted], *, is_asked: bool) -> Iterator[Arrangement]:
        """Give comparisons that another process makes, as far as that comes."""
        aside = self._begun(wanted, is_asked=is_asked)
        if aside is None:
            return
        try:
            with closing(iter(aside)) as results:
                for _one, made in zip(wanted, results, strict=False):
                    yield made
        except StoppedError:
            return
        finally:
            with self._lock:
                del self._asides[is_asked]

    def _begun(self, wanted: Sequence[Wanted], *, is_asked: bool) -> Aside[Arrangement] | None:
        if not can_fork():
            return None
        with self._lock:
            if self._is_closed or (is_asked and self._next):
                return None
            alike = self._alike(wanted[0]) if is_asked else None
            known: dict[str, object] = {TREE: self.tree} if alike is None else {TREE: self.tree, "diff": alike.diff}
            try:
                # There is no lock there: which threads held one when it was forked nobody knows
                self._asides[is_asked] = aside = Aside(
                    lambda: (self._made_of(one, alike) for one in wanted),
                    known,
                    steps_back=_STEPS_BACK if is_asked else _STEPS_BACK_LATER,
                )
            except OSError:  # no more processes
                return None
            return aside

    def _made_of(self, wanted: Wanted, alike: Arrangement | None) -> Arrangement:
        if alike is not None:
            return arrange(self.tree, alike.diff, wanted.looks, unmodified=wanted.unmodified)
        return wanted.made(self.tree)

    def _alike(self, wanted: Wanted) -> Arrangement | None:
        """Find the same comparison in another order; with the lock."""
        return next((made for key, made in self._known.items() if replace(key, looks=wanted.looks) == wanted), None)

    def _keep(self, wanted: Wanted, made: Arrangement) -> Arrangement:
        with self._lock:
            self._known[wanted] = made
            while len(self._known) > 1 and sum(map(len, self._known.values())) > _MOST_ROWS:
                self._known.popitem(last=False)
        return made
