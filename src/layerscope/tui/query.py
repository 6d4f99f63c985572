r"""What is typed into a filter, understood: parts of names, globs, regular expressions, and `size:>10M dead:yes`.

    part          in the name, whatever the case; with slashes across names: `lib/ssl`, `/etc/pass`
    *.so  b?n     a glob (one with * or ?), for a whole name; with a slash for the whole path, `**` across names
    re:PATTERN    a regular expression, somewhere in the name; with a slash in it, in the path
    ~word         fuzzy: its letters in this order
    !term         not
    "a b"         blanks in a term; terms beside each other must all hold
    size:>10M  size:<=4k  size:1M-2M  layer:3  layer:2-5  change:removed,added  dead:yes  kind:symlink

Knows no image: a `Query` is pure. What cannot be understood is left out of it, and it says in `fault` why; what looks
like a fact that there is not is a text like any other (`libc6:amd64`), and `hint` says what was perhaps meant.
"""

import enum
import re
from functools import lru_cache
from typing import TypeVar

from layerscope.frozen import dataclass, replace
from layerscope.model.files import Change, Kind
from layerscope.patterns import regex
from layerscope.tui.guard import slow_pattern
from layerscope.units import parse_size, printable

_TOKENS = regex(r'!?~?(?:[a-z]+:)?"[^"]*"?|\S+')
_FACTS = ("size", "layer", "change", "dead", "kind")
_QUALIFIER = regex(rf"(!?)({'|'.join(_FACTS)}):(.*)", re.DOTALL | re.IGNORECASE)
_LIKE_A_FACT = regex(r"!?([a-z]{2,}):[^/]*")
_OTHER_WORDS = {"fate": "dead", "deleted": "dead", "alive": "dead", "live": "dead", "wasted": "dead", "type": "kind",
                "status": "change", "op": "change", "state": "change", "bytes": "size", "step": "layer"}  # fmt: skip
_SIZE = regex(r"(>=|<=|>|<|=|)([^-]+)(?:-(.+))?")
_ANY_SIZE = 1 << 63
_MOST_LISTED = 4
_MOST_SAID = 20
"""Characters of a word that is not known."""
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
    """Why a part of it is not understood."""
    hint: str = ""
    """What was perhaps meant by a text that nothing matches."""

    @property
    def empty(self) -> bool:
        """It lets everything pass."""
        return self.understood == Query()

    @property
    def understood(self) -> "Query":
        """The filter without what is said of it."""
        return replace(self, fault="", hint="") if self.fault or self.hint else self

    @property
    def remark(self) -> str:
        """Say why it is not understood, beside what is typed: what it is about is read there."""
        return self.fault.partition(": ")[2] or self.fault

    @property
    def needle(self) -> str:
        """Give a lower-case text that can be marked in the names that match; "" for none."""
        parts = [term.text for term in self.terms if term.how is How.PART and not term.inverse]
        return parts[0].rstrip("/").rsplit("/", 1)[-1].lower() if parts else ""

    def hint_in(self, layer_count: int) -> str:
        """Say what was perhaps meant in an image of so many layers, where nothing matches."""
        beyond = self.layers is not None and self.layers[0] >= layer_count
        return f"layers are 0 to {layer_count - 1}" if beyond and layer_count else self.hint

    def narrows(self, other: "Query") -> bool:
        """Tell whether everything that it finds was found by another one: so it is when a name is typed on."""
        one, two = (replace(query.understood, terms=()) for query in (self, other))
        if one != two or len(self.terms) != len(other.terms):
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
    for match in _TOKENS.finditer(text):
        try:
            query = _with(query, match[0])
        except ValueError as error:
            query = replace(query, fault=query.fault or str(error))
    return query


def _with(query: Query, token: str) -> Query:
    qualifier = _QUALIFIER.fullmatch(token)
    if qualifier is None:
        return replace(query, terms=(*query.terms, *_terms(token)), hint=query.hint or _hint(token))
    name, value = qualifier[2].lower(), qualifier[3].strip('"')
    if qualifier[1]:
        raise ValueError(f"{name}: has no !, as in dead:no")
    return _qualified(query, name, value)


def _hint(token: str) -> str:
    """Say what was perhaps meant by something that looks like a fact."""
    like = _LIKE_A_FACT.fullmatch(token.lower())
    if like is None or like[1] == "re":
        return ""
    import difflib

    close = difflib.get_close_matches(like[1], _FACTS, n=1)
    meant = _OTHER_WORDS.get(like[1], close[0] if close else "")
    return f"no fact {like[1]}:, did you mean {meant}:?" if meant else f"facts: {' '.join(_FACTS)}"


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
        why = str(error).partition(" at position")[0].partition(", unterminated")[0]
        raise ValueError(f"re: {why}, as in re:^lib") from None
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
        return replace(query, changes=frozenset(_named(name, value, {one.label: one for one in Change}, "change")))
    if name == "kind":
        return replace(query, kinds=frozenset(_named(name, value, {one.label: one for one in Kind}, "kind")))
    answers = {"yes": True, "no": False}
    try:
        return replace(query, dead=_named(name, value, answers)[0])
    except ValueError:
        raise ValueError("dead: dead:yes or dead:no") from None


def _named(name: str, value: str, known: dict[str, _Named], what: str = "") -> list[_Named]:
    """Read words, each as far as it is needed to know which one is meant."""
    found = []
    for word in value.lower().split(","):
        meant = [one for label, one in known.items() if word and label.startswith(word)]
        if not meant:
            raise ValueError(f"{name}: {_meant(word, list(known), what)}")
        found.append(meant[0])
    return found


def _meant(word: str, known: list[str], what: str) -> str:
    """Say which word was perhaps meant, else which there are."""
    import difflib

    close = difflib.get_close_matches(word, known, n=1) if what and len(word) <= _MOST_SAID else []
    return f"{printable(word)} is no {what}: {close[0]}?" if close else _listed(known)


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
