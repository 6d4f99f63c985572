"""A Dockerfile that somebody wrote is not replaced unless that is asked for."""

from pathlib import Path

import pytest

from layerscope.cli.main import run

WHAT = (["plan"], ["plan", "--format", "diff"], ["history", "--reconstruct"], ["history"])


@pytest.mark.parametrize("what", WHAT, ids=" ".join)
def test_a_dockerfile_of_somebody_is_kept(what: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM mine\n")
    command, *rest = what
    asked = [command, "demo", *rest, "--quiet", "-o", str(file)]
    assert run(asked) == 2
    assert file.read_text() == "FROM mine\n"
    assert "is there already, and layerscope did not write it\n  name another file; --force" in capsys.readouterr().err
    assert run([*asked, "--force"]) == 0
    assert file.read_text() != "FROM mine\n"


@pytest.mark.parametrize("what", [["plan", "--format", "dockerfile"], ["history", "--reconstruct"]], ids=" ".join)
def test_whatever_its_name_and_what_layerscope_wrote_is_written_anew(what: list[str], tmp_path: Path) -> None:
    file = tmp_path / "written"
    command, *rest = what
    asked = [command, "demo", *rest, "--quiet", "-o", str(file)]
    assert run(asked) == 0
    assert run(asked) == 0
    file.write_text("")
    assert run(asked) == 0
    file.write_text("notes\n")
    assert run(asked) == 2


@pytest.mark.parametrize(
    "what",
    [
        ["plan", "--format", "dockerfile", "--fix", "LS101"],
        ["history", "--reconstruct"],
        ["plan", "--format", "markdown"],
        ["plan", "--format", "text"],
        ["plan", "--format", "json"],
    ],
    ids=" ".join,
)
def test_what_somebody_changed_since_it_was_written_is_kept(
    what: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "written"
    command, *rest = what
    asked = [command, "demo", *rest, "--quiet", "-o", str(file)]
    assert run(asked) == 0
    own = file.read_text()
    file.write_text(f"{own}RUN mine\n")
    assert run(asked) == 2
    assert file.read_text() == f"{own}RUN mine\n"
    assert (
        "is there already, and is not what would be written now\n  name another file; --force"
        in capsys.readouterr().err
    )
    assert run([*asked, "--force"]) == 0
    assert file.read_text() == own


def test_notes_of_somebody_are_no_plan(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("# My notes\n")
    assert run(["plan", "demo", "--quiet", "-o", str(file)]) == 2
    assert file.read_text() == "# My notes\n"


def test_reports_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    file.write_text("old")
    for command in ("report", "history"):
        assert run([command, "demo", *(["--quiet"] if command == "report" else []), "-o", str(file)]) == 0
        assert "old" not in file.read_text()
