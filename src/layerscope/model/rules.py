"""What is asked of an image beyond single numbers: actions, scopes, paths, exceptions; and what an earlier report knew.

Holds them; `analysis/gate.py` judges by them.
"""

import enum
from collections.abc import Mapping
from datetime import date

from layerscope.frozen import dataclass, field
from layerscope.model.ledger import Ledger, Scores

NO_WORSE = "no worse than the baseline"
"""The reason of a rule that is broken and passes."""


class Action(enum.StrEnum):
    """What a broken rule does."""

    FAIL = "fail"
    WARN = "warn"


class Scope(enum.StrEnum):
    """Which layers a rule looks at."""

    ALL = "all"
    USER = "user"
    """Those above the base image's."""
    FINAL = "final"
    """For paths only: what is in the final image, whichever layer shipped it."""


@dataclass(frozen=True, slots=True)
class PathRule:
    """Paths of layers.

    `glob` has `*`, `?`, `[…]` within a name and `**` across names; without a leading slash it matches at any depth;
    a directory stands for all that is in it.
    """

    glob: str
    scope: Scope = Scope.ALL
    layers: tuple[int, ...] = ()
    """Only these layers; empty for all of the scope."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """An exception that somebody answers for: a rule, or its findings at some paths."""

    reason: str
    rule: str = ""
    """A finding's rule or kind, or a rule of the gate; "" for all findings at `path`."""
    path: str = ""
    """Glob as in `PathRule`; "" for everything."""
    expires: date | None = None
    """The last day on which it holds."""
    lines: tuple[int, int] | None = None
    """First and last line of the Dockerfile's instruction that a finding must be about; None for any."""


@dataclass(frozen=True, slots=True)
class FindingFact:
    """What is compared of a finding between two runs."""

    rule: str
    kind: str
    level: str
    title: str
    wasted_bytes: int
    live_bytes: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules measure: of the image at hand, or of an earlier report."""

    reference: str
    scores: Scores
    ledger: Ledger
    layers: tuple[Ledger, ...]
    base_layer_count: int | None
    findings: tuple[FindingFact, ...] = ()
    measured: Mapping[str, float] = field(default_factory=dict)
    """By rule: what an earlier verdict measured, where nothing else tells."""
