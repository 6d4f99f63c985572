"""A private containerd, for what `ctr` writes; alive inside the `with` block, and nothing of it stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.engine import EngineError, run, unmount_below

_START_TIMEOUT_S: Final = 30.0


def containerd_missing_reason() -> str | None:
    """Say why no private containerd can run here, or `None` when one can."""
    if not sys.platform.startswith("linux"):
        return "containerd runs on Linux only"
    if os.geteuid() != 0:
        return "containerd needs root"
    missing = [name for name in ("containerd", "ctr") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


class Containerd:
    """A daemon of our own."""

    def __init__(self) -> None:
        self.directory = Path()
        self._process: subprocess.Popen[bytes] | None = None

    def run_ctr(self, *args: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run `ctr ARGS` against this daemon; a failure raises `EngineError`."""
        return run(["ctr", f"--address={self.directory}/sock", *args])

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="lsc-", dir="/tmp"))
        config = self.directory / "config.toml"
        # Without CRI, which wants a network; its socket is not enough to keep it from the machine's own directories.
        config.write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n')
        flags = [f"--address={self.directory}/sock", f"--root={self.directory}/root", f"--state={self.directory}/state"]
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["containerd", f"--config={config}", *flags], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                log_text = (self.directory / "log").read_text(errors="replace")[-2000:]
                self.__exit__(None, None, None)
                raise EngineError(f"containerd did not start: {log_text}")
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        if not (self.directory / "sock").exists():  # ctr would wait for it for seconds
            return False
        return run(["ctr", f"--address={self.directory}/sock", "version"], check=False).returncode == 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        unmount_below(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)
