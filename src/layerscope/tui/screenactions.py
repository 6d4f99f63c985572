"""What the keys of the screen do that only change the view, from whichever pane. Says what of it cannot be seen."""

from collections.abc import Callable, Mapping

from layerscope.tui import fit
from layerscope.tui.boundkeys import with_keys
from layerscope.tui.firstdrawing import FirstDrawing
from layerscope.tui.panes import PANES
from layerscope.tui.panes.base import NOTHING, Pane, Subject
from layerscope.tui.screenkeys import ends_range
from layerscope.tui.state import ViewState, focus, layer_to, turn_mark, turn_scope, turn_zoom
from layerscope.tui.widgets.tabs import Tabs

_SEE_LAYERS = frozenset({"layers", "files", "details", "dockerfile"})
"""Panes that say which layer one is at."""
_ELSEWHERE = {
    "view": "What files show is not seen here: {pane.files} goes there, or {pane.layers} to the layers.",
    "layer.mark": "Layers are taken together in Layers and Files: {pane.layers} or {pane.files} goes there.",
}
"""What to say of keys of Layers and Files where neither what they change nor what they choose is seen."""


class ScreenActions(FirstDrawing[None]):
    """The part of the screen that has these keys."""

    view = ViewState()
    _panes: Mapping[str, Pane] = {}
    _subject: Subject = NOTHING

    def apply(self, change: Callable[[ViewState], ViewState]) -> None:
        """Replace the view, and show it."""
        raise NotImplementedError

    def keep_free(self, lines: int) -> None:
        """Leave so many lines above the keys to what is told: it covers the tabs, and no row of a pane."""
        body = self.query_one("#body")
        beyond = max(lines - self.query_one(Tabs).display, 0) if self.is_mounted else 0
        if body.styles.margin.bottom != beyond:
            self.draw_once_moved()
            body.styles.margin = (0, 0, beyond, 0)

    @property
    def _sees_files(self) -> bool:
        return "files" in self._panes and self._panes["files"].display

    @property
    def _chooses_layers(self) -> bool:
        """Tell whether which layers are taken together can be chosen: where that is seen, or told."""
        return self.view.active in {"layers", "files"} or self._sees_files

    def name_of_key(self, action: str) -> str | None:
        """Say that a key does nothing here; None for what it always does."""
        if action == "range.end" and not ends_range(self.view):
            return ""
        return "" if action in _ELSEWHERE and not self._chooses_layers else None

    def _is_elsewhere(self, action: str) -> bool:
        """Tell whether a key would change what is not seen here; then that is said."""
        if self._chooses_layers:
            return False
        self.notify(with_keys(self, _ELSEWHERE[action]), markup=False)
        return True

    def action_mark(self) -> None:
        """Begin a range of layers here, or end having one."""
        if not self._is_elsewhere("layer.mark"):
            self.apply(turn_mark)

    def action_unmark(self) -> None:
        """End the marked range."""
        self.apply(turn_mark)

    def action_scope(self) -> None:
        """Switch between what the layer did and everything up to it; say so where files are not seen."""
        if self._is_elsewhere("view"):
            return
        self.apply(turn_scope)
        if not self._sees_files:
            self.notify(with_keys(self, f"Files show {self.view.title} now: {{pane.files}} goes there."), markup=False)

    def action_layer(self, step: int) -> None:
        """Go to the next layer, whichever pane has the focus; say which it is where that is not seen."""
        before = self.view.layer
        self.apply(lambda view: layer_to(view, self._subject.layers, view.layer + step))
        if any(pane.display for name, pane in self._panes.items() if name in _SEE_LAYERS):
            return
        layer, rows = self.view.layer, self._subject.rows
        row = next((row for row in rows if row.layer == layer), None)
        if row is not None:
            said = f"{row.keyword} {row.text}".strip()
            end = "" if layer != before else f" There is none {'above' if step > 0 else 'below'}."
            room = self.size.width - 4 - len(end)
            self.notify(fit.cut(f"Layer {layer} is chosen: {said}", room) + end, markup=False)

    def action_back(self) -> None:
        """Go back to the pane from which a wasted file was gone to."""
        if self.view.trail:
            self.action_pane(self.view.trail.origin)

    def action_zoom(self) -> None:
        """Give the active pane the whole screen, or show all that fit."""
        self.apply(turn_zoom)

    def action_unzoom(self) -> None:
        """Show all panes that fit."""
        self.apply(turn_zoom)

    def action_pane(self, name: str) -> None:
        """Go to a pane."""
        self.apply(lambda view: focus(view, name))

    def action_next_pane(self, step: int) -> None:
        """Go to the next pane in the order of their numbers, or to the one before."""
        names = [pane.SPEC.name for pane in PANES]
        self.action_pane(names[(names.index(self.view.active) + step) % len(names)])
