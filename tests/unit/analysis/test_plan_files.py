"""What a plan writes to files and to standard output: it fits the real Dockerfile, or says why it does not."""

import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from builder import ImageBuilder, hardlink
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.cli.main import run
from layerscope.model.plan import Plan
from layerscope.pipeline import inspect_raw
from layerscope.reports.planpage import plan_markdown, plan_text

_SECRET = "hunter2hunter2"
_NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def image(tmp_path: Path, *between: str) -> Path:
    """Save an image of a base, `make`, other steps without layers, `rm`."""
    builder = (
        ImageBuilder("files:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"w/one": b"1" * 200_000}).run("RUN /bin/sh -c make /w/one # buildkit")
    )  # fmt: skip
    for step in between:
        builder.step(step)
    builder.layer({"two": b""}, remove=["w/one"]).run("RUN /bin/sh -c rm /w/one && touch /two # buildkit")
    return builder.save(tmp_path / "image.tar")


def diff_of(tmp_path: Path, text: str, *between: str) -> str:
    """Write a Dockerfile, and the difference of the plan for it."""
    (tmp_path / "Dockerfile").write_text(text)
    asked = ["plan", str(image(tmp_path, *between)), "--quiet", "-f", str(tmp_path / "Dockerfile")]
    assert run([*asked, "-o", str(tmp_path / "plan.diff")]) == 0
    return (tmp_path / "plan.diff").read_text()


def apply(tmp_path: Path) -> str:
    """Apply the difference as git does; give the file."""
    command = ["git", "apply", "plan.diff"]
    subprocess.run(command, cwd=tmp_path, check=True, env={**os.environ, "GIT_DIR": "none"})
    return (tmp_path / "Dockerfile").read_text()


@_NEEDS_GIT
def test_a_difference_applies_beside_secrets_and_does_not_hold_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        f"FROM x\nRUN make /w/one\n\nENV API_TOKEN={_SECRET}\n\nARG PASSWORD={_SECRET}\n\n"
        "RUN rm /w/one && touch /two\n# end\n"
    )
    diff = diff_of(tmp_path, text, f"ENV API_TOKEN={_SECRET}", f"ARG PASSWORD={_SECRET}")
    assert _SECRET not in diff
    assert "does not apply" not in diff
    changed = apply(tmp_path)
    assert changed.count(_SECRET) == 2
    assert "RUN make /w/one \\\n && rm /w/one\n" in changed
    assert "RUN touch /two\n" in changed


def test_a_difference_that_changes_the_line_of_a_secret_says_that_it_does_not_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"FROM x\nRUN make /w/one --token={_SECRET}\nRUN rm /w/one && touch /two\n"
    diff = diff_of(tmp_path, text)
    assert _SECRET not in diff
    assert "# This does not apply to the file as it is: line 2 of it changes" in diff


@pytest.mark.parametrize(("folder", "name"), [("", "Dockerfile"), ("sub", "sub/Dockerfile"), ("..", "Dockerfile")])
def test_a_difference_names_the_file_from_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    here = tmp_path / "here"
    place = (here / folder).resolve()
    place.mkdir(parents=True, exist_ok=True)
    here.mkdir(exist_ok=True)
    monkeypatch.chdir(here)
    diff = diff_of(place, "FROM x\nRUN make /w/one\nRUN rm /w/one && touch /two\n")
    assert f"\n--- a/{name}\n+++ b/{name}\n@@ " in diff


def test_fixes_go_on_in_the_next_line_as_the_file_does() -> None:
    builder = (
        ImageBuilder("escape:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"w/one": b"1" * 200_000}).run("RUN /bin/sh -c make /w/one # buildkit")
        .layer(remove=["w/one"]).run("RUN /bin/sh -c rm /w/one # buildkit")
    )  # fmt: skip
    text = "# escape=`\nFROM x\nRUN make /w/one\nRUN rm /w/one\n"
    inspection = inspect_raw(replace(builder.raw_image("escape:1"), dockerfile=text))
    lines = [line for finding in inspection.findings for edit in finding.edits for line in edit.lines]
    assert "RUN make /w/one `" in lines
    assert not any(line.endswith("\\") for line in lines)
    useful = frozenset(at for at, finding in enumerate(inspection.findings) if finding.saving_bytes)
    file = foresee(inspection, Planner(inspection), Plan(fixed=useful)).file
    assert file is not None
    assert file.lines[2:4] == ("RUN make /w/one `", " && rm /w/one")


def test_a_dropped_name_of_a_file_with_others_says_who_keeps_its_bytes() -> None:
    builder = ImageBuilder("links:1").layer({"a": b"1" * 90_000, "b": hardlink("a"), "c": hardlink("a")})
    inspection = inspect_raw(builder.raw_image("links:1"))
    planner = Planner(inspection)
    node = inspection.tree.find(b"a")
    assert node is not None
    (change,) = foresee(inspection, planner, Plan(dropped=frozenset({node}))).changes
    assert change.saving_bytes == 0
    assert "Its bytes stay under other names: /b, /c (hard links); drop these as well to save them." in change.advice
    others = [inspection.tree.find(name) for name in (b"b", b"c")]
    whole = foresee(inspection, planner, Plan(dropped=frozenset({node, *(one for one in others if one is not None)})))
    assert whole.then.total_bytes == 0


def test_the_json_of_a_plan_that_changes_no_line_has_no_dockerfile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\nRUN make /w/one\nRUN rm /w/one && touch /two\n")
    archive = str(image(tmp_path))
    asked = ["plan", archive, "--quiet", "-f", str(tmp_path / "Dockerfile"), "--format", "json"]
    assert run(asked) == 0
    assert json.loads(capsys.readouterr().out)["dockerfile"]["text"].startswith("FROM x\n")
    assert run([*asked, "--drop", "/usr/lib/os-release"]) == 0
    assert json.loads(capsys.readouterr().out)["dockerfile"] is None


@pytest.mark.parametrize("line", ["::error::owned", "echo ##vso[task.setvariable variable=a]b", "##[group]x"])
def test_a_dockerfile_whose_lines_a_ci_log_obeys_goes_into_a_file_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    text = f"FROM x\nRUN make /w/one\nRUN <<E\n{line}\nE\nRUN rm /w/one && touch /two\n"
    (tmp_path / "Dockerfile").write_text(text)
    asked = ["plan", str(image(tmp_path)), "--quiet", "-f", str(tmp_path / "Dockerfile"), "--format", "dockerfile"]
    for name in ("GITHUB_ACTIONS", "TF_BUILD", "CI"):
        monkeypatch.delenv(name, raising=False)
    assert run(asked) == 0
    assert line in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run(asked) == 2
    said = capsys.readouterr()
    assert line not in said.out
    assert "is a command to the CI system" in said.err
    assert "-o FILE" in said.err
    target = tmp_path / "new.Dockerfile"
    assert run([*asked, "-o", str(target)]) == 0
    assert line in target.read_text()


def test_without_the_real_dockerfile_the_reconstructed_one_is_given_whole_and_called_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = ["plan", str(image(tmp_path, "ENV A=1")), "--quiet", "--no-dockerfile"]
    for kind in ("dockerfile", "diff"):
        assert run([*asked, "--format", kind]) == 0
        text = capsys.readouterr().out
        assert "\n# The Dockerfile is not known; this one is reconstructed from the history" in text
        assert "RUN make /w/one \\\n && rm /w/one\n" in text
        assert "\nENV A=1\nRUN touch /two\n" in text
        assert "@@" not in text
    assert run(asked) == 0
    assert "this one is reconstructed from the history" in capsys.readouterr().out
    assert run([*asked, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["dockerfile"]["reconstructed"] is True


def test_what_changes_save_only_together_is_called_so() -> None:
    image = inspect_raw(ImageBuilder().layer({"a": b"x" * 70_000, "b": hardlink("a"), "c": b"y" * 500}).raw_image("x"))
    nodes = frozenset(node for path in (b"/a", b"/b") if (node := image.tree.find(path)) is not None)
    foreseen = foresee(image, Planner(image), Plan(dropped=nodes))
    assert foreseen.shared_bytes == -70_000
    for text in (plan_text(image, foreseen), plan_markdown(image, foreseen)):
        assert "\N{MINUS SIGN}70.0 kB" in text
        assert "each because the others go, too; counted once" in text
