"""What a report is: a name, and a function from an inspection to text on a stream.

Knows no report. Streams, files and terminals are the caller's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from layerscope.model.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Page:
    """What the stream can show."""

    width: int = 120
    """Columns; no line is longer. Only reports for people look at it."""
    colour: bool = False
    """The stream is a terminal that wants escape sequences."""


@dataclass(frozen=True, slots=True)
class Report:
    """One kind of report."""

    name: str
    """The word after `--format`."""
    summary: str
    write: Callable[[Inspection, TextIO, Page], None]
    """Writes text in which everything that came from the image is safe for this format."""
