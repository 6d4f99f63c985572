"""How likely a step of the history is a statement of a Dockerfile: 0 (never) to 1000 (word for word).

Owns the comparison of one with one. Which of several fits best in the order of things is `sequence.py`'s business.
"""

from collections import Counter
from collections.abc import Iterable

from layerscope.frozen import dataclass, field, replace
from layerscope.history.expect import (
    EXACT_SCORE,
    HOLES_SCORE,
    NAMES_SCORE,
    Expected,
    canonical_command,
    canonical_health,
    canonical_list,
    canonical_ports,
    squeeze,
    tokens_of,
)
from layerscope.history.words import HOLE, fits
from layerscope.model.history import Instruction
from layerscope.patterns import regex

TARGET_SCORE = 800
"""For a COPY of which only kind and destination are left (`file:4070… in /data/`)."""
MIN_SCORE = 500

_MAX_SIMILAR_SCORE = 840
_MIN_SIMILARITY = 0.6
_NAME = regex(r"(?:^| )([A-Za-z_][\w.-]*)(?==)")
_HASHED = regex(r"(file|dir|multi):\S+ in (.*)")


@dataclass(frozen=True, slots=True)
class Observed:
    """What the history says of one step, written the one way."""

    keyword: str
    text: str
    kind: str = ""
    """Of a hashed COPY or ADD: `file`, `dir` or `multi`."""
    destination: str = ""
    names: tuple[str, ...] = ()
    """Of ARG, ENV and LABEL."""
    tokens: Counter[str] = field(default_factory=Counter)


def observe_all(instructions: Iterable[Instruction | None]) -> list[Observed | None]:
    """Write a history's instructions the one way.

    buildah writes for each ARG the names of all arguments that have a value by then: what is new is what it set.
    """
    result: list[Observed | None] = []
    before: set[str] = set()
    for instruction in instructions:
        found = observe(instruction)
        if found is not None and found.keyword == "ARG" and "=" not in found.text:
            names = set(found.text.split())
            if before & names:
                new = " ".join(names - before)
                found = replace(found, text=new, names=(new,)) if len(names - before) == 1 else None
            before = names
        result.append(found)
    return result


def observe(instruction: Instruction | None) -> Observed | None:
    """Write a step's instruction the one way; None where it is no instruction."""
    if instruction is None or not instruction.keyword:
        return None
    keyword, text = instruction.keyword, instruction.text
    if keyword in {"ADD", "COPY"}:
        match = _HASHED.match(text)
        if match is not None:
            return Observed(keyword, squeeze(text), match[1], squeeze(match[2]))
    if keyword in {"CMD", "ENTRYPOINT"}:
        text = canonical_command(text)
    elif keyword == "EXPOSE":
        text = canonical_ports(text)
    elif keyword in {"SHELL", "VOLUME"}:
        text = canonical_list(text)
    elif keyword == "HEALTHCHECK":
        text = canonical_health(instruction.flags, text)
    text = squeeze(text)
    names = tuple(_NAME.findall(text)) if keyword in {"ARG", "ENV", "LABEL"} else ()
    if keyword == "ARG" and not names:
        names = tuple(text.split())
    return Observed(keyword, text, names=names, tokens=tokens_of(text))


def is_hashed(text: str) -> bool:
    """Tell whether a COPY or ADD has a hash where its sources were (`file:4070… in /data/`)."""
    return _HASHED.match(text) is not None


def likeness(observed: Observed | None, expected: Expected) -> int:
    """Say how much a step looks like a statement, 0-1000; less than `MIN_SCORE` is no pair at all."""
    if observed is None or observed.keyword != expected.keyword:
        return 0
    if observed.kind:
        return _by_target(observed, expected)
    best = 0
    for pattern, score in expected.patterns:
        if score > best and fits(pattern, observed.text):
            best = max(best, score if score != HOLES_SCORE and HOLE not in pattern else _with_holes(pattern, score))
    if best:
        return best
    if observed.names:
        if observed.names != expected.names:
            return 0
        return HOLES_SCORE if observed.keyword == "ARG" else NAMES_SCORE  # --build-arg may have said anything
    if expected.destination and not _ends_at(observed.text, expected.destination):
        return 0
    return _by_words(observed.tokens, expected.tokens)


def _ends_at(text: str, destinations: tuple[str, ...]) -> bool:
    """Say whether a COPY or ADD goes to one of the destinations."""
    return any(fits(f"{HOLE} {destination}", text) for destination in destinations)


def _with_holes(pattern: str, score: int) -> int:
    """Value a text that fits a pattern with holes by how much of the pattern is text."""
    solid = len(pattern.replace(HOLE, "").replace(" ", ""))
    return min(score, HOLES_SCORE) if solid >= 4 else MIN_SCORE + solid


def _by_target(observed: Observed, expected: Expected) -> int:
    if not any(fits(target, observed.destination) for target in expected.destination):
        return 0
    one = observed.kind != "multi"
    if expected.source_count and one != (expected.source_count == 1):
        return 0
    return TARGET_SCORE


def _by_words(observed: Counter[str], expected: Counter[str]) -> int:
    """Compare as bags of words (Dice): what is left where a line was edited since the build."""
    counts = observed.total(), expected.total()
    total = sum(counts)
    if not total or 2 * min(counts) < _MIN_SIMILARITY * total:
        return 0
    similarity = 2 * (observed & expected).total() / total
    return int(similarity * _MAX_SIMILAR_SCORE) if similarity >= _MIN_SIMILARITY else 0


assert TARGET_SCORE < EXACT_SCORE
