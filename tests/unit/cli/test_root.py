"""Which command a command line means."""

import re
import sys
from pathlib import Path

import pytest

from layerscope.cli import COMMANDS
from layerscope.cli.main import run
from layerscope.cli.root import _OF_THE_INTERFACE, root


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
        (["ci", "demo", "--no-such"], "there is no option --no-such"),
        (["ls", "demo", "--lowest-efficiency", "1"], "there is no option --lowest-efficiency"),
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
        (["demo", "--lowest-efficiency", "2"], "is not a ratio"),
        (["ci", "demo", "--levels", "LS999=note"], "levels: there is no rule LS999"),
        (["ci", "demo", "--highest-wasted-by-kind", "ls999=1MB"], "highest-wasted-by-kind: there is no rule ls999"),
        (["ci", "demo", "--highest-wasted-by-kind", "FOO=1"], "there is no rule or kind of findings FOO"),
        (["ci", "demo", "--levels", "FOO=error"], "levels: there is no rule or kind of findings FOO"),
        (["report", "demo", "-o", "x.pdf"], "x.pdf: what is to be in a .pdf file is not known"),
        (["plan", "demo", "-o", "x.html"], "x.html: what is to be in a .html file is not known"),
        (["ci", "demo", "--report", "x.docx"], "x.docx: what is to be in a .docx file is not known"),
        (["plan", "demo", "--squash", "5-3"], "--squash 5-3: the first layer comes first"),
        (["plan", "demo", "--squash", "a"], "--squash a: write it as N or J-K"),
        (["ci", "demo", "--warn", "none"], "is none of the 13 that there are"),
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


def test_a_group_of_commands_without_one_shows_its_help_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = ends(["config"], capsys)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: layerscope config")
    listed = err.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in listed] == ["keys", "schema", "show", "validate"]
    assert all(len(line) < 80 and not line.endswith("...") for line in listed), err


def test_a_misspelt_command_is_guessed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert "did you mean layerscope explain?" in ends(["explan"], capsys)[2]
    assert "did you mean" not in ends(["alpine"], capsys)[2]
    assert "did you mean layerscope history?" in ends(["hystory", "demo"], capsys)[2]


@pytest.mark.parametrize(
    ("argv", "hint"),
    [
        (["--vesion"], "did you mean --version?"),
        (["ci", "demo", "--lowest-eficiency=1"], "did you mean --lowest-efficiency?"),
        (["ci", "demo", "--ci"], "layerscope ci IMAGE judges"),
        (["ci", "demo", "--json", "x"], "--report json=FILE"),
        (["ci", "demo", "--format", "json"], "--report KIND=FILE"),
        (["ci", "demo", "-o", "x"], "layerscope report IMAGE -o FILE"),
        (["ci", "demo", "--layer", "3"], "layerscope ls IMAGE --layer N"),
        (["history", "demo", "--layer", "3"], "layerscope ls IMAGE --layer N"),
        (["ls", "demo", "/srv/nots"], "did you mean /srv/notes?"),
        (["ls", "demo", "/srv/nots/manage.py"], "did you mean /srv/notes?"),
        (["ls", "demo", "/srv/*"], "there are no wildcards here: a directory stands for all below it, as /srv does"),
        (["ls", "demo", "*.py"], "there are no wildcards here"),
        (["ci", "demo", "--zzz"], "see layerscope ci --help"),
        (["ci", "demo", "-z"], "see layerscope ci --help"),
        (["config", "show", "--formt", "json"], "did you mean --format?"),
    ],
)
def test_an_option_that_there_is_not_is_guessed_where_a_guess_is_better_than_none(
    argv: list[str], hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = ends(argv, capsys)
    assert (code, hint in err.splitlines()[1]) == (2, True), err


def test_where_somebody_looks_rules_are_pointed_to_the_command_that_judges(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("layerscope.cli.root.wants_interface", lambda: True)
    assert ends(["demo", "--report", "json=-"], capsys)[2].splitlines()[1] == "  rules are judged by layerscope ci"
    assert ends(["inspect", "demo", "--lowestEfficiency=1"], capsys)[2].endswith("judged by layerscope ci\n")


@pytest.mark.parametrize("argv", [["demo"], ["inspect", "demo"], ["--quiet", "inspect", "demo"]])
def test_where_nobody_looks_an_image_alone_takes_what_ci_takes(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    limits = ["--lowest-efficiency", "0.1", "--highest-user-wasted-percent", "off", "--report", "csv=-"]
    code, out, err = ends([*argv, *limits], capsys)
    assert (code, err, out.startswith("layer,diff_id")) == (0, "", True)
    assert ends([*argv, "--no-state", *limits], capsys)[0] == 0
    assert ends(["inspect", "--help"], capsys)[1].startswith("Usage: layerscope inspect")


def test_every_option_of_the_interface_is_known_where_nobody_looks() -> None:
    context = root.make_context("layerscope", [], resilient_parsing=True)
    interface, gate = (root.get_command(context, name) for name in ("inspect", "ci"))
    assert interface is not None
    assert gate is not None
    options = [{name for one in command.params for name in one.opts} for command in (interface, gate)]
    assert options[0] - options[1] == _OF_THE_INTERFACE


def test_kinds_of_findings_are_known_beforehand_and_a_misspelt_one_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from layerscope.analysis.pages import is_known
    from layerscope.pipeline import inspect

    kinds = {finding.kind for finding in inspect("demo").findings if finding.kind}
    assert kinds
    assert all(map(is_known, (*kinds, "pip-install", "ENV", "value-of-DB_PASSWORD", "github-token", "ls101")))
    for text in ('levels = { apt-list = "error" }', '[rules]\nhighest-wasted-by-kind = { apt-list = "1MB" }',
                 '[[ignore]]\nrule = "apt-list"\nreason = "old"'):  # fmt: skip
        file = tmp_path / "l.toml"
        file.write_text(text)
        code, out, err = ends(["config", "validate", str(file)], capsys)
        assert (code, out) == (2, "")
        assert f"{file}: " in err
        assert "there is no rule or kind of findings apt-list\n  did you mean apt-lists?" in err


def test_keys_that_clash_are_told_with_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "l.toml"
    file.write_text('[tui.keys]\n"files.sort" = "q"\n')
    code, _, err = ends(["config", "validate", str(file)], capsys)
    assert code == 2
    assert err.startswith(f"layerscope: {file}: tui.keys: q would mean files.sort and app.quit\n")


def test_the_default_of_a_switch_is_one_of_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[default: false]" not in (text := ends(["ci", "--help"], capsys)[1])
    assert re.search(r"secret is in the\s+image\.\s+\[default: off\]", text)


def test_all_mistakes_of_a_configuration_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "l.toml"
    file.write_text(
        'secrets = true\nscorin = "dive"\nlevels = { LS999 = "error" }\n[rules]\nlowest-efficiency = 3\n'
        'highest-total-siz = 3\n[tui.keys]\n"layers.squash" = "x"\n"files.sort" = "nokey"\n'
    )
    code, out, err = ends(["config", "validate", str(file)], capsys)
    assert (code, out) == (2, "")
    said = [line for line in err.splitlines() if line.startswith(f"layerscope: {file}: ")]
    expected = (
        "secrets does",
        '"scorin"',
        '"highest-total-siz"',
        "lowest-efficiency",
        "LS999",
        "layers.squash",
        '"nokey"',
    )
    assert len(said) == len(expected)
    assert all(word in line for word, line in zip(expected, said, strict=True))
    assert "  the nearest are layers.plan, layers.mark, layer.mark; layerscope config keys lists all\n" in err
    judged = ends(["ci", "demo", "--config", str(file)], capsys)
    assert judged[0] == 2
    assert "lowest-efficiency" in judged[2]


def test_markdown_may_be_called_as_its_files_end(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["report", "demo", "--format"], ["plan", "demo", "--format"], ["history", "demo", "--format"]):
        assert ends([*argv, "md"], capsys)[:2] == ends([*argv, "markdown"], capsys)[:2]
    code, out, _ = ends(["ci", "demo", "--report", "md=-"], capsys)
    assert (code, out.startswith("## ")) == (1, True)


def test_sizes_for_people_are_not_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert ends(["ls", "demo", "--human", "--format", "json"], capsys)[0] == 2
    assert "5.8 MB /usr/bin/python3.11" in ends(["ls", "demo", "--human", "--sort", "size"], capsys)[1].splitlines()[0]


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["ci", "--help"], ["--version"]])
def test_help_that_cannot_be_written_says_so_and_is_no_fault_of_ours(
    argv: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert run(argv) == 2
    assert capsys.readouterr().err == "layerscope: standard output: No space left on device\n"
