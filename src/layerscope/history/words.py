"""Words of a Dockerfile line: splitting, quotes, `$variables`; as BuildKit's shell/lex.go and line_parsers.go do it.

Owns the small shell language of Dockerfiles. Does not know instructions. Expansion never fails: a variable whose
value is not known, or a form that cannot be worked out, becomes a hole (`HOLE`) that any text may fill.
"""

from collections.abc import Iterator, Mapping

from layerscope.frozen import dataclass
from layerscope.patterns import regex

HOLE = "\0"
"""Stands for text that is not known; NUL cannot occur in an instruction."""

_BLANK = " \t\v\f\r\n\x85\xa0"
_NAME = regex(r"\d+|[@*#?$!-]|[^\W\d]\w*")
_MAX_DEPTH = 16
MAX_EXPANDED = 4096
"""Characters of values in one text: `ENV A=$A$A` doubles with every line. What is longer is a hole."""
_MAX_PATTERN_VALUE = 1024
_SPECIAL_MODIFIERS = frozenset("+-?#%/")


def split_words(text: str, escape: str = "\\") -> list[str]:
    """Split at blanks outside quotes; quotes and escapes stay in the words (parseWords)."""
    words: list[str] = []
    word: list[str] = []
    quote = ""
    quoted = False
    index = 0
    while index < len(text):
        char = text[index]
        if not quote and char in _BLANK:
            if word or quoted:
                words.append("".join(word))
            word, quoted = [], False
        elif char == escape and quote != "'":
            if index + 1 < len(text):  # an escape at the very end is dropped
                word.append(text[index : index + 2])
            index += 1
        else:
            if not quote and char in "'\"":
                quote, quoted = char, True
            elif char == quote:
                quote = ""
            word.append(char)
        index += 1
    if word or quoted:
        words.append("".join(word))
    return words


@dataclass(slots=True)
class _Reader:
    text: str
    known: Mapping[str, str]
    escape: str
    keep_quotes: bool = False
    position: int = 0
    depth: int = 0
    put_in: int = 0
    """Characters of values so far."""

    def parts(self, stop: str = "") -> Iterator[str]:
        """Give the expanded text piece by piece up to `stop` (consumed) or the end."""
        while self.position < len(self.text):
            char = self.text[self.position]
            self.position += 1
            if char == stop:
                return
            if char == "'" and not self.keep_quotes:
                close = self.text.find("'", self.position)
                close = len(self.text) if close < 0 else close
                yield self.text[self.position : close]
                self.position = close + 1
            elif char == '"' and not self.keep_quotes:
                yield from self._double_quoted()
            elif char == "$":
                yield self._dollar()
            elif char == self.escape:
                yield self.text[self.position : self.position + 1]
                self.position += 1
            else:
                yield char

    def _double_quoted(self) -> Iterator[str]:
        while self.position < len(self.text):
            char = self.text[self.position]
            self.position += 1
            if char == '"':
                return
            if char == "$":
                yield self._dollar()
            elif char == self.escape and self.text[self.position : self.position + 1] in {'"', "$", self.escape}:
                yield self.text[self.position]
                self.position += 1
            else:
                yield char

    def _dollar(self) -> str:
        if self.text[self.position : self.position + 1] != "{":
            match = _NAME.match(self.text, self.position)
            if match is None:
                return "$"
            self.position = match.end()
            return self._value(match[0])
        match = _NAME.match(self.text, self.position + 1)
        if match is None or self.depth == _MAX_DEPTH:
            self.position = _closing(self.text, self.position)
            return HOLE
        self.position = match.end()
        self.depth += 1
        value = self._modified(match[0])
        self.depth -= 1
        return value

    def _value(self, name: str) -> str:
        """Give a variable's value, as long as the text does not become too long."""
        value = self.known.get(name, HOLE)
        self.put_in += len(value)
        return value if self.put_in <= MAX_EXPANDED else HOLE

    def _modified(self, name: str) -> str:
        """Work out `${name…}` from behind the name; read up to its brace."""
        found = self._value(name)
        value = None if found == HOLE else found
        char = self.text[self.position : self.position + 1]
        if char == "}":
            self.position += 1
            return HOLE if value is None else value
        null_is_unset = char == ":"
        operator = self.text[self.position + null_is_unset : self.position + null_is_unset + 1]
        if operator not in _SPECIAL_MODIFIERS:
            self.position = _closing(self.text, self.position)
            return HOLE
        self.position += 1 + null_is_unset
        if operator == "/":
            return self._replaced(value)
        word = "".join(self.parts("}"))
        if value is None:  # it may be set where nobody sees it: by the base image, by --build-arg
            return HOLE
        is_set = bool(value) or not null_is_unset
        if operator in "-?":
            return value if is_set else word
        if operator == "+":
            return word if is_set else ""
        return _trimmed(value, word, operator)

    def _replaced(self, value: str | None) -> str:
        everywhere = self.text[self.position : self.position + 1] == "/"
        self.position += everywhere
        pattern = "".join(self.parts("/"))
        replacement = "".join(self.parts("}"))
        if value is None or not _is_known(value, pattern, replacement):
            return HOLE
        count = -1 if everywhere else 1
        if "*" not in pattern:
            made = len(replacement) * min(value.count(pattern), len(value) if everywhere else 1)
            return value.replace(pattern, replacement, count) if made <= MAX_EXPANDED else HOLE
        done: list[str] = []
        start = 0
        while found := _span(value, pattern, start):
            done += (value[start : found[0]], replacement)
            start = found[1]
            if not everywhere or found[0] == found[1]:
                break
        return "".join((*done, value[start:]))


def _closing(text: str, position: int) -> int:
    """Find the position behind the next closing brace."""
    close = text.find("}", position)
    return len(text) if close < 0 else close + 1


def _is_known(value: str, *patterns: str) -> bool:
    """Say whether a value and patterns are whole, short, and of the kind that is read: `*` alone is special."""
    text = "".join(patterns)
    return len(value) <= _MAX_PATTERN_VALUE and HOLE not in value + text and "?" not in text


def _span(value: str, pattern: str, start: int) -> tuple[int, int] | None:
    """Find the first and longest match of a pattern; linear, because each star takes what is left."""
    first, *more = pattern.split("*")
    begin = end = value.find(first, start)
    if begin < 0:
        return None
    end = begin + len(first)
    for part in more[:-1]:
        end = value.find(part, end)
        if end < 0:
            return None
        end += len(part)
    if more:
        last = value.rfind(more[-1], end)
        return None if last < 0 else (begin, last + len(more[-1]))
    return begin, end


def _trimmed(value: str, pattern: str, operator: str) -> str:
    """Take the shortest (`#`, `%`) or longest (`##`, `%%`) match off the start or the end."""
    longest = pattern.startswith(operator)
    pattern = pattern[1:] if longest else pattern
    if not _is_known(value, pattern):
        return HOLE
    if operator == "%":
        return value[: len(value) - _prefix(value[::-1], pattern[::-1], longest=longest)]
    return value[_prefix(value, pattern, longest=longest) :]


def _prefix(value: str, pattern: str, *, longest: bool) -> int:
    """Say how long the shortest or longest match at the start is; 0 where there is none."""
    first, *more = pattern.split("*")
    if not value.startswith(first):
        return 0
    end = len(first)
    for index, part in enumerate(more):
        last = longest and index == len(more) - 1
        found = value.rfind(part, end) if last else value.find(part, end)
        if found < 0:
            return 0
        end = found + len(part)
    return end


def expand(text: str, known: Mapping[str, str], escape: str = "\\", *, keep_quotes: bool = False) -> str:
    """Take quotes and escapes off and put in known variables; what is not known becomes one hole each."""
    return "".join(_Reader(text, known, escape, keep_quotes).parts())


def fits(pattern: str, text: str) -> bool:
    """Say whether text is the pattern with something in its holes. Linear: holes take as little as they can."""
    first, *rest = pattern.split(HOLE)
    if not rest:
        return first == text
    *middle, last = rest
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    position, end = len(first), len(text) - len(last)
    for part in middle:
        position = text.find(part, position, end)
        if position < 0:
            return False
        position += len(part)
    return position <= end
