"""Flags of the configuration's keys, made from `KEYS`; and configuration as a command finds it."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from layerscope.config import DEFAULT, KEYS, Key, Resolved, Setting, Source, find_sources, resolve
from layerscope.errors import ConfigError, UsageError, together
from layerscope.model.rules import Ignore
from layerscope.patterns import regex
from layerscope.units import printable

_RULE_NUMBER = regex(r"LS\d+", re.IGNORECASE | re.ASCII)

_CONFIG = click.option(
    "--config",
    "--ci-config",
    "config_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path),
    help="Configuration instead of the project's: TOML, or Dive's .dive-ci.",
)


def takes_configuration(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command `--config` and a flag for every key."""
    function = _CONFIG(function)
    for key in reversed([key for key in KEYS if key.flag]):
        function = _option(key)(function)
    return function


def _option(key: Key) -> Callable[[Callable[..., int]], Callable[..., int]]:
    default = "off" if key.metavar == "on|off" and key.default == "false" else key.default.strip('"')
    shown = f"  [default: {default}]" if default not in {"", "disabled", "[]", "{}"} else ""
    return click.option(
        f"--{key.name}",
        *key.aliases,
        _parameter(key),
        metavar=key.metavar,
        multiple=key.multiple,
        default=() if key.multiple else None,
        help=f"{key.help}{' Repeatable.' if key.multiple else ''}{shown}",
    )


def _parameter(key: Key) -> str:
    return "key_" + key.name.replace("-", "_")


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:  # somebody removed it
        raise UsageError(f"the working directory: {error.strerror}", hint="run it in another one") from error


def found_here() -> list[Source]:
    """Read what is configured here, without flags; raises `ConfigError`."""
    return find_sources(_here(), os.environ)


def configured(config_file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Resolved:
    """Resolve flags, variables and files; raises `ConfigError`."""
    sources = find_sources(_here(), os.environ, config_file)
    for key in KEYS:
        value = (flags or {}).get(_parameter(key))
        if value is not None and value != ():
            sources.append(Source(f"--{key.name}", {key.name: list(value) if key.multiple else value}))
    return checked(resolve(sources))


def checked(resolved: Resolved) -> Resolved:
    """Raise `ConfigError` where rules or kinds of findings are named that there are not: they would never fail."""
    mistakes = []
    for row in resolved.origins:
        names = [name for name in _names(row) if name]
        if names:
            from layerscope.analysis.pages import is_known

            place = "" if row.origin.startswith("--") else f"{row.origin}: "
            for unknown in (name for name in names if not is_known(name)):
                what = "rule" if _RULE_NUMBER.fullmatch(unknown) else "rule or kind of findings"
                text = f"{place}{row.name}: there is no {what} {printable(unknown)}"
                mistakes.append(ConfigError(text, hint=_meant(unknown)))
    if mistakes:
        raise together(mistakes)
    return resolved


def _meant(name: str) -> str:
    """Say which rule or kind was probably meant."""
    import difflib

    from layerscope.analysis.pages import known_names

    known = {one.lower(): one for one in known_names() if not one.endswith("-")}
    close = [] if _RULE_NUMBER.fullmatch(name) else difflib.get_close_matches(name.lower(), known, n=1)
    return f"did you mean {known[close[0]]}?" if close else "layerscope explain lists the rules"


def _names(row: Setting) -> Iterator[str]:
    """Give what a key names of findings: rules and kinds."""
    if row.origin != DEFAULT and isinstance(row.value, tuple):
        for one in row.value:
            if isinstance(one, Ignore):
                yield one.rule
            elif isinstance(one, tuple):
                yield str(one[0])


def without_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the options that are no keys."""
    names = {_parameter(key) for key in KEYS}
    return {name: value for name, value in values.items() if name not in names}
