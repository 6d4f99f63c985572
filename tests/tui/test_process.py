"""The terminal interface as a process: what it leaves behind when it ends."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import layerscope
from tui.wasteful import wasteful_image

_SOURCES = str(Path(layerscope.__file__).parents[1])


class Terminal:
    """A process on a terminal of its own, with standard error apart."""

    def __init__(self, *command: str, **environ: str) -> None:
        self._fd, terminal = pty.openpty()
        environment = {key: value for key, value in os.environ.items() if key not in {"CI", "NO_COLOR"}}
        self.process = subprocess.Popen(
            command,
            stdin=terminal,
            stdout=terminal,
            stderr=subprocess.PIPE,
            env=environment
            | {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30", "PYTHONPATH": _SOURCES}
            | environ,
            start_new_session=True,
        )
        os.close(terminal)
        self.output = b""

    def wait_for(self, text: bytes, *, timeout_s: float = 30) -> None:
        """Read until a text is on the terminal."""
        end = time.monotonic() + timeout_s
        while text not in self.output:
            assert time.monotonic() < end, self.output[-2000:]
            self._read(0.1)

    def _read(self, wait_s: float) -> None:
        if select.select([self._fd], [], [], wait_s)[0]:
            try:
                self.output += os.read(self._fd, 1 << 16)
            except OSError:  # the other side is closed
                time.sleep(wait_s)

    def press(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def end(self) -> tuple[int, str]:
        """Wait for the end; exit code and standard error."""
        deadline = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            self._read(0.05)
        assert self.process.stderr is not None
        return self.process.returncode, self.process.stderr.read().decode()

    def close(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        assert self.process.stderr is not None
        self.process.stderr.close()
        os.close(self._fd)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def started(terminals: list[Terminal], *command: str, **environ: str) -> Terminal:
    terminals.append(Terminal(sys.executable, *command, **environ))
    return terminals[-1]


def test_an_image_that_was_seen_ends_with_0_and_says_nothing(terminals: list[Terminal]) -> None:
    terminal = started(terminals, "-m", "layerscope", "demo")
    terminal.wait_for(b"wasted")
    terminal.press(b"q")
    assert terminal.end() == (0, "")
    assert b"\x1b[?1049l" in terminal.output  # the user's screen is back


def test_an_image_in_a_file_is_opened_again_where_it_was_left(terminals: list[Terminal], tmp_path: Path) -> None:
    """It is read by a process of its own: the layers are listed, with the focus, before the files are known."""
    image = tmp_path / "shop.tar"
    wasteful_image().save(image)
    for keys, seen in ((b"]]2s", b"by size"), (b"", b"by size")):
        terminal = started(terminals, "-m", "layerscope", str(image), XDG_STATE_HOME=str(tmp_path))
        terminal.wait_for(b"what layer")
        terminal.press(keys)
        terminal.wait_for(seen)
        terminal.press(b"q")
        assert terminal.end() == (0, "")
    (kept,) = json.loads((tmp_path / "layerscope" / "views.json").read_text())["images"].values()
    assert (kept["layer"], kept["pane"], kept["sort"]) == (2, "files", "SIZE")


def test_an_image_that_could_not_be_read_ends_with_3_and_one_line_on_standard_error(
    terminals: list[Terminal], tmp_path: Path
) -> None:
    terminal = started(terminals, "-m", "layerscope", str(tmp_path / "none.tar"))
    terminal.wait_for(b"tries again")
    terminal.press(b"q")
    code, said = terminal.end()
    assert code == 3
    assert said.startswith("layerscope: ")
    assert "none.tar" in said.splitlines()[0]


_FAULTY = """
import layerscope.tui.screenactions as screen
from layerscope.cli.main import run
def fault(_view):
    secret = "a local variable"
    raise ValueError("not expected")
screen.turn_scope = fault
raise SystemExit(run(["demo"]))
"""


def test_a_fault_of_our_own_ends_with_4_and_one_line_without_a_traceback(terminals: list[Terminal]) -> None:
    terminal = started(terminals, "-c", _FAULTY)
    terminal.wait_for(b"wasted")
    terminal.press(b"v")
    code, said = terminal.end()
    assert code == 4
    assert said.startswith("layerscope: a fault of our own: ValueError: not expected")
    assert "Traceback" not in said
    assert b"a local variable" not in terminal.output
