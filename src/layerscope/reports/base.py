"""What a report is: a name, and a function from an inspection to text on a stream.

Knows no report. Streams, files and terminals are the caller's.
"""

from collections.abc import Callable
from typing import TextIO

from layerscope.frozen import dataclass, field
from layerscope.model.inspection import Inspection


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The Dockerfile as reports call it and show it."""

    name: str = "Dockerfile"
    """Relative to the repository, with slashes: what a code host knows it by."""
    lines: tuple[str, ...] = ()
    """Its text, where it was given; untrusted."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the stream can show, and what stands beside it."""

    width: int = 120
    """Columns; no line is longer. Only reports for people look at it."""
    colour: bool = False
    """The stream is a terminal that wants escape sequences."""
    dockerfile: Dockerfile = field(default_factory=Dockerfile)


@dataclass(frozen=True, slots=True)
class Report:
    """One kind of report."""

    name: str
    """The word after `--format`."""
    summary: str
    write: Callable[[Inspection, TextIO, Page], None]
    """Writes text in which everything that came from the image is safe for this format."""
