"""History beside the Dockerfile: which line made which step.

Owns the judgement: which stage the image was built from, which statements its history should hold, and whether the
file belongs to the image at all. An answer is given where it is the only good one, and withheld otherwise.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from layerscope.frozen import dataclass, replace
from layerscope.history.dockerfile import Dockerfile, Stage, Statement, trigger_statement
from layerscope.history.expect import EXACT_SCORE, HOLES_SCORE, Expected, Scope, expect, squeeze
from layerscope.history.likeness import (
    MIN_SCORE,
    TARGET_SCORE,
    Observed,
    is_hashed,
    likeness,
    observe,
    observe_all,
)
from layerscope.history.sequence import Pairing, pair_up
from layerscope.history.shells import argument_values
from layerscope.history.steps import steps_of
from layerscope.model.history import Confidence, Instruction, Step
from layerscope.model.image import Note

__all__ = ["Alignment", "align", "steps_of"]

MIN_FIT = 0.4
"""Below this share of a Dockerfile found in the history, the file is some other image's."""
MAX_CELLS = 400_000
"""Steps times statements, of all stages: what a person has written and built is a tenth of it."""
MAX_COMPARED = 150_000
"""Steps times statements that differ: what stages share is compared once."""
MAX_STAGES = 500
MAX_STATEMENTS = 2_000
"""Of one stage, with those below it: each costs time and memory before it is compared with anything."""

_MARGIN = 40
_COSTS = {"ARG": 40, "ONBUILD": 0}
_STATEMENT_COST = 120
_WEIGHTS = {"ADD": 3.0, "COPY": 3.0, "RUN": 3.0, "ARG": 0.5, "ONBUILD": 0.0}


@dataclass(frozen=True, slots=True)
class Alignment:
    """The steps of an image with the lines of a Dockerfile."""

    steps: tuple[Step, ...]
    fit: float
    """Share of the Dockerfile (weighted: RUN, COPY and ADD count most) that the history holds, 0-1."""
    stage: Stage | None
    """The stage that the image is; None where the file does not belong to it."""
    base_step_count: int
    """How many of the first steps are the FROM image's, or cannot be told from them."""
    notes: tuple[Note, ...]
    base_is_certain: bool = False
    """The very first instruction was found, word for word: no own step is among the first."""
    found_count: int = 0
    """How many of the stage's instructions the history holds."""
    wanted_count: int = 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    stage: Stage
    statements: tuple[Statement, ...]
    scores: list[list[int]]
    pairing: Pairing

    @property
    def fit(self) -> float:
        """Weight of what was found over weight of what should be there."""
        wanted = sum(_weight(statement) for statement in self.statements)
        found = sum(
            _weight(self.statements[column]) * self.scores[row][column] / EXACT_SCORE
            for row, column in self.pairing.path
        )
        return found / wanted if wanted else 0.0


def _weight(statement: Statement) -> float:
    return _WEIGHTS.get(statement.keyword, 1.0)


def align(steps: Sequence[Step], dockerfile: Dockerfile) -> Alignment:
    """Give each step the lines of the instruction that made it, with how sure that is.

    The final stage and the stages that it is FROM are looked at; where another stage fits better (`--target`),
    that one. Steps of the base image, steps changed since, and steps that two lines explain equally well stay
    without a line. A Dockerfile that does not belong to the image leaves all steps as they are, with a note.
    """
    found, left_out = _best(steps, dockerfile)
    notes = (_too_long(len(dockerfile.stages), left_out),) if left_out else ()
    if found is None:
        return Alignment(tuple(steps), 0.0, None, len(steps), notes or (_no_stage(),))
    if found.fit < MIN_FIT:
        return Alignment(tuple(steps), found.fit, None, len(steps), notes or (_stranger(found),))
    first = min((row for row, column in enumerate(found.pairing.partner) if column is not None), default=len(steps))
    triggers = _foreign_triggers(steps, first, found) if found.stage.parent is None else {}
    lined = [_with_line(step, found, row, triggers.get(row)) for row, step in enumerate(steps)]
    return Alignment(
        tuple(lined), found.fit, found.stage, min([first, *triggers]), notes,
        base_is_certain=_starts_certainly(found, first), found_count=len(found.pairing.path),
        wanted_count=len(found.statements),
    )  # fmt: skip


def _starts_certainly(found: _Candidate, first: int) -> bool:
    """Tell whether the lowest step with a line is the first instruction that builders record, word for word."""
    column = found.pairing.partner[first] if first < len(found.pairing.partner) else None
    if column is None or found.scores[first][column] != EXACT_SCORE:
        return False
    return all(statement.keyword in _COSTS for statement in found.statements[:column])


def _best(steps: Sequence[Step], dockerfile: Dockerfile) -> tuple[_Candidate | None, int]:
    """Align with every stage; the last one wins unless another is better. And how many were too many or too long."""
    if len(dockerfile.stages) > MAX_STAGES:
        return None, len(dockerfile.stages)
    table = _Table(observe_all(step.instruction for step in steps))
    overrides = _overrides(steps)
    best: _Candidate | None = None
    cells = 0
    for stage in reversed(dockerfile.stages):
        statements = tuple(islice(_expected_statements(dockerfile, stage), MAX_STATEMENTS + 1))
        cells += len(statements) * len(steps)
        if cells > MAX_CELLS or len(statements) > MAX_STATEMENTS:
            return best, stage.index + 1
        scores = table.scores(_expectations(dockerfile, statements, overrides))
        if scores is None:
            return best, stage.index + 1
        candidate = _candidate(dockerfile, stage, statements, scores)
        if best is None or candidate.pairing.total > best.pairing.total:
            best = candidate
    return best, 0


class _Table:
    """How much each step looks like each statement; what stages have in common is compared once."""

    def __init__(self, observed: Sequence[Observed | None]) -> None:
        self._observed = observed
        self._columns: dict[tuple[object, ...], list[int]] = {}

    def scores(self, expected: Iterable[Expected]) -> list[list[int]] | None:
        """Compare all steps with the statements of a stage, a row for each step; None where that is too much."""
        columns: list[list[int]] = []
        for one in expected:
            key = (one.keyword, one.patterns, one.destination, one.source_count, one.names, *one.tokens.items())
            column = self._columns.get(key)
            if column is None:
                if (len(self._columns) + 1) * len(self._observed) > MAX_COMPARED:
                    return None
                column = self._columns[key] = [likeness(row, one) for row in self._observed]
            columns.append(column)
        return [[column[row] for column in columns] for row in range(len(self._observed))]


def _candidate(
    dockerfile: Dockerfile, stage: Stage, statements: tuple[Statement, ...], likenesses: list[list[int]]
) -> _Candidate:
    scores = _without_rivals(likenesses)
    costs = [_COSTS.get(statement.keyword, _STATEMENT_COST) for statement in statements]
    scratch = dockerfile.chain(stage)[0].base == "scratch"
    pairing = pair_up(scores, costs, min_score=MIN_SCORE, margin=_MARGIN, free_start=not scratch)
    return _Candidate(stage, statements, scores, _without_stray_start(pairing, scores))


def _without_rivals(scores: list[list[int]]) -> list[list[int]]:
    """Drop what is merely alike where row or column has its very words elsewhere: two lines that changed places."""
    exact_rows = [EXACT_SCORE in row for row in scores]
    exact_columns = [EXACT_SCORE in column for column in zip(*scores, strict=True)]
    return [
        [
            score if score == EXACT_SCORE or not (exact_rows[row] or exact_columns[column]) else 0
            for column, score in enumerate(line)
        ]
        for row, line in enumerate(scores)
    ]


def _without_stray_start(pairing: Pairing, scores: list[list[int]]) -> Pairing:
    """Drop weak pairs at the start that stand apart from the rest: those are the base image's own ENV PATH and CMD."""
    partner = list(pairing.partner)
    rows = [row for row, column in enumerate(partner) if column is not None]
    for row, following in zip(rows, [*rows[1:], -1], strict=False):
        column = partner[row]
        if column is None or scores[row][column] >= TARGET_SCORE or following == row + 1:
            break
        partner[row] = None
    return replace(pairing, partner=tuple(partner))


def _expected_statements(dockerfile: Dockerfile, stage: Stage) -> Iterator[Statement]:
    """List what should be in the history, lowest stage first; the triggers of a parent stage before a stage's own."""
    triggers: list[Statement] = []
    for part in dockerfile.chain(stage):
        yield from triggers
        yield from part.statements
        triggers = [
            trigger_statement(statement.line.rest, statement.instruction)
            for statement in part.statements
            if statement.keyword == "ONBUILD"
        ]


def _expectations(
    dockerfile: Dockerfile, statements: tuple[Statement, ...], overrides: dict[str, str]
) -> Iterator[Expected]:
    """Work out what each statement became: with the arguments that the history shows, and with the file's own.

    Both, because what the history shows may have been an argument of the base image's build.
    """
    shown = Scope(known=dict(overrides), escape=dockerfile.escape)
    own = Scope(escape=dockerfile.escape)
    for statement in statements:
        if statement.keyword == "ARG":
            for name in statement.line.rest.split():
                if name in dockerfile.arguments:
                    shown.known.setdefault(name, dockerfile.arguments[name])
                    own.known.setdefault(name, dockerfile.arguments[name])
        first = expect(statement, shown)
        second = expect(statement, own) if overrides else first
        yield replace(
            first,
            patterns=tuple(dict.fromkeys((*first.patterns, *second.patterns))),
            destination=tuple(dict.fromkeys((*first.destination, *second.destination))),
        )


def _overrides(steps: Sequence[Step]) -> dict[str, str]:
    """Collect the values of build arguments that the history shows in front of commands."""
    values: dict[str, str] = {}
    for step in steps:
        line = step.record.created_by.removeprefix("RUN ")
        if line.startswith("|"):
            values.update(argument_values(line, None, values))
    return values


def _foreign_triggers(steps: Sequence[Step], first: int, found: _Candidate) -> dict[int, Instruction]:
    """Find the steps that ONBUILD records of the base image made: the FROM is the line that ran them."""
    origin = found.stage.origin
    texts = [
        step.instruction.text for step in steps[:first] if step.instruction and step.instruction.keyword == "ONBUILD"
    ]
    row = first - len(texts)
    if not texts or row < 0:
        return {}
    for text, step in zip(texts, steps[row:first], strict=True):
        if likeness(observe(step.instruction), expect(trigger_statement(text, origin), Scope())) < MIN_SCORE:
            return {}
    return dict.fromkeys(range(row, first), origin)


def _with_line(step: Step, found: _Candidate, row: int, trigger: Instruction | None) -> Step:
    column = found.pairing.partner[row]
    if step.instruction is None or (column is None and trigger is None):
        return step
    origin, confidence = trigger, Confidence.LIKELY
    if column is not None:
        origin = found.statements[column].instruction
        confidence = Confidence.EXACT if found.scores[row][column] == EXACT_SCORE else Confidence.LIKELY
    assert origin is not None
    instruction = replace(
        step.instruction,
        dockerfile_line=origin.dockerfile_line,
        dockerfile_end_line=origin.dockerfile_end_line,
        stage=origin.stage,
        confidence=confidence,
        written=None if column is None else _own_words(step.instruction, origin, found.scores[row][column]),
    )
    return replace(step, instruction=instruction)


def _own_words(recorded: Instruction, origin: Instruction, score: int) -> str | None:
    """Give the Dockerfile's text where it says the same as the history, or more; not where it was edited since."""
    same = score in {EXACT_SCORE, HOLES_SCORE} or is_hashed(recorded.text)
    return origin.line if same and squeeze(origin.line) != squeeze(recorded.line) else None


def _stranger(found: _Candidate) -> Note:
    known, all_of_it = len(found.pairing.path), len(found.statements)
    return Note(
        "dockerfile-mismatch",
        f"the Dockerfile does not belong to this image: {known} of its {all_of_it} instructions are in the history",
    )


def _no_stage() -> Note:
    return Note("dockerfile-mismatch", "the Dockerfile has no FROM: it is none, and was not used")


def _too_long(stages: int, left_out: int) -> Note:
    text = "history and Dockerfile are too long to be compared"
    if left_out < stages:
        text += f" as a whole: of {stages:,} stages the first {left_out:,} are left out"
    return Note("dockerfile-too-long", text)
