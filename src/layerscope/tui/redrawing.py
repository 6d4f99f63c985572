"""Draws again only the widgets of which something has changed.

Textual takes the smallest rectangle around all that changed, and renders every widget in it: with the files and the
line of keys below them that is the whole screen, 27 widgets, borders and containers too, of which two are shown. A
list of 40 rows is drawn in two thirds of the time without them. Knows nothing of what is on the screen.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

_Render = tuple[Region, Region, list[Strip]]


class Found(Protocol):
    """What a widget is asked for here."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Render lines of the widget."""


class ChangedOnly(Compositor):
    """Textual's compositor, which asks fewer widgets."""

    _changed: frozenset[Region] = frozenset()

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what changed; None where nothing did."""
        self._changed = frozenset(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = frozenset()

    def _get_renders(self, crop: Region | None = None) -> Iterable[_Render]:
        return seen_in(self._changed, self.visible_widgets.items()) if self._changed else super()._get_renders(crop)


def seen_in(changed: Iterable[Region], widgets: Iterable[tuple[Found, tuple[Region, Region]]]) -> Iterator[_Render]:
    """Render the widgets that are seen in regions of the screen; `widgets` from front to back: region, clip.

    Who covers a region hides all behind it: see-through colours are mixed in when a widget is rendered.
    """
    waiting = set(changed)
    for widget, (region, clip) in widgets:
        visible = region.intersection(clip)
        met = {one for one in waiting if one.overlaps(visible)}
        if met:
            yield region, clip, widget.render_lines(visible.translate((-region.x, -region.y)))
            waiting -= {one for one in met if visible.contains_region(one)}
            if not waiting:
                return
