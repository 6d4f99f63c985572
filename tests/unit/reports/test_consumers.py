"""Reports for code hosts and CI systems: their published rules, and names that try to act on them."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import junitparser
import pytest

from layerscope.analysis.gate import judge
from layerscope.model.findings import Finding, Level, Limits, RuleResult, Status, Verdict
from layerscope.model.identity import fingerprints
from layerscope.model.inspection import Inspection
from layerscope.model.rules import PathRule
from layerscope.pipeline import InspectOptions, inspect
from layerscope.reports import REPORTS, Dockerfile, Page
from layerscope.reports.problems import problems
from unit.reports.hostile import hostile
from unit.reports.published import SARIF, complaints
from unit.reports.samples import judged, wasteful, with_much_waste

_BY_NAME = {report.name: report for report in REPORTS}
EFFICIENCY = RuleResult("lowest-efficiency", Status.FAILED, 0.5, 0.9, "ratio")
SKIPPED = RuleResult("highest-user-wasted-percent", Status.SKIPPED, None, 0.1, "ratio", "nobody knows the base")
WARNED = RuleResult("highest-layer-count", Status.WARNED, 9, 3, "count")
PASSED = RuleResult("highest-wasted-bytes", Status.PASSED, 1, 3, "bytes")
FINDING = Finding(rule="LS101", level=Level.WARNING, title="Cache", wasted_bytes=5, paths=(b"/a",), path_count=3,
                  owner_layers=(1,), killer_layers=(2,), dockerfile_line=7, advice="do", saving_bytes=4)  # fmt: skip


def written(kind: str, inspection: Inspection, name: str = "Dockerfile") -> str:
    stream = io.StringIO()
    _BY_NAME[kind].write(inspection, stream, Page(dockerfile=Dockerfile(name)))
    text = stream.getvalue()
    assert text.encode("utf-8")
    return text


def everything() -> Inspection:
    inspection = judged(Status.FAILED, EFFICIENCY, SKIPPED, WARNED, PASSED)
    return replace(inspection, findings=(FINDING, replace(FINDING, owner_layers=(2,), level=Level.NOTE)))


@pytest.mark.parametrize("kind", _BY_NAME)
@pytest.mark.parametrize("make", [wasteful, everything, hostile, lambda: with_much_waste(10_000)])
def test_no_report_holds_a_control_code_or_what_utf8_cannot(kind: str, make: Callable[[], Inspection]) -> None:
    if kind == "json":
        return  # JSON escapes them itself
    text = written(kind, make())
    assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202e\u2028\ufffe\ud800-\udfff]", text) is None
    assert "\r" not in text.replace("\r\n", "")


def _sarif(inspection: Inspection, name: str = "Dockerfile") -> Any:
    value = json.loads(written("sarif", inspection, name))
    assert complaints(SARIF, value) == []
    return value["runs"][0]


@pytest.mark.parametrize("make", [wasteful, everything, hostile, lambda: with_much_waste(10_000)])
def test_sarif_follows_the_schema_of_its_committee(make: Callable[[], Inspection]) -> None:
    for name in ("Dockerfile", "a b/\udcffD%ckerfile", "x:y//z?#"):
        assert _sarif(make(), name)


def test_the_schema_would_see_a_mistake() -> None:
    value = json.loads(written("sarif", everything()))
    value["runs"][0]["results"][0]["level"] = "fatal"
    value["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert len(complaints(SARIF, value)) == 2


def test_sarif_is_what_the_standard_says_and_github_wants() -> None:
    value = json.loads(written("sarif", everything()))
    assert (value["version"], value["$schema"].endswith("sarif-schema-2.1.0.json")) == ("2.1.0", True)
    run = _sarif(everything())
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
    marks = [result["partialFingerprints"]["layerscope/v1"] for result in run["results"]]
    assert len(set(marks)) == len(marks) == 4


@pytest.mark.parametrize(
    ("source", "reference", "category"),
    [
        ("docker", "app:1", "layerscope/app/"),
        ("docker", "host.example:5000/team/app:1", "layerscope/host.example:5000/team/app/"),
        ("podman", "podman://localhost/app@sha256:0123", "layerscope/localhost/app/"),
        ("docker", "sha256:0123", "layerscope/"),
        ("docker-archive", "/builds/17/out/app.tar", "layerscope/app/"),
        ("oci", "oci://out/app/", "layerscope/app/"),
        ("docker-archive", "-", "layerscope/-/"),
    ],
)
def test_the_next_build_of_an_image_takes_the_place_of_this_one(source: str, reference: str, category: str) -> None:
    image = replace(everything().image, source=source, reference=reference)
    assert _sarif(replace(everything(), image=image))["automationDetails"]["id"] == category


def test_sarif_points_at_the_dockerfiles_line() -> None:
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"]
        for result in _sarif(everything(), "a b/Ä")["results"]
    }
    assert places["LS101"]["region"]["startLine"] == 7
    assert unquote(places["LS101"]["artifactLocation"]["uri"]) == "a b/Ä"
    assert " " not in places["LS101"]["artifactLocation"]["uri"]


def test_sarif_keeps_what_is_excused_as_suppressed() -> None:
    verdict = Verdict(status=Status.PASSED, rules=(), ignored={0: "ignored: known"})
    results = _sarif(replace(everything(), verdict=verdict))["results"]
    assert [result.get("suppressions", [{}])[0].get("justification") for result in results] == [None, "ignored: known"]


def test_fingerprints_stay_when_lines_sizes_and_layers_before_them_change() -> None:
    moved = replace(FINDING, dockerfile_line=70, wasted_bytes=99, saving_bytes=98, title="Cache of 99", path_count=9)
    one, other = (fingerprints(replace(wasteful(), findings=(finding,))) for finding in (FINDING, moved))
    assert one == other
    assert fingerprints(replace(wasteful(), findings=(replace(FINDING, rule="LS102"),))) != one


@pytest.mark.parametrize("kind", ["sarif", "gitlab"])
def test_in_a_report_each_finding_is_the_same_one_when_lines_move(kind: str, tmp_path: Path) -> None:
    whole = inspect("demo")
    assert whole.dockerfile is not None
    lines = list(whole.dockerfile.lines)
    moved = ["# more\n# and more\n"] + [f"{line}\n# between" if line.startswith("RUN") else line for line in lines]
    found = []
    for name, text in (("one", lines), ("other", moved)):
        path = tmp_path / name
        path.write_text("\n".join(text))
        inspection = inspect("demo", options=InspectOptions(dockerfile=path))
        judged = judge(inspection, Limits(forbidden_paths=(PathRule("*.pem"), PathRule("/srv"))))
        found.append(_marks(kind, replace(inspection, verdict=judged)))
    one, other = found
    assert len(one) > 10
    assert one.keys() == other.keys()
    assert sum(1 for mark in one if one[mark] != other[mark]) > 10  # lines


def _marks(kind: str, inspection: Inspection) -> dict[str, int]:
    """Give the line of each fingerprint; there are no two of a kind."""
    if kind == "sarif":
        rows = [
            (
                row["partialFingerprints"]["layerscope/v1"],
                row["locations"][0]["physicalLocation"]["region"]["startLine"],
            )
            for row in _sarif(inspection)["results"]
        ]
    else:
        rows = [
            (row["fingerprint"], row["location"]["lines"]["begin"]) for row in json.loads(written(kind, inspection))
        ]
    assert len({mark for mark, _ in rows}) == len(rows)
    return dict(rows)


def test_a_title_without_layers_keeps_its_fingerprint_when_its_numbers_change() -> None:
    bare = replace(FINDING, owner_layers=(), killer_layers=(), paths=(), path_count=0)
    marks = [
        fingerprints(replace(wasteful(), findings=(replace(bare, title=title),)))
        for title in (
            "6 RUNs from line 23 to line 29",
            "7 RUNs from line 24 to line 31",
            "6 COPYs from line 23 to line 29",
        )
    ]
    assert marks[0] == marks[1] != marks[2]


def test_fingerprints_of_findings_that_look_the_same_differ() -> None:
    marks = fingerprints(replace(wasteful(), findings=(FINDING,) * 5))
    assert len(set(marks)) == 5


def test_gitlab_gets_what_its_documentation_asks_for() -> None:
    rows = json.loads(written("gitlab", everything(), "./docker/Dockerfile"))
    assert len(rows) == 4
    for row in rows:
        assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert row["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert row["location"]["path"] == "docker/Dockerfile"
        assert row["location"]["lines"]["begin"] >= 1
    assert len({row["fingerprint"] for row in rows}) == len(rows)
    other = json.loads(written("gitlab", everything(), "other/Dockerfile"))
    assert not {row["fingerprint"] for row in rows} & {row["fingerprint"] for row in other}


def test_an_annotation_is_one_command_a_line_and_nothing_in_it_is_another() -> None:
    for kind, start in (("github", "::"), ("azure", "##vso[task.logissue ")):
        lines = written(kind, hostile(), "x\n::y").splitlines()
        assert lines
        assert all(line.startswith(start) for line in lines)
    for line in written("github", hostile(), "Docker,file:1").splitlines():
        command = re.fullmatch(r"::(error|warning|notice) file=([^:,]*),line=\d+,endLine=\d+,title=([^:,]*)::.*", line)
        assert command is not None
        assert command[2] == "Docker%2Cfile%3A1"


def test_what_github_and_azure_read_is_what_was_said() -> None:
    said = problems(hostile())
    rows = written("github", hostile(), "a%0Ab,c:d").splitlines()
    for problem, row in zip(said, rows, strict=True):
        command = re.fullmatch(r"::\w+ file=(.*?),line=\d+,endLine=\d+,title=(.*?)::(.*)", row)
        assert command is not None
        name, title, message = (_unescaped(part) for part in command.groups())
        assert (name, message) == ("a%0Ab,c:d", problem.message)
        assert title.endswith(problem.title)
    shown = [problem for problem in said if problem.level is not Level.NOTE]
    for problem, row in zip(shown, written("azure", hostile()).splitlines(), strict=True):
        assert row.partition("]")[2].replace("%0A", "\n").replace("%AZP25", "%") == problem.message


def _unescaped(text: str) -> str:
    """Read as GitHub's runner does (ActionCommand.cs)."""
    for code, char in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, char)
    return text


def test_at_most_ten_annotations_of_a_kind_are_written_and_the_rest_is_counted() -> None:
    many = replace(wasteful(), findings=(FINDING,) * 25 + (replace(FINDING, level=Level.NOTE),) * 25)
    lines = written("github", many).splitlines()
    assert sum(line.startswith("::warning") for line in lines) == 10
    assert sum(line.startswith("::notice") for line in lines) == 10
    assert lines[-1] == "::notice title=layerscope::31 more in the other reports"


def test_azure_properties_cannot_be_left() -> None:
    for line in written("azure", hostile(), "a;b]c").splitlines():
        place = re.match(
            r"##vso\[task\.logissue type=(error|warning);sourcepath=([^;\]]*);linenumber=\d+;code=\w[^;\]]*\]", line
        )
        assert place is not None
        assert place[2] == "a%3Bb%5Dc"


def test_a_log_has_no_line_that_a_ci_system_takes_for_a_command() -> None:
    text = written("text", hostile())
    assert "##[" not in text
    assert "##vso[" not in text
    assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_junit_has_a_case_for_every_rule_with_its_outcome() -> None:
    suites = junitparser.JUnitXml.fromstring(written("junit", everything()).encode())
    assert (suites.tests, suites.failures, suites.skipped) == (4, 1, 1)
    cases = {case.name: case for suite in suites for case in suite}
    outcome = {name: [type(result).__name__ for result in case.result] for name, case in cases.items()}
    assert outcome == {"lowest-efficiency": ["Failure"], "highest-user-wasted-percent": ["Skipped"],
                       "highest-layer-count": [], "highest-wasted-bytes": []}  # fmt: skip
    failure = cases["lowest-efficiency"].result[0]
    assert failure.message == "50.0 % < 90.0 %"
    assert "/usr/bin/tool" in failure.text


@pytest.mark.parametrize("make", [hostile, wasteful])
def test_junit_is_xml_whatever_the_names(make: Callable[[], Inspection]) -> None:
    assert junitparser.JUnitXml.fromstring(written("junit", make()).encode()) is not None


@pytest.mark.parametrize("kind", ["csv", "csv-files"])
def test_no_cell_is_a_formula_and_every_row_has_all_columns(kind: str) -> None:
    rows = list(csv.reader(io.StringIO(written(kind, hostile()))))
    assert len({len(row) for row in rows}) == 1
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []


def test_the_files_add_up_to_the_ledger() -> None:
    inspection = wasteful()
    rows = list(csv.DictReader(io.StringIO(written("csv-files", inspection))))
    live = sum(int(row["size_bytes"]) for row in rows if row["fate"] == "live")
    wasted = sum(int(row["wasted_bytes"]) for row in rows)
    assert (live, wasted) == (inspection.ledger.live_bytes, inspection.ledger.wasted_bytes)


def test_the_layers_in_csv_are_those_of_the_image() -> None:
    rows = list(csv.DictReader(io.StringIO(written("csv", wasteful()))))
    assert [int(row["content_bytes"]) for row in rows] == [layer.content_bytes for layer in wasteful().layers]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_an_instruction_that_a_spreadsheet_would_run_is_text(start: str) -> None:
    inspection = wasteful()
    layer = replace(inspection.layers[0], instruction=None, created_by=start)
    rows = list(csv.DictReader(io.StringIO(written("csv", replace(inspection, layers=(layer,))))))
    assert rows[0]["instruction"] == f"'{start}"
