"""The RUNs that install a program's dependencies: by which tool, from which manifests, into which directories.

Owns the table of these tools; packages of the system are `packageruns.py`'s.
"""

import re

from layerscope.analysis import shelltext
from layerscope.frozen import dataclass
from layerscope.patterns import regex


@dataclass(frozen=True, slots=True)
class Installer:
    """A program that installs what a manifest names."""

    command: re.Pattern[str]
    manifests: tuple[str, ...]
    """Names, the first that must be there."""
    folders: tuple[bytes, ...]
    """Where it puts what it fetches: names of directories."""


def _installer(command: str, manifests: str, folders: str) -> Installer:
    return Installer(regex(command), tuple(manifests.split()), tuple(folders.encode().split()))


_LONGEST = 500
_OPTIONS = r"(?: -[\w-]+(?:=\S+)?)*"
_INSTALLERS = (
    _installer(
        rf"npm (?:ci|i|install){_OPTIONS}", "package.json package-lock.json npm-shrinkwrap.json .npmrc", "node_modules"
    ),
    _installer(rf"yarn(?: install)?{_OPTIONS}", "package.json yarn.lock .yarnrc.yml", "node_modules .yarn"),
    _installer(rf"pnpm (?:i|install|fetch){_OPTIONS}", "package.json pnpm-lock.yaml .npmrc", "node_modules"),
    _installer(rf"bun (?:i|install){_OPTIONS}", "package.json bun.lock bun.lockb", "node_modules"),
    _installer(
        rf"(?:python3? -m )?pip3? install{_OPTIONS} (?:-r|--requirement)[ =]?\S+{_OPTIONS}",
        "requirements.txt",
        "site-packages dist-packages",
    ),
    _installer(
        r"poetry install(?: -[\w-]+(?:[ =][^\s-]\S*)?)* --no-root(?: -[\w-]+)*",
        "pyproject.toml poetry.lock",
        "site-packages .venv",
    ),
    _installer(rf"uv sync{_OPTIONS} --no-install-project{_OPTIONS}", "pyproject.toml uv.lock", ".venv"),
    _installer(rf"pipenv (?:install|sync){_OPTIONS}", "Pipfile Pipfile.lock", "site-packages"),
    _installer(r"bundle install(?: -[\w-]+(?:[ =]\w+)?)*", "Gemfile Gemfile.lock", "bundle gems ruby"),
    _installer(
        rf"composer install{_OPTIONS} --no-(?:scripts|autoloader){_OPTIONS}", "composer.json composer.lock", "vendor"
    ),
    _installer(r"go mod download(?: -x)?", "go.mod go.sum", "mod"),
    _installer(rf"cargo fetch{_OPTIONS}", "Cargo.toml Cargo.lock", "registry"),
    _installer(r"(?:\./)?mvnw? (?:-\S+ )*dependency:(?:go-offline|resolve)(?: -\S+)*", "pom.xml", ".m2 repository"),
)


_INSTALLS = regex(
    r"\b(?:pip3?|pipx|uv|pipenv|poetry|conda|mamba|npm|yarn|pnpm|bun|gem|bundle|composer|cargo|go)\s[^&|;]{0,300}?"
    r"\b(?:install|add|ci|i|sync|fetch|require|get|download)\b"
)


def installs(text: str) -> bool:
    """Tell whether a command installs packages of a language, from manifests or by name."""
    return _INSTALLS.search(text) is not None


def install_in(text: str) -> tuple[str, Installer] | None:
    """Find the piece of a command that installs dependencies: its words, and what it needs."""
    for piece in map(str.strip, shelltext.pieces(text) or ()):
        if len(piece) <= _LONGEST:
            for installer in _INSTALLERS:
                if installer.command.fullmatch(piece):
                    return piece, installer
    return None
