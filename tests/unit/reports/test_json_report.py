"""The report for programs: the keys are a promise."""

import io
import json
from dataclasses import replace
from typing import Any

import pytest

from layerscope.model.findings import Finding, Level, RuleResult, Status
from layerscope.model.history import Confidence, Instruction
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection
from layerscope.reports import Page
from layerscope.reports.json_report import write_json
from unit.reports.samples import judged, wasteful, with_much_waste

INSTRUCTION = ["keyword", "text", "dockerfile_line", "dockerfile_end_line", "stage", "confidence", "dockerfile_text"]


def text(inspection: Inspection) -> str:
    stream = io.StringIO()
    write_json(inspection, stream, Page())
    return stream.getvalue()


def report(inspection: Inspection) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text(inspection), parse_constant=refuse)


FINDING = Finding(rule="LS101", level=Level.WARNING, title="Cache", wasted_bytes=5, paths=(b"/a\xff",), path_count=3,
                  owner_layers=(1,), killer_layers=(2,), dockerfile_line=None, advice="do", saving_bytes=4)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "keys"),
    [
        ("", ["schema_version", "tool", "image", "ledger", "scores", "layers", "history", "dockerfile", "waste",
              "findings", "verdict", "notes"]),
        ("tool", ["name", "version"]),
        ("image", ["reference", "source", "image_id", "platform", "created", "layer_count", "base_layer_count",
                   "content_bytes", "stored_bytes", "partial"]),
        ("ledger", ["total_bytes", "live_bytes", "overwritten_bytes", "reshipped_bytes", "deleted_bytes",
                    "wasted_bytes"]),
        ("scores", ["efficiency", "user_efficiency", "user_wasted_ratio", "dive"]),
        ("scores dive", ["efficiency", "wasted_bytes", "user_wasted_ratio"]),
        ("layers", ["index", "diff_id", "digest", "media_type", "content_bytes", "stored_bytes", "entry_count",
                    "live_bytes", "overwritten_bytes", "reshipped_bytes", "deleted_bytes", "added_count",
                    "modified_count", "removed_count", "created_by", "instruction", "rebuilt_content_bytes",
                    "rebuilt_stored_bytes", "absent_reason"]),
        ("layers instruction", INSTRUCTION),
        ("history", ["index", "created", "created_by", "comment", "empty", "layer_index", "instruction"]),
        ("history instruction", INSTRUCTION),
        ("waste", ["path", "wasted_bytes", "fate", "owners", "killer"]),
        ("findings", ["rule", "level", "title", "wasted_bytes", "paths", "path_count", "owner_layers", "killer_layers",
                      "dockerfile_line", "advice", "saving_bytes", "rebuild_content_bytes", "rebuild_stored_bytes",
                      "kind", "live_bytes", "why", "owner_lines", "killer_lines", "fates", "edits", "fingerprint"]),
        ("verdict", ["status", "rules", "baseline", "ignored"]),
        ("verdict rules", ["rule", "status", "measured", "limit", "unit", "reason", "details"]),
        ("notes", ["code", "text"]),
    ],
)  # fmt: skip
def test_the_keys_are_exactly_those_of_schema_version_1(part: str, keys: list[str]) -> None:
    rule = RuleResult("lowest-efficiency", Status.PASSED, 0.5, 0.5, "ratio")
    value = report(replace(judged(Status.PASSED, rule), findings=(FINDING,), notes=(Note("code", "text"),)))
    for key in part.split():
        value = value[key]
        value = value[0] if isinstance(value, list) else value
    assert list(value) == keys


def test_bytes_are_integers_and_ratios_are_fractions() -> None:
    value = report(wasteful())
    assert value["schema_version"] == 1
    assert value["ledger"] == {
        "total_bytes": 250_000, "live_bytes": 125_000, "overwritten_bytes": 5_000, "reshipped_bytes": 50_000,
        "deleted_bytes": 70_000, "wasted_bytes": 125_000,
    }  # fmt: skip
    assert value["scores"]["efficiency"] == 0.5
    assert all(isinstance(layer["content_bytes"], int) for layer in value["layers"])


def test_layers_and_image_have_the_same_sums() -> None:
    value = report(wasteful())
    for fate in ("live_bytes", "overwritten_bytes", "reshipped_bytes", "deleted_bytes"):
        assert sum(layer[fate] for layer in value["layers"]) == value["ledger"][fate]
    assert sum(row["wasted_bytes"] for row in value["waste"]) == value["ledger"]["wasted_bytes"]


def test_waste_names_its_fate_owners_and_killer() -> None:
    assert report(wasteful())["waste"][1] == {
        "path": "/usr/bin/tool", "wasted_bytes": 50_000, "fate": "reshipped", "owners": [0], "killer": 2,
    }  # fmt: skip


def test_a_name_that_is_not_utf8_is_written_byte_by_byte() -> None:
    assert report(wasteful())["waste"][0]["path"] == "/var/cache/caf\\xe9 \x1b[31m[red]\n\u202e.deb"


def test_text_that_utf8_cannot_hold_still_gives_a_valid_report() -> None:
    for reference, written in (("x\ud800y", "x\\ud800y"), ("x\udcffy", "x\\xffy")):
        inspection = replace(wasteful(), image=replace(wasteful().image, reference=reference))
        assert json.loads(text(inspection).encode("utf-8"))["image"]["reference"] == written


def test_what_is_not_known_is_null() -> None:
    value = report(wasteful(base_layer_count=None))
    assert value["image"]["base_layer_count"] is None
    assert value["scores"]["user_efficiency"] is None
    assert value["verdict"] is None


def test_a_verdict_gives_measured_and_limit_as_numbers_and_reasons_as_notes() -> None:
    skipped = RuleResult("highest-user-wasted-percent", Status.SKIPPED, None, 0.1, "ratio", "nobody knows")
    off = RuleResult("highest-wasted-bytes", Status.SKIPPED, 125_000, None, "bytes", "disabled")
    dive = RuleResult("lowest-efficiency", Status.FAILED, 0.5, 0.9, "ratio", "by Dive's formula")
    value = report(judged(Status.FAILED, dive, off, skipped))
    assert value["verdict"]["status"] == "failed"
    assert [list(rule.values()) for rule in value["verdict"]["rules"]] == [
        ["lowest-efficiency", "failed", 0.5, 0.9, "ratio", "by Dive's formula", []],
        ["highest-wasted-bytes", "skipped", 125_000, None, "bytes", "disabled", []],
        ["highest-user-wasted-percent", "skipped", None, 0.1, "ratio", "nobody knows", []],
    ]
    assert value["notes"] == [
        {"code": "rule-skipped", "text": "highest-user-wasted-percent was not judged: nobody knows"},
        {"code": "scoring", "text": "rules are judged by Dive's formula"},
    ]


def test_an_instruction_keeps_its_flags_and_its_lines() -> None:
    instruction = Instruction(keyword="COPY", text="a /b", flags=("--chown=1:1",), dockerfile_line=3,
                              dockerfile_end_line=4, stage="final", confidence=Confidence.EXACT)  # fmt: skip
    layers = (replace(wasteful().layers[0], instruction=instruction), *wasteful().layers[1:])
    assert report(replace(wasteful(), layers=layers))["layers"][0]["instruction"] == {
        "keyword": "COPY", "text": "--chown=1:1 a /b", "dockerfile_line": 3, "dockerfile_end_line": 4, "stage": "final",
        "confidence": "exact", "dockerfile_text": None,
    }  # fmt: skip


def test_nan_is_refused_rather_than_written() -> None:
    scores = replace(wasteful().scores, efficiency=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        text(replace(wasteful(), scores=scores))


def test_each_row_of_a_list_has_a_line_of_its_own() -> None:
    written = text(with_much_waste(1_000))
    assert sum('"fate": "deleted"' in line for line in written.splitlines()) == 1_000
    assert max(map(len, written.splitlines())) < 1_000
