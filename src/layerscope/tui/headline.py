"""The headline: how big, how efficient, how much wasted, how many findings; at every width. Pure."""

from collections.abc import Iterator, Sequence

from layerscope.model.findings import Level
from layerscope.model.inspection import Inspection
from layerscope.tui import fit, words
from layerscope.tui.layout import TWO_COLUMNS
from layerscope.tui.roles import Line, Role, Span, width_of_line
from layerscope.tui.widgets.bars import bar_on_track
from layerscope.units import format_percent, format_size, printable

_BRAND = " layerscope"
_NAME_LEAST, _NAME_MOST, _ORIGIN_LEAST = 12, 32, 10
_LEAST_MORE = 1_000_000
"""Bytes stored beyond the content that are worth a word."""
_GAP, _NARROW_GAP = "   ", "  "
_NARROW, _WORDY = 60, 120
"""Cells from which on errors are told beside all findings, and with a word."""


def headline(inspection: Inspection, width: int, *, complete: bool = True) -> tuple[Line, ...]:
    """Write the headline: one line, or below 90 cells one for the name and one for the numbers."""
    image = inspection.image
    name, origin = printable(image.reference), origin_of(image.source, image.platform)
    said = _findings(inspection, width) if complete else (("… findings", Role.DIM),)
    if width < TWO_COLUMNS:
        return _name_line(name, origin, width), _spread(_fitting_numbers(inspection, width - 1, said), width)
    wanted = len(_BRAND) + min(fit.width_of(name), _NAME_MOST) + 6
    numbers = _fitting_numbers(inspection, width - wanted - fit.width_of(origin), said)
    if not _has_words(numbers):  # they say more than where the image comes from, which is in the pane of the image
        numbers = _fitting_numbers(inspection, width - wanted, said)
    room = width - width_of_line(numbers) - 1
    return (_joined(_name_line(name, origin, room, branded=True), numbers, width),)


_ALL = ("shipped", "stored", "efficient")


def _ways(*, stores: bool) -> Iterator[tuple[int, Sequence[str], str]]:
    """Give widths of the bar, words that numbers have beside them, and gaps, the richest first: bars go before words.

    `stores`: what is stored is much more than what is shipped, and said.
    """
    yield from ((width, _ALL, _GAP) for width in (25, 16, 10, 6))
    yield from ((width, _ALL, _NARROW_GAP) for width in (6, 0))
    if stores:
        yield 0, ("shipped", "stored"), _NARROW_GAP
        yield from ((width, ("shipped", "efficient"), _NARROW_GAP) for width in (6, 0))
    yield 0, ("efficient",), _NARROW_GAP
    yield 0, (), _NARROW_GAP


def _findings(inspection: Inspection, width: int) -> Line:
    """Count the findings, and apart from them those that are errors; where little fits, only these."""
    count = words.count_text(len(inspection.findings), "finding")
    errors = sum(finding.level is Level.ERROR for finding in inspection.findings)
    if not errors:
        return ((count, Role.WASTED if inspection.findings else Role.DIM),)
    worded = words.count_text(errors, "error")
    if width < _NARROW:
        return ((worded, Role.REMOVED),)
    shown = f"{worded} in " if width >= _WORDY else f"{errors:,} ✗ "
    return (shown, Role.REMOVED), (count, Role.WASTED)


def plain_headline(reference: str, origin: str, width: int) -> tuple[Line, ...]:
    """Write the headline of an image of which only the name, and perhaps the origin, is known."""
    return (_name_line(printable(reference), origin, width),)


def origin_of(source: str, platform: str) -> str:
    """Say where an image comes from and what it runs on."""
    return " · ".join(printable(part) for part in (source, platform) if part)


def _name_line(name: str, origin: str, width: int, *, branded: bool = False) -> Line:
    """Write program, image and origin; the origin makes way first."""
    branded = branded or width >= _NARROW
    brand = ((_BRAND, Role.FOCUS), ("  ", Role.TEXT)) if branded else ((" ", Role.TEXT),)
    room = width - width_of_line(brand) - 1
    shown = fit.middle(name, max(room - fit.width_of(origin) - 2, _NAME_LEAST))
    rest = room - fit.width_of(shown) - 2
    cut = fit.cut(origin, rest) if rest >= min(fit.width_of(origin), _ORIGIN_LEAST) else ""
    line = (*brand, (shown, Role.STRONG), ("  " + fit.left(cut, max(rest, 0)), Role.DIM))
    return (*line, (" " * (width - width_of_line(line)), Role.TEXT))


def _fitting_numbers(inspection: Inspection, width: int, said: Line) -> Line:
    """Choose the richest way to say the numbers that fits."""
    stored = _stored(inspection)
    for bar_width, wordy, gap in _ways(stores=bool(stored)):
        shipped = "shipped" in wordy
        first = f" shipped{stored if 'stored' in wordy else ''}" if shipped else ""
        line = _numbers(inspection, bar_width, said, first, gap, efficient="efficient" in wordy)
        if width_of_line(line) <= width:
            return line
    return _terse_numbers(inspection, said)


def _numbers(inspection: Inspection, bar_width: int, said: Line, first: str, gap: str, *, efficient: bool) -> Line:
    ledger = inspection.ledger
    efficiency = inspection.scores.efficiency
    least = "≥ " if inspection.partial else ""
    spans: list[Span] = [(f"{least}{format_size(inspection.image.content_bytes)}", Role.STRONG)]
    if first:
        spans.append((first, Role.DIM))
    spans.append((gap, Role.TEXT))
    if bar_width:
        spans.extend((*bar_on_track(efficiency, bar_width, Role.GOOD), (" ", Role.TEXT)))
    spans.append((format_percent(efficiency), Role.STRONG))
    if efficient:
        spans.append((" efficient", Role.DIM))
    wasted = ledger.wasted_bytes
    spans.append((f"{gap}{least}{format_size(wasted)}", Role.WASTED_STRONG if wasted else Role.STRONG))
    spans.append((" wasted", Role.DIM))
    if inspection.partial:
        spans.append((f"{gap}partial", Role.REMOVED))
    return (*spans, (gap, Role.TEXT), *said, (" ", Role.TEXT))


def _has_words(numbers: Line) -> bool:
    return any(text.startswith(" shipped") for text, _role in numbers)


def _stored(inspection: Inspection) -> str:
    """Say how much is stored, and pulled, where headers and padding make that much more than the content."""
    image = inspection.image
    more = image.stored_bytes - image.content_bytes
    return f", {format_size(image.stored_bytes)} stored" if more > max(image.content_bytes // 2, _LEAST_MORE) else ""


def _terse_numbers(inspection: Inspection, said: Line) -> Line:
    """Write the numbers for the narrowest of screens."""
    return (
        (format_size(inspection.image.content_bytes), Role.STRONG),
        (f" {format_percent(inspection.scores.efficiency)}", Role.STRONG),
        (f" {format_size(inspection.ledger.wasted_bytes)}", Role.WASTED_STRONG),
        (" waste", Role.DIM),
        (" ", Role.TEXT),
        *said,
    )


def _spread(numbers: Line, width: int) -> Line:
    return ((" ", Role.TEXT), *numbers, (" " * max(width - 1 - width_of_line(numbers), 0), Role.TEXT))


def _joined(name: Line, numbers: Line, width: int) -> Line:
    gap = width - width_of_line(name) - width_of_line(numbers)
    return (*name, (" " * max(gap, 0), Role.TEXT), *numbers)
