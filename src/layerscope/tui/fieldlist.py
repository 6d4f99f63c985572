"""A screen above the panes with a field and a list: keys that move go to the list while all others are typed.

Owns that sharing of keys. What is listed, and what choosing means, is the screen's own.
"""

from typing import Generic, TypeVar

from layerscope.tui.firstdrawing import Sheet
from layerscope.tui.widgets.lines import LineList

_Chosen = TypeVar("_Chosen")


class FieldList(Sheet[_Chosen | None], Generic[_Chosen]):
    """See the module; gives None when it is given up. Keys are bound by the screen itself, under ids of its own."""

    _list: LineList

    def action_down(self, rows: int) -> None:
        """Move the cursor while keys go to the field."""
        self._list.action_move(rows)

    def action_page(self, pages: int) -> None:
        """Move the cursor by pages."""
        self._list.action_page(float(pages))

    def action_give_up(self) -> None:
        """Give none."""
        self.dismiss(None)
