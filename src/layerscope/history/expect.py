"""What an instruction of a Dockerfile looks like once a builder wrote it into the history.

Owns the way from a Statement to the texts it may have become: quotes off, variables in, exec forms, heredocs.
What only the build knew (an argument's value, the base image's PATH) stays a hole. Reads no history.
"""

import posixpath
from collections import Counter
from collections.abc import Iterable, Mapping

from layerscope.frozen import dataclass, field
from layerscope.history.dockerfile import Statement
from layerscope.history.forms import blank_list, duration_ns, pairs_of, ports_of, split_health
from layerscope.history.godump import as_json, json_words
from layerscope.history.grammar import parse_heredoc
from layerscope.history.words import HOLE, expand, split_words
from layerscope.patterns import regex

EXACT_SCORE = 1000
HOLES_SCORE = 850
"""For a text that fits only where variables may be anything."""
NAMES_SCORE = 700
"""For ARG, ENV and LABEL with the same names and other values."""

_TOKEN = regex(r"[\w./:@$-]{2,64}")
_MAX_TOKENS = 2000


@dataclass(frozen=True, slots=True)
class Expected:
    """The texts that a statement may have become, best first, with what each is worth."""

    keyword: str
    patterns: tuple[tuple[str, int], ...]
    destination: tuple[str, ...] = ()
    """Of COPY and ADD: how `file:4070… in DESTINATION` may end."""
    source_count: int = 0
    """Of COPY and ADD; 0 where a wildcard leaves it open."""
    names: tuple[str, ...] = ()
    """Of ARG, ENV and LABEL."""
    tokens: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Scope:
    """What is set where a statement stands."""

    known: dict[str, str] = field(default_factory=dict)
    """Values of ENV and ARG, as far as they are known."""
    cwd: str | None = None
    shell: tuple[str, ...] = ()
    escape: str = "\\"


def squeeze(text: str) -> str:
    """Make every run of blanks one: builders and continuations disagree on them."""
    return " ".join(text.split())


def tokens_of(text: str) -> Counter[str]:
    """Count the words that tell one command from another."""
    found: Counter[str] = Counter()
    for index, match in enumerate(_TOKEN.finditer(text)):
        if index == _MAX_TOKENS:
            break
        found[match[0]] += 1
    return found


def expect(statement: Statement, scope: Scope) -> Expected:
    """Work out what a statement became, and change the scope as it does."""
    keyword, rest = statement.keyword, statement.line.rest
    known = dict(scope.known)
    unknown: dict[str, str] = {}
    patterns: list[tuple[str, int]] = []
    for values, score in ((known, EXACT_SCORE), (unknown, HOLES_SCORE)):
        patterns += [(text, score) for text in _texts(statement, values, scope)]
    raw = squeeze(rest)
    patterns.append((raw, EXACT_SCORE))  # buildah and kaniko keep the words
    if statement.line.flags:
        patterns.append((squeeze(statement.instruction.line[len(keyword) :]), EXACT_SCORE))
    names = _names(statement, known, scope.escape)
    _apply(statement, scope)
    destination, count = _copy_target(statement, known, scope) if keyword in {"ADD", "COPY"} else ((), 0)
    unique = tuple(dict.fromkeys(patterns))
    return Expected(keyword, unique, destination, count, names, tokens_of(unique[0][0] if unique else raw))


def _names(statement: Statement, known: Mapping[str, str], escape: str) -> tuple[str, ...]:
    """List the names that ENV, LABEL or ARG set."""
    if statement.keyword in {"ENV", "LABEL"}:
        return tuple(expand(pair.key, known, escape) for pair in pairs_of(statement.line.rest, escape) or ())
    if statement.keyword == "ARG":
        return tuple(word.partition("=")[0] for word in split_words(statement.line.rest, escape))
    return ()


def _texts(statement: Statement, known: Mapping[str, str], scope: Scope) -> Iterable[str]:
    """List what the statement's text may be, given the values of variables."""
    keyword, rest = statement.keyword, statement.line.rest

    def put_in(text: str) -> str:
        return expand(text, known, scope.escape)

    if keyword == "RUN":
        return _run_texts(statement)
    if keyword in {"CMD", "ENTRYPOINT"}:
        in_shell = [as_json((*scope.shell, rest))] if scope.shell and json_words(rest) is None else []
        return [canonical_command(rest), *in_shell]
    if keyword in {"ADD", "COPY"}:
        return (_copy_text(statement, known, scope),)
    if keyword in {"ENV", "LABEL"}:
        pairs = pairs_of(rest, scope.escape) or ()
        return (squeeze(" ".join(f"{put_in(pair.key)}={put_in(pair.value)}" for pair in pairs)),)
    if keyword == "ARG":
        return (squeeze(" ".join(put_in(word) for word in split_words(rest, scope.escape))),)
    if keyword == "EXPOSE":
        return (canonical_ports(" ".join(put_in(word) for word in blank_list(rest))),)
    if keyword == "VOLUME":
        return (squeeze(" ".join(put_in(word) for word in json_words(rest) or blank_list(rest))),)
    if keyword == "SHELL":
        return (canonical_list(rest),)
    if keyword == "HEALTHCHECK":
        return (canonical_health(statement.line.flags, rest),)
    if keyword == "WORKDIR":
        return _workdir_texts(put_in(rest), scope.cwd)
    if keyword in {"STOPSIGNAL", "USER"}:
        return (squeeze(put_in(rest)),)
    return (squeeze(rest),)


def _run_texts(statement: Statement) -> list[str]:
    rest, heredocs = statement.line.rest, statement.line.heredocs
    if not heredocs:
        words = json_words(rest)
        return [squeeze(rest)] if words is None else [squeeze(" ".join(words)), squeeze(rest)]
    whole = rest + "".join(f"\n{heredoc.content}{heredoc.name}" for heredoc in heredocs)
    if parse_heredoc(rest) is not None:
        data = heredocs[0].data
        return [f"/dev/pipes/{heredocs[0].name}"] if data.startswith("#!") else [squeeze(data), squeeze(whole)]
    return [squeeze(whole)]


def copy_words(rest: str) -> tuple[str, ...]:
    """List sources and destination as BuildKit prints them: files first, then the names of here-documents."""
    words = json_words(rest)
    if words is not None:
        return words
    plain = list(blank_list(rest))
    documents = [heredoc for word in plain if (heredoc := parse_heredoc(word)) is not None]
    files = [word for word in plain if parse_heredoc(word) is None]
    return (*files[:-1], *(f"<<{heredoc.name}" for heredoc in documents), *files[-1:])


def _copy_text(statement: Statement, known: Mapping[str, str], scope: Scope) -> str:
    return squeeze(" ".join(expand(word, known, scope.escape) for word in copy_words(statement.line.rest)))


def _copy_target(statement: Statement, known: Mapping[str, str], scope: Scope) -> tuple[tuple[str, ...], int]:
    words = copy_words(statement.line.rest)
    if len(words) < 2:
        return (), 0
    target = words[-1]
    many = any(char in word for word in words[:-1] for char in "*?[$<") or words[0].startswith("multi:")
    count = 0 if many else len(words) - 1
    found = dict.fromkeys((squeeze(expand(target, known, scope.escape)), squeeze(target)))
    return tuple(found), count


def _workdir_texts(path: str, cwd: str | None) -> list[str]:
    absolute = posixpath.join(cwd if cwd is not None else HOLE, path)
    return list(dict.fromkeys((posixpath.normpath(absolute), squeeze(path))))


def _apply(statement: Statement, scope: Scope) -> None:
    """Change the scope as the statement does."""
    keyword, rest = statement.keyword, statement.line.rest
    before = dict(scope.known)
    if keyword == "ENV":
        for pair in pairs_of(rest, scope.escape) or ():
            _set(scope.known, expand(pair.key, before, scope.escape), expand(pair.value, before, scope.escape))
    elif keyword == "ARG":
        for word in split_words(rest, scope.escape):
            name, equals, value = word.partition("=")
            if equals and name not in scope.known:
                _set(scope.known, name, expand(value, scope.known, scope.escape))
    elif keyword == "WORKDIR":
        path = expand(rest, before, scope.escape)
        absolute = path.startswith("/") or scope.cwd is not None
        scope.cwd = posixpath.normpath(posixpath.join(scope.cwd or "", path)) if absolute else None
    elif keyword == "SHELL":
        scope.shell = json_words(rest) or scope.shell


def _set(known: dict[str, str], name: str, value: str) -> None:
    if HOLE in name + value:
        known.pop(name, None)
    else:
        known[name] = value


def canonical_command(text: str) -> str:
    """Write a CMD or ENTRYPOINT the one way: exec form as JSON, shell form with single blanks."""
    words = json_words(text)
    return squeeze(text) if words is None else as_json(words)


def canonical_ports(text: str) -> str:
    """Write ports the one way: sorted, each with its protocol."""
    return " ".join(sorted(ports_of(text)))


def canonical_list(text: str) -> str:
    """Write the words of a list without its brackets: where one ends is lost in `[a b]`."""
    words = json_words(text)
    return squeeze(" ".join(words) if words is not None else text.removeprefix("[").removesuffix("]"))


def canonical_health(flags: tuple[str, ...], text: str) -> str:
    """Write a health check the one way: flags sorted, durations in nanoseconds, what is zero left out."""
    kind, command = split_health(text) if text else ("", "")
    options: list[str] = []
    for flag in flags:
        name, _, value = flag.partition("=")
        duration = duration_ns(value)
        shown = value if duration is None else str(duration)
        if shown not in {"0", ""}:
            options.append(f"{name}={shown}")
    return " ".join((kind.upper(), *sorted(options), canonical_command(command)))
