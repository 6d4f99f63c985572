"""The part of the application that goes back to where one was in an image, and greets those who are new."""

from collections.abc import Mapping
from typing import Any

from layerscope.frozen import replace
from layerscope.tui.boundkeys import with_keys
from layerscope.tui.errands import Errands
from layerscope.tui.loading import Loaded
from layerscope.tui.panes import PANES
from layerscope.tui.panes.waste import WastePane
from layerscope.tui.remembered import Memory, fixed_again, image_key, restored, wasted_row, written
from layerscope.tui.state import ViewState

_HINT = "New here? {app.help} shows the keys, {app.actions} all actions, 1 to 9 are the panes, {app.quit} leaves."


class Remembering(Errands):
    """See the module."""

    memory: Memory | None = None
    """None to remember nothing."""
    _known: Mapping[str, Any] | None = None

    def on_loaded(self, message: Loaded) -> None:
        """Go back, unless the user has gone somewhere already."""
        if self.memory is None:
            return
        inspection = message.inspection
        if self._known is None:
            if self.memory.is_new:
                self.greet(with_keys(self.screen, _HINT))
            key = image_key(inspection)
            self._known = self.memory.recall(key) if key else {}
            # Who has the focus is the program's doing, too: the list of layers gets it before the files are known.
            if self._known and replace(self.view, recent=(), pathless=False) == ViewState():
                there = restored(self._known, inspection, self.layer_rows, [pane.SPEC.name for pane in PANES])
                self.change_view(lambda _view: there)
                self._waste.go_to(wasted_row(self._known))
        if message.complete and self._known and (fixed := fixed_again(self._known, inspection)):
            self.change_view(lambda view: replace(view, plan=replace(view.plan, fixed=view.plan.fixed | fixed)))

    def remember(self) -> None:
        """Keep where the user is, for the next time."""
        inspection = self.inspection
        if self.memory is None or inspection is None:
            return
        key = image_key(inspection)
        if key is not None:
            self.memory.keep(key, {**written(self.view, inspection), "waste": self._waste.row})

    @property
    def _waste(self) -> WastePane:
        return self.screen_stack[0].query_one(WastePane)
