"""Whatever happens, a run ends with its exit code and one line."""

import pytest

from layerscope.cli.main import run


def _raise(error: BaseException) -> None:
    raise error


def test_a_fault_of_our_own_is_one_line_and_exit_code_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("layerscope.pipeline.inspect", lambda *_args, **_more: _raise(KeyError("digest\n\x1b[2J")))
    assert run(["ci", "demo"]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("layerscope: a fault of our own: KeyError: ")
    assert len(captured.err.splitlines()) == 2
    assert "Traceback" not in captured.err
    assert "\x1b" not in captured.err


def test_the_traceback_of_a_fault_comes_with_debug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("layerscope.pipeline.inspect", lambda *_args, **_more: _raise(ZeroDivisionError()))
    assert run(["ls", "demo", "--debug"]) == 4
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_traceback_acts_on_no_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("layerscope.pipeline.inspect", lambda *_args, **_more: _raise(ValueError("a\x1b[2J\u202e\nb")))
    assert run(["ls", "demo", "--debug"]) == 4
    err = capsys.readouterr().err
    assert r"a\x1b[2J\u202e" in err
    assert "\x1b" not in err
    assert "\u202e" not in err


def test_an_interrupt_is_exit_code_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("layerscope.pipeline.inspect", lambda *_args, **_more: _raise(KeyboardInterrupt()))
    assert run(["demo"]) == 130
    assert capsys.readouterr().err == "layerscope: stopped\n"
