"""How likely a step of the history is a statement of a Dockerfile: 0 (never) to 1000 (word for word).

Owns the comparison of one with one. Which of several fits best in the order of things is `sequence.py`'s business.
"""

import re
from collections import Counter
from dataclasses import dataclass

from layerscope.history.expect import (
    EXACT_SCORE,
    HOLES_SCORE,
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

TARGET_SCORE = 800
"""For a COPY of which only kind and destination are left (`file:4070… in /data/`)."""
MENTION_SCORE = 520
"""For an ARG of which only names are left: buildah lists those of all arguments that have a value so far."""
MIN_SCORE = 500

_MAX_SIMILAR_SCORE = 840
_MIN_SIMILARITY = 0.6
_HASHED = re.compile(r"(file|dir|multi):\S+ in (.*)")


@dataclass(frozen=True, slots=True)
class Observed:
    """What the history says of one step, written the one way."""

    keyword: str
    text: str
    kind: str = ""
    """Of a hashed COPY or ADD: `file`, `dir` or `multi`."""
    destination: str = ""
    tokens: Counter[str] | None = None


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
    return Observed(keyword, text, tokens=tokens_of(text))


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
    if observed.keyword == "ARG":
        return _by_name(observed.text, expected)
    return _by_words(observed.tokens or Counter(), expected.tokens)


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


def _by_name(text: str, expected: Expected) -> int:
    names = {word.partition("=")[0] for word in text.split()}
    own = [word.partition("=")[0] for pattern, _ in expected.patterns[:1] for word in pattern.split()]
    if text.partition("=")[0] in own:
        return HOLES_SCORE
    if any(name in names for name in own):
        return MENTION_SCORE
    return 0 if "=" in text else MIN_SCORE


def _by_words(observed: Counter[str], expected: Counter[str]) -> int:
    """Compare as bags of words (Dice): what is left where a line was edited since the build."""
    total = observed.total() + expected.total()
    if not total:
        return 0
    similarity = 2 * (observed & expected).total() / total
    return int(similarity * _MAX_SIMILAR_SCORE) if similarity >= _MIN_SIMILARITY else 0


assert TARGET_SCORE < EXACT_SCORE
