"""`layerscope ci`: what a job sees and gets."""

import json
from pathlib import Path
from typing import Any

import pytest

from golden.command import layerscope_ends


def test_a_good_image_passes(good_tar: Path) -> None:
    ended = layerscope_ends("ci", good_tar)
    assert (ended.code, ended.err) == (0, "")
    assert ended.lines[0] == ended.lines[-1]
    assert ended.lines[0].startswith("layerscope: PASSED  ")
    assert "efficiency 100.0 % ≥ 90.0 %" in ended.lines[0]


def test_a_wasteful_image_fails_with_the_verdict_first_and_last(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", bad_tar)
    assert (ended.code, ended.err) == (1, "")
    assert ended.lines[0] == ended.lines[-1]
    assert ended.lines[0].startswith("layerscope: FAILED  ")
    assert "efficiency 51.4 % < 90.0 %" in ended.lines[0]


def test_the_report_is_short_narrow_and_without_escape_codes(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", bad_tar)
    assert len(ended.lines) < 60
    assert max(map(len, ended.lines)) <= 120
    assert "\x1b" not in ended.out
    assert "\x07" not in ended.out


def test_the_worst_files_stand_with_owner_and_killer(bad_tar: Path) -> None:
    out = layerscope_ends("ci", bad_tar).out
    deleted = (
        "shipped by layer 1 RUN apt-get update && apt-get install -y x, deleted by layer 4 RUN rm -rf /var/cache/apt"
    )
    assert f"   60.0 kB  /var/cache/apt/archives/café.deb\n            {deleted}\n" in out
    assert f"   40.0 kB  /var/cache/apt/\\x1b]0;x\\x07\n            {deleted}\n" in out
    assert "shipped by layer 2 COPY app /srv/, shipped again by layer 3 RUN chown 1000:1000 /srv/app" in out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--lowest-efficiency", "0.51"], 0),
        (["--lowestEfficiency=0.51"], 0),
        (["--lowest-efficiency", "0.52"], 1),
        (["--lowest-efficiency", "disabled"], 0),
        (["--lowest-efficiency", "off", "--highest-wasted-bytes", "170kB"], 0),
        (["--lowest-efficiency", "off", "--highestWastedBytes", "169999"], 1),
        (["--lowest-efficiency", "off", "--base", "1", "--highest-user-wasted-percent", "0.61"], 0),
        (["--lowest-efficiency", "off", "--base", "1", "--highestUserWastedPercent", "0.59"], 1),
        (["--lowest-efficiency", "off", "--base", "1"], 1),
        (["--lowest-efficiency", "off"], 0),
    ],
)
def test_each_limit_decides(bad_tar: Path, options: list[str], code: int) -> None:
    assert layerscope_ends("ci", bad_tar, *options).code == code


def test_a_rule_that_cannot_be_judged_says_why_and_neither_passes_nor_fails(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", bad_tar, "--lowest-efficiency", "0")
    assert "(user waste not judged)" in ended.lines[0]
    assert any("SKIPPED  highest-user-wasted-percent" in line and "--base N" in line for line in ended.lines)


def test_dives_scoring_is_named(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", bad_tar, "--scoring", "dive")
    assert ended.code == 1
    assert "by Dive 0.13.1's formula" in ended.out


def test_a_base_larger_than_the_image_is_wrong_usage(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", bad_tar, "--base", "6")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == "layerscope: --base 6: the image has 5 layers\n"


@pytest.mark.parametrize("more", [{}, {"CI": "true"}])
def test_an_image_alone_is_judged_where_nobody_looks(bad_tar: Path, more: dict[str, str]) -> None:
    for command in ((bad_tar,), ("inspect", bad_tar)):
        ended = layerscope_ends(*command, more=more)
        assert (ended.code, ended.err) == (1, "")
        assert ended.lines[-1].startswith("layerscope: FAILED  ")


def test_the_demo_image_needs_no_engine_and_fails() -> None:
    ended = layerscope_ends("ci", "demo")
    assert (ended.code, ended.err) == (1, "")
    assert ended.lines[-1].startswith("layerscope: FAILED  demo  ")


def test_an_archive_is_read_from_standard_input(bad_tar: Path) -> None:
    ended = layerscope_ends("ci", "-", stdin=bad_tar.read_bytes())
    assert ended.code == 1
    assert "efficiency 51.4 % < 90.0 %" in ended.lines[-1]


def test_a_dockerfile_gives_steps_their_lines(bad_tar: Path, tmp_path: Path) -> None:
    created = [step["created_by"] for step in _history(bad_tar)]
    commands = [line.removeprefix("RUN ").removeprefix("/bin/sh -c ").removesuffix(" # buildkit") for line in created]
    (tmp_path / "Dockerfile").write_text("".join(["FROM scratch\n", *(f"RUN {line}\n" for line in commands)]))
    steps = _history(bad_tar, "-f", str(tmp_path / "Dockerfile"))
    lines = [step["instruction"]["dockerfile_line"] for step in steps if step["created_by"].startswith("RUN")]
    assert lines
    assert lines == [created.index(step["created_by"]) + 2 for step in steps if step["created_by"].startswith("RUN")]


def test_a_dockerfile_of_another_image_is_said_to_be_so(bad_tar: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nRUN make world\nCOPY a b\nRUN make peace\n")
    done = layerscope_ends("report", bad_tar, "--format", "json", "-f", tmp_path / "Dockerfile")
    assert "dockerfile-mismatch" in [note["code"] for note in json.loads(done.out)["notes"]]


def test_a_dockerfile_that_cannot_be_read_is_wrong_usage(bad_tar: Path, tmp_path: Path) -> None:
    assert layerscope_ends("ci", bad_tar, "-f", tmp_path / "none").code == 2


def _history(image: Path, *options: str) -> list[dict[str, Any]]:
    done = layerscope_ends("report", image, "--format", "json", *options)
    history: list[dict[str, Any]] = json.loads(done.out)["history"]
    return history


def test_errors_that_no_rule_looks_at_are_told_beside_a_verdict_that_passes() -> None:
    met = ("ci", "demo", "--lowest-efficiency", "0.3", "--highest-user-wasted-percent", "0.9")
    ended = layerscope_ends(*met)
    assert (ended.code, ended.err) == (0, "")
    assert "(2 errors not judged)" in ended.lines[-1]
    assert "  2 errors among the findings are not judged: fail-on is off; --fail-on error judges them" in ended.lines
    judged = layerscope_ends(*met, "--fail-on", "error")
    assert (judged.code, "not judged" in judged.out) == (1, False)
    as_json = json.loads(layerscope_ends(*met, "--report", "json=-").out)
    assert "errors-not-judged" in [note["code"] for note in as_json["notes"]]
