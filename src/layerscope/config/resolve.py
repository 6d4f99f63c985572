"""Several places → one frozen `Settings`: the strongest place that has a key wins it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from layerscope.config.keys import KEYS
from layerscope.config.sources import Source
from layerscope.config.tui import TuiSettings
from layerscope.errors import ConfigError, together
from layerscope.frozen import dataclass, field, replace
from layerscope.model.findings import Limits

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set, with the defaults."""

    limits: Limits = field(default_factory=Limits)
    baseline: str | None = None
    """Name of an earlier JSON report."""
    tui: TuiSettings = field(default_factory=TuiSettings)


@dataclass(frozen=True, slots=True)
class Setting:
    """One key as it was resolved."""

    name: str
    raw: object
    """As it is written there; None where nothing sets it."""
    value: object
    origin: str
    """The place that set it."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The settings, and where each came from."""

    settings: Settings
    origins: tuple[Setting, ...]


def resolve(sources: Sequence[Source], mistakes: list[ConfigError] | None = None) -> Resolved:
    """Read every value of every source, weakest source first, also those that a stronger one hides.

    Raises `ConfigError` with all mistakes; where there is a list for them they go there, and what is wrong is left out.
    """
    found: dict[str, Setting] = {}
    wrong = [mistake for source in sources for mistake in source.mistakes]
    for source in sources:
        for key in KEYS:
            if key.name in source.values:
                raw = source.values[key.name]
                try:
                    found[key.name] = Setting(key.name, raw, _read(key.name, raw, source), source.name)
                except ConfigError as error:
                    wrong.append(error)
    if mistakes is not None:
        mistakes += wrong
    elif wrong:
        raise together(wrong)
    limits = {key.field: found[key.name].value for key in KEYS if key.in_limits and key.name in found}
    others: dict[str, Any] = {
        key.field: found[key.name].value for key in KEYS if not key.in_limits and key.name in found
    }
    settings = Settings(limits=_made(limits), **others)
    unset = {key.name: Setting(key.name, None, key.default, DEFAULT) for key in KEYS}
    return Resolved(settings, tuple(found.get(key.name, unset[key.name]) for key in KEYS))


def _read(name: str, raw: object, source: Source) -> object:
    key = next(key for key in KEYS if key.name == name)
    try:
        value = key.read(name, raw)
    except ConfigError as error:
        place = f"{source.name}: " if source.name and not source.name.startswith("--") else ""
        raise error.at(place) from error
    if name == "baseline" and isinstance(value, str) and source.folder is not None:
        return str(source.folder / Path(value))
    return replace(value, origin=source.name) if isinstance(value, TuiSettings) else value


def _made(values: Mapping[str, Any]) -> Limits:
    # Each key's reader returns what its field holds: a test of all keys sees to it.
    return Limits(**values)
