"""The text of a Dockerfile as logical lines: directives, continuations, comments, heredocs, flags.

Owns the grammar of BuildKit's frontend/dockerfile/parser (parser.go, directives.go, split_command.go). Does not know
what instructions mean. It reads what can be read: what BuildKit would refuse becomes a problem, with its line.
"""

import re

from layerscope.frozen import dataclass
from layerscope.history.godump import json_words
from layerscope.history.words import expand, split_words
from layerscope.patterns import regex

HEREDOC_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})

_DIRECTIVE = regex(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S.*)")
_DIRECTIVES = frozenset({"escape", "syntax", "check"})
_BLANKS = regex(r"[\t\v\f\r ]+")
_HEREDOC = regex(r"(\d*)<<(-?)\s*([^<]*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heredoc:
    """One here-document of an instruction."""

    name: str
    content: str
    """As written, new lines included, tabs not yet taken off."""
    chomp: bool
    """`<<-`: leading tabs of every line do not count."""
    expand: bool
    """The name was not quoted, so variables in the content are replaced."""

    @property
    def data(self) -> str:
        """The content without the tabs that do not count."""
        return re.sub(r"(?m)^\t+", "", self.content) if self.chomp else self.content


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One instruction: its lines joined, comments and continuations taken out."""

    keyword: str
    """Upper case, whatever it is."""
    flags: tuple[str, ...]
    """Without their quotes."""
    rest: str
    """What follows the flags."""
    heredocs: tuple[Heredoc, ...]
    first: int
    """First physical line, from 1."""
    last: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What a builder would refuse."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A Dockerfile as logical lines."""

    lines: tuple[LogicalLine, ...]
    escape: str
    directives: dict[str, str]
    problems: tuple[Problem, ...]


class _Reader:
    """Walks over the physical lines once."""

    def __init__(self, text: str) -> None:
        # Only a new line ends a line: form feeds and the like do not, as str.splitlines would have it.
        self.physical = text.removeprefix("\ufeff").split("\n")
        if self.physical[-1] == "":
            self.physical.pop()
        self.position = 0
        self.escape = "\\"
        self.directives: dict[str, str] = {}
        self.problems: list[Problem] = []

    def read(self) -> tuple[LogicalLine, ...]:
        self._read_directives()
        lines: list[LogicalLine] = []
        while self.position < len(self.physical):
            first = self.position + 1
            text = self._joined()
            if text is not None and text.strip():
                lines.append(self._logical(text, first))
        return tuple(lines)

    def _read_directives(self) -> None:
        for index, line in enumerate(self.physical):
            match = _DIRECTIVE.fullmatch(line.strip())
            name = match[1].lower() if match else ""
            if match is None or name not in _DIRECTIVES:
                return
            if name in self.directives:
                self.problems.append(Problem(index + 1, f"only one {name} directive can be used"))
            self.directives[name] = match[2].strip()
            if name == "escape" and match[2].strip() in {"\\", "`"}:
                self.escape = match[2].strip()
            elif name == "escape":
                self.problems.append(Problem(index + 1, "the escape directive takes \\ or `"))

    def _joined(self) -> str | None:
        """Read one logical line and move behind it; None for a comment or an empty line."""
        line = self.physical[self.position].rstrip("\r").lstrip()
        self.position += 1
        if line.startswith("#"):
            return None
        part, more = self._continued(line)
        if not part and not more:
            return None
        parts = [part]
        while more and self.position < len(self.physical):
            line = self.physical[self.position].rstrip("\r")
            self.position += 1
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            part, more = self._continued(line)
            parts.append(part)
        return "".join(parts)

    def _continued(self, line: str) -> tuple[str, bool]:
        """Take the continuation mark off; an escaped one (two in a row) is none."""
        bare = line.rstrip(" \t")
        if not bare.endswith(self.escape) or bare.endswith(self.escape * 2):
            return line, False
        return bare[:-1], True

    def _logical(self, text: str, first: int) -> LogicalLine:
        keyword, flags, rest = split_line(text, self.escape)
        starts = heredocs_of(rest) if "<<" in rest and _may_have_heredocs(keyword, rest) else []
        heredocs = tuple(self._with_content(heredoc, first) for heredoc in starts)
        return LogicalLine(keyword, flags, rest, heredocs, first, self.position)

    def _with_content(self, heredoc: Heredoc, first: int) -> Heredoc:
        content: list[str] = []
        while self.position < len(self.physical):
            line = self.physical[self.position]
            self.position += 1
            bare = line.rstrip("\r\n")
            if (bare.lstrip("\t") if heredoc.chomp else bare) == heredoc.name:
                break
            content.append(line + "\n")
        else:
            self.problems.append(Problem(first, f"the heredoc {heredoc.name} does not end"))
        return Heredoc(heredoc.name, "".join(content), heredoc.chomp, heredoc.expand)


def read_source(text: str) -> Source:
    """Split a Dockerfile into its instructions; never fails."""
    reader = _Reader(text)
    lines = reader.read()
    if not lines:
        reader.problems.append(Problem(1, "there is no instruction"))
    return Source(lines, reader.escape, reader.directives, tuple(reader.problems))


def split_line(text: str, escape: str = "\\") -> tuple[str, tuple[str, ...], str]:
    """Split a logical line into upper-case keyword, flags and the rest (splitCommand)."""
    keyword, *rest = _BLANKS.split(text.strip(), maxsplit=1)
    if not rest:
        return keyword.upper(), (), ""
    flags: list[str] = []
    line = rest[0].lstrip()
    position = 0
    while line.startswith("--", position):
        flag, position = _flag_at(line, position, escape)
        if flag == "--":
            break
        flags.append(flag)
        while position < len(line) and line[position].isspace():
            position += 1
    return keyword.upper(), tuple(flags), line[position:].strip()


def _flag_at(line: str, position: int, escape: str) -> tuple[str, int]:
    """Read one flag, quotes and escapes taken off, and find where it ends."""
    parts: list[str] = []
    quote = ""
    while position < len(line):
        char = line[position]
        if not quote and char.isspace():
            break
        position += 1
        if char == escape:
            parts.append(line[position : position + 1])
            position += 1
        elif quote or char not in "'\"":
            if char == quote:
                quote = ""
            else:
                parts.append(char)
        else:
            quote = char
    return "".join(parts), position


def _may_have_heredocs(keyword: str, rest: str) -> bool:
    if keyword == "ONBUILD":
        keyword, _, rest = split_line(rest)
    return keyword in HEREDOC_KEYWORDS and json_words(rest) is None


def heredocs_of(rest: str) -> list[Heredoc]:
    """Find the here-documents that a line starts; their content is still to come."""
    if "<<" not in rest:
        return []
    return [heredoc for word in _heredoc_words(rest) if (heredoc := parse_heredoc(word)) is not None]


def parse_heredoc(word: str) -> Heredoc | None:
    """Read `<<EOF`, `3<<-"EOF"`; None for any other word."""
    match = _HEREDOC.fullmatch(word)
    if match is None or not match[3].strip():
        return None
    raw = match[3]
    if len(split_words(raw)) != 1:
        return None
    name = expand(raw, {}) if "$" not in raw else raw.strip("'\"")
    quoted = raw.count("'") + raw.count('"') != name.count("'") + name.count('"')
    return Heredoc(name, "", match[2] == "-", not quoted)


def _heredoc_words(text: str) -> list[str]:
    """Split at blanks outside quotes; a heredoc may have blanks between `<<` and its name."""
    words: list[str] = []
    word: list[str] = []
    index = 0
    while index < len(text):
        char = text[index]
        end = index + 1
        if char in "'\"":
            end = _quote_end(text, index)
        elif char == "\\":
            end = index + 2
        elif text.startswith("<<", index):
            end = index + 2
            while end < len(text) and text[end] in " \t\r":
                end += 1
        elif char.isspace():
            if word:
                words.append("".join(word))
            word = []
            index = end
            continue
        word.append(text[index:end])
        index = end
    if word:
        words.append("".join(word))
    return words


def _quote_end(text: str, index: int) -> int:
    quote = text[index]
    index += 1
    while index < len(text) and text[index] != quote:
        index += 2 if text[index] == "\\" and quote == '"' else 1
    return min(index + 1, len(text))
