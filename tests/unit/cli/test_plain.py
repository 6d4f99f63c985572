"""A plain command line means the same with click and without it."""

import sys
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from layerscope.cli import COMMANDS, configuring, judging, looking, plain, root
from layerscope.errors import LayerscopeError

_WORDS = st.sampled_from(
    ["ci", "inspect", "report", "x.tar", "demo", "docker://a:b", "--", "-", "", "--quiet", "--no-cache", "--no-color",
     "--debug", "--no-state", "--verify", "--base", "1", "--help", "--quie", "-h", "--quiet=1", "--version"]
)  # fmt: skip


class Asked(NamedTuple):
    """What a command line came to."""

    what: str
    request: Any
    delivery: Any = None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What is asked for, instead of being done: each image would be read twice for each example."""
    found: list[Asked] = []

    def judge(request: Any, _settings: Any, delivery: Any = None) -> int:
        found.append(Asked("ci", request, delivery))
        return 0

    def look(request: Any, *, remember: bool = True) -> int:
        found.append(Asked(f"inspect {remember}", request))
        return 0

    import layerscope.cli.ci
    import layerscope.cli.inspect

    for module in (judging, layerscope.cli.ci):
        monkeypatch.setattr(module, "judge_image", judge)
    for module in (looking, layerscope.cli.inspect):
        monkeypatch.setattr(module, "look", look)
    monkeypatch.setattr(configuring, "find_sources", lambda *_: [])
    return found


@pytest.mark.parametrize("somebody_looks", [True, False])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(argv=st.lists(_WORDS, max_size=5))
@example(argv=["x.tar"])
@example(argv=["ci", "x.tar"])
@example(argv=["--quiet", "ci", "--no-cache", "ci", "--no-color"])
@example(argv=["inspect", "demo", "--debug", "--debug"])
@example(argv=["--no-cache", "inspect", "inspect"])
@example(argv=["ci", "inspect"])
def test_what_is_understood_without_click_is_what_click_understands(
    asked: list[Asked], monkeypatch: pytest.MonkeyPatch, argv: list[str], *, somebody_looks: bool
) -> None:
    for module in (plain, root):
        monkeypatch.setattr(module, "wants_interface", lambda: somebody_looks)
    asked.clear()
    if plain.run_plain(argv) is None:
        assert not asked
        return
    assert root.invoke(argv) == 0
    without, with_click = asked
    assert without == with_click


@pytest.mark.parametrize(
    "argv", [["x"], ["ci", "x"], ["inspect", "--no-cache", "x"], ["--quiet", "ci", "x", "--debug"]]
)
def test_plain_ones_are_understood(asked: list[Asked], argv: list[str]) -> None:
    assert plain.run_plain(argv) == 0
    assert len(asked) == 1


@pytest.mark.parametrize("argv", [[], ["ci"], ["-"], ["ci", "a", "b"], ["ci", "a", "--base", "1"], ["ci", "--help"]])
def test_others_are_left_to_click(asked: list[Asked], argv: list[str]) -> None:
    assert plain.run_plain(argv) is None
    assert not asked


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_is_no_image(command: str) -> None:
    assert plain.run_plain([command]) is None


def test_words_are_not_completed_as_an_image(asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_LAYERSCOPE_COMPLETE", "bash_complete")
    assert plain.run_plain(["x"]) is None
    assert not asked


def test_errors_are_not_swallowed(tmp_path: Any) -> None:
    with pytest.raises(LayerscopeError, match="nowhere"):
        plain.run_plain(["ci", str(tmp_path / "nowhere.tar")])


def test_click_is_not_loaded(asked: list[Asked]) -> None:
    del asked
    import subprocess

    program = "import sys; from layerscope.cli.main import run; run(['ci', 'demo']); print('click' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.endswith("False\n")
