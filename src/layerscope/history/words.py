"""Words of a Dockerfile line: splitting, quotes, `$variables`; as BuildKit's shell/lex.go and line_parsers.go do it.

Owns the small shell language of Dockerfiles. Does not know instructions. Expansion never fails: a variable whose
value is not known, or a form that cannot be worked out, becomes a hole (`HOLE`) that any text may fill.
"""

import fnmatch
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HOLE = "\0"
"""Stands for text that is not known; NUL cannot occur in an instruction."""

_BLANK = " \t\v\f\r\n\x85\xa0"
_NAME = re.compile(r"\d+|[@*#?$!-]|[^\W\d]\w*")
_MAX_DEPTH = 16
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
            return self.known.get(match[0], HOLE)
        match = _NAME.match(self.text, self.position + 1)
        if match is None or self.depth == _MAX_DEPTH:
            self.position = _closing(self.text, self.position)
            return HOLE
        self.position = match.end()
        self.depth += 1
        value = self._modified(match[0])
        self.depth -= 1
        return value

    def _modified(self, name: str) -> str:
        """Work out `${name…}` from behind the name; read up to its brace."""
        value = self.known.get(name)
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
        if value is None or HOLE in pattern + replacement or not _affordable(pattern, value):
            return HOLE
        return re.sub(_pattern(pattern), lambda _match: replacement, value, count=0 if everywhere else 1)


def _closing(text: str, position: int) -> int:
    """Find the position behind the next closing brace."""
    close = text.find("}", position)
    return len(text) if close < 0 else close + 1


def _affordable(pattern: str, value: str) -> bool:
    """Say whether matching cannot take long; what a person writes has one or two stars."""
    return pattern.count("*") <= 2 and len(value) <= _MAX_PATTERN_VALUE


def _pattern(pattern: str) -> str:
    """Write a shell pattern (only ? and * mean something) as a regular expression."""
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)


def _trimmed(value: str, pattern: str, operator: str) -> str:
    """Take the shortest (`#`, `%`) or longest (`##`, `%%`) match off the start or the end."""
    longest = pattern.startswith(operator)
    pattern = pattern[1:] if longest else pattern
    if HOLE in pattern + value or not _affordable(pattern, value):
        return HOLE
    glob = fnmatch.translate(pattern.replace("[", "[[]"))
    cuts = range(len(value) + 1) if operator == "#" else range(len(value), -1, -1)
    for cut in reversed(cuts) if longest else cuts:
        if re.match(glob, value[:cut] if operator == "#" else value[cut:]):
            return value[cut:] if operator == "#" else value[:cut]
    return value


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
