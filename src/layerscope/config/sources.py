"""Where configuration stands: the user's file, the project's files, variables. Finds and reads, and knows no value."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from layerscope.config.keys import KEYS, RULES_TABLE
from layerscope.config.values import known_keys, quoted
from layerscope.errors import ConfigError
from layerscope.frozen import dataclass

_ON_LINUX = sys.platform == "linux"
PROJECT_FILE = ".layerscope.toml"
PYPROJECT = "pyproject.toml"
DIVE_FILE = ".dive-ci"
USER_FILE = "config.toml"
_PREFIX = "LAYERSCOPE_"
_MOST_BYTES = 1 << 20
_MISSPELT = 0.8  # of difflib: nearer to one of ours than by chance
# Dive's names, in its own spelling and in that of its newer configuration file.
_DIVE_KEYS = {
    "lowestEfficiency": "lowest-efficiency",
    "highestWastedBytes": "highest-wasted-bytes",
    "highestUserWastedPercent": "highest-user-wasted-percent",
    "lowest-efficiency": "lowest-efficiency",
    "highest-wasted-bytes": "highest-wasted-bytes",
    "highest-user-wasted-percent": "highest-user-wasted-percent",
}


@dataclass(frozen=True, slots=True)
class Source:
    """Values of one place, by key, as they are written there."""

    name: str
    """As messages and `config show` call it."""
    values: Mapping[str, object]
    folder: Path | None = None
    """What file names in it are relative to; None for the working directory."""
    mistakes: tuple[ConfigError, ...] = ()
    """Keys that there are not: told with the values that make no sense."""


def find_sources(folder: Path, environ: Mapping[str, str], config_file: Path | None = None) -> list[Source]:
    """Read all places, weakest first; `config_file` takes the place of the project's files."""
    sources = [*_user_sources(environ)]
    sources += [read_file(config_file)] if config_file is not None else [*_project_sources(folder)]
    variables = _variables(environ)
    return [*sources, *variables]


def read_file(path: Path) -> Source:
    """Read one file of any of the formats: TOML, pyproject.toml, or Dive's YAML; `ConfigError` if it makes no sense.

    Keys that there are not are told by `resolve`, with all other mistakes.
    """
    text = _text(path)
    if path.suffix == ".toml":
        table = _toml(path, text)
        if path.name == PYPROJECT:
            table = _tool_table(path, table) or {}
        mistakes: list[ConfigError] = []
        return Source(str(path), _flat(path, table, mistakes), path.parent, tuple(mistakes))
    return Source(str(path), _dive(path, text), path.parent)


def _user_sources(environ: Mapping[str, str]) -> Iterator[Source]:
    # Not left to platformdirs alone: it would read the real environment, and tests give another.
    home = environ.get("XDG_CONFIG_HOME")
    path = (Path(home) / "layerscope" if home else _usual_folder()) / USER_FILE
    if path.is_file():
        yield read_file(path)


def _usual_folder() -> Path:
    if _ON_LINUX:  # as platformdirs has it, which takes a while to load
        return Path.home() / ".config" / "layerscope"
    import platformdirs

    return Path(platformdirs.user_config_dir("layerscope", appauthor=False))


def _project_sources(folder: Path) -> Iterator[Source]:
    dive = folder / DIVE_FILE
    if dive.is_file():
        yield read_file(dive)
    for name in (PYPROJECT, PROJECT_FILE):
        path = _nearest(folder, name)
        if path is not None:
            yield read_file(path)


def _nearest(folder: Path, name: str) -> Path | None:
    """Look in the folder, and above it as far as the repository goes; never in what belongs to others."""
    folders = [folder]
    for parent in (folder, *folder.parents):
        if parent != folder:
            folders.append(parent)
        if (parent / ".git").exists():
            break
    else:
        folders = [folder]
    return next((one / name for one in folders if (one / name).is_file() and _speaks(one / name)), None)


def _speaks(path: Path) -> bool:
    return path.name != PYPROJECT or _tool_table(path, _toml(path, _text(path))) is not None


def _variables(environ: Mapping[str, str]) -> Iterator[Source]:
    by_variable = {key.variable: key for key in KEYS if key.flag}
    names = [name.removeprefix(_PREFIX) for name in by_variable]
    for name in sorted(environ):
        if not name.startswith(_PREFIX):
            continue
        if name in by_variable:
            yield Source(name, {by_variable[name].name: environ[name]})
        else:
            _not_misspelt(name, names)


def _not_misspelt(name: str, names: Sequence[str]) -> None:
    import difflib

    close = difflib.get_close_matches(name.removeprefix(_PREFIX), names, n=1, cutoff=_MISSPELT)
    if close:
        raise ConfigError(f"{name}: no such variable", hint=f"did you mean {_PREFIX}{close[0]}?")


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"{path} is larger than {_MOST_BYTES:,} bytes: it is no configuration")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text") from error


def _toml(path: Path, text: str) -> dict[str, object]:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError is one, and so are numbers of 5,000 digits
        raise ConfigError(f"{path}: {error}") from error


def _tool_table(path: Path, table: Mapping[str, object]) -> dict[str, object] | None:
    tool = table.get("tool")
    mine = tool.get("layerscope") if isinstance(tool, dict) else None
    if mine is not None and not isinstance(mine, dict):
        raise ConfigError(f"{path}: tool.layerscope: {quoted(mine)} is not a table")
    return mine


def _flat(path: Path, table: Mapping[str, object], mistakes: list[ConfigError]) -> dict[str, object]:
    """Check the names of keys, and forget the tables that they stand in; what is wrong is noted, and left out."""
    rule_names = [key.name for key in KEYS if key.table == RULES_TABLE]
    top_names = [RULES_TABLE, *(key.name for key in KEYS if not key.table)]
    above = "[tool.layerscope." if path.name == PYPROJECT else "["
    table = _known(path, table, top_names, (rule_names, f"write it below {above}{RULES_TABLE}]"), mistakes)
    rules = table.get(RULES_TABLE, {})
    if not isinstance(rules, dict):
        raise ConfigError(f"{path}: {RULES_TABLE}: {quoted(rules)} is not a table", hint=f"write [{RULES_TABLE}]")
    misplaced = (top_names, f"write it above {above}{RULES_TABLE}]")
    rules = _known(f"{path}: {RULES_TABLE}", rules, rule_names, misplaced, mistakes)
    return {**rules, **{name: value for name, value in table.items() if name != RULES_TABLE}}


def _known(
    where: object,
    table: Mapping[str, object],
    names: Sequence[str],
    elsewhere: tuple[Sequence[str], str],
    mistakes: list[ConfigError],
) -> dict[str, object]:
    """Leave the keys that belong here; those that stand in the wrong table, or that nobody knows, are mistakes."""
    others, hint = elsewhere
    mistakes += [ConfigError(f"{where}: {name} does not belong here", hint=hint) for name in table if name in others]
    try:
        known_keys(str(where), {name: value for name, value in table.items() if name not in others}, names)
    except ConfigError as error:
        mistakes.append(error)
    return {name: value for name, value in table.items() if name in names}


def _dive(path: Path, text: str) -> dict[str, object]:
    import yaml

    try:
        if "*" in text and any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, Loader=yaml.SafeLoader)):
            # A few lines of aliases of aliases are a list of billions.
            raise ConfigError(f"{path}: it has aliases (*name), which are not read", hint="write the value itself")
        content = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: {quoted(content)} is not a map", hint="write rules: and the rules below it")
    known_keys(str(path), content, ["rules"])
    rules = content.get("rules")
    if rules is None:
        return {}
    if not isinstance(rules, dict):
        raise ConfigError(f"{path}: rules: {quoted(rules)} is not a map")
    known_keys(f"{path}: rules", rules, _DIVE_KEYS)
    return {_DIVE_KEYS[str(name)]: "off" if value in (None, "") else value for name, value in rules.items()}
