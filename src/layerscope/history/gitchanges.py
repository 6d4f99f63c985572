"""How often the sources of COPY and ADD changed, as the repository's own history tells.

Owns asking `git` (read only, no hooks, no pager, no program that a repository could name, for some seconds at most) and
matching paths with sources and with `.dockerignore`. Knows neither images nor layers.
"""

import contextlib
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from layerscope.errors import UsageError
from layerscope.history.expect import copy_words
from layerscope.history.grammar import read_source
from layerscope.model.history import Volatility
from layerscope.model.image import Note
from layerscope.patterns import regex

MOST_COMMITS = 500
MOST_PATHS = 1_000_000
TIMEOUT_S = 10.0
MOST_PATTERNS = 500
_MOST_STARS = 2

_MARK = "\x01"
"""Stands before the paths of a commit; git quotes names that hold it."""
_OPTIONS = (
    "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false",
    "-c", "protocol.allow=never",
)  # fmt: skip
_LOG = (
    "log", "--no-merges", f"--max-count={MOST_COMMITS}", "--format=%x01", "--name-only", "--no-renames", "--relative",
    "--no-ext-diff", "--no-textconv", "--no-show-signature", "--no-color", "--",
)  # fmt: skip
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_REMOTE = regex(r"[a-z][a-z0-9+.-]*://|git@|<<", re.IGNORECASE)


def volatility_of(lines: Iterable[str], context: Path) -> tuple[dict[int, Volatility], tuple[Note, ...]]:
    """Say for the line of each COPY and ADD of a Dockerfile how often what it copies changed.

    `context` is the build's directory. Raises `UsageError` where it is in no git repository.
    """
    source = read_source("\n".join(lines))
    wanted: dict[int, tuple[str, ...]] = {}
    for line in source.lines:
        if line.keyword in {"ADD", "COPY"} and not any(flag.startswith("--from=") for flag in line.flags):
            words = copy_words(line.rest)[:-1]
            sources = tuple(word for word in words if not _REMOTE.match(word) and "$" not in word)
            if sources:
                wanted[line.first] = sources
    if not wanted:
        return {}, ()
    commits, whole = _commits(context)
    ignored = _ignored_patterns(context)
    matchers = {number: _matcher(sources) for number, sources in wanted.items()}
    counts = dict.fromkeys(wanted, 0)
    for paths in commits:
        seen = [path for path in paths if not _is_ignored(path, ignored)]
        for number, matcher in matchers.items():
            counts[number] += any(matcher.fullmatch(path) for path in seen)
    notes = () if whole else (Note("git-cut-short", f"git was read for {TIMEOUT_S:g} s: {len(commits)} commits count"),)
    return {number: Volatility(count, len(commits)) for number, count in counts.items()}, notes


def _commits(context: Path) -> tuple[list[list[str]], bool]:
    """List the paths that each of the last commits changed below a directory; whether git came to its end."""
    git = shutil.which("git")
    if git is None:
        raise UsageError("--git: git is not installed")
    if not context.is_dir():
        raise UsageError(f"--git {context}: no such directory")
    with subprocess.Popen(  # noqa: S603 - the arguments are ours, the directory is a separate one
        [git, "-C", str(context.absolute()), *_OPTIONS, *_LOG],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **_ENVIRONMENT},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        timer = threading.Timer(TIMEOUT_S, process.kill)
        timer.start()
        try:
            commits = list(_read(raw.decode("utf-8", "surrogateescape") for raw in process.stdout))
            said = process.stderr.read(2000).decode("utf-8", "replace").strip()
        finally:
            stopped = not timer.is_alive()
            timer.cancel()
            process.kill()
            process.wait()
    if not commits and not stopped:
        reason = said.splitlines()[-1] if said else "there is no commit"
        raise UsageError(f"--git {context}: {reason.removeprefix('fatal: ')}")
    return commits, not stopped


def _read(lines: Iterable[str]) -> Iterator[list[str]]:
    """Read git's answer, a list of paths a commit."""
    paths: list[str] | None = None
    count = 0
    for line in lines:
        name = line.removesuffix("\n")
        if name == _MARK:
            if paths is not None:
                yield paths
            paths = []
        elif name and paths is not None:
            paths.append(_unquoted(name))
            count += 1
            if count >= MOST_PATHS:
                break
    if paths is not None:
        yield paths


def _unquoted(name: str) -> str:
    r"""Read a name as git writes odd ones: "caf\303\251"."""
    if not (name.startswith('"') and name.endswith('"')):
        return name
    with contextlib.suppress(UnicodeDecodeError):
        return name[1:-1].encode("latin-1", "replace").decode("unicode_escape").encode("latin-1").decode()
    return name


def _matcher(sources: Sequence[str]) -> re.Pattern[str]:
    """Match what is one of the sources, or below it."""
    parts = [_pattern(source) for source in sources[:MOST_PATTERNS]]
    return re.compile("|".join(f"(?:{part})(?:/.*)?" if part else ".*" for part in parts), re.DOTALL)


def _pattern(source: str) -> str:
    """Write a source as a regular expression on paths; "" for the whole context."""
    names = [name for name in source.split("/") if name not in {"", "."}]
    if source.replace("**", "*").count("*") > _MOST_STARS:  # would take long to match
        return re.escape(source)
    return "/".join(map(_name_pattern, names))


def _name_pattern(name: str) -> str:
    if name == "**":
        return ".*"
    return re.escape(name).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")


def _ignored_patterns(context: Path) -> list[tuple[bool, re.Pattern[str]]]:
    """Read `.dockerignore`: (whether it takes a path out, what it matches); the last one that matches counts."""
    try:
        text = (context / ".dockerignore").read_text("utf-8", "replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines()[:MOST_PATTERNS]:
        bare = line.strip()
        if bare and not bare.startswith("#"):
            found.append((not bare.startswith("!"), _matcher((bare.removeprefix("!"),))))
    return found


def _is_ignored(path: str, patterns: Sequence[tuple[bool, re.Pattern[str]]]) -> bool:
    ignored = False
    for takes_out, pattern in patterns:
        if ignored != takes_out and pattern.fullmatch(path):
            ignored = takes_out
    return ignored
