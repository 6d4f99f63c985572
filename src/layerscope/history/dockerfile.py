"""A Dockerfile as people think of it: stages of instructions, each with its lines.

Owns stages, names and what a stage is FROM, as BuildKit's instructions/parse.go has them. Does not know images
or histories. Like the grammar below it, it reads what can be read and lists what a builder would refuse.
"""

from collections.abc import Mapping

from layerscope.frozen import dataclass, replace
from layerscope.history.forms import blank_list, pairs_of
from layerscope.history.godump import json_words
from layerscope.history.grammar import LogicalLine, Problem, read_source, split_line
from layerscope.history.instructions import KEYWORDS
from layerscope.history.words import expand, split_words
from layerscope.model.history import Instruction
from layerscope.patterns import regex

MAX_DOCKERFILE_BYTES = 256 * 1024
"""A Dockerfile is written by people."""

_NON_STRINGS = regex(r"\[\s*(?:\"[^\"]*\"\s*,\s*)*[\[{\d]")
_EXEC_FORMS = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One instruction of the file, as text and as its grammar has it."""

    instruction: Instruction
    line: LogicalLine

    @property
    def keyword(self) -> str:
        """Upper case."""
        return self.line.keyword


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM and what follows it."""

    index: int
    name: str
    """As `AS` gives it, in lower case, or else the number that `COPY --from=` would use."""
    base: str
    """What it is FROM, global ARGs put in; holes where they have no value."""
    parent: int | None
    """Index of the stage that it is FROM; None for an image."""
    statements: tuple[Statement, ...]
    """Without the FROM itself."""
    origin: Instruction
    """The FROM."""


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed Dockerfile."""

    text: tuple[str, ...]
    """Its physical lines."""
    header: tuple[Statement, ...]
    """The ARGs before the first FROM."""
    stages: tuple[Stage, ...]
    escape: str
    arguments: Mapping[str, str]
    """Global ARGs that have a value."""
    problems: tuple[Problem, ...]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """All instructions, in the order of the file."""
        found = [statement.instruction for statement in self.header]
        for stage in self.stages:
            found += [stage.origin, *(statement.instruction for statement in stage.statements)]
        return tuple(found)

    def chain(self, stage: Stage) -> tuple[Stage, ...]:
        """List the stages that a stage's image consists of, lowest first, itself last."""
        chain = [stage]
        while chain[-1].parent is not None:
            chain.append(self.stages[chain[-1].parent])
        return tuple(reversed(chain))


def parse_dockerfile(text: str) -> Dockerfile:
    """Read a Dockerfile; never fails, whatever the text is."""
    source = read_source(text[:MAX_DOCKERFILE_BYTES])
    problems = [*source.problems, *(found for line in source.lines for found in _problems(line, source.escape))]
    header: list[Statement] = []
    stages: list[Stage] = []
    named: dict[str, int] = {}
    arguments: dict[str, str] = {}
    bodies: list[list[Statement]] = []
    for line in source.lines:
        if line.keyword == "FROM":
            stages.append(_stage(line, len(stages), named, arguments, source.escape))
            named[stages[-1].name] = stages[-1].index
            bodies.append([])
        elif stages:
            bodies[-1].append(Statement(_instruction(line, stages[-1].name), line))
        else:
            header.append(Statement(_instruction(line, None), line))
            _set_arguments(line, arguments, source.escape)
            if line.keyword != "ARG" and line.keyword in KEYWORDS:
                problems.append(Problem(line.first, f"{line.keyword} stands before the first FROM"))
    finished = tuple(replace(stage, statements=tuple(body)) for stage, body in zip(stages, bodies, strict=True))
    problems.sort(key=lambda problem: problem.line)
    lines = tuple(line.rstrip("\r") for line in text.removeprefix("\ufeff").removesuffix("\n").split("\n"))
    return Dockerfile(lines, tuple(header), finished, source.escape, arguments, tuple(problems))


def trigger_statement(text: str, origin: Instruction) -> Statement:
    """Make the statement that an ONBUILD's text becomes, with the lines of the instruction that brought it."""
    keyword, flags, rest = split_line(text)
    first, last = origin.dockerfile_line or 1, origin.dockerfile_end_line or 1
    line = LogicalLine(keyword, flags, rest, (), first, last)
    return Statement(replace(origin, keyword=keyword, flags=flags, text=rest), line)


def _instruction(line: LogicalLine, stage: str | None) -> Instruction:
    documents = "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in line.heredocs)
    return Instruction(line.keyword, line.rest + documents, line.flags, line.first, line.last, stage)


def _stage(
    line: LogicalLine, index: int, before: Mapping[str, int], arguments: Mapping[str, str], escape: str
) -> Stage:
    """Make a stage; `before` are the names of those above it, the last one of each."""
    words = blank_list(line.rest)
    base = expand(words[0], arguments, escape) if words else ""
    named = len(words) == 3 and words[1].upper() == "AS"
    name = words[2].lower() if named else str(index)
    parent = None if base.isdecimal() else before.get(base.lower())
    return Stage(index, name, base, parent, (), _instruction(line, name))


def _set_arguments(line: LogicalLine, arguments: dict[str, str], escape: str) -> None:
    if line.keyword == "ARG":
        for word in split_words(line.rest, escape):
            name, equals, value = word.partition("=")
            if equals:
                arguments[expand(name, {}, escape)] = expand(value, arguments, escape)


def _problems(line: LogicalLine, escape: str) -> list[Problem]:
    """Find what a builder would refuse in an instruction."""
    if line.keyword not in KEYWORDS:
        return [Problem(line.first, f"{line.keyword} is not an instruction")]
    if line.keyword in {"ENV", "LABEL"} and pairs_of(line.rest, escape) is None:
        return [Problem(line.first, f"{line.keyword} needs a name and a value")]
    if line.keyword in _EXEC_FORMS and json_words(line.rest) is None and _NON_STRINGS.match(line.rest):
        return [Problem(line.first, f"{line.keyword} in JSON form takes strings only")]
    if line.keyword == "FROM" and len(blank_list(line.rest)) not in {1, 3}:
        return [Problem(line.first, "FROM takes one image, or an image AS a name")]
    return []
