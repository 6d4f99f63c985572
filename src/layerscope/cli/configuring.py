"""Configuration as a command finds it: flags, variables and files, and whether what they name exists."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from layerscope.config import DEFAULT, KEYS, Key, Resolved, Setting, Source, find_sources, resolve
from layerscope.errors import ConfigError, UsageError, together
from layerscope.model.rules import Ignore
from layerscope.patterns import regex
from layerscope.units import printable

_RULE_NUMBER = regex(r"LS\d+", re.IGNORECASE | re.ASCII)


def parameter_of(key: Key) -> str:
    """Name the parameter that a key's flag is handed over as."""
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
        value = (flags or {}).get(parameter_of(key))
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
