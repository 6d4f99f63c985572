"""Which comparison of layers a view shows, and making it; one may be made elsewhere, and come.

Imports little: the process that reads an image makes the first comparison, too.
"""

import threading
import time
from collections.abc import Callable

from layerscope.filesystem.diff import compare
from layerscope.frozen import dataclass, replace
from layerscope.model.filetree import FileTree
from layerscope.tui.arrange import Arrangement, arrange
from layerscope.tui.looks import Looks
from layerscope.tui.state import ViewState

AT_ONCE = 2000
"""Entries that are compared without a thread: a few milliseconds."""
_PATIENCE_S = 5.0
"""How long one that comes is waited for: whoever makes it may be stopped."""
_LOOK_S = 0.02
"""How often it is asked meanwhile whether it is wanted still."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One comparison in one order."""

    first_layer: int
    last_layer: int
    unmodified: bool
    looks: Looks

    @classmethod
    def of(cls, view: ViewState, base: int = 1) -> "Wanted":
        """Say which comparison a view shows; `base` is the first layer above the base image."""
        first, last = view.layers(base)
        return cls(first, last, view.unmodified, replace(view.looks, columns=Looks().columns))

    def entry_count(self, tree: FileTree) -> int:
        """Say how much there is to compare."""
        layers = range(0 if self.unmodified else self.first_layer, self.last_layer + 1)
        return sum(len(tree.tables[layer]) + len(tree.removed[layer]) for layer in layers)

    def made(self, tree: FileTree) -> Arrangement:
        """Compare, and put in order."""
        diff = compare(tree, self.first_layer, self.last_layer, unmodified=self.unmodified)
        return arrange(tree, diff, self.looks, unmodified=self.unmodified)


class Coming:
    """A comparison, and the order of the waste: made by another process while this one draws the rest."""

    def __init__(self) -> None:
        self.wanted = Wanted.of(ViewState())
        self._made: Arrangement | None = None
        self._is_over = threading.Event()
        self.waste_is_over = threading.Event()
        """The waste is in order, or will not be there."""

    def give(self, made: Arrangement | None) -> None:
        """Hand it over; None where there will be none."""
        self._made = made
        self._is_over.set()

    def wait_for_waste(self) -> None:
        """Wait until the waste is in order, or will not be there."""
        self.waste_is_over.wait(_PATIENCE_S)

    def taken(self, tree: FileTree, is_wanted: Callable[[], bool] = lambda: True) -> Arrangement | None:
        """Wait for it while it is wanted; None where there is none of this image."""
        end_s = time.monotonic() + _PATIENCE_S
        while not self._is_over.wait(_LOOK_S) and is_wanted() and time.monotonic() < end_s:
            pass
        made = self._made
        return made if made is not None and made.tree is tree else None
