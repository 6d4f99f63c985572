"""The ledger: every byte of regular-file content, its fate, its owner and its killer.

The rules are in the README, section "How waste is counted"; they are computed in `analysis/ledger.py`.
"""

import enum

from layerscope.frozen import dataclass


class Fate(enum.IntEnum):
    """What became of an entry's bytes in the final image. The order is that of the JSON report."""

    LIVE = 0
    OVERWRITTEN = 1
    """Replaced at their path by an entry with other content or type, in the same or a later layer."""
    RESHIPPED = 2
    """Replaced by an entry with the same content: chmod, chown, touch, a byte-identical rewrite."""
    DELETED = 3
    """Removed by a whiteout of the path or of a parent, by an opaque marker, or with a parent that became a file."""

    @property
    def label(self) -> str:
        """The word used in JSON and on every screen."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Bytes by fate; live + overwritten + reshipped + deleted = total, for a layer and for the image."""

    live_bytes: int = 0
    overwritten_bytes: int = 0
    reshipped_bytes: int = 0
    deleted_bytes: int = 0

    @property
    def wasted_bytes(self) -> int:
        """All that is shipped and is not in the final image."""
        return self.overwritten_bytes + self.reshipped_bytes + self.deleted_bytes

    @property
    def total_bytes(self) -> int:
        """All content bytes shipped."""
        return self.live_bytes + self.wasted_bytes

    @property
    def efficiency(self) -> float:
        """Live / total, 0-1; 1.0 where nothing is shipped."""
        return self.live_bytes / self.total_bytes if self.total_bytes else 1.0


@dataclass(frozen=True, slots=True)
class Waste:
    """The dead bytes of one path that one layer killed in one way."""

    path: bytes
    """Absolute, as bytes; make it `printable` before it is shown."""
    wasted_bytes: int
    fate: Fate
    owners: tuple[int, ...]
    """Layers that shipped the bytes, ascending."""
    killer: int
    """Layer that ended them."""
    node: int
    """The path's node in the file tree."""


@dataclass(frozen=True, slots=True)
class DiveScores:
    """Dive 0.13.1's own numbers, its faults included (dive-and-peers.md), for teams that move over."""

    efficiency: float
    wasted_bytes: int
    user_wasted_ratio: float | None
    """None where Dive says NaN (nothing wasted, nothing shipped above layer 0); infinite, as in Dive, where something
    is wasted and nothing shipped above layer 0. JSON has null for both."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Ratios 0-1."""

    efficiency: float
    user_efficiency: float | None
    """Of the layers above the base; None where the base is not known."""
    user_wasted_ratio: float | None
    """Wasted bytes owned by user layers / bytes shipped by user layers; None where the base is not known."""
    dive: DiveScores
