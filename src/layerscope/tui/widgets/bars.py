"""Bars made of line-drawing characters: thin, and told from their track by shape as well as by colour. Pure."""

from layerscope.tui.roles import Role, Span

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


def _halves(ratio: float, width: int) -> int:
    halves = round(min(max(ratio, 0.0), 1.0) * width * 2)
    # Neither a little looks like nothing, nor almost all like everything.
    if ratio > 0 and halves == 0:
        return 1
    return 2 * width - 1 if ratio < 1 and halves == 2 * width else halves
