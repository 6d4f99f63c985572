"""What a terminal gets that a pipe does not."""

import io
import os

import pytest

from layerscope.cli.terminal import ProgressLine, page, wants_interface


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def attached(monkeypatch: pytest.MonkeyPatch, columns: int = 100) -> Terminal:
    """Make both streams a terminal (not as a fixture: pytest's own capture changes them after fixtures ran)."""
    stream = Terminal()
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdout", stream)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 30)))
    return stream


def test_a_terminal_has_colour_unless_someone_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    attached(monkeypatch)
    assert page(no_color=False).colour
    assert not page(no_color=True).colour
    monkeypatch.setenv("NO_COLOR", "")
    assert not page(no_color=False).colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not page(no_color=False).colour


@pytest.mark.parametrize(("columns", "width"), [(100, 100), (300, 120), (20, 60)])
def test_a_report_is_as_wide_as_the_terminal_within_reason(
    monkeypatch: pytest.MonkeyPatch, columns: int, width: int
) -> None:
    attached(monkeypatch, columns)
    assert page(no_color=False).width == width


def test_a_pipe_has_120_columns_and_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    assert (page(no_color=False).width, page(no_color=False).colour) == (120, False)


def test_progress_is_one_line_that_is_written_over_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = attached(monkeypatch)
    progress = ProgressLine(quiet=False)
    progress("layers", 500_000, 1_000_000)
    progress("layers", 600_000, 1_000_000)  # sooner than anybody can read
    progress.clear()
    assert terminal.getvalue() == "\r\x1b[Klayerscope: reading layers  500 kB of 1.0 MB, 50 %\r\x1b[K"


def test_progress_without_a_total_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = attached(monkeypatch)
    ProgressLine(quiet=False)("export \x1b[31m", 5_000, None)
    assert terminal.getvalue() == "\r\x1b[Klayerscope: export \\x1b[31m  5.0 kB"


def test_progress_is_silent_in_a_pipe_and_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = attached(monkeypatch)
    quiet = ProgressLine(quiet=True)
    quiet("layers", 1, 2)
    quiet.clear()
    assert terminal.getvalue() == ""
    monkeypatch.setattr("sys.stderr", pipe := io.StringIO())
    ProgressLine(quiet=False)("layers", 1, 2)
    assert pipe.getvalue() == ""


@pytest.mark.parametrize(
    ("value", "interface"), [("", "yes"), ("false", "yes"), ("0", "yes"), ("true", "no"), ("True", "no"), ("1", "no")]
)
def test_the_interface_opens_on_a_terminal_that_is_no_ci_job(
    monkeypatch: pytest.MonkeyPatch, value: str, interface: str
) -> None:
    attached(monkeypatch)
    monkeypatch.setenv("CI", value)
    assert wants_interface() is (interface == "yes")
