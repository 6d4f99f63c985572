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


def test_reports_are_replaced(tmp_path: Path) -> None:
    file = tmp_path / "plan.md"
    file.write_text("old")
    assert run(["plan", "demo", "--quiet", "-o", str(file)]) == 0
    assert file.read_text().startswith("## Plan")
