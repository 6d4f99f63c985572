"""Which command a command line means."""

import re

import pytest

from layerscope.cli import COMMANDS
from layerscope.cli.main import run


def ends(argv: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(argv)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_nothing_at_all_is_wrong_usage_and_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ends([], capsys)
    assert (code, out) == (2, "")
    assert "Usage: layerscope" in err


@pytest.mark.parametrize("argv", [["--help"], ["-h"]])
def test_help_names_every_command_and_exit_code(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ends(argv, capsys)
    assert code == 0
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert "130" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_those_on_an_image_the_common_options(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = ends([name, "--help"], capsys)
    assert (code, "--debug" in out) == (0, True)
    if not re.search(r"Usage: layerscope \w+ .*IMAGE", out):
        assert name in {"explain", "build", "config", "init"}
        return
    for option in ("--source", "--platform", "--tag", "--base", "--dockerfile", "--quiet", "--no-color", "--debug"):
        assert option in out


@pytest.mark.parametrize("argv", [["--version"], ["--version", "x"]])
def test_version_is_one_line(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    from layerscope import __version__

    assert ends(argv, capsys) == (0, f"layerscope {__version__}\n", "")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["ci"], "Missing argument 'IMAGE'"),
        (["ci", "demo", "extra"], "unexpected extra argument"),
        (["ci", "demo", "--no-such"], "No such option"),
        (["ci", "demo", "--scoring", "luck"], '"luck" is none of layerscope, dive'),
        (["ci", "demo", "--lowest-efficiency", "2"], "lowest-efficiency"),
        (["ci", "demo", "--lowestEfficiency", "nan"], "lowest-efficiency"),
        (["ci", "demo", "--highestWastedBytes", "much"], "highest-wasted-bytes"),
        (["ci", "demo", "--highestUserWastedPercent", "10%"], "highest-user-wasted-percent"),
        (["ci", "demo", "-f", "/no/such/Dockerfile"], "/no/such/Dockerfile"),
        (["report", "demo", "--format", "xml"], "'xml' is not one of"),
        (["report", "demo", "--output", "/no/such/directory/report"], "there is no directory"),
        (["ls", "demo", "--layer", "one"], "write it as N or J-K"),
        (["hystory", "demo"], "hystory is not a command"),
        (["demo", "demo"], "demo is not a command"),
        (["demo", "--lowest-efficiency", "1"], "No such option"),
    ],
)
def test_wrong_usage_is_one_line_with_a_hint_and_exit_code_2(
    argv: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = ends(argv, capsys)
    assert (code, out) == (2, "")
    first, *hints = err.splitlines()
    assert first.startswith("layerscope: ")
    assert message in first
    assert len(hints) == 1
    assert hints[0].startswith("  ")


def test_a_misspelt_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean layerscope history?" in ends(["hystory", "demo"], capsys)[2]
