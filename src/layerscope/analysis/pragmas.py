"""Exceptions written into the Dockerfile: `# layerscope ignore=RULE[,RULE] [reason=TEXT] [until=DATE]`.

Owns their grammar (a reason may also follow a second `#`, as hadolint has it), and which instruction one is about: the
next one below, or the one that it stands in. Only a file that the user has is listened to: an image that carries its
Dockerfile does not silence what is found in it.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from itertools import islice
from operator import itemgetter

from layerscope.model.history import DockerfileOrigin, DockerfileText, Instruction
from layerscope.model.image import Note
from layerscope.model.rules import Ignore
from layerscope.patterns import regex
from layerscope.units import printable

_PRAGMA = regex(
    r"\s*#\s*layerscope\s+ignore\s*=\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)(?P<rest>(?:\s.*)?)", re.IGNORECASE
)
_ATTEMPT = regex(r"\s*#\s*layerscope\s*:?\s+(?:global\s+)?ignore\b", re.IGNORECASE)
_UNTIL = regex(r"\suntil=(\S*)")
_REASON = regex(r"\sreason=(?:\"([^\"]*)\"|'([^']*)'|(.*))")
_OURS = frozenset({DockerfileOrigin.GIVEN, DockerfileOrigin.FOUND})
_MOST_NOTES = 20
_MOST, _FARTHEST = 500, 50
"""Comments that are read, and lines between one and its instruction: a file may have millions."""


def ignores_in(dockerfile: DockerfileText | None, known: Sequence[str]) -> tuple[tuple[Ignore, ...], tuple[Note, ...]]:
    """Read the exceptions of a Dockerfile; `known` are the rules and kinds that there are."""
    if dockerfile is None or dockerfile.origin not in _OURS:
        return (), ()
    spans = [lines for one in dockerfile.instructions if (lines := _lines_of(one)) is not None]
    found: list[Ignore] = []
    notes: list[Note] = []
    attempts = ((number, line) for number, line in enumerate(dockerfile.lines, 1) if _ATTEMPT.match(line))
    for number, line in islice(attempts, _MOST):
        span = _span(dockerfile.lines, spans, number)
        if any(first <= number <= last for first, last in dockerfile.other_stages):
            continue
        try:
            found += _read(line, number, span, known)
        except ValueError as problem:
            notes.append(Note("ignore-unclear", f"line {number} of the Dockerfile ignores nothing: {problem}"))
    return tuple(found), tuple(notes[:_MOST_NOTES])


def _read(line: str, number: int, span: tuple[int, int] | None, known: Sequence[str]) -> list[Ignore]:
    """Read one comment; ValueError says what is wrong with it."""
    match = _PRAGMA.fullmatch(line.rstrip())
    if match is None:
        raise ValueError("write `# layerscope ignore=RULE`, then `reason=…` and `until=2027-01-31` if you like")
    if span is None:
        raise ValueError("no instruction follows it")
    rest = match["rest"]
    until = _UNTIL.search(rest)
    rest = _UNTIL.sub("", rest, count=1)
    reason = _REASON.search(rest)
    left = _REASON.sub("", rest, count=1).strip()
    if left and not left.startswith("#"):  # hadolint's way to say why
        raise ValueError(f"{printable(left[:40])} is neither reason=… nor until=DATE")
    expires = None
    if until is not None:
        try:
            expires = date.fromisoformat(until[1])
        except ValueError:
            raise ValueError(f"{printable(until[1][:40])} is no date: write it as 2027-01-31") from None
    said = next((text for text in reason.groups() if text is not None), "").strip() if reason else left.lstrip("# ")
    rules = [rule.strip() for rule in match["rules"].split(",")]
    for rule in rules:
        _check(rule, known)
    return [
        Ignore(said or f"line {number} of the Dockerfile says so", rule, expires=expires, lines=span) for rule in rules
    ]


def _check(rule: str, known: Sequence[str]) -> None:
    names = {name.lower(): name for name in known}
    if rule.lower() not in names:
        from difflib import get_close_matches

        close = get_close_matches(rule.lower(), names, n=1)
        hint = f", did you mean {names[close[0]]}?" if close else ": `layerscope explain` lists them"
        raise ValueError(f"{printable(rule[:40])} is no rule{hint}")


def _span(lines: Sequence[str], spans: Sequence[tuple[int, int]], number: int) -> tuple[int, int] | None:
    """Find the lines of the instruction that a comment is about: it stands in it, or right above it."""
    place = bisect_left(spans, number, key=itemgetter(1))
    if place == len(spans):
        return None
    if spans[place][0] - number > _FARTHEST:
        return None
    between = lines[number : spans[place][0] - 1]
    return spans[place] if all(not line.strip() or line.lstrip().startswith("#") for line in between) else None


def _lines_of(instruction: Instruction) -> tuple[int, int] | None:
    first, last = instruction.dockerfile_line, instruction.dockerfile_end_line
    return None if first is None else (first, last if last is not None else first)
