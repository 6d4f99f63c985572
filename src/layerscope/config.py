"""What people write about limits → frozen `Settings`; nothing below this module reads configuration.

Owns the formats of values. Knows neither the command line's syntax nor how an image is judged.
"""

import re
from dataclasses import dataclass, field

from layerscope.errors import ConfigError
from layerscope.model.findings import Limits, Scoring
from layerscope.units import parse_size, printable

_OFF = frozenset({"disabled", "off", "false"})
_DECIMAL = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_LONGEST_VALUE = 40  # characters; beyond that a number is a mistake, and Python's integers become slow


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set, with the defaults."""

    limits: Limits = field(default_factory=Limits)


def settings_from(
    *, lowest_efficiency: str, highest_wasted_bytes: str, highest_user_wasted_percent: str, scoring: str
) -> Settings:
    """Read values as people write them; raises `ConfigError` that names the rule."""
    return Settings(
        limits=Limits(
            lowest_efficiency=parse_ratio("lowest-efficiency", lowest_efficiency),
            highest_wasted_bytes=parse_bytes("highest-wasted-bytes", highest_wasted_bytes),
            highest_user_wasted_ratio=parse_ratio("highest-user-wasted-percent", highest_user_wasted_percent),
            scoring=Scoring(scoring),
        )
    )


def parse_ratio(rule: str, text: str) -> float | None:
    """Read "0.9" as a ratio 0-1, "disabled", "off" and "false" as None; `ConfigError` on anything else."""
    if _is_off(text):
        return None
    value = text.strip()
    # No float() on arbitrary text: it would take "nan", "infinity" and "1_0".
    number = float(value) if len(value) <= _LONGEST_VALUE and _DECIMAL.fullmatch(value) else -1.0
    if not 0.0 <= number <= 1.0:
        raise ConfigError(
            f"{rule}: {_quoted(text)} is not a ratio between 0 and 1", hint='write 0.9 for 90 %, or "disabled"'
        )
    return number


def parse_bytes(rule: str, text: str) -> int | None:
    """Read "20MB", "5KiB" or "4096" as bytes, "disabled", "off" and "false" as None; `ConfigError` on anything else."""
    if _is_off(text):
        return None
    try:
        return parse_size(text if len(text) <= _LONGEST_VALUE else "")
    except ValueError as error:
        raise ConfigError(
            f"{rule}: {_quoted(text)} is not a size", hint='write 20MB, 5KiB or plain bytes, or "disabled"'
        ) from error


def _is_off(text: str) -> bool:
    return text.strip().lower() in _OFF


def _quoted(text: str) -> str:
    shown = printable(text)
    return f'"{shown}"' if len(shown) <= _LONGEST_VALUE else f'"{shown[:_LONGEST_VALUE]}…"'
