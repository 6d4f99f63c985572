"""A JSON report read back is what the gate compares with."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from layerscope.analysis.gate import facts_of, judge
from layerscope.errors import ConfigError
from layerscope.model.findings import Limits
from layerscope.model.inspection import Inspection
from layerscope.reports import Page
from layerscope.reports.baseline import read_baseline
from layerscope.reports.json_report import write_json
from layerscope.reports.json_schema import report_schema
from unit.reports.hostile import hostile
from unit.reports.samples import wasteful, with_much_waste
from unit.reports.test_consumers import everything


def written(inspection: Inspection) -> str:
    stream = io.StringIO()
    write_json(inspection, stream, Page())
    return stream.getvalue()


def test_what_is_read_back_are_the_facts_of_the_image(tmp_path: Path) -> None:
    inspection = everything()
    path = tmp_path / "old.json"
    path.write_text(written(inspection))
    read = read_baseline(path)
    assert replace(read, measured={}) == facts_of(inspection)
    assert read.measured == {"lowest-efficiency": 0.5, "highest-layer-count": 9, "highest-wasted-bytes": 1}


def _without(key: str) -> Callable[[Any], Any]:
    return lambda value: {name: part for name, part in value.items() if name != key}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _value: [], "is not a JSON report"),
        (lambda value: value | {"schema_version": 2}, "schema_version 2 is not 1"),
        (_without("scores"), "scores is not an object"),
        (lambda value: value | {"ledger": {}}, "ledger.live_bytes is not a whole number"),
        (lambda value: value | {"layers": [1]}, "layers is not a list of objects"),
        (lambda value: value | {"findings": [{"level": "bad"}]}, "findings[0].level is no level"),
        (lambda value: value | {"ledger": value["ledger"] | {"live_bytes": -1}}, "ledger.live_bytes"),
    ],
)
def test_what_is_no_report_is_refused_with_the_place(
    tmp_path: Path, change: Callable[[Any], Any], message: str
) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(change(json.loads(written(wasteful())))))
    with pytest.raises(ConfigError) as caught:
        read_baseline(path)
    assert message in caught.value.message
    assert caught.value.hint is not None


@pytest.mark.parametrize("content", ["", "{", '{"schema_version": NaN}', "[" * 100_000])
def test_what_is_not_json_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "old.json"
    path.write_text(content)
    with pytest.raises(ConfigError):
        read_baseline(path)


def test_a_baseline_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_baseline(tmp_path / "none.json")


@pytest.mark.parametrize(
    "make", [wasteful, everything, hostile, lambda: wasteful(base_layer_count=None), lambda: with_much_waste(100)]
)
def test_every_report_follows_the_published_schema(make: Callable[[], Inspection]) -> None:
    Draft202012Validator.check_schema(report_schema())
    validator = Draft202012Validator(report_schema())
    inspection = make()
    for judged in (inspection, replace(inspection, verdict=judge(inspection, Limits(highest_layer_count=1)))):
        assert [error.message for error in validator.iter_errors(json.loads(written(judged)))] == []


def test_the_schema_names_every_key_and_no_other() -> None:
    schema = report_schema()

    def compare(part: Any, value: Any, where: str) -> None:
        part = next((one for one in part.get("anyOf", [part]) if one.get("type") != "null"), part)
        part = schema["$defs"]["instruction"] if "$ref" in part else part
        if isinstance(value, dict):
            assert set(part["properties"]) == set(value), where
            for key, inner in value.items():
                if inner is not None:
                    compare(part["properties"][key], inner, f"{where}.{key}")
        elif isinstance(value, list) and value:
            compare(part["items"], value[0], f"{where}[]")

    compare(schema, json.loads(written(everything())), "")


def test_a_change_of_type_is_seen_by_the_schema() -> None:
    value = json.loads(written(everything()))
    value["layers"][0]["content_bytes"] = "1"
    assert not Draft202012Validator(report_schema()).is_valid(value)
