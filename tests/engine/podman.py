"""Podman and buildah in a storage of their own, and podman's service with docker's API.

Owns that storage and that service and leaves nothing of either behind. Podman 4 and the buildah beside it share
the storage format, so that either can read what the other built.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from engine.engine import EngineError, run, unmount_below

_SERVICE_TIMEOUT_S: Final = 30.0

#: A race in buildah's chroot isolation, when it copies itself to memory for each RUN; nothing is done by then.
_BUSY: Final = "sealing memfd copy"
_ATTEMPTS: Final = 5


def podman_missing_reason() -> str | None:
    """Say why podman and buildah cannot build here, or `None` when they can."""
    if not sys.platform.startswith("linux"):
        return "podman needs Linux"
    if os.geteuid() != 0:
        return "a private storage with overlay mounts needs root"
    missing = [name for name in ("podman", "buildah") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


class Podman:
    """A private storage for podman and buildah, alive inside the `with` block."""

    def __init__(self) -> None:
        self.directory = Path()

    def run_podman(self, *args: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run `podman ARGS` in this storage; a failure raises `EngineError`."""
        return _run_again_when_busy(["podman", *self._storage(), *args])

    def run_buildah(self, *args: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run `buildah ARGS` in this storage; a failure raises `EngineError`."""
        return _run_again_when_busy(["buildah", *self._storage(), *args])

    #: The process of the service, while it serves.
    service_process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def service(self) -> Iterator[str]:
        """Serve docker's and podman's API on a unix socket and give its URL."""
        socket = self.directory / "podman.sock"
        url = f"unix://{socket}"
        command = ["podman", *self._storage(), "system", "service", "--time=0", url]
        with (self.directory / "service.log").open("wb") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self.service_process = process
        try:
            _wait_for(socket, process)
            yield url
        finally:
            process.terminate()
            process.wait()

    def command_directory(self) -> Path:
        """Give a directory for PATH in which `podman` is this storage's; it goes with the storage."""
        folder = self.directory / "bin"
        folder.mkdir(exist_ok=True)
        script = folder / "podman"
        script.write_text(f'#!/bin/sh\nexec {shlex.join([str(shutil.which("podman")), *self._storage()])} "$@"\n')
        script.chmod(0o755)
        return folder

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="lsp-", dir="/tmp"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        unmount_below(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _storage(self) -> list[str]:
        root, runroot = self.directory / "root", self.directory / "run"
        return [f"--root={root}", f"--runroot={runroot}", "--storage-driver=overlay"]


def _run_again_when_busy(command: Sequence[str | Path]) -> subprocess.CompletedProcess[bytes]:
    for _ in range(_ATTEMPTS - 1):
        try:
            return run(command)
        except EngineError as error:
            if _BUSY not in str(error):
                raise
    return run(command)


def _wait_for(socket: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SERVICE_TIMEOUT_S
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise EngineError("podman's service did not start")
        time.sleep(0.05)
