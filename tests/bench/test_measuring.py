"""The measuring itself, on programs whose cost is known. No assertion is about how fast this machine is."""

import sys
from pathlib import Path

import pytest

from bench.measuring import Opening, key_lines
from bench.processes import FailedRunError, measure, measured_environment
from bench.run import arguments
from bench.terminal import Answer, NeverReadyError, Terminal, understood

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="measures with /proc and a pty")

_ECHO = (
    "import sys, tty\n"
    "tty.setraw(0)\n"
    "sum(range(2_000_000))\n"  # some hundredths of a second of processor time
    "sys.stdout.write('rea'); sys.stdout.flush(); sys.stdout.write('\\x1b[1mdy\\x1b[0m'); sys.stdout.flush()\n"
    "while (key := sys.stdin.read(1)) != 'q':\n"
    "    if key != 'n':\n"
    "        sys.stdout.write('<' + key + '>'); sys.stdout.flush()\n"
)


def _python(program: str) -> list[str]:
    return [sys.executable, "-S", "-E", "-c", program]


def test_memory_is_that_of_the_program_not_of_the_benchmark() -> None:
    ballast = bytearray(200_000_000)
    assert measure(_python("")).peak_mb < 100
    assert measure(_python("held = bytearray(150_000_000)")).peak_mb > 150
    assert len(ballast) == 200_000_000


def test_cpu_time_counts_children() -> None:
    loop = "sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-E', '-c', '{loop}'])"
    assert measure(_python(child)).cpu_s > measure(_python("import subprocess")).cpu_s


def test_what_a_program_writes_goes_where_it_is_sent(tmp_path: Path) -> None:
    measure(_python("print('result')"), output=tmp_path / "out")
    assert (tmp_path / "out").read_text() == "result\n"


def test_a_program_that_fails_has_no_time() -> None:
    with pytest.raises(FailedRunError, match="ended with 7"):
        measure(_python("raise SystemExit(7)"))
    assert measure(_python("raise SystemExit(1)"), accepted=(0, 1)).wall_s > 0


def test_a_program_that_is_not_there_is_said_to_be_missing() -> None:
    with pytest.raises(FailedRunError, match="could not be started"):
        measure(["/does/not/exist"])


def test_a_terminal_sees_the_screen_and_what_keys_change() -> None:
    with Terminal(_python(_ECHO), measured_environment()) as terminal:
        first_s, same_s, whole_s = terminal.wait_for("rea", "rea", "^ready", timeout_s=20)
        assert 0 < first_s == same_s <= whole_s
        answer = terminal.press(b"x")
        assert answer is not None
        assert 0 < answer.first_s <= answer.settled_s
        assert "ready<x>" in terminal.text
        assert terminal.peak_mb > 1
        assert terminal.cpu_s > 0


def test_a_key_that_changes_nothing_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.terminal._UNANSWERED_S", 0.2)
    with Terminal(_python(_ECHO), measured_environment()) as terminal:
        terminal.wait_for("ready", timeout_s=20)
        assert terminal.press(b"n") is None


def test_a_program_is_left_by_its_own_keys() -> None:
    with Terminal(_python(_ECHO), measured_environment()) as terminal:
        terminal.wait_for("ready", timeout_s=20)
        with pytest.raises(NeverReadyError, match="does not end"):
            terminal.leave(b"x", timeout_s=0.1)
        terminal.leave(b"q", timeout_s=20)
        assert terminal.peak_mb == 0


def test_a_program_that_ends_before_it_is_ready_is_told_with_its_screen() -> None:
    with (
        Terminal(_python("print('cannot')"), measured_environment()) as terminal,
        pytest.raises(NeverReadyError, match="cannot"),
    ):
        terminal.wait_for("ready", timeout_s=20)


@pytest.mark.parametrize("cut", range(1, 12))
def test_private_sequences_are_left_out_wherever_reads_cut_them(cut: int) -> None:
    output = b"a\x1b[?2026$pb\x1b[>1uc"
    first, rest = understood(output[:cut])
    second, left = understood(rest + output[cut:])
    assert (first + second, left) == (b"abc", b"")


def test_modes_and_colours_reach_the_screen() -> None:
    assert understood(b"\x1b[?25l\x1b[31mred") == (b"\x1b[?25l\x1b[31mred", b"")


def test_key_presses_are_judged_together_and_shown_by_kind() -> None:
    opening = Opening(
        0.1,
        0.2,
        0.15,
        50.0,
        {"cursor down": [Answer(0.001, 0.003), Answer(0.002, 0.004)], "change layer": [Answer(0.01, 0.03)]},
        60.0,
    )
    lines = {(line.work, line.quantity): line.figures for line in key_lines("keys", {"layerscope": [opening]}, {})}
    assert lines["keys: all kinds, final", "median"] == {"layerscope": 4.0}
    assert lines["keys: all kinds, final", "p95"] == {"layerscope": 30.0}
    assert lines["keys: cursor down, first change", "median"] == {"layerscope": 1.0}
    assert lines["keys: afterwards", "peak"] == {"layerscope": 60.0}


def test_a_row_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["ci", "nonsense"])
    assert "there is no row nonsense" in capsys.readouterr().err
