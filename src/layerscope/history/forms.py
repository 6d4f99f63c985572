"""What the text behind each keyword means: pairs, lists, JSON forms, health checks, ports.

Owns BuildKit's frontend/dockerfile/parser/line_parsers.go. Knows neither files nor histories.
"""

import re

from layerscope.frozen import dataclass
from layerscope.history.words import split_words
from layerscope.patterns import regex

_BLANKS = regex(r"[\t\v\f\r ]+")
_DURATION_PART = regex(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_DURATION_NS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_MAX_PORTS = 1000
_PORT_RANGE = regex(r"(\d{1,5})-(\d{1,5})")


@dataclass(frozen=True, slots=True)
class Pair:
    """`key=value` of ENV and LABEL, quotes still in it; `old` where a blank stood between the two."""

    key: str
    value: str
    old: bool = False


def pairs_of(rest: str, escape: str = "\\") -> tuple[Pair, ...] | None:
    """Read the pairs of ENV and LABEL, or the one pair of the old form; None where a builder would refuse."""
    words = split_words(rest, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        key, *value = _BLANKS.split(rest, maxsplit=1)
        return (Pair(key, value[0], old=True),) if value else None
    if not all("=" in word for word in words):
        return None
    return tuple(Pair(key, value) for key, _, value in (word.partition("=") for word in words))


def blank_list(rest: str) -> tuple[str, ...]:
    """Split at blanks, whatever quotes say (EXPOSE, FROM, and the others' lists without JSON)."""
    return tuple(_BLANKS.split(rest)) if rest else ()


def split_health(rest: str) -> tuple[str, str]:
    """Split the text of a HEALTHCHECK into its type (`CMD`, `NONE`) and its command."""
    kind, *command = rest.split(maxsplit=1) or [""]
    return kind, command[0] if command else ""


def duration_ns(text: str) -> int | None:
    """Read a Go duration (`1m30s`) as nanoseconds; None for anything else."""
    if not text or not re.fullmatch(r"[0-9.a-zµμ]{1,64}", text):
        return None
    total, position = 0, 0
    while match := _DURATION_PART.match(text, position):
        total += int(float(match[1]) * _DURATION_NS[match[2]])
        position = match.end()
    return total if position == len(text) else None


def ports_of(text: str) -> frozenset[str]:
    """Read ports as Docker stores them: each with its protocol, ranges one by one."""
    ports: set[str] = set()
    for word in text.split():
        numbers, _, protocol = word.partition("/")
        protocol = protocol.lower() or "tcp"
        match = _PORT_RANGE.fullmatch(numbers)
        if match is None or len(ports) > _MAX_PORTS or int(match[2]) - int(match[1]) > _MAX_PORTS:
            ports.add(f"{numbers}/{protocol}")
        else:
            ports.update(f"{port}/{protocol}" for port in range(int(match[1]), int(match[2]) + 1))
    return frozenset(ports)
