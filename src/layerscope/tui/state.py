"""What is being looked at and how: one frozen `ViewState`, and the pure functions that make the next one.

Owns every choice a user makes on the screen (which layer, which scope, what is folded, sorted, found, focused).
Knows no widget, and never touches the model: folds are sets of node numbers here, not marks in the tree.
"""

import enum
from collections.abc import Callable, Sequence

from layerscope.frozen import dataclass, field, replace
from layerscope.model.filetree import FileTree
from layerscope.model.plan import Plan
from layerscope.tui.looks import Looks

OPEN_ALL = 1 << 30


class Scope(enum.Enum):
    """Which layers the file pane takes together."""

    LAYER = enum.auto()
    UP_TO = enum.auto()
    """All from the first above the base image up to the chosen one."""
    RANGE = enum.auto()
    """From the marked layer to the chosen one."""


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
class Trail:
    """A file that was gone to because it is wasted: who shipped it, and who ended it."""

    node: int
    owner: int
    killer: int
    origin: str
    """Name of the pane that it was gone to from."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """Everything the screen shows that is not the image itself."""

    step: int = 0
    """Row of the layers pane."""
    layer: int = 0
    """Layer of that row; for a step without a layer, the one below it."""
    scope: Scope = Scope.LAYER
    unmodified: bool = False
    """What the layers left alone is shown, too."""
    mark: int | None = None
    """Layer at which a range begins, or ends."""
    looks: Looks = field(default_factory=Looks)
    folds: Folds = field(default_factory=Folds)
    query: str = ""
    """Filter of the file pane; "" for none."""
    found_folds: Folds = field(default_factory=Folds)
    """Folds while there is a filter: the level does not count, directories with matches start open."""
    node: int = 0
    """Path under the cursor of the file pane."""
    anchor: int = 0
    """Path that was under it before a filter moved it."""
    pathless: bool = False
    """There is no path under it: nothing is listed. False until the file pane, if it is seen, has said so."""
    active: str = "layers"
    """Name of the pane with the focus."""
    recent: tuple[str, ...] = ()
    """Names of panes, the one used last first: decides which are seen where not all fit."""
    plan: Plan = field(default_factory=Plan)
    """What is to be changed in the image."""
    trail: Trail | None = None
    """While the cursor is on a file that was gone to because it is wasted."""
    zoomed: bool = False
    """The active pane has the whole screen."""

    def layers(self, base: int = 1) -> tuple[int, int]:
        """Give the first and the last layer that the file pane takes together; `base` is the first above the base."""
        if self.scope is Scope.UP_TO:
            return min(base, self.layer), self.layer
        if self.scope is Scope.RANGE and self.mark is not None:
            return min(self.mark, self.layer), max(self.mark, self.layer)
        return self.layer, self.layer

    @property
    def title(self) -> str:
        """Say in a few words what the file pane shows."""
        if self.scope is Scope.UP_TO:
            return f"all up to layer {self.layer}" if self.unmodified else f"changes up to layer {self.layer}"
        first, last = self.layers()
        layers = f"layer {last}" if first == last else f"layers {first}-{last}"
        if self.unmodified:
            return f"{layers} and all below"
        return f"what {layers} did" if first == last else f"what {layers} did together"


def step_to(view: ViewState, layers: Sequence[int | None], step: int) -> ViewState:
    """Go to a row of the layers pane; `layers` gives each row's layer, None for an empty step."""
    if not layers:
        return view
    step = min(max(step, 0), len(layers) - 1)
    below = [layer for layer in layers[: step + 1] if layer is not None]
    above = [layer for layer in layers[step + 1 :] if layer is not None]
    layer = below[-1] if below else min(above, default=0)
    return replace(view, step=step, layer=layer, pathless=False)


def layer_to(view: ViewState, layers: Sequence[int | None], layer: int) -> ViewState:
    """Go to the row of a layer; unchanged when there is no such layer."""
    rows = [row for row, index in enumerate(layers) if index == layer]
    return replace(view, step=rows[-1], layer=layer, pathless=False) if rows else view


def focus(view: ViewState, pane: str) -> ViewState:
    """Make a pane the active one."""
    if view.active == pane and view.recent[:1] == (pane,):
        return view
    return replace(view, active=pane, recent=(pane, *(name for name in view.recent if name != pane)))


def turn_zoom(view: ViewState) -> ViewState:
    """Give the active pane the whole screen, or show the others again."""
    return replace(view, zoomed=not view.zoomed)


_VIEWS = ((Scope.LAYER, False), (Scope.LAYER, True), (Scope.UP_TO, True), (Scope.RANGE, False))


def turn_scope(view: ViewState) -> ViewState:
    """Go to the next view: what the layer did, that within all below it, all up to it, the marked range."""
    views = [one for one in _VIEWS if one[0] is not Scope.RANGE or view.mark is not None]
    here = (view.scope, view.unmodified)
    at = views.index(here) if here in views else [scope for scope, _unmodified in views].index(view.scope)
    scope, unmodified = views[(at + 1) % len(views)]
    return replace(view, scope=scope, unmodified=unmodified)


def toggle_unmodified(view: ViewState) -> ViewState:
    """Show or leave out what the layers left alone."""
    return replace(view, unmodified=not view.unmodified)


def turn_mark(view: ViewState) -> ViewState:
    """Begin a range at the layer, or end having one."""
    if view.mark is None:
        return replace(view, mark=view.layer, scope=Scope.RANGE, unmodified=False)
    scope = Scope.LAYER if view.scope is Scope.RANGE else view.scope
    return replace(view, mark=None, scope=scope)


def look(view: ViewState, change: Callable[[Looks], Looks]) -> ViewState:
    """Look at the files in another way."""
    return replace(view, looks=change(view.looks))


def fold(view: ViewState, node: int, *, to_open: bool) -> ViewState:
    """Open or close one directory, in the folds that are in force."""
    if view.query:
        return replace(view, found_folds=view.found_folds.turned(node, to_open=to_open))
    return replace(view, folds=view.folds.turned(node, to_open=to_open))


def fold_all(view: ViewState, *, to_open: bool) -> ViewState:
    """Open every directory, or close all but the root."""
    return replace(view, folds=Folds(level=OPEN_ALL if to_open else 1), found_folds=Folds())


def fold_level(view: ViewState, *, level: int, deepest: int, step: int) -> ViewState:
    """Open every directory one level deeper than now, or less deep; `level` is where folds that nobody chose are."""
    now = min(view.folds.resolved(level).level or 0, deepest)
    return replace(view, folds=Folds(level=min(max(now + step, 1), deepest)), found_folds=Folds())


def find(view: ViewState, query: str) -> ViewState:
    """Filter the files; "" shows all again."""
    anchor = view.anchor if view.query else view.node
    return replace(view, query=query, found_folds=Folds(), anchor=anchor, pathless=False)


def give_up_finding(view: ViewState) -> ViewState:
    """Show all files again, with the cursor where it was before."""
    return replace(find(view, ""), node=view.anchor) if view.query else view


def point(view: ViewState, node: int) -> ViewState:
    """Put the cursor of the file pane on a path."""
    trail = view.trail if view.trail and view.trail.node == node else None
    return replace(view, node=node, trail=trail)


def reveal(view: ViewState, tree: FileTree, node: int) -> ViewState:
    """Put the cursor on a path, open all directories above it, and drop a filter that could hide it."""
    folds = view.folds
    above = tree.parent[node]
    while above >= 0:
        folds = folds.turned(above, to_open=True)
        above = tree.parent[above]
    return replace(view, node=node, folds=folds, query="", found_folds=Folds(), trail=None, pathless=False)


def seek(view: ViewState, tree: FileTree, node: int) -> ViewState:
    """Put the cursor on a path, and open the directories above it in the folds that are in force."""
    above = tree.parent[node]
    folds = view.found_folds if view.query else view.folds
    while above >= 0:
        folds = replace(folds, closed=folds.closed - {above}) if view.query else folds.turned(above, to_open=True)
        above = tree.parent[above]
    there = point(view, node)
    return replace(there, found_folds=folds) if view.query else replace(there, folds=folds)


def stop_finding(view: ViewState, tree: FileTree) -> ViewState:
    """Show all files again, with the cursor where it is: on what was found."""
    return seek(find(view, ""), tree, view.node)


def jump(view: ViewState, tree: FileTree, layers: Sequence[int | None], *, layer: int, node: int) -> ViewState:
    """Go to what one layer did to one path."""
    shown = replace(view.looks, hidden=Looks().hidden, quiet=Looks().quiet)
    there = replace(layer_to(view, layers, layer), scope=Scope.LAYER, unmodified=False, looks=shown)
    return reveal(there, tree, node)


def follow_trail(view: ViewState, tree: FileTree, layers: Sequence[int | None], trail: Trail) -> ViewState:
    """Go to a wasted file where it was shipped, and from there to where it was ended."""
    known = view.trail == trail or (trail.origin == "files" and view.node == trail.node)
    layer = trail.killer if known and view.layer == trail.owner else trail.owner
    return replace(focus(jump(view, tree, layers, layer=layer, node=trail.node), "files"), trail=trail)


def plan_path(view: ViewState, node: int) -> ViewState:
    """Plan to never add a path, or not to after all."""
    return replace(view, plan=view.plan.turned_path(node))


def plan_finding(view: ViewState, index: int) -> ViewState:
    """Plan to fix a finding, or not to after all."""
    return replace(view, plan=view.plan.turned_finding(index))


def plan_squash(view: ViewState, layer_count: int) -> ViewState:
    """Plan to squash the marked range, which ends then, or the layer with the one below; or not to after all."""
    first, last = view.layers() if view.scope is Scope.RANGE else (max(view.layer - 1, 0), view.layer)
    if any(low <= view.layer <= high for low, high in view.plan.squashes) and view.scope is not Scope.RANGE:
        return replace(view, plan=view.plan.unsquashed(view.layer))
    if first == last or last >= layer_count:
        return view
    planned = replace(view, plan=view.plan.squashed(first, last))
    return turn_mark(planned) if view.scope is Scope.RANGE else planned
