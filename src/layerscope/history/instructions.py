"""One history line, as any builder writes it, read back into the Dockerfile instruction it came from.

Owns the builders' handwriting (formats.md part 3, BuildKit's dockerfile2llb/convert.go, moby's builder/dockerfile,
buildah's imagebuildah). Does not know layers or Dockerfiles. Noise is removed and nothing is invented: a line
that is no instruction comes back as it is, with keyword "".
"""

from collections.abc import Mapping, Sequence

from layerscope.frozen import dataclass, field
from layerscope.history import godump
from layerscope.history.shells import DEFAULT_SHELL, DEFAULT_SHELLS, after_arguments, after_shell, is_shell
from layerscope.model.history import Instruction
from layerscope.model.image import HistoryRecord
from layerscope.patterns import regex

KEYWORDS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
CONTENT_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})
"""What changes files; WORKDIR may, too, where its directory is missing."""
FLAGGED_KEYWORDS = frozenset({"ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"})

_RUN_FLAGS = ("--mount=", "--network=", "--security=")
"""No command starts like that: buildah writes the flags of a RUN behind the shell."""
_BUILDKIT = "buildkit.dockerfile."
_BUILDKIT_SUFFIX = " # buildkit"
_NOP = "#(nop)"
_FIRST_WORD = regex(r"\s*([A-Za-z]+)(?:\s+|(?=\[)|$)")
_FLAG = regex(r"(--[A-Za-z][A-Za-z0-9-]*(?:=\S*)?)(?:\s+|$)")
_HASHED_SOURCE = regex(r"(?:file|dir|multi):[0-9a-f]{64}")
_PLAIN_WORDS = regex(r"[\w./:=+-]+(?: [\w./:=+-]+)*")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps before one set, as far as it is written in front of its command."""

    shell: tuple[str, ...] | None = None
    """The SHELL in force; None accepts anything that is known to be a shell."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """Values of build arguments, as far as ARG lines gave them: where one with blanks ends."""


def instruction_of(
    record: HistoryRecord, *, shell: tuple[str, ...] | None = None, arguments: Mapping[str, str] | None = None
) -> Instruction | None:
    """Read a record back into its instruction; None where it says nothing at all.

    `shell` is the SHELL in force when the step ran (None accepts anything that is known to be a shell), `arguments`
    are the values that ARG lines before it gave, which tells where one with blanks ends.
    """
    around = Surroundings(shell, arguments or {})
    line = record.created_by
    if not line.strip():
        comment = record.comment.strip()
        return Instruction("", comment) if comment else None
    buildkit = record.comment.startswith(_BUILDKIT)
    if (metadata := _after_nop(line, shell)) is not None:
        found = _split(metadata, any_case=True)
        if found is not None:
            return _read(*found, around)
        return Instruction("", line)
    if line.endswith(_BUILDKIT_SUFFIX) and (buildkit or _split(line) is not None) and record.author != "kaniko":
        line = line[: -len(_BUILDKIT_SUFFIX)]
    found = _split(line, any_case=record.author == "kaniko")
    if found is not None:
        return _read(*found, around)
    command = _classic_command(line, around)
    if command is None and buildkit and not record.empty:
        command = line  # the first BuildKits wrote a RUN without its name
    if command is None:
        return Instruction("", line)
    flags, command = split_flags(command) if command.startswith(_RUN_FLAGS) else ((), command)
    return Instruction("RUN", command.rstrip(), flags)


def shell_of(record: HistoryRecord) -> tuple[str, ...] | None:
    """Find the shell that a classic metadata line (`/bin/sh -ec #(nop)  ENV …`) shows to be in force."""
    prefix, marker, metadata = record.created_by.partition(_NOP)
    prefix = prefix.rstrip()
    return tuple(prefix.split(" ")) if marker and _is_prefix(prefix, metadata) else None


def _is_prefix(prefix: str, metadata: str) -> bool:
    """Say whether a shell stands before the marker: a known one, or the one that this very line sets."""
    return is_shell(prefix) or (bool(prefix) and metadata.strip() == f"SHELL [{prefix}]")


def _after_nop(line: str, shell: Sequence[str] | None) -> str | None:
    """Take `SHELL #(nop)` off a metadata line; None for any other line, also for a RUN that only mentions it."""
    prefix, marker, metadata = line.partition(_NOP)
    prefix = prefix.rstrip()
    if not marker or (prefix and prefix != " ".join(shell or ()) and not _is_prefix(prefix, metadata)):
        return None
    return metadata.strip()


def _split(line: str, *, any_case: bool = False) -> tuple[str, str] | None:
    """Split a line that starts with a keyword into keyword and rest."""
    match = _FIRST_WORD.match(line)
    if match is None:
        return None
    keyword = match[1].upper() if any_case else match[1]
    return (keyword, line[match.end() :]) if keyword in KEYWORDS else None


def split_flags(text: str) -> tuple[tuple[str, ...], str]:
    """Split leading `--name=value` words from the rest; `--chown=1:1multi:4070…` (moby's missing blank) too."""
    flags: list[str] = []
    position = 0
    while match := _FLAG.match(text, position):
        glued = _HASHED_SOURCE.search(match[1])
        if glued is not None and glued.start() > 0:
            flags.append(match[1][: glued.start()])
            return tuple(flags), text[position + glued.start() :]
        flags.append(match[1])
        position = match.end()
    return tuple(flags), text[position:]


def _classic_command(line: str, around: Surroundings) -> str | None:
    """Read a line without a keyword as a RUN if build arguments or a shell stand before it."""
    shells = None if around.shell is None else (around.shell, *DEFAULT_SHELLS)
    start = after_arguments(line, shells, around.arguments)
    if start is not None:
        return line[_or_same(after_shell(line, shells, start), start) :]
    start = after_shell(line, shells)
    if start is not None:
        return line[start:] if line[start:].strip() else None
    return line if after_shell(line, None) not in {None, len(line)} else None


def _or_same(position: int | None, otherwise: int) -> int:
    return otherwise if position is None else position


def _read(keyword: str, rest: str, around: Surroundings) -> Instruction:
    """Read what follows a keyword."""
    rest = rest.rstrip()
    if keyword == "RUN":
        return _run(rest, around)
    flags, rest = split_flags(rest) if keyword in FLAGGED_KEYWORDS else ((), rest)
    if keyword == "HEALTHCHECK":
        return _healthcheck(flags, rest)
    if keyword in {"CMD", "ENTRYPOINT"}:
        rest = _command_text(rest, around.shell)
    elif keyword == "EXPOSE":
        keys = godump.map_keys(rest)
        rest = " ".join(keys) if keys is not None else _or_text(godump.plain_list(rest), rest)
    elif keyword in {"USER", "STOPSIGNAL"}:
        rest = _or_text(godump.plain_list(rest), rest)
    elif keyword in {"VOLUME", "SHELL"}:
        rest = _list_text(keyword, rest)
    return Instruction(keyword, rest, flags)


def _or_text(text: str | None, otherwise: str) -> str:
    return otherwise if text is None else text


def _run(rest: str, around: Surroundings) -> Instruction:
    flags, rest = split_flags(rest)
    shells = None if around.shell is None else (around.shell,)
    start = _or_same(after_arguments(rest, shells, around.arguments), 0)
    return Instruction("RUN", rest[_or_same(after_shell(rest, shells, start), start) :], flags)


def _command_text(rest: str, shell: Sequence[str] | None) -> str:
    """Write a dumped command list as the Dockerfile would: shell form behind the SHELL in force, else exec form."""
    words = godump.quoted_list(rest)
    if words is None:  # not Docker's: buildah and kaniko keep what was written
        return rest
    in_force = tuple(shell or DEFAULT_SHELL)
    if len(words) == len(in_force) + 1 and words[:-1] == in_force and words[-1].strip() and "\n" not in words[-1]:
        return words[-1].strip()
    return godump.as_json(words)


def _list_text(keyword: str, rest: str) -> str:
    """Write `[/data /more]` as a Dockerfile would, where the borders of its words are beyond doubt."""
    if godump.json_words(rest) is not None:
        return rest
    inner = godump.plain_list(rest)
    if inner is None or not _PLAIN_WORDS.fullmatch(inner):
        return rest
    return godump.as_json(tuple(inner.split(" "))) if keyword == "SHELL" else inner


def _healthcheck(flags: tuple[str, ...], rest: str) -> Instruction:
    """Write a dumped health check as `HEALTHCHECK --interval=5s CMD wget …`."""
    dumped = godump.healthcheck_struct(rest)
    if dumped is None:
        return Instruction("HEALTHCHECK", rest, flags)
    words, options = dumped
    options_text = tuple(f"--{name}={value}" for name, value in options.items())
    kind, command = words[0] if words else "", words[1:]
    if kind == "NONE" and not command:
        return Instruction("HEALTHCHECK", "NONE")
    if kind == "CMD-SHELL" and len(command) == 1:
        return Instruction("HEALTHCHECK", f"CMD {command[0]}", options_text)
    if kind == "CMD" and command:
        text = command[0] if rest.startswith("{Test:") else godump.as_json(command)
        return Instruction("HEALTHCHECK", f"CMD {text}", options_text)
    return Instruction("HEALTHCHECK", rest)
