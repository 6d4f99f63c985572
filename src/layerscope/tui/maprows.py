"""The map of an image from tiles to cells: boxes with name and size, hatched by the share that is wasted. Pure.

In a box that is large enough stands, fainter, what is in the directory: where its bytes are is seen before one goes in.
"""

from collections.abc import Sequence
from itertools import islice

from layerscope.frozen import dataclass, replace
from layerscope.tui import fit
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.treemap import Rect, tiles
from layerscope.tui.weights import Weights
from layerscope.units import format_size, printable

SMALLEST_TILE = 14
"""Cells below which a tile says nothing; what is smaller is told in one tile at the end."""
_HATCH = "░"
_WIDTH_INSIDE, _HEIGHT_INSIDE = 24, 6
"""Cells of a box from which on what is in it is shown."""
_DEPTH = 3
"""Levels below that are shown so."""
_MOST_INSIDE = 2000
"""Entries of a directory that is shown inside of another one's map: a key must not wait for more."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A path on the map, or the rest of a directory together."""

    node: int | None
    """None for the rest."""
    name: str
    shipped_bytes: int
    wasted_bytes: int
    rect: Rect
    inside: tuple[Line, ...] = ()
    """What is in it, drawn for the box below its first line; empty where there is no room."""


def map_of(weights: Weights, directory: int, area: Rect, *, depth: int = _DEPTH) -> tuple[Tile, ...]:
    """Lay out what is in a directory, the heaviest first, and inside of it what is in that."""
    tiles_here = _tiles_of(weights, directory, area)
    if depth == 0:
        return tiles_here
    return tuple(replace(tile, inside=_inside(weights, tile, depth - 1)) for tile in tiles_here)


def _inside(weights: Weights, tile: Tile, depth: int) -> tuple[Line, ...]:
    area = Rect(0, 0, tile.rect.width - 1, tile.rect.height - 1)
    if tile.node is None or area.width < _WIDTH_INSIDE or area.height < _HEIGHT_INSIDE:
        return ()
    few = sum(1 for _child in islice(weights.tree.children(tile.node), _MOST_INSIDE + 1)) <= _MOST_INSIDE
    found = map_of(weights, tile.node, area, depth=depth) if few else ()
    return tuple(map_lines(found, area, -1, faint=True)) if found else ()


def _tiles_of(weights: Weights, directory: int, area: Rect) -> tuple[Tile, ...]:
    nodes = weights.inside(directory)
    sizes = [weights.shipped[node] for node in nodes]
    shown = len(tiles(sizes, area, smallest=SMALLEST_TILE))
    rest = nodes[shown:] if sum(sizes[shown:]) * area.area >= SMALLEST_TILE * sum(sizes) else []
    rects = tiles([*sizes[:shown], *([sum(sizes[shown:])] if rest else [])], area)
    made = [
        Tile(node, _name(weights, node), weights.shipped[node], weights.wasted[node], rect)
        for node, rect in zip(nodes[:shown], rects, strict=False)
    ]
    if rest and len(rects) > len(made):
        shipped, wasted = sum(sizes[shown:]), sum(weights.wasted[node] for node in rest)
        made.append(Tile(None, f"{len(rest):,} more", shipped, wasted, rects[-1]))
    return tuple(made)


def _name(weights: Weights, node: int) -> str:
    return printable(weights.tree.name(node)) + "/" * weights.is_directory(node)


def map_lines(found: Sequence[Tile], area: Rect, selected: int, *, faint: bool = False) -> list[Line]:
    """Draw tiles beside each other; faint inside of another one."""
    rows: list[list[tuple[int, Line]]] = [[] for _ in range(area.height)]
    for place, tile in enumerate(found):
        for offset, line in enumerate(_tile_lines(tile, selected=place == selected, faint=faint)):
            rows[tile.rect.y - area.y + offset].append((tile.rect.x, line))
    return [tuple(span for _x, line in sorted(row, key=lambda part: part[0]) for span in line) for row in rows]


def _tile_lines(tile: Tile, *, selected: bool, faint: bool) -> list[Line]:
    """Draw one tile: its frame above and on the left, so that neighbours share theirs; waste from below."""
    width, height = tile.rect.width, tile.rect.height
    heavy = selected
    corner, across, down = ("┏", "━", "┃") if heavy else ("┌", "─", "│")
    frame = Role.FOCUS if selected else Role.TRACK
    inner = width - 1
    hatched = _hatched(tile, height - 1)
    name = fit.middle(tile.name, max(inner - 1, 0)) if inner > 2 else ""
    head: list[Span] = [(corner, frame), (name, Role.KEYWORD if selected else Role.DIM if faint else Role.STRONG)]
    used = fit.width_of(name)
    texts = [format_size(tile.shipped_bytes)]
    if tile.wasted_bytes:
        texts.append(f"{format_size(tile.wasted_bytes)} wasted")
    if tile.inside:
        for text, role in zip(texts, (Role.DIM if faint else Role.TEXT, Role.WASTED), strict=False):
            if used + len(text) + 2 <= inner:
                head.append((f" {text} ", role))
                used += len(text) + 2
    head.append((across * (inner - used), frame))
    lines: list[Line] = [tuple(head)]
    if tile.inside:
        return [*lines, *(((down, frame), *line) for line in tile.inside)]
    for row in range(height - 1):
        text = fit.cut(texts[row], inner) if row < len(texts) and len(texts[row]) <= inner else ""
        fill = _HATCH if row >= height - 1 - hatched else " "
        role = Role.WASTED if row == 1 else Role.DIM if faint else Role.TEXT
        lines.append(((down, frame), (text, role), (fill * (inner - len(text)), Role.WASTED)))
    return lines


def _hatched(tile: Tile, rows: int) -> int:
    if not tile.wasted_bytes or rows <= 0:
        return 0
    return max(round(rows * tile.wasted_bytes / tile.shipped_bytes), 1)


def neighbour(found: Sequence[Tile], selected: int, dx: int, dy: int) -> int:
    """Find the tile beside another in a direction; itself where there is none."""
    if not 0 <= selected < len(found):
        return 0
    rect = found[selected].rect
    x, y = rect.x, rect.y
    if dx:
        x = rect.x + rect.width if dx > 0 else rect.x - 1
    if dy:
        y = rect.y + rect.height if dy > 0 else rect.y - 1
    return next((place for place, tile in enumerate(found) if tile.rect.holds(x, y)), selected)
