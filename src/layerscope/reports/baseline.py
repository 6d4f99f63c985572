"""An earlier JSON report → what rules compare with. Reads it as untrusted: errors name the place in the file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerscope.errors import ConfigError
from layerscope.model.findings import Level
from layerscope.model.ledger import DiveScores, Ledger, Scores
from layerscope.model.rules import Facts, FindingFact
from layerscope.reports.json_report import SCHEMA_VERSION
from layerscope.units import printable

_MOST_BYTES = 1 << 30
_HINT = "write one with layerscope ci IMAGE --baseline FILE --update-baseline"


def read_baseline(path: Path) -> Facts:
    """Read a report; raises `ConfigError` when it is none."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"{path} is larger than {_MOST_BYTES:,} bytes: it is no report")
        value = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not JSON: {' '.join(str(error).split())}", hint=_HINT) from error
    if not isinstance(value, dict) or "schema_version" not in value:
        raise ConfigError(f"{path} is not a JSON report of layerscope", hint=_HINT)
    if value["schema_version"] != SCHEMA_VERSION:
        version = printable(str(value["schema_version"])[:20])
        raise ConfigError(f"{path}: schema_version {version} is not {SCHEMA_VERSION}", hint=_HINT)
    try:
        return _facts(value)
    except _WrongError as error:
        raise ConfigError(f"{path}: {error}", hint=_HINT) from error


class _WrongError(Exception):
    """The place in the report, and what is wrong there."""


def _facts(report: Mapping[str, Any]) -> Facts:
    image, scores = _table(report, "image", ""), _table(report, "scores", "")
    dive = _table(scores, "dive", "scores.")
    return Facts(
        reference=_text(image, "reference", "image."),
        scores=Scores(
            efficiency=_number(scores, "efficiency", "scores."),
            user_efficiency=_number_or_none(scores, "user_efficiency", "scores."),
            user_wasted_ratio=_number_or_none(scores, "user_wasted_ratio", "scores."),
            dive=DiveScores(
                efficiency=_number(dive, "efficiency", "scores.dive."),
                wasted_bytes=_count(dive, "wasted_bytes", "scores.dive."),
                user_wasted_ratio=_number_or_none(dive, "user_wasted_ratio", "scores.dive."),
            ),
        ),
        ledger=_ledger(_table(report, "ledger", ""), "ledger."),
        layers=tuple(_ledger(row, f"{place}.") for place, row in _rows(report, "layers")),
        base_layer_count=None if image.get("base_layer_count") is None else _count(image, "base_layer_count", "image."),
        findings=tuple(_finding(row, f"{place}.") for place, row in _rows(report, "findings")),
        measured=_measured(report),
    )


def _ledger(table: Mapping[str, Any], place: str) -> Ledger:
    return Ledger(
        live_bytes=_count(table, "live_bytes", place),
        overwritten_bytes=_count(table, "overwritten_bytes", place),
        reshipped_bytes=_count(table, "reshipped_bytes", place),
        deleted_bytes=_count(table, "deleted_bytes", place),
    )


def _finding(row: Mapping[str, Any], place: str) -> FindingFact:
    level = _text(row, "level", place)
    if level not in {one.value for one in Level}:
        raise _WrongError(f"{place}level is no level")
    return FindingFact(
        rule=_text(row, "rule", place),
        kind=_text(row, "kind", place) if "kind" in row else "",
        level=level,
        title=_text(row, "title", place),
        wasted_bytes=_count(row, "wasted_bytes", place),
        live_bytes=_count(row, "live_bytes", place) if "live_bytes" in row else 0,
        fingerprint=_text(row, "fingerprint", place) if "fingerprint" in row else "",
    )


def _measured(report: Mapping[str, Any]) -> dict[str, float]:
    if report.get("verdict") is None:
        return {}
    rows = _rows(_table(report, "verdict", ""), "rules")
    found = {_text(row, "rule", f"{place}."): _number_or_none(row, "measured", f"{place}.") for place, row in rows}
    return {rule: measured for rule, measured in found.items() if measured is not None}


def _table(value: Mapping[str, Any], key: str, place: str) -> Mapping[str, Any]:
    found = value.get(key)
    if not isinstance(found, dict):
        raise _WrongError(f"{place}{key} is not an object")
    return found


def _rows(value: Mapping[str, Any], key: str) -> list[tuple[str, Mapping[str, Any]]]:
    found = value.get(key)
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise _WrongError(f"{key} is not a list of objects")
    return [(f"{key}[{index}]", row) for index, row in enumerate(found)]


def _text(value: Mapping[str, Any], key: str, place: str) -> str:
    found = value.get(key)
    if not isinstance(found, str):
        raise _WrongError(f"{place}{key} is not text")
    return found


def _count(value: Mapping[str, Any], key: str, place: str) -> int:
    found = value.get(key)
    if type(found) is not int or found < 0:
        raise _WrongError(f"{place}{key} is not a whole number")
    return found


def _number(value: Mapping[str, Any], key: str, place: str) -> float:
    found = value.get(key)
    # Python's reader takes NaN and Infinity, which JSON does not have.
    if not isinstance(found, int | float) or isinstance(found, bool) or not abs(found) < float("inf"):
        raise _WrongError(f"{place}{key} is not a number")
    return found


def _number_or_none(value: Mapping[str, Any], key: str, place: str) -> float | None:
    return None if value.get(key) is None else _number(value, key, place)
