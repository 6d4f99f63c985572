"""What the terminal is and wants: width, colour, a line of progress. Writes to standard error only."""

import os
import sys
import time
from typing import TYPE_CHECKING

from layerscope.model.image import phase_words
from layerscope.units import format_size, printable

if TYPE_CHECKING:
    from layerscope.reports.base import Page

_WIDEST = 120
_NARROWEST = 60
_INTERVAL_S = 0.1
_TRUE = frozenset({"true", "1", "yes"})


def is_terminal() -> bool:
    """Tell whether a person reads standard output."""
    return sys.stdout is not None and sys.stdout.isatty()


def wants_interface() -> bool:
    """Tell whether somebody looks who can be shown a screen."""
    in_ci = os.environ.get("CI", "").strip().lower() in _TRUE
    return is_terminal() and not _is_dumb() and not in_ci


def _columns() -> int:
    import shutil  # it loads every compressor there is

    return shutil.get_terminal_size().columns


def page(*, no_color: bool) -> "Page":
    """Say what standard output can show."""
    from layerscope.reports.base import Page

    if not is_terminal():
        return Page()
    width = min(_WIDEST, max(_NARROWEST, _columns()))
    return Page(width=width, colour=not no_color and "NO_COLOR" not in os.environ and not _is_dumb())


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


class ProgressLine:
    """One line on standard error that is written over; nothing at all where that is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._on = not quiet and sys.stderr is not None and sys.stderr.isatty() and not _is_dumb()
        self._next_s = 0.0

    def __call__(self, phase: str, done_bytes: int, total_bytes: int | None) -> None:
        """Show how far a phase is; at most ten times a second."""
        from layerscope.reports.layout import fit

        now_s = time.monotonic()
        if not self._on or now_s < self._next_s:
            return
        self._next_s = now_s + _INTERVAL_S
        amount = f"  {format_size(done_bytes)}" if done_bytes else ""
        if done_bytes and total_bytes:
            amount += f" of {format_size(total_bytes)}, {min(100, 100 * done_bytes // total_bytes)} %"
        columns = _columns()
        self._write(fit(f"layerscope: {printable(phase_words(phase))}{amount}", columns - 1))

    def clear(self) -> None:
        """Leave the line as if nothing had been there."""
        if self._on:
            self._write("")

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
