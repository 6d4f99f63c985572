"""`layerscope ci` with several reports, a configuration, a baseline, and the CI systems that it finds itself in."""

import json
import subprocess
from pathlib import Path

import pytest

from golden.command import COMMAND, environment, layerscope_ends
from layerscope.reports import REPORTS

KINDS = [report.name for report in REPORTS]


def test_every_kind_is_written_in_one_run_and_standard_output_gets_text(bad_tar: Path, tmp_path: Path) -> None:
    targets = [f"--report={kind}={tmp_path / kind}" for kind in KINDS]
    ended = layerscope_ends("ci", bad_tar, *targets)
    assert (ended.code, ended.err) == (1, "")
    assert ended.lines[0] == ended.lines[-1]
    assert ended.lines[0].startswith("layerscope: FAILED")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(KINDS)
    assert all(path.stat().st_size for path in tmp_path.iterdir())
    assert json.loads((tmp_path / "json").read_text())["verdict"]["status"] == "failed"
    assert (tmp_path / "text").read_text() == ended.out


def test_a_report_can_take_standard_output_and_is_alone_there(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", bad_tar, "--report", "json=-")
    assert (ended.code, ended.err) == (1, "")
    assert json.loads(ended.out)["verdict"]["status"] == "failed"


def test_the_name_of_a_file_tells_the_kind_of_report(bad_tar: Path, tmp_path: Path) -> None:
    starts = {"r.json": "{", "r.html": "<!doctype html>", "r.md": "## ", "r.csv": "layer,", "r.sarif": "{",
              "r.xml": "<?xml", "r.txt": "layerscope: FAILED", "r": "layerscope: FAILED"}  # fmt: skip
    assert layerscope_ends("ci", bad_tar, *(f"--report={name}" for name in starts), folder=tmp_path).code == 1
    assert {name: (tmp_path / name).read_text().startswith(start) for name, start in starts.items()} == dict.fromkeys(
        starts, True
    )
    assert "sarif-schema" in (tmp_path / "r.sarif").read_text()


def test_report_writes_the_kind_that_the_name_of_its_file_tells_unless_told_otherwise(tmp_path: Path) -> None:
    for name, options, start in (
        ("r.json", (), "{"),
        ("r.md", (), "## "),
        ("r", (), "layerscope: demo"),
        ("r-1.2", (), "layerscope: demo"),
        ("r.txt", (), "layerscope: demo"),
        ("r.pdf", ("--format", "text"), "layerscope: demo"),
        ("s.md", ("--format", "text"), "layerscope: demo"),
    ):
        assert layerscope_ends("report", "demo", *options, "-o", name, folder=tmp_path).code == 0
        assert (tmp_path / name).read_text().startswith(start)


def test_quiet_with_a_file_leaves_standard_output_empty(bad_tar: Path, tmp_path: Path) -> None:
    ended = layerscope_ends("ci", bad_tar, "--quiet", "--report", f"json={tmp_path / 'r'}")
    assert (ended.code, ended.out, ended.err) == (1, "", "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--report", "jsn=x"], "did you mean json?"),
        (["--report", "json="], "the file is missing"),
        (["--report", "sarif"], "write sarif=FILE"),
        (["--report", "-", "--report", "json=-"], "standard output"),
        (["--report", "json=x", "--report", "html=./x"], "two reports"),
        (["--report", "json=/no/such/folder/x"], "no directory"),
        (["--update-baseline"], "no --baseline"),
        (["--baseline", "none.json"], "none.json"),
        (["--config", "none.toml"], "none.toml"),
        (["--warn", "lowest-eficiency"], "did you mean lowest-efficiency?"),
        (["--forbidden-paths", ""], "not a glob"),
        (["--highest-wasted-by-kind", "LS101"], "not a size"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_read(
    bad_tar: Path, tmp_path: Path, options: list[str], said: str
) -> None:
    ended = layerscope_ends("ci", bad_tar, *options, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_finished_leaves_the_old_file(bad_tar: Path, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("old")
    assert layerscope_ends("ci", tmp_path / "none.tar", "--report", f"json={tmp_path / 'r.json'}").code == 3
    assert (tmp_path / "r.json").read_text() == "old"
    assert layerscope_ends("ci", bad_tar, "--report", f"json={tmp_path / 'r.json'}").code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


def test_the_projects_file_decides_and_flags_win_over_it(bad_tar: Path, tmp_path: Path) -> None:
    (tmp_path / ".layerscope.toml").write_text("[rules]\nlowest-efficiency = 0.5\nhighest-layer-count = 5\n")
    assert layerscope_ends("ci", bad_tar, folder=tmp_path).code == 0
    assert layerscope_ends(bad_tar, folder=tmp_path).code == 0
    assert layerscope_ends("ci", bad_tar, "--lowest-efficiency=0.9", folder=tmp_path).code == 1
    assert layerscope_ends("ci", bad_tar, more={"LAYERSCOPE_LOWEST_EFFICIENCY": "0.9"}, folder=tmp_path).code == 1
    (tmp_path / "other.toml").write_text("[rules]\nhighest-layer-count = 4\nlowest-efficiency = false\n")
    ended = layerscope_ends("ci", bad_tar, "--config", "other.toml", folder=tmp_path)
    assert (ended.code, "layers 5 > 4" in ended.lines[0]) == (1, True)


def test_a_mistake_in_the_projects_file_is_wrong_usage(bad_tar: Path, tmp_path: Path) -> None:
    (tmp_path / ".layerscope.toml").write_text("[rules]\nlowest-eficiency = 0.5\n")
    for command in (("ci", bad_tar), ("config", "validate"), ("config", "show")):
        ended = layerscope_ends(*command, folder=tmp_path)
        assert (ended.code, ended.out) == (2, "")
        assert "did you mean lowest-efficiency?" in ended.err


def test_show_says_where_each_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / ".dive-ci").write_text("rules:\n  lowestEfficiency: 0.95\n")
    ended = layerscope_ends("config", "show", "--highest-layer-count", "9", folder=tmp_path)
    rows = {line.split()[0]: line.split()[1:] for line in ended.lines}
    assert rows["lowest-efficiency"] == ["0.95", str(tmp_path / ".dive-ci")]
    assert rows["highest-layer-count"] == ["9", "--highest-layer-count"]
    assert rows["scoring"] == ["layerscope", "default"]
    value = json.loads(layerscope_ends("config", "show", "--format", "json", folder=tmp_path).out)
    assert value["lowest-efficiency"] == {"value": 0.95, "origin": str(tmp_path / ".dive-ci")}


@pytest.mark.parametrize("kind", ["config", "report"])
def test_schemas_are_json(kind: str) -> None:
    assert json.loads(layerscope_ends("config", "schema", kind).out)["type"] == "object"


def test_init_writes_a_valid_start_once(tmp_path: Path) -> None:
    assert layerscope_ends("init", folder=tmp_path).code == 0
    assert "valid: " in layerscope_ends("config", "validate", ".layerscope.toml", folder=tmp_path).out
    assert layerscope_ends("init", folder=tmp_path).code == 2
    assert layerscope_ends("init", "--force", folder=tmp_path).code == 0
    assert layerscope_ends("init", "--output", "-").out == (tmp_path / ".layerscope.toml").read_text()


def test_a_baseline_accepts_what_is_there_and_refuses_what_is_worse(
    bad_tar: Path, good_tar: Path, tmp_path: Path
) -> None:
    file = tmp_path / "base.json"
    assert layerscope_ends("ci", bad_tar, "--baseline", file).code == 2
    assert layerscope_ends("ci", bad_tar, "--baseline", file, "--update-baseline", "--fail-on", "note").code == 0
    again = layerscope_ends("ci", bad_tar, "--baseline", file, "--fail-on", "note", "--highest-growth-bytes", "0")
    assert (again.code, again.err) == (0, "")
    assert "no worse than the baseline" in again.out
    assert layerscope_ends("ci", good_tar, "--baseline", file, "--update-baseline").code == 0
    worse = layerscope_ends("ci", bad_tar, "--baseline", file, "--report", "markdown=-")
    assert worse.code == 1
    assert "### Against the baseline" in worse.out


def test_a_file_that_is_no_report_is_not_replaced_by_a_baseline(bad_tar: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    (tmp_path / ".layerscope.toml").write_text('baseline = "notes"\n')
    ended = layerscope_ends("ci", bad_tar, "--update-baseline", folder=tmp_path)
    assert (ended.code, (tmp_path / "notes").read_text()) == (2, "mine")


def test_on_github_annotations_go_to_the_log_and_numbers_to_its_files(bad_tar: Path, tmp_path: Path) -> None:
    summary, outputs = tmp_path / "summary", tmp_path / "outputs"
    summary.write_text("before\n")
    more = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs)}
    ended = layerscope_ends("ci", bad_tar, "--report", "json=-", more=more)
    assert ended.code == 1
    assert json.loads(ended.out)
    assert ended.err.startswith("::error file=Dockerfile,line=1,endLine=1,title=lowest-efficiency%3A ")
    assert all(line.startswith("::") for line in ended.err.splitlines())
    assert summary.read_text().startswith("before\n## ❌ FAILED layerscope: ")
    assert outputs.read_text().startswith("verdict=failed\nefficiency=0.51428")
    assert layerscope_ends("ci", bad_tar, "--annotations", "none", more=more).err == ""


def test_a_summary_that_cannot_be_written_changes_no_verdict(good_tar: Path, tmp_path: Path) -> None:
    more = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "no" / "file")}
    ended = layerscope_ends("ci", good_tar, "--report", "-", more=more)
    assert ended.code == 0
    assert ended.err.count("layerscope: ") == 1


@pytest.mark.parametrize(
    ("more", "start"),
    [({"TF_BUILD": "True"}, "##vso[task.logissue type=error"), ({"GITLAB_CI": "true"}, ""), ({"JENKINS_URL": "x"}, ""),
     ({"BUILDKITE": "true"}, ""), ({"CI": "1"}, "")],
)  # fmt: skip
def test_the_ci_system_chooses_annotations_never_the_verdict(bad_tar: Path, more: dict[str, str], start: str) -> None:
    ended = layerscope_ends("ci", bad_tar, more=more)
    assert ended.code == 1
    assert ended.err.startswith(start) if start else ended.err == ""


def test_a_reader_that_has_seen_enough_is_no_error(bad_tar: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "ci", str(bad_tar), "--report", "csv-files=-"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_keys_of_the_interface_are_validated_and_listed_as_they_are_mapped(tmp_path: Path) -> None:
    settings = tmp_path / ".layerscope.toml"
    settings.write_text('[tui]\nkeys = { "files.srt" = "S" }\n')
    ended = layerscope_ends("config", "validate", folder=tmp_path)
    assert ended.code == 2
    assert "did you mean files.sort?" in ended.err
    settings.write_text('[tui]\nkeys = { "files.sort" = "S" }\n')
    assert layerscope_ends("config", "validate", folder=tmp_path).code == 0
    listed = layerscope_ends("config", "keys", folder=tmp_path).out
    assert any(line.split()[:2] == ["files.sort", "S"] for line in listed.splitlines())
