"""Which panes are seen, and where, on a screen of a given size: a pure function of sizes and of what was used last.

Three columns from 140 cells on, two from 90, below that one pane at a time; a column shows as many of its panes as
its height allows. The left one is the same wherever one came from: only the pane in use changes what is in it.
Knows panes only by their `PaneSpec`.
"""

import enum
from collections.abc import Sequence

from layerscope.frozen import dataclass

SMALLEST_WIDTH, SMALLEST_HEIGHT = 40, 10
TWO_COLUMNS, THREE_COLUMNS = 90, 140


class Column(enum.Enum):
    """Where a pane lives on a wide screen; the value is the id of the container."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class PaneSpec:
    """What the layout has to know of a pane."""

    name: str
    column: Column
    smallest_height: int
    """Rows, borders included, below which the pane makes way for others in its column."""
    when_asked: bool = False
    """It is seen only once somebody went to it."""


class Shape(enum.Enum):
    """How many columns there are; the value is the screen's style class."""

    ONE = "-one"
    TWO = "-two"
    THREE = "-three"


def shape_of(width: int) -> Shape:
    """Choose the number of columns for a screen's width."""
    if width >= THREE_COLUMNS:
        return Shape.THREE
    return Shape.TWO if width >= TWO_COLUMNS else Shape.ONE


def too_small(width: int, height: int) -> bool:
    """Tell whether a terminal is too small to show anything useful."""
    return width < SMALLEST_WIDTH or height < SMALLEST_HEIGHT


def panes_shown(panes: Sequence[PaneSpec], recent: Sequence[str], shape: Shape, height: int) -> frozenset[str]:
    """Name the panes to show in an area of `height` rows; `recent` names panes, the one used last first."""
    panes = [pane for pane in panes if not pane.when_asked or pane.name in recent]
    by_use = sorted(panes, key=lambda pane: recent.index(pane.name) if pane.name in recent else len(recent))
    if shape is Shape.ONE:
        return frozenset({by_use[0].name})
    shown = set(_fitting(_left(panes, recent), height))
    if shape is Shape.TWO:
        shown |= {pane.name for pane in [pane for pane in by_use if pane.column is not Column.LEFT][:1]}
        return frozenset(shown)
    for column in (Column.CENTRE, Column.RIGHT):
        shown |= set(_fitting([pane for pane in by_use if pane.column is column], height))
    return frozenset(shown)


def _left(panes: Sequence[PaneSpec], recent: Sequence[str]) -> list[PaneSpec]:
    """Order the left column: the pane in use, then the others as they stand, whichever of them was used before."""
    left = [pane for pane in panes if pane.column is Column.LEFT]
    return sorted(left, key=lambda pane: pane.name not in recent[:1])


def _fitting(panes: Sequence[PaneSpec], height: int) -> list[str]:
    """Name the panes of one column that fit below each other: the first always, others while there is room."""
    names: list[str] = []
    left = height
    for pane in panes:
        if not names or pane.smallest_height <= left:
            names.append(pane.name)
            left -= pane.smallest_height
    return names
