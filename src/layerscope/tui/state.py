"""What is being looked at and how: one frozen `ViewState`, and the pure functions that make the next one.

Owns every choice a user makes on the screen (which layer, which scope, what is folded, sorted, found, focused).
Knows no widget, and never touches the model: folds are sets of node numbers here, not marks in the tree.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from layerscope.model.filetree import FileTree

OPEN_ALL = 1 << 30
_Choice = TypeVar("_Choice", bound=enum.Enum)


class Scope(enum.Enum):
    """Which layers the file pane compares; the value is how its title says it."""

    LAYER = "what layer {} did"
    UP_TO = "all up to layer {}"


class Sort(enum.Enum):
    """The order of the entries of a directory; the value is how the title says it."""

    NAME = "name"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Folds:
    """Which directories are open: those above `level`, but for the ones named."""

    level: int | None = None
    """Directories of a smaller depth are open, the root having depth 0; None for as deep as there is room."""
    opened: frozenset[int] = frozenset()
    """Nodes that are open whatever the level says."""
    closed: frozenset[int] = frozenset()

    def resolved(self, level: int) -> "Folds":
        """Give the folds with a level, where the user chose none."""
        return self if self.level is not None else replace(self, level=level)

    def turned(self, node: int, *, to_open: bool) -> "Folds":
        """Open or close one directory."""
        if to_open:
            return replace(self, opened=self.opened | {node}, closed=self.closed - {node})
        return replace(self, opened=self.opened - {node}, closed=self.closed | {node})


@dataclass(frozen=True, slots=True)
class ViewState:
    """Everything the screen shows that is not the image itself."""

    step: int = 0
    """Row of the layers pane."""
    layer: int = 0
    """Layer of that row; for a step without a layer, the one below it."""
    scope: Scope = Scope.LAYER
    sort: Sort = Sort.NAME
    folds: Folds = field(default_factory=Folds)
    query: str = ""
    """Filter of the file pane; "" for none."""
    found_folds: Folds = field(default_factory=Folds)
    """Folds while there is a filter: the level does not count, directories with matches start open."""
    node: int = 0
    """Path under the cursor of the file pane."""
    active: str = "layers"
    """Name of the pane with the focus."""
    recent: tuple[str, ...] = ()
    """Names of panes, the one used last first: decides which are seen where not all fit."""


def step_to(view: ViewState, layers: Sequence[int | None], step: int) -> ViewState:
    """Go to a row of the layers pane; `layers` gives each row's layer, None for an empty step."""
    if not layers:
        return view
    step = min(max(step, 0), len(layers) - 1)
    below = [layer for layer in layers[: step + 1] if layer is not None]
    above = [layer for layer in layers[step + 1 :] if layer is not None]
    layer = below[-1] if below else min(above, default=0)
    return replace(view, step=step, layer=layer)


def layer_to(view: ViewState, layers: Sequence[int | None], layer: int) -> ViewState:
    """Go to the row of a layer; unchanged when there is no such layer."""
    rows = [row for row, index in enumerate(layers) if index == layer]
    return replace(view, step=rows[-1], layer=layer) if rows else view


def focus(view: ViewState, pane: str) -> ViewState:
    """Make a pane the active one."""
    if view.active == pane and view.recent[:1] == (pane,):
        return view
    return replace(view, active=pane, recent=(pane, *(name for name in view.recent if name != pane)))


def turn_scope(view: ViewState) -> ViewState:
    """Switch between what the layer did and everything up to it."""
    return replace(view, scope=_next(view.scope))


def turn_sort(view: ViewState) -> ViewState:
    """Switch to the next order."""
    return replace(view, sort=_next(view.sort))


def fold(view: ViewState, node: int, *, to_open: bool) -> ViewState:
    """Open or close one directory, in the folds that are in force."""
    if view.query:
        return replace(view, found_folds=view.found_folds.turned(node, to_open=to_open))
    return replace(view, folds=view.folds.turned(node, to_open=to_open))


def fold_all(view: ViewState, *, to_open: bool) -> ViewState:
    """Open every directory, or close all but the root."""
    return replace(view, folds=Folds(level=OPEN_ALL if to_open else 1), found_folds=Folds())


def find(view: ViewState, query: str) -> ViewState:
    """Filter the files; "" shows all again."""
    return replace(view, query=query, found_folds=Folds())


def point(view: ViewState, node: int) -> ViewState:
    """Put the cursor of the file pane on a path."""
    return replace(view, node=node)


def reveal(view: ViewState, tree: FileTree, node: int) -> ViewState:
    """Put the cursor on a path, open all directories above it, and drop a filter that could hide it."""
    folds = view.folds
    above = tree.parent[node]
    while above >= 0:
        folds = folds.turned(above, to_open=True)
        above = tree.parent[above]
    return replace(view, node=node, folds=folds, query="", found_folds=Folds())


def jump(view: ViewState, tree: FileTree, layers: Sequence[int | None], *, layer: int, node: int) -> ViewState:
    """Go to what one layer did to one path."""
    there = replace(layer_to(view, layers, layer), scope=Scope.LAYER)
    return reveal(there, tree, node)


def _next(choice: _Choice) -> _Choice:
    members = list(type(choice))
    return members[(members.index(choice) + 1) % len(members)]
