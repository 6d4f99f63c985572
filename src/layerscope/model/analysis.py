"""What the layers alone say, whatever history and Dockerfile say: the part of an inspection that takes time.

It depends on nothing but the bytes of the layers, so that it can be remembered from one run to the next.
"""

from layerscope.frozen import dataclass
from layerscope.model.filetree import FileTree
from layerscope.model.image import RawImage
from layerscope.model.ledger import DiveScores, Ledger


@dataclass(frozen=True, slots=True)
class Analysis:
    """The folded and settled tree, and what is summed up from it."""

    tree: FileTree
    ledgers: tuple[Ledger, ...]
    """By layer."""
    killed_bytes: tuple[int, ...]
    """By layer: the bytes, its own and those of lower layers, that it ended."""
    changes: tuple[tuple[int, int, int], ...]
    """By layer: paths added, modified, removed."""
    dive: DiveScores


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one run leaves to the next."""

    analysis: Analysis
    image: RawImage | None = None
    """Where the image need not be asked for again: what an engine sent of it, its layers without their bytes."""
