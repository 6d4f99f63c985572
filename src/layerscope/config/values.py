"""Values as people write them, in a file, a variable or a flag → values that rules use; `ConfigError` on anything else.

Every reader takes the name of its key, for the message, and the raw value: text, number, boolean, list or table.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from layerscope.errors import ConfigError, together
from layerscope.model.findings import Level
from layerscope.model.rules import Ignore, PathRule, Scope
from layerscope.patterns import regex
from layerscope.units import parse_size, printable

_OFF = frozenset({"disabled", "off", "false", "no"})
_ON = frozenset({"on", "true", "yes", "enabled"})
_DECIMAL = regex(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COUNT = regex(r"\d{1,18}", re.ASCII)
_MISSPELT = 0.7  # of difflib: nearer than by chance
_MOST_SHOWN = 6
_MOST_NAMED = 50
_NEAREST = 3
_LONGEST_VALUE = 40  # characters; beyond that a number is a mistake, and Python's integers become slow
_RATIO_HINT = 'write 0.9 for 90 %, or "disabled"'
_SIZE_HINT = 'write 20MB, 5KiB or plain bytes, or "disabled"'


def parse_ratio(rule: str, value: object) -> float | None:
    """Read "0.9" as a ratio 0-1, "disabled", "off" and "false" as None."""
    number = _decimal(value)
    if is_off(value):
        return None
    if number is None or number > 1.0:
        raise ConfigError(f"{rule}: {quoted(value)} is not a ratio between 0 and 1", hint=_RATIO_HINT)
    return number


def parse_growth(rule: str, value: object) -> float | None:
    """Read "0.05" as a ratio that may be above 1."""
    if is_off(value):
        return None
    number = _decimal(value)
    if number is None or number > 1e9:
        raise ConfigError(f"{rule}: {quoted(value)} is not a ratio", hint='write 0.05 for 5 % more, or "disabled"')
    return number


def parse_bytes(rule: str, value: object) -> int | None:
    """Read "20MB", "5KiB" or 4096 as bytes, "disabled", "off" and "false" as None."""
    if is_off(value):
        return None
    text = _text(value)
    try:
        return parse_size(text if len(text) <= _LONGEST_VALUE else "")
    except ValueError as error:
        raise ConfigError(f"{rule}: {quoted(value)} is not a size", hint=_SIZE_HINT) from error


def parse_count(rule: str, value: object) -> int | None:
    """Read a whole number, or "disabled"."""
    if is_off(value):
        return None
    text = _text(value).strip()
    if _COUNT.fullmatch(text) is None:
        raise ConfigError(f"{rule}: {quoted(value)} is not a whole number", hint='write 30, or "disabled"')
    return int(text)


def parse_switch(rule: str, value: object) -> bool:
    """Read on or off."""
    text = _text(value).strip().lower() if not isinstance(value, bool) else str(value).lower()
    if text in _ON or text == "1":
        return True
    if text in _OFF or text == "0":
        return False
    raise ConfigError(f"{rule}: {quoted(value)} is neither on nor off", hint="write true or false")


def parse_level(rule: str, value: object) -> Level | None:
    """Read the level of findings that fails, or "disabled"."""
    return None if is_off(value) else Level(one_of(rule, value, [level.value for level in Level]))


def one_of(rule: str, value: object, words: Iterable[str]) -> str:
    """Read one of some words."""
    choices = list(words)
    text = _text(value).strip().lower()
    if text not in choices:
        few = ", ".join(choices) if len(choices) <= _MOST_SHOWN else f"the {len(choices)} that there are"
        raise ConfigError(f"{rule}: {quoted(value)} is none of {few}", hint=suggestion(text, choices))
    return text


def parse_words(rule: str, value: object) -> tuple[str, ...]:
    """Read a list of texts; in a variable they stand with commas between them."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise ConfigError(f"{rule}: {quoted(value)} is not a list of texts", hint='write ["one", "two"]')


def parse_paths(rule: str, value: object) -> tuple[PathRule, ...]:
    """Read globs, or tables with `glob`, `in` (all, user, final) and `layers`."""
    items = parse_words(rule, value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise ConfigError(f"{rule}: {quoted(value)} is not a list of globs", hint='write ["/root/.ssh", "*.pem"]')
    return tuple(_path_rule(f"{rule}[{index}]", item) for index, item in enumerate(items))


def _path_rule(where: str, item: object) -> PathRule:
    if isinstance(item, str) and item:
        return PathRule(item)
    if not isinstance(item, Mapping):
        raise ConfigError(f"{where}: {quoted(item)} is not a glob", hint='write "/root/.ssh" or { glob = "…" }')
    known_keys(where, item, ["glob", "in", "layers"])
    glob, layers = item.get("glob"), item.get("layers", [])
    if not isinstance(glob, str) or not glob:
        raise ConfigError(f"{where}: glob is missing")
    if not isinstance(layers, list) or not all(type(layer) is int and layer >= 0 for layer in layers):
        raise ConfigError(f"{where}: layers: {quoted(layers)} is not a list of layer numbers", hint="0 is the base")
    scope = Scope(one_of(f"{where}: in", item.get("in", "all"), [scope.value for scope in Scope]))
    return PathRule(glob, scope, tuple(layers))


def parse_kinds(rule: str, value: object) -> tuple[tuple[str, int], ...]:
    """Read a table of sizes by rule or kind of findings; as text, `LS101=10MB,apt-lists=5MB`."""
    if isinstance(value, str | list | tuple):
        pairs = [part.partition("=")[::2] for part in parse_words(rule, value)]
    elif isinstance(value, Mapping):
        pairs = [(str(kind), size) for kind, size in value.items()]
    else:
        raise ConfigError(f"{rule}: {quoted(value)} is not a table", hint='write { LS101 = "10MB" }')
    found = []
    for kind, size in pairs:
        limit = parse_bytes(f"{rule}: {printable(kind)}", size)
        if limit is not None:
            found.append((printable(kind.strip()), limit))
    return tuple(found)


def parse_levels(rule: str, value: object) -> tuple[tuple[str, Level], ...]:
    """Read a table of levels by rule or kind of findings; as text, `LS101=error,LS203=note`."""
    if isinstance(value, str | list | tuple):
        pairs = [part.partition("=")[::2] for part in parse_words(rule, value)]
    elif isinstance(value, Mapping):
        pairs = [(str(name), level) for name, level in value.items()]
    else:
        raise ConfigError(f"{rule}: {quoted(value)} is not a table", hint='write { LS203 = "error" }')
    words = [level.value for level in Level]
    return tuple((name.strip(), Level(one_of(f"{rule}: {printable(name)}", level, words))) for name, level in pairs)


def parse_ignores(rule: str, value: object) -> tuple[Ignore, ...]:
    """Read `[[ignore]]` tables: a rule or a path, always a reason, perhaps a last day."""
    if not isinstance(value, list | tuple):
        raise ConfigError(f"{rule}: {quoted(value)} is not a list of tables", hint="write [[ignore]]")
    return tuple(_ignore(f"{rule}[{index}]", item) for index, item in enumerate(value))


def _ignore(where: str, item: object) -> Ignore:
    if not isinstance(item, Mapping):
        raise ConfigError(f"{where}: {quoted(item)} is not a table", hint="write [[ignore]] with rule and reason")
    known_keys(where, item, ["rule", "path", "reason", "expires"])
    for key in ("rule", "path", "reason"):
        if not isinstance(item.get(key, ""), str):
            raise ConfigError(f"{where}: {key}: {quoted(item[key])} is not text")
    if not item.get("rule") and not item.get("path"):
        raise ConfigError(f"{where}: it has neither rule nor path", hint='write rule = "LS101" or path = "/usr/**"')
    if not str(item.get("reason", "")).strip():
        raise ConfigError(f"{where}: reason is missing", hint="say why, for those who read it next year")
    return Ignore(
        reason=item["reason"],
        rule=item.get("rule", ""),
        path=item.get("path", ""),
        expires=_day(where, item.get("expires")),
    )


def _day(where: str, value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ConfigError(f"{where}: expires: {quoted(value)} is not a day", hint="write 2027-01-31") from error


def known_keys(where: str, table: Mapping[str, object], known: Iterable[str]) -> None:
    """Raise `ConfigError` for a key that nobody knows, with the nearest that somebody does."""
    names = list(known)
    prefix = f"{where}: " if where else ""
    wrong = [
        ConfigError(f"{prefix}{quoted(key)} is no known key", hint=suggestion(str(key), names))
        for key in table
        if key not in names
    ]
    if wrong:
        raise together(wrong)


def suggestion(text: str, choices: Iterable[str]) -> str:
    """Say what was probably meant, or what there is."""
    import difflib

    names = list(choices)
    close = difflib.get_close_matches(text, names, n=1, cutoff=_MISSPELT)
    if close:
        return f"did you mean {close[0]}?"
    if len(names) <= _MOST_NAMED:
        return f"known: {', '.join(names)}"
    # Of so many nobody reads a list: only the nearest.
    near = difflib.get_close_matches(text, names, n=_NEAREST, cutoff=0)
    return f"the nearest are {', '.join(near)}"


def is_off(value: object) -> bool:
    """Tell whether a value turns a rule off."""
    return value is False or (isinstance(value, str) and value.strip().lower() in _OFF)


def quoted(value: object) -> str:
    """Show a value in a message, short and safe."""
    shown = printable(_shown(value))
    return f'"{shown}"' if len(shown) <= _LONGEST_VALUE else f'"{shown[:_LONGEST_VALUE]}…"'


def _shown(value: object) -> str:
    """Write a value, of lists and tables the beginning: a file can make one of a few lines endless."""
    import reprlib

    short = reprlib.Repr()
    short.maxlevel, short.maxlist, short.maxdict = 3, 6, 6
    try:
        return short.repr(value) if isinstance(value, list | dict) else str(value)
    except ValueError:  # more digits than Python writes
        return "a very large number"


def _decimal(value: object) -> float | None:
    # No float() on arbitrary text: it would take "nan", "infinity" and "1_0".
    text = _text(value).strip()
    return float(text) if len(text) <= _LONGEST_VALUE and _DECIMAL.fullmatch(text) else None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, int) and value.bit_length() > 8 * _LONGEST_VALUE:
        return ""
    return value if isinstance(value, str) else str(value)
