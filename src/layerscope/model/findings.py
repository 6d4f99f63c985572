"""Findings, rules and verdicts: what is wrong, what was asked, and how it was judged."""

import enum
from dataclasses import dataclass


class Level(enum.StrEnum):
    """How much a finding matters, least first."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change, with what it would save."""

    rule: str
    """Stable id, `LS101`."""
    level: Level
    title: str
    wasted_bytes: int
    """Dead bytes of the ledger that this finding explains; 0 for findings on live bytes or on practice."""
    paths: tuple[bytes, ...]
    """The biggest paths, absolute; `path_count` says how many there are in all."""
    path_count: int
    owner_layers: tuple[int, ...]
    killer_layers: tuple[int, ...]
    dockerfile_line: int | None
    advice: str
    saving_bytes: int


class Scoring(enum.StrEnum):
    """Whose formulas the rules judge by."""

    LAYERSCOPE = "layerscope"
    DIVE = "dive"
    """Dive 0.13.1's, for teams that move over with their thresholds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What was asked of the image; the defaults are Dive's. None turns a rule off."""

    lowest_efficiency: float | None = 0.9
    highest_wasted_bytes: int | None = None
    highest_user_wasted_ratio: float | None = 0.1
    """Rule `highest-user-wasted-percent`: a ratio 0-1 despite the name that Dive gave it."""
    scoring: Scoring = Scoring.LAYERSCOPE


class Status(enum.StrEnum):
    """The outcome of one rule, and of all."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule, judged. Measured and limit are in the rule's own unit: a ratio 0-1 or bytes."""

    rule: str
    """The rule's name as in configuration files: `lowest-efficiency`."""
    status: Status
    measured: float | int | None
    limit: float | int | None
    """None when the rule is disabled."""
    unit: str
    """`ratio` or `bytes`: how to write the two numbers."""
    reason: str = ""
    """Why it was skipped, or by whose formula it was measured; "" where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All rules, judged."""

    status: Status
    rules: tuple[RuleResult, ...]
