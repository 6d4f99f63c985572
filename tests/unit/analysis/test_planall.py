"""A plan of everything: no fix in it puts an install below a COPY of sources, and what stays out says why."""

import time
from dataclasses import replace

import pytest

from builder import ImageBuilder
from layerscope.analysis.plan import Planner
from layerscope.analysis.planall import all_fixes
from layerscope.analysis.planedits import foresee
from layerscope.cli.main import run
from layerscope.model.findings import Finding
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Plan
from layerscope.pipeline import inspect, inspect_raw, on_reconstruction

_REMOVED = "apt-get purge -y gcc"


def built(*steps: str) -> Inspection:
    """An image of an install, whatever comes then, and the removal of what was installed."""
    builder = (
        ImageBuilder("all:1")
        .layer({"usr/lib/os-release": b"x", "bin/sh": b"s"}).run("ADD rootfs.tar / # buildkit")
        .layer({"usr/bin/gcc": b"g" * 90_000}).run("RUN /bin/sh -c apt-get install -y gcc # buildkit")
    )  # fmt: skip
    for number, step in enumerate(steps):
        builder = builder.layer({f"srv/{number}.txt": b"a" * 900}).run(f"{step} # buildkit")
    return on_reconstruction(
        inspect_raw(
            builder.layer(remove=["usr/bin/gcc"]).run(f"RUN /bin/sh -c {_REMOVED} # buildkit").raw_image("all:1")
        )
    )


def rules(inspection: Inspection, found: frozenset[int]) -> set[str]:
    return {inspection.findings[at].rule for at in found}


def text_of_all(inspection: Inspection, fixed: frozenset[int]) -> list[str]:
    foreseen = foresee(inspection, Planner(inspection), Plan(fixed=fixed))
    assert foreseen.file is not None
    return list(foreseen.file.lines)


def place(lines: list[str], word: str) -> int:
    return next(at for at, line in enumerate(lines) if word in line and not line.startswith("#"))


def test_all_of_the_demo_installs_above_the_copy_of_everything_and_says_which_fix_would_not() -> None:
    demo = inspect("demo")
    found = all_fixes(demo)
    assert rules(demo, frozenset(found.held_back)) == {"LS103"}
    (why,) = found.held_back.values()
    assert why.startswith("it would join what lines 9 and 13 install below line 16, `COPY . .`")
    lines = text_of_all(demo, found.fixed)
    assert place(lines, "apt-get install") < place(lines, "pip install") < place(lines, " . .")
    with_it = text_of_all(demo, found.fixed | frozenset(found.held_back))
    assert place(with_it, "apt-get install") > place(with_it, " . .")


def test_everything_else_that_saves_is_in_it() -> None:
    demo = inspect("demo")
    found = all_fixes(demo)
    assert found.fixed | set(found.held_back) == {at for at, one in enumerate(demo.findings) if one.saving_bytes}


def test_a_fix_that_joins_an_install_with_what_stands_below_a_copy_of_sources_stays_out() -> None:
    image = built("COPY . /srv", "RUN /bin/sh -c make")
    found = all_fixes(image)
    assert rules(image, frozenset(found.held_back)) == {"LS103"}


@pytest.mark.parametrize("step", ["COPY requirements.txt /srv/", "RUN /bin/sh -c make"])
def test_a_fix_stays_in_where_no_sources_stand_between(step: str) -> None:
    image = built(step, "RUN /bin/sh -c make")
    found = all_fixes(image)
    assert "LS103" in rules(image, found.fixed)
    assert not found.held_back


def test_where_two_fixes_do_it_each_alone_both_stay_out_and_what_did_not_do_it_comes_back() -> None:
    """Of two that join the same install below the COPY neither is enough to leave out; a third one is innocent."""
    demo = inspect("demo")
    (culprit,) = all_fixes(demo).held_back
    twice: Finding = replace(demo.findings[culprit], title="the same again", saving_bytes=1)
    image = replace(demo, findings=(*demo.findings, twice))
    found = all_fixes(image)
    assert set(found.held_back) == {culprit, len(demo.findings)}
    assert found.fixed == all_fixes(demo).fixed


def test_without_a_dockerfile_there_is_no_order_to_keep() -> None:
    image = replace(inspect("demo"), dockerfile=None)
    assert not all_fixes(image).held_back
    assert "LS103" in rules(image, all_fixes(image).fixed)


def test_the_command_says_what_stays_out_and_how_to_have_it_nevertheless(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "demo"]) == 0
    said = capsys.readouterr()
    assert "layerscope: LS103, which saves 8.8 MB, is not planned: it would join what lines 9 and 13" in said.err
    assert "--fix all --fix LS103 plans it" in said.err
    assert "LS103" not in said.out
    assert run(["plan", "demo", "--fix", "all", "--fix", "LS103"]) == 0
    said = capsys.readouterr()
    assert "LS103, which" not in said.err
    assert "LS103" in said.out


def test_very_many_fixes_of_one_install_are_tried_only_so_often() -> None:
    image = built("COPY . /srv", "RUN /bin/sh -c make")
    (culprit,) = all_fixes(image).held_back
    many = tuple(replace(image.findings[culprit], saving_bytes=1 + number) for number in range(300))
    began_s = time.process_time()
    assert not all_fixes(replace(image, findings=many)).fixed
    assert time.process_time() - began_s < 5
