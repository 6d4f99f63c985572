"""Findings, rules and verdicts: what is wrong, what was asked, and how it was judged."""

import enum
from array import array
from collections.abc import Mapping

from layerscope.frozen import dataclass, field
from layerscope.model.image import Note
from layerscope.model.ledger import Fate
from layerscope.model.rules import Facts, Ignore, PathRule, Scope


class Level(enum.StrEnum):
    """How much a finding matters, least first."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Family(enum.StrEnum):
    """What a finding is about; the hundreds digit of its rule."""

    WASTE = "waste"
    """Dead bytes of the ledger: each is in exactly one finding of this family."""
    LIVE = "live"
    """Bytes of the final image that need not be there."""
    PRACTICE = "practice"
    """How the image is made: secrets, users, tags."""
    ORDER = "order"
    """In which order: what is built, pushed and pulled again after a change."""


DOCKERFILE = "Dockerfile"
"""What edits are of that are not of `.dockerignore`, whatever the file is called."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A piece of text ready to paste. Lines are safe to show and to copy (no control codes)."""

    lines: tuple[str, ...]
    """What to write there; empty to take the old lines out."""
    first_line: int | None = None
    """First line that it takes the place of, from 1; None where the lines are not known, or for new text."""
    last_line: int | None = None
    """Last one; `first_line - 1` where the lines go in before `first_line` and nothing is taken out."""
    file: str = DOCKERFILE
    """`Dockerfile` or `.dockerignore`."""
    layer: int | None = None
    """The layer whose instruction it takes the place of: what is said where its lines are not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that a finding is about: those of some paths that one layer shipped and one ended, in one way."""

    nodes: "array[int]"
    """In the file tree; a path may be there twice."""
    owner: int | None = None
    """None for any layer."""
    killer: int = -1
    """-1 for bytes that are in the final image."""
    fate: Fate = Fate.LIVE


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change, with what it would save. All text is safe to show."""

    rule: str
    """Stable id, `LS101`."""
    level: Level
    title: str
    """What is wrong here, in one line."""
    wasted_bytes: int
    """Dead bytes of the ledger that this finding explains; 0 for findings on live bytes or on practice."""
    paths: tuple[bytes, ...]
    """The biggest paths, absolute; `path_count` says how many there are in all."""
    path_count: int
    owner_layers: tuple[int, ...]
    killer_layers: tuple[int, ...]
    dockerfile_line: int | None
    """Where to begin changing things."""
    advice: str
    """What to do, in a sentence or two; `edits` have it as text to paste."""
    saving_bytes: int
    """What the image, as stored uncompressed, loses when the advice is followed; savings of findings add up."""
    kind: str = ""
    """Which of the rule's kinds (`apt-lists`); "" for rules of one kind."""
    why: str = ""
    """Why it is so, in a sentence."""
    live_bytes: int = 0
    """Bytes of the final image that it is about; 0 for waste."""
    owner_lines: tuple[int, ...] = ()
    """Dockerfile lines of the owner layers, where known."""
    killer_lines: tuple[int, ...] = ()
    edits: tuple[Edit, ...] = ()
    nodes: tuple[int, ...] = ()
    """By path of `paths`: its node in the file tree; empty where the paths are not from the image."""
    fates: tuple[Fate, ...] = ()
    """How the wasted bytes ended, without repetition."""
    parts: tuple[Part, ...] = field(default=(), repr=False, compare=False)
    """All the bytes that it is about, for plans; each byte of waste is in one finding."""
    rebuild_content_bytes: int = 0
    """Of findings on the order of layers: content that a rebuild after the usual change need not make again. Not a part
    of any sum: the image stays as large as it is."""
    rebuild_stored_bytes: int = 0
    """The same as stored: what need not be pushed and pulled again."""

    @property
    def family(self) -> Family:
        """What it is about."""
        return {"1": Family.WASTE, "2": Family.LIVE, "4": Family.ORDER}.get(self.rule[2:3], Family.PRACTICE)

    @property
    def weight(self) -> tuple[bool, int, int]:
        """Sort by it for people, the heaviest first: errors, then what saves most, then by level."""
        levels = list(Level)
        return self.level is not Level.ERROR, -self.saving_bytes, -levels.index(self.level)

    @property
    def fix(self) -> str:
        """All that is to be pasted, as one text; "" where there is only advice."""
        return "\n".join(line for edit in self.edits for line in edit.lines)


class Scoring(enum.StrEnum):
    """Whose formulas the rules judge by."""

    LAYERSCOPE = "layerscope"
    DIVE = "dive"
    """Dive 0.13.1's, for teams that move over with their thresholds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What was asked of the image; the defaults are Dive's. None and () turn a rule off."""

    lowest_efficiency: float | None = 0.9
    highest_wasted_bytes: int | None = None
    highest_user_wasted_ratio: float | None = 0.1
    """Rule `highest-user-wasted-percent`: a ratio 0-1 despite the name that Dive gave it."""
    scoring: Scoring = Scoring.LAYERSCOPE
    highest_total_bytes: int | None = None
    highest_layer_bytes: int | None = None
    highest_layer_count: int | None = None
    highest_growth_bytes: int | None = None
    """Against the baseline."""
    highest_growth_ratio: float | None = None
    """Against the baseline: 0.05 is five percent more than it ships."""
    highest_wasted_by_kind: tuple[tuple[str, int], ...] = ()
    """(rule or kind of findings, bytes that they may waste)."""
    forbidden_paths: tuple[PathRule, ...] = ()
    allowed_paths: tuple[PathRule, ...] = ()
    fail_on: Level | None = None
    """Findings of this level and above break the rule."""
    secrets: bool = False
    scope: Scope = Scope.ALL
    """Which layers the rules on sizes, counts and waste look at."""
    warn: frozenset[str] = frozenset()
    """Rules that warn where they would fail."""
    ignores: tuple[Ignore, ...] = ()
    levels: tuple[tuple[str, Level], ...] = ()
    """(rule or kind of findings, the level that they have here)."""


class Status(enum.StrEnum):
    """The outcome of one rule, and of all."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    WARNED = "warned"
    """Broken, but it only warns; never the outcome of all."""


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule, judged. Measured and limit are in the rule's own unit: a ratio 0-1, bytes or a count."""

    rule: str
    """The rule's name as in configuration files: `lowest-efficiency`."""
    status: Status
    measured: float | int | None
    limit: float | int | None
    """None when the rule is disabled."""
    unit: str
    """`ratio`, `bytes` or `count`: how to write the two numbers."""
    reason: str = ""
    """Why it was skipped, or by whose formula it was measured; "" where there is nothing to say."""
    details: tuple[str, ...] = ()
    """What broke it, a line each, worst first; safe to show."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All rules, judged."""

    status: Status
    rules: tuple[RuleResult, ...]
    baseline: Facts | None = None
    """What it was compared with."""
    ignored: Mapping[int, str] = field(default_factory=dict)
    """Index of a finding → the reason why it does not count."""
    notes: tuple[Note, ...] = ()
    """About the rules themselves: exceptions that expired or matched nothing."""
    unjudged_errors: int = 0
    """Findings of level error that no rule looked at, where all passed."""
