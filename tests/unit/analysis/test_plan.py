"""What a plan says about a small image; that its numbers are right in general is the business of the laws."""

import json
from dataclasses import replace
from typing import Any

import pytest

from builder import ImageBuilder, directory, hardlink
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.cli.main import run
from layerscope.model.findings import Edit
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Plan
from layerscope.pipeline import inspect, inspect_raw
from layerscope.reports.planpage import plan_diff, plan_dockerfile, plan_json, plan_markdown, plan_text


@pytest.fixture(scope="module")
def image() -> Inspection:
    return inspect_raw(
        ImageBuilder("shop:1")
        .layer({"base": b"b" * 1000})
        .run("ADD rootfs.tar / # buildkit")
        .layer({"big/": directory(), "big/one": b"1" * 500, "big/two": hardlink("big/one")})
        .run("RUN /bin/sh -c make one # buildkit")
        .layer({"more": b"m" * 70}, remove=["big/one"])
        .run("RUN /bin/sh -c rm big/one && make more # buildkit")
        .layer({"app/x.py": b"x" * 30, "app/junk": b"j" * 200}, remove=["more"])
        .run("COPY src /app # buildkit")
        .raw_image("shop:1")
    )


def node(image: Inspection, path: bytes) -> int:
    found = image.tree.find(path)
    assert found is not None
    return found


def test_ranges_that_overlap_are_one_squash() -> None:
    plan = Plan().squashed(2, 3).squashed(6, 5).squashed(3, 4)
    assert plan.squashes == ((2, 4), (5, 6))
    assert plan.unsquashed(3).squashes == ((5, 6),)
    assert Plan().squashed(1, 9).squashed(2, 3).squashes == ((1, 9),)


def test_what_is_turned_twice_is_as_it_was() -> None:
    assert not Plan().turned_path(3).turned_path(3)
    assert not Plan().turned_finding(0).turned_finding(0)
    assert Plan().turned_finding(0)


def test_a_file_with_another_name_goes_when_both_do(image: Inspection) -> None:
    planner = Planner(image)
    assert planner.bytes_below(node(image, b"/big/two")) == 0  # then /big/one is dead, and shipped as it was
    assert planner.outcome(Plan(dropped=frozenset({node(image, b"/big/two")}))).wasted_bytes == 570
    assert planner.bytes_below(node(image, b"/big")) == 500


def test_a_squash_saves_what_dies_in_it_and_makes_changes_dearer(image: Inspection) -> None:
    planner = Planner(image)
    then = planner.outcome(Plan().squashed(2, 3))
    assert (planner.now.total_bytes, then.total_bytes) == (1800, 1730)
    assert (then.wasted_bytes, then.efficiency) == (0, 1.0)
    assert planner.now.rebuilt_bytes(3) == 230
    assert planner.outcome(Plan().squashed(0, 3)).rebuilt_bytes(3) == 1730


def test_each_change_says_what_it_saves_and_what_to_write(image: Inspection) -> None:
    planner = Planner(image)
    plan = Plan(dropped=frozenset({node(image, b"/app/junk"), node(image, b"/big")})).squashed(1, 2)
    changes = {change.title: change for change in foresee(image, planner, plan).changes}
    assert changes["drop /app/junk"].saving_bytes == 200
    assert [(edit.file, edit.lines) for edit in changes["drop /app/junk"].edits] == [(".dockerignore", ("src/junk",))]
    assert changes["drop /big"].edits == ()  # `make more` may use the rest of it
    assert "By hand: 500 B as `RUN rm big/one && make more` may use it." in changes["drop /big"].advice
    merged = changes["squash layers 1-2"].edits
    assert any("make one" in line for line in merged[0].lines)


def test_a_plan_is_written_for_people_for_programs_and_for_pasting(image: Inspection) -> None:
    planner = Planner(image)
    plan = Plan(dropped=frozenset({node(image, b"/app/junk")})).squashed(2, 3)
    foreseen = foresee(image, planner, plan)
    changes = foreseen.changes
    hostile = replace(foreseen, changes=(*changes, replace(changes[0], title="<b>`x` [a](b)", advice="| no table |")))
    page = plan_markdown(image, hostile)
    assert "| shipped | 1.8 kB | 1.5 kB | \N{MINUS SIGN}270 B |" in page
    assert "### `` <b>`x` `` `[a](b)`" in page
    assert "\n`|` no table `|`\n" in page
    assert "as above" in page
    assert "wasted          70 B       0 B  \N{MINUS SIGN}70 B" in plan_text(image, foreseen)
    assert "# .dockerignore:\nsrc/junk\n" in plan_dockerfile(foreseen)
    assert plan_dockerfile(foreseen).startswith("# The Dockerfile is not known")
    assert plan_diff(foreseen) == plan_dockerfile(foreseen)
    value: dict[str, Any] = json.loads(plan_json(image, foreseen))
    assert value["planned"]["total_bytes"] == 1530
    assert value["planned"]["layer_count"] == 3
    assert value["dockerfile"] is None
    assert value["rebuilt"][2] == {"layer": 2, "now_bytes": 300, "planned_bytes": 30}
    assert sum(layer["content_bytes"] for layer in value["planned"]["layers"]) == 1530


def test_the_command_fixes_everything_unless_told_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "demo", "--format", "json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert 0.76 < value["planned"]["efficiency"] < 0.77  # what one fix would save is not in it: see test_planall.py
    assert run(["plan", "demo", "--fix", "LS101", "--squash", "2-4", "--drop", "/root", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "squash layers 2-4" in out
    assert "drop /root" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--fix", "LS999"), "--fix LS999: there is no such rule or kind\n"),
        (("--fix", "LS31"), "did you mean LS31"),
        (("--fix", "LS319"), "nothing of the kind can be saved"),
        (("--fix", "LS303"), "--fix LS303: 2 findings are mended by hand: no bytes are saved"),
        (("--squash", "3-99"), "there is no layer 99"),
        (("--squash", "x"), "write it as N or J-K"),
        (("--drop", "/nowhere"), "no layer has /nowhere"),
    ],
)
def test_what_makes_no_sense_is_said(arguments: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "demo", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_what_a_plan_of_all_leaves_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "demo"]) == 0
    said = capsys.readouterr().err
    assert "9 of 19 findings are not planned, 2 of them errors: they save no bytes, and are mended by hand: " in said
    assert "LS303 (2)" in said
    assert "line 22, which LS303 is about, is taken out by this plan" in said
    for asked in (["plan", "demo", "--fix", "LS101"], ["plan", "demo", "--quiet"]):
        assert run(asked) == 0
        assert "not planned" not in capsys.readouterr().err


def test_no_edit_of_a_plan_changes_a_line_that_another_one_changes() -> None:
    inspection = inspect("demo")
    planner = Planner(inspection)
    every = Plan(fixed=frozenset(range(len(inspection.findings))))
    changes = foresee(inspection, planner, every).changes
    by_line: dict[int, set[Edit]] = {}
    for edit in (edit for change in changes for edit in change.edits if edit.file == "Dockerfile"):
        if edit.first_line is not None:
            for line in range(edit.first_line, (edit.last_line or edit.first_line) + 1):
                by_line.setdefault(line, set()).add(edit)
    assert len(by_line) > 5
    assert all(len(edits) == 1 for edits in by_line.values())


def test_advice_makes_no_run_of_a_copy_that_stands_between() -> None:
    finding = next(one for one in inspect("demo").findings if "db.sqlite3 of layer 7" in one.title)
    assert finding.edits == ()
    assert finding.advice.startswith("Write them once: make one RUN of lines 19 and 23, with line 22 (COPY) before")


def test_a_squash_with_the_base_image_says_that_it_is_that() -> None:
    demo = inspect("demo")
    (change,) = foresee(demo, Planner(demo), Plan().squashed(0, 2)).changes
    assert "(?)" not in change.advice
    assert change.advice.startswith("Layer 0 is the base image, which no line makes one with others: only the layers ")
