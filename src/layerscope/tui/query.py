r"""What is typed into a filter, understood: parts of names, globs, regular expressions, and `size:>10M dead:yes`.

    part          in the name, whatever the case; with slashes across names: `lib/ssl`, `/etc/pass`
    *.so  b?n     a glob (one with * or ?), for a whole name; with a slash for the whole path, `**` across names
    re:PATTERN    a regular expression, somewhere in the name; with a slash in it, in the path
    ~word         fuzzy: its letters in this order
    !term         not
    "a b"         blanks in a term; terms beside each other must all hold
    size:>10M  size:<=4k  size:1M-2M  layer:3  layer:2-5  change:removed,added  dead:yes  kind:symlink

Knows no image: a `Query` is pure, and says in `fault` why it cannot be understood.
"""

import enum
import re
from functools import lru_cache
from typing import TypeVar

from layerscope.frozen import dataclass, replace
from layerscope.model.files import Change, Kind
from layerscope.tui.guard import slow_pattern
from layerscope.units import parse_size

_TOKENS = re.compile(r'!?~?(?:[a-z]+:)?"[^"]*"?|\S+')
_QUALIFIER = re.compile(r"(size|layer|change|dead|kind):(.*)", re.DOTALL)
_SIZE = re.compile(r"(>=|<=|>|<|=|)([^-]+)(?:-(.+))?")
_ANY_SIZE = 1 << 63
_MOST_LISTED = 4
_Named = TypeVar("_Named")


class How(enum.Enum):
    """How a term is compared with names."""

    PART = enum.auto()
    GLOB = enum.auto()
    REGEX = enum.auto()
    FUZZY = enum.auto()


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a name must have, or must not."""

    how: How
    text: str
    inverse: bool = False

    @property
    def in_path(self) -> bool:
        """It is compared with the whole path."""
        return self.how in {How.GLOB, How.REGEX} and "/" in self.text


@dataclass(frozen=True, slots=True)
class Query:
    """A filter; every field that is set must hold."""

    terms: tuple[Term, ...] = ()
    sizes: tuple[int, int] | None = None
    """Smallest and biggest size in bytes; for files only."""
    layers: tuple[int, int] | None = None
    """First and last of the layers that shipped it."""
    changes: frozenset[Change] | None = None
    dead: bool | None = None
    kinds: frozenset[Kind] | None = None
    fault: str = ""

    @property
    def empty(self) -> bool:
        """It lets everything pass."""
        return self == Query()

    @property
    def remark(self) -> str:
        """Say why it is not understood, beside what is typed: what it is about is read there."""
        return self.fault.partition(": ")[2] or self.fault

    @property
    def needle(self) -> str:
        """Give a lower-case text that can be marked in the names that match; "" for none."""
        parts = [term.text for term in self.terms if term.how is How.PART and not term.inverse]
        return parts[0].rstrip("/").rsplit("/", 1)[-1].lower() if parts else ""

    def narrows(self, other: "Query") -> bool:
        """Tell whether everything that it finds was found by another one: so it is when a name is typed on."""
        if replace(self, terms=()) != replace(other, terms=()) or len(self.terms) != len(other.terms):
            return False
        return all(map(_term_narrows, self.terms, other.terms))


def _term_narrows(term: Term, other: Term) -> bool:
    if term == other:
        return True
    plain = (How.PART, False) == (term.how, term.inverse) == (other.how, other.inverse)
    both = term.text + other.text
    return plain and "/" not in both and "\\" not in both and other.text.lower() in term.text.lower()


@lru_cache(maxsize=64)
def parse_query(text: str) -> Query:
    """Understand what was typed."""
    query = Query()
    terms: list[Term] = []
    try:
        for match in _TOKENS.finditer(text):
            token = match[0]
            qualifier = _QUALIFIER.fullmatch(token)
            if qualifier:
                query = _qualified(query, qualifier[1], qualifier[2].strip('"'))
            else:
                terms += _terms(token)
    except ValueError as error:
        return Query(fault=str(error))
    return replace(query, terms=tuple(terms))


def _terms(token: str) -> list[Term]:
    inverse, rest = token.startswith("!"), token.removeprefix("!")
    how = How.PART
    if rest.startswith("re:"):
        how, rest = How.REGEX, rest.removeprefix("re:").strip('"')
        _check_pattern(rest)
    elif rest.startswith("~"):
        how, rest = How.FUZZY, rest.removeprefix("~").strip('"')
    elif rest.startswith('"'):
        rest = rest.strip('"')
    elif "*" in rest or "?" in rest:
        how = How.GLOB
    return [Term(how, rest, inverse)] if rest.strip("/") else []


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"re: {error}") from None
    if slow_pattern(pattern):
        raise ValueError("re: nested repetitions take for ever")


def _qualified(query: Query, name: str, value: str) -> Query:
    if name == "size":
        return replace(query, sizes=_sizes(value))
    if name == "layer":
        first, dash, last = value.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) < 7 for part in (first, last if dash else first)):
            raise ValueError("layer: as in 3 or 2-5")
        return replace(query, layers=(int(first), int(last or first)))
    if name == "change":
        return replace(query, changes=frozenset(_named(name, value, {one.label: one for one in Change})))
    if name == "kind":
        return replace(query, kinds=frozenset(_named(name, value, {one.label: one for one in Kind})))
    answers = {"yes": True, "no": False}
    return replace(query, dead=_named(name, value, answers)[0])


def _named(name: str, value: str, known: dict[str, _Named]) -> list[_Named]:
    """Read words, each as far as it is needed to know which one is meant."""
    found = []
    for word in value.lower().split(","):
        meant = [one for label, one in known.items() if word and label.startswith(word)]
        if not meant:
            raise ValueError(f"{name}: {_listed(list(known))}")
        found.append(meant[0])
    return found


def _listed(words: list[str]) -> str:
    """List some of the words: there is little room beside what is typed."""
    return ", ".join(words[:_MOST_LISTED]) + "…" * (len(words) > _MOST_LISTED)


def _sizes(value: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(value)
    try:
        size = parse_size(match[2] if match else "")
        most = parse_size(match[3]) if match and match[3] else size
    except ValueError:
        raise ValueError("size: as in >10M, <4k or 1k-2M") from None
    ranges = {">": (size + 1, _ANY_SIZE), ">=": (size, _ANY_SIZE), "<": (0, size - 1), "<=": (0, size)}
    return ranges.get(match[1] if match else "", (size, most))
