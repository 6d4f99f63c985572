"""A map of sizes: sizes and a rectangle of cells in, rectangles out that tile it exactly. Pure; knows no files."""

from collections.abc import Sequence
from itertools import accumulate

from layerscope.frozen import dataclass

CELL_ASPECT = 2
"""A cell is about twice as high as it is wide."""


@dataclass(frozen=True, slots=True)
class Rect:
    """Some cells of a screen."""

    x: int
    y: int
    width: int
    height: int

    @property
    def area(self) -> int:
        """Number of cells."""
        return self.width * self.height

    def holds(self, x: int, y: int) -> bool:
        """Tell whether a cell is one of them."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


def tiles(sizes: Sequence[int], area: Rect, *, smallest: int = 1) -> list[Rect]:
    """Give each of some sizes, biggest first, a rectangle; together they are the area.

    Sizes at the end that would get fewer than `smallest` cells are left out: the result is shorter then.
    """
    total = sum(sizes)
    if area.area <= 0 or total <= 0:
        return []
    shown = sum(1 for size in sizes if size * area.area >= smallest * total)
    shown = min(max(shown, 1), area.area)
    found: list[Rect] = []
    _tile(list(sizes[:shown]), area, found)
    return found


def _tile(sizes: list[int], area: Rect, found: list[Rect]) -> None:
    """Cut the area in two where the sizes are nearest to halves, and the longer side is; so on with both parts."""
    while len(sizes) > 1:
        sums = list(accumulate(sizes))
        half = min(range(1, len(sizes)), key=lambda count: abs(2 * sums[count - 1] - sums[-1]))
        one, rest = _cut(area, sums[half - 1] / sums[-1], half, len(sizes) - half)
        _tile(sizes[:half], one, found)
        sizes, area = sizes[half:], rest
    found.append(area)


def _cut(area: Rect, share: float, before: int, after: int) -> tuple[Rect, Rect]:
    """Cut a rectangle; both parts keep a cell for each of their sizes where the area has that many."""
    across = area.width >= CELL_ASPECT * area.height
    if across and area.width < 2:
        across = False
    if not across and area.height < 2:
        across = True
    length, breadth = (area.width, area.height) if across else (area.height, area.width)
    least = -(-before // breadth)
    most = length - -(-after // breadth)
    cut = min(max(round(length * share), least, 1), max(most, 1), length - 1)
    if across:
        return Rect(area.x, area.y, cut, area.height), Rect(area.x + cut, area.y, area.width - cut, area.height)
    return Rect(area.x, area.y, area.width, cut), Rect(area.x, area.y + cut, area.width, area.height - cut)
