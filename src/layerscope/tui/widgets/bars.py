"""Bars made of line-drawing characters: thin, and told from their track by shape as well as by colour. Pure."""

from collections.abc import Sequence
from itertools import pairwise

from layerscope.tui.roles import Role, Span

_STEPS = "▁▂▃▄▅▆▇█"
_HEAVY, _HALF, _HALF_ON_TRACK, _TRACK = "━", "╸", "╾", "─"


def bar(ratio: float, width: int) -> str:
    """Draw a ratio 0-1 as at most `width` cells, in steps of half a cell; anything above 0 is seen."""
    halves = _halves(ratio, width)
    return _HEAVY * (halves // 2) + _HALF * (halves % 2)


def bar_on_track(ratio: float, width: int, role: Role) -> tuple[Span, ...]:
    """Draw a ratio 0-1 as exactly `width` cells; what is missing to 1 is a thin line."""
    halves = _halves(ratio, width)
    filled = _HEAVY * (halves // 2) + _HALF_ON_TRACK * (halves % 2)
    return (filled, role), (_TRACK * (width - len(filled)), Role.FAINT)


def sparkline(values: Sequence[int], width: int) -> str:
    """Draw values in a row of at most `width` cells, heights relative to the biggest; 0 is a dot."""
    if len(values) > width > 0:
        edges = [len(values) * place // width for place in range(width + 1)]
        values = [max(values[start:end]) for start, end in pairwise(edges)]
    top = max(values, default=0)
    return "".join(_STEPS[-(-value * len(_STEPS) // top) - 1] if value > 0 else "·" for value in values)


def _halves(ratio: float, width: int) -> int:
    halves = round(min(max(ratio, 0.0), 1.0) * width * 2)
    # Neither a little looks like nothing, nor almost all like everything.
    if ratio > 0 and halves == 0:
        return 1
    return 2 * width - 1 if ratio < 1 and halves == 2 * width else halves
