"""A real terminal for tests: tmux, with a server of its own, and what stands on its screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_TIMEOUT_S: Final = 40.0
_NOT_OURS: Final = frozenset({"CI", "NO_COLOR", "TMUX", "COLUMNS", "LINES"})
"""What would tell the program of another terminal than this one; pytest-xdist sets COLUMNS."""


def tmux_missing_reason() -> str | None:
    """Say why there is no terminal to be had here, or `None` when there is."""
    return None if shutil.which("tmux") else "tmux is not installed"


class Terminal:
    """A terminal of our own, alive inside the `with` block; one program in it."""

    def __init__(self, command: list[str], directory: Path, *, size: tuple[int, int], env: Mapping[str, str]) -> None:
        self._command, self._directory, self._size, self._env = command, directory, size, env
        self._socket = ["tmux", "-f", "/dev/null", "-S", str(directory / "tmux.sock")]

    def __enter__(self) -> Self:
        width, height = map(str, self._size)
        whole = dict(os.environ) | dict(self._env)
        subprocess.run(
            [*self._socket, "new-session", "-d", "-x", width, "-y", height, "-c", self._directory, *self._command],
            env={name: value for name, value in whole.items() if name not in _NOT_OURS},
            check=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        subprocess.run([*self._socket, "kill-server"], check=False, stderr=subprocess.DEVNULL)

    @property
    def screen(self) -> str:
        """What stands on the screen."""
        return self._tmux("capture-pane", "-p")

    @property
    def clipboard(self) -> str:
        """What was copied last."""
        return self._tmux("show-buffer")

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._tmux("send-keys", *keys)

    def click(self, text: str) -> None:
        """Click on the first place where a text stands, as a terminal that reports the mouse does."""
        row, line = next((row, line) for row, line in enumerate(self.screen.split("\n"), 1) if text in line)
        column = line.index(text) + 1
        for end in "Mm":
            self._tmux("send-keys", "-l", f"\x1b[<0;{column};{row}{end}")

    def until(self, *texts: str, gone: str | None = None) -> str:
        """Wait until all texts stand on the screen, and one does not; give the screen."""
        end = time.monotonic() + _TIMEOUT_S
        while True:
            screen = self.screen
            if all(text in screen for text in texts) and (gone is None or gone not in screen):
                return screen
            assert time.monotonic() < end, f"{texts} without {gone!r}:\n{screen}"
            time.sleep(0.05)

    def until_ended(self) -> None:
        """Wait until the program has ended, and the terminal with it."""
        end = time.monotonic() + _TIMEOUT_S
        while subprocess.run([*self._socket, "has-session"], check=False, stderr=subprocess.DEVNULL).returncode == 0:
            assert time.monotonic() < end, self.screen
            time.sleep(0.05)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run([*self._socket, *arguments], check=True, capture_output=True)
        return done.stdout.decode()
