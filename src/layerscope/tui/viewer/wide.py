"""A text whose lines may be longer than the screen is wide: they are moved to the left, not broken."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from layerscope.tui.roles import Line
from layerscope.tui.viewer.showing import shifted
from layerscope.tui.widgets.painter import Tone
from layerscope.tui.widgets.sought import Sought

SHIFT = 16
"""Cells of a step."""


class Wide(Sought):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,l", "shift(1)", "right", show=False, id="viewer.right", tooltip="long lines: to the right"),
        Binding("left,h", "shift(-1)", "left", show=False, id="viewer.left", tooltip="long lines: to the left"),
    ]
    columns = 0
    """Cells that are left out on the left."""

    def line_at(self, number: int, width: int, tone: Tone) -> Line:
        """Give what is seen of a line."""
        return shifted(super().line_at(number, width, tone), self.columns)

    def action_shift(self, direction: int) -> None:
        """Show other columns."""
        self.columns = max(self.columns + direction * SHIFT, 0)
        self.rewrite()
