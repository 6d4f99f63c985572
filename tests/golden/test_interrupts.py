"""Ctrl+C and signals at any moment: one line at most, the right exit code, no process and no file left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builder import ImageBuilder

LAYERS = 4
FILES = 3_000


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that is read by several processes: 40 MB in 12,000 files, each in two layers."""
    builder = ImageBuilder()
    for layer in range(LAYERS):
        builder.layer({f"d{layer // 2}/f{number}": bytes([number % 7]) * 3_400 for number in range(FILES)})
    return builder.save(tmp_path_factory.mktemp("interrupts") / "image.tar")


def is_gone(group: int) -> bool:
    """Say whether no process of a group is left; who is dead already may need a moment to be buried."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_any_moment_ends_everything(number: signal.Signals, image: Path, tmp_path: Path) -> None:
    environ = {**os.environ, "TMPDIR": str(tmp_path), "LAYERSCOPE_CACHE_DIR": str(tmp_path / "cache")}
    # A shell that starts tests in the background has them ignore interrupts, and children inherit that
    start = (
        "import signal, sys\nfrom layerscope.__main__ import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\nprint('begun', flush=True)\nsys.exit(main())\n"
    )
    command = [sys.executable, "-c", start, "report", str(image), "--no-cache", "--output", str(tmp_path / "report")]
    outcomes = set()
    for moment in range(12):
        with subprocess.Popen(
            command,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()  # before that it is Python's own start
            time.sleep(0.05 * moment)
            os.killpg(process.pid, number)  # as a terminal does
            _, said = process.communicate(timeout=20)
        if said.endswith('File "<string>", line 4, in <module>\nKeyboardInterrupt\n'):
            continue  # between what was printed and the program
        assert "Traceback" not in said, (moment, said)
        assert process.returncode in {0, 130, 128 + number, -number}, (moment, process.returncode, said)
        outcomes.add(process.returncode)
        assert is_gone(process.pid), (moment, "a helper is left")
        if process.returncode:
            assert [path.name for path in tmp_path.iterdir() if path.name != "report"] == []
    assert outcomes - {0}


def test_a_closed_terminal_ends_the_interface_even_where_hangups_are_ignored(tmp_path: Path) -> None:
    """Textual would read the end of its input for ever, with a core of its own."""
    start = (
        "import signal, sys\nfrom layerscope.__main__ import main\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "sys.argv[1:] = ['inspect', 'demo', '--no-state']\nsys.exit(main())\n"
    )
    environ = {**os.environ, "TERM": "xterm-256color", "CI": "", "HOME": str(tmp_path)}
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", start], env=environ, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        seen = b""
        while b"efficient" not in seen:
            seen += os.read(ours, 1 << 16)
        os.close(ours)
        process.wait(timeout=20)
