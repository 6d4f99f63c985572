"""What the command writes to a real terminal."""

import os
import subprocess
from pathlib import Path

import pytest

from golden.command import COMMAND, environment

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")


def on_a_terminal(*args: str | Path, **more: str) -> tuple[int, str]:
    """Run `layerscope ARGS` with a terminal as both of its outputs."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(TERM="xterm-256color", **more),
    ) as process:
        os.close(theirs)
        written = bytearray()
        while chunk := _read(ours):
            written += chunk
    os.close(ours)
    return process.returncode, written.decode()


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def test_ci_true_judges_on_a_terminal_too_and_in_colour(bad_tar: Path) -> None:
    code, written = on_a_terminal(bad_tar, CI="true")
    assert code == 1
    report = written.rpartition("\r\x1b[K")[2]  # after the progress line was wiped
    assert report.startswith("\x1b[1;31mlayerscope: FAILED")
    assert "/var/cache/apt/\\x1b]0;x\\x07\r\n" in report


def test_no_color_is_obeyed(bad_tar: Path) -> None:
    for code, written in (
        on_a_terminal("ci", "--quiet", "--no-color", bad_tar),
        on_a_terminal("ci", "--quiet", bad_tar, NO_COLOR="1"),
    ):
        assert code == 1
        assert "\x1b" not in written
