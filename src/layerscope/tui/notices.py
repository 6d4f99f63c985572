"""What the screen says instead of panes: reading, stopped, failed, too small. Each says what, why, what next. Pure."""

from collections.abc import Iterator

from layerscope.errors import (
    AmbiguousImageError,
    DamagedImageError,
    EngineError,
    ImageError,
    ImageNotFoundError,
    LayerscopeError,
    LimitError,
    NotAnImageError,
    UnsupportedImageError,
    UsageError,
)
from layerscope.model.image import phase_words
from layerscope.tui import fit, words
from layerscope.tui.blanks import KeyOf
from layerscope.tui.layout import SMALLEST_HEIGHT, SMALLEST_WIDTH
from layerscope.tui.meter import Reading
from layerscope.tui.roles import Line, Role, Span
from layerscope.tui.widgets.bars import bar_on_track
from layerscope.units import format_size, printable

_WIDEST = 76
_PHASE_WIDTH = 16
_TITLES: tuple[tuple[type[Exception], str], ...] = (
    (ImageNotFoundError, "There is no such image"),
    (EngineError, "No engine delivered the image"),
    (NotAnImageError, "This is not a container image"),
    (UnsupportedImageError, "This form of image is not read"),
    (DamagedImageError, "The image is damaged"),
    (AmbiguousImageError, "Several images fit"),
    (LimitError, "The image is too large"),
    (ImageError, "The image could not be read"),
    (UsageError, "This cannot be asked"),
)
_MOST_CHOICES = 12
BLANK: Line = (("", Role.TEXT),)


def error_lines(error: Exception, reference: str, width: int, key: KeyOf) -> tuple[Line, ...]:
    """Explain why there is nothing to see: what, why, and what to do next."""
    return _centred(_error_lines(error, reference, _inner(width), key), width)


def _error_lines(error: Exception, reference: str, width: int, key: KeyOf) -> Iterator[Line]:
    title = next((text for kind, text in _TITLES if isinstance(error, kind)), "A fault of our own")
    yield ("✗ ", Role.REMOVED), (title, Role.STRONG)
    yield BLANK
    message = error.message if isinstance(error, LayerscopeError) else f"{type(error).__name__}: {error}"
    yield from _paragraph("image", printable(reference), Role.TEXT, width)
    yield from _paragraph("why", words.message(message), Role.TEXT, width)
    hint = error.hint if isinstance(error, LayerscopeError) else "run it with --debug, and please report what that says"
    if hint:
        yield BLANK
        yield from _paragraph("next", words.message(hint), Role.FOCUS, width)
    if isinstance(error, AmbiguousImageError):
        for number, choice in enumerate(error.choices[:_MOST_CHOICES]):
            yield from _paragraph("choices" if number == 0 else "", words.one_line(choice), Role.FOCUS, width)
        if len(error.choices) > _MOST_CHOICES:
            yield from _paragraph("", f"… {len(error.choices) - _MOST_CHOICES} more", Role.DIM, width)
    yield BLANK
    yield _keys((key("load.again"), "tries again"), (key("app.quit"), "quits"))


def stopped_lines(reference: str, width: int, key: KeyOf, *, layers_known: bool) -> tuple[Line, ...]:
    """Say that the user stopped the reading, and what there is to see."""
    seen = "The list of layers is complete; files and waste are not known." if layers_known else "Nothing was read."
    lines = (
        (("■ ", Role.WASTED), ("Stopped reading ", Role.STRONG), (printable(reference), Role.STRONG)),
        ((seen, Role.DIM),),
        _keys((key("load.again"), "reads it again"), (key("app.quit"), "quits")),
    )
    return _centred(iter(lines), width) if not layers_known else tuple(_indented(lines))


def empty_lines(reference: str, width: int, key: KeyOf) -> tuple[Line, ...]:
    """Say that there is nothing to show, and where the rest is to be had."""
    lines: list[Line] = [
        (("○ ", Role.DIM), ("This image has no layers", Role.STRONG)),
        BLANK,
        *_paragraph("image", printable(reference), Role.TEXT, _inner(width)),
        *_paragraph(
            "why", "its manifest lists none: nothing is shipped, and nothing is in it", Role.TEXT, _inner(width)
        ),
        BLANK,
        *_paragraph("next", f"layerscope report --format json {printable(reference)}", Role.FOCUS, _inner(width)),
        BLANK,
        _keys((key("app.quit"), "quits")),
    ]
    return _centred(iter(lines), width)


def reading_lines(reference: str, reading: Reading | None, width: int, key: KeyOf, *, alone: bool) -> tuple[Line, ...]:
    """Say how far the reading is, with a bar; `alone` when there is nothing else on the screen."""
    inner = _inner(width)
    head: Line = (("Reading ", Role.DIM), (fit.middle(printable(reference), inner - 8), Role.STRONG))
    lines = (head, _progress_line(reading, inner), _keys((key("load.stop"), "stops")))
    return _centred(iter(lines), width) if alone else tuple(_indented(lines))


def _progress_line(reading: Reading | None, width: int) -> Line:
    if reading is None:
        return (("opening …", Role.DIM),)
    phase = fit.left(phase_words(words.one_line(reading.phase)), _PHASE_WIDTH)
    amount = format_size(reading.done_bytes)
    if reading.total_bytes:
        amount += f" of {format_size(reading.total_bytes)}"
    tail = f"  {amount:<20}  {words.rate_text(reading.rate_bytes_s):>10}"
    if reading.ratio is None:
        moving: list[Span] = [(phase, Role.FOCUS)]
        return (*moving, (tail if reading.done_bytes else "  …", Role.DIM))
    bar_width = max(width - len(phase) - len(tail) - 1, 6)
    return (phase, Role.FOCUS), (" ", Role.TEXT), *bar_on_track(reading.ratio, bar_width, Role.FOCUS), (tail, Role.DIM)


def too_small_lines(width: int, height: int) -> tuple[Line, ...]:
    """Ask for a larger terminal."""
    text = (f"{width} x {height} is too small,", f"{SMALLEST_WIDTH} x {SMALLEST_HEIGHT} is enough.")
    return tuple(((fit.cut(part.center(width).rstrip(), width), Role.TEXT),) for part in text)


def _paragraph(label: str, text: str, role: Role, width: int) -> Iterator[Line]:
    for number, part in enumerate(fit.wrap(text, width - 9)):
        yield (fit.left(label if number == 0 else "", 9), Role.DIM), (part, role)


def _keys(*keys: tuple[str, str]) -> Line:
    line: list[Span] = []
    for key, meaning in keys:
        line += [(key, Role.KEYWORD), (f" {meaning}   ", Role.DIM)]
    return tuple(line)


def _inner(width: int) -> int:
    return max(min(width - 4, _WIDEST), 20)


def _indented(lines: tuple[Line, ...]) -> Iterator[Line]:
    for line in lines:
        yield (" ", Role.TEXT), *line


def _centred(lines: Iterator[Line], width: int) -> tuple[Line, ...]:
    """Put a block of lines into the middle, its lines starting below each other."""
    indent = " " * max((width - _inner(width)) // 2, 0)
    return tuple(((indent, Role.TEXT), *line) for line in lines)
