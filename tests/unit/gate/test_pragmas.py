"""Exceptions that stand in the Dockerfile, above the line that they are about."""

from datetime import date
from pathlib import Path

import pytest

from layerscope.analysis.gate import judge
from layerscope.model.findings import Level, Limits, Status, Verdict
from layerscope.model.history import DockerfileOrigin
from layerscope.model.inspection import Inspection
from unit.detectors.images import base, inspected

OFF = Limits(lowest_efficiency=None, highest_user_wasted_ratio=None, fail_on=Level.NOTE)
TODAY = date(2026, 11, 21)


def image(tmp_path: Path, *comment: str, after: str = "") -> Inspection:
    """An image with LS309 and LS310 of its first RUN, and LS311 of its second."""
    builder = base().layer({"a": b"a"}).run("RUN /bin/sh -c apt-get upgrade -y && apt-get install -y git # buildkit")
    builder.layer({"b": b"b"}).run("RUN /bin/sh -c pip install flask # buildkit")
    lines = [
        "FROM debian:12", *comment, "RUN apt-get upgrade -y \\", *([after] if after else []),
        " && apt-get install -y git", "RUN pip install flask", "",
    ]  # fmt: skip
    return inspected(builder, tmp_path, "\n".join(lines))


def judged(inspection: Inspection) -> tuple[Verdict, set[str]]:
    verdict = judge(inspection, OFF, today=TODAY)
    return verdict, {inspection.findings[index].rule for index in verdict.ignored}


def test_without_a_comment_all_findings_count(tmp_path: Path) -> None:
    inspection = image(tmp_path)
    assert {"LS309", "LS310", "LS311"} <= {one.rule for one in inspection.findings}
    assert judged(inspection)[1] == set()


@pytest.mark.parametrize(
    ("comment", "rules"),
    [
        ("# layerscope ignore=LS310", {"LS310"}),
        ("#layerscope ignore=ls310,LS309", {"LS309", "LS310"}),
        ("  #  layerscope  ignore = LS310 , LS309  until=2026-11-21", {"LS309", "LS310"}),
        ("# layerscope ignore=LS310 until=2026-11-20", set()),
        ("# layerscope ignore=LS311", set()),
        ("# layerscope ignore=pip-install", set()),
    ],
)
def test_a_comment_excuses_its_rules_at_the_instruction_below_it(comment: str, rules: set[str], tmp_path: Path) -> None:
    verdict, ignored = judged(image(tmp_path, comment, "", "# another comment"))
    assert ignored == rules
    if not rules:
        assert len(verdict.notes) == 1


def test_a_comment_within_an_instruction_is_about_it(tmp_path: Path) -> None:
    assert judged(image(tmp_path, after="# layerscope ignore=LS310"))[1] == {"LS310"}


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (" reason=the base has no newer tag", "the base has no newer tag"),
        (' reason="see issue 7" until=2027-01-31', "see issue 7 (until 2027-01-31)"),
        (" until=2027-01-31 reason=see issue 7", "see issue 7 (until 2027-01-31)"),
        (" # see issue 7", "see issue 7"),
        ("", "line 2 of the Dockerfile says so"),
    ],
)
def test_the_reason_is_said(rest: str, said: str, tmp_path: Path) -> None:
    verdict, _ = judged(image(tmp_path, f"# layerscope ignore=LS310{rest}"))
    assert list(verdict.ignored.values()) == [f"ignored: {said}"]


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        ("# layerscope ignore=LS999", "LS999 is no rule"),
        ("# layerscope ignore=L310", "did you mean LS310?"),
        ("# layerscope ignore=LS310 until=soon", "soon is no date"),
        ("# layerscope ignore=LS310 because=I say so", "because=I say so is neither"),
        ("# layerscope ignore LS310", "write `# layerscope ignore=RULE`"),
        ("# layerscope ignore=LS310 until=\x1b[31m", "is no date"),
    ],
)
def test_a_comment_that_is_wrong_ignores_nothing_and_is_noted(comment: str, words: str, tmp_path: Path) -> None:
    verdict, ignored = judged(image(tmp_path, comment))
    assert ignored == set()
    assert verdict.status is Status.FAILED
    (note,) = (note for note in verdict.notes if note.code == "ignore-unclear")
    assert note.text.startswith("line 2 of the Dockerfile ignores nothing: ")
    assert words in note.text
    assert "\x1b" not in note.text


def test_a_comment_that_excuses_nothing_is_noted(tmp_path: Path) -> None:
    verdict, _ = judged(image(tmp_path, "# layerscope ignore=LS303"))
    assert [note.text for note in verdict.notes] == [
        "the exception for LS303 above line 3 of the Dockerfile matches nothing: it can go"
    ]


def test_a_comment_below_the_last_instruction_is_about_none(tmp_path: Path) -> None:
    inspection = inspected(
        base().layer({"a": b"a"}).run("RUN make"), tmp_path, "FROM a:1\nRUN make\n# layerscope ignore=LS305\n"
    )
    assert "no instruction follows it" in judged(inspection)[0].notes[0].text


def test_an_image_cannot_silence_what_is_found_in_it(tmp_path: Path) -> None:
    from dataclasses import replace

    inspection = image(tmp_path, "# layerscope ignore=LS310")
    assert inspection.dockerfile is not None
    carried = replace(inspection, dockerfile=replace(inspection.dockerfile, origin=DockerfileOrigin.IMAGE))
    assert judged(carried)[1] == set()
