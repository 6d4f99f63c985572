"""A private dockerd for the tests that need a real engine as judge.

Owns starting the daemon in a directory of its own, talking to it through the docker client, and leaving
nothing behind: no process, no mount, no file. It knows nothing about images or about layerscope. Several
daemons may run side by side; none touches iptables, bridges, sysctls or an engine the machine already has.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_START_TIMEOUT_S: Final = 60.0
_STOP_TIMEOUT_S: Final = 30.0
_MODERN: Final = 29
_MODERN_VARIABLE: Final = "LAYERSCOPE_DOCKERD29"
_SBIN: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")

#: overlay2 is what people run; vfs is what still works where /tmp itself is an overlay (inside a container).
_STORAGE_DRIVERS: Final = ("overlay2", "vfs")


class EngineError(RuntimeError):
    """The daemon did not start, or a docker command failed; the message carries its output."""


def docker_missing_reason() -> str | None:
    """Say why no private dockerd can run here, or `None` when one can."""
    if not sys.platform.startswith("linux"):
        return "dockerd runs on Linux only"
    if _find_dockerd() is None:
        return "dockerd is not installed"
    if _find_client() is None:
        return "the docker client is not installed"
    if os.geteuid() != 0:
        return "dockerd needs root"
    return None


def run(
    command: Sequence[str | Path],
    *,
    input: bytes | None = None,  # noqa: A002 - the name subprocess.run gives it
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end and keep its output; a failure raises `EngineError` with the end of it."""
    done = subprocess.run(command, input=input, env=env, capture_output=True, check=False)
    if check and done.returncode != 0:
        tail = (done.stdout + done.stderr).decode(errors="replace")[-3000:]
        words = " ".join(map(str, command))
        raise EngineError(f"{words!r} ended with {done.returncode}:\n{tail}")
    return done


def unmount_below(directory: Path) -> None:
    """Unmount whatever an engine left mounted below its own directory, inner mounts first."""
    # Field 5 of mountinfo; our names have no blanks, so its octal escapes need no undoing.
    mount_points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount_point in reversed(mount_points):
        if mount_point.startswith(f"{directory}/"):
            run(["umount", "--lazy", mount_point], check=False)


def modern_missing_reason() -> str | None:
    """Say why no Docker Engine 29 can run here beside the machine's own, or `None` when one can."""
    if reason := docker_missing_reason():
        return reason
    if modern_dockerd() is None:
        return f"Docker Engine 29 is not installed (dockerd29 on PATH, or {_MODERN_VARIABLE})"
    return None if shutil.which("containerd") else "containerd is not installed"


def modern_dockerd() -> str | None:
    """Find the daemon of Docker Engine 29: named by LAYERSCOPE_DOCKERD29, called dockerd29, or the machine's own."""
    named = os.environ.get(_MODERN_VARIABLE) or shutil.which("dockerd29")
    if named:
        return named
    usual = _find_dockerd()
    said = run([usual, "--version"], check=False).stdout.decode() if usual else ""
    version = next((word for word in said.split() if word[:1].isdigit()), "0")
    return usual if int(version.split(".")[0]) >= _MODERN else None


class Dockerd:
    """A dockerd of our own, alive inside the `with` block."""

    def __init__(self, program: str | None = None, *, store: str | None = None, flags: Sequence[str] = ()) -> None:
        """`store`, of Docker 29: `containerd` (its default) or `overlay2`; `flags` are more words for the daemon."""
        self._program = program
        self._store = store
        self._flags = tuple(flags)
        self.directory = Path()
        self.storage_driver = ""
        #: Why the storage driver is not the usual one; `None` when it is.
        self.storage_note: str | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket_url(self) -> str:
        """What DOCKER_HOST must be to reach this daemon."""
        return f"unix://{self.directory}/docker.sock"

    @property
    def pid(self) -> int:
        """The daemon's process id."""
        if self._process is None:
            raise EngineError("the daemon is not running")
        return self._process.pid

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Give an environment in which docker clients find this daemon, and nobody's configuration."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")}
        private = {"DOCKER_HOST": self.socket_url, "DOCKER_CONFIG": str(self.directory / "client")}
        return kept | private | dict(extra or {})

    def run_docker(
        self,
        *args: str | Path,
        input: bytes | None = None,  # noqa: A002 - the name subprocess.run gives it
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run `docker ARGS` against this daemon; a failure raises `EngineError`."""
        return run([_found(_find_client(), "docker"), *args], input=input, env=self.environment(env))

    def __enter__(self) -> Self:
        # The path stays short because a unix socket's may have only 107 bytes, whatever TMPDIR says.
        self.directory = Path(tempfile.mkdtemp(prefix="lse-", dir="/tmp"))
        try:
            self._start()
        except BaseException:
            self._clean_up()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._clean_up()

    def _start(self) -> None:
        logs: list[str] = []
        for driver in ("overlayfs",) if self._store == "containerd" else _STORAGE_DRIVERS:
            if self._starts_with(driver):
                self.storage_driver = driver
                self.storage_note = f"{driver} instead of {_STORAGE_DRIVERS[0]}: {logs[-1]}" if logs else None
                return
            self._stop()
            logs.append(self._last_log_line())
        raise EngineError("dockerd did not start: " + "; ".join(logs))

    def _starts_with(self, storage_driver: str) -> bool:
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *_ending_with_us(),
                    _found(self._program or _find_dockerd(), "dockerd"),
                    f"--host={self.socket_url}",
                    f"--data-root={self.directory / 'data'}",
                    f"--exec-root={self.directory / 'exec'}",
                    f"--pidfile={self.directory / 'pid'}",
                    f"--config-file={self._config()}",
                    f"--storage-driver={storage_driver}",
                    "--iptables=false",
                    "--ip6tables=false",
                    "--ip-forward=false",
                    "--bridge=none",
                    "--experimental",  # build --squash
                    *self._flags,
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the test run must reach us first, so that we can clean up
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers():
                return True
            time.sleep(0.1)
        return False

    def _config(self) -> Path:
        """Keep the daemon away from the machine's /etc/docker/daemon.json, which may contradict our flags."""
        config = self.directory / "daemon.json"
        features = {} if self._store is None else {"containerd-snapshotter": self._store == "containerd"}
        config.write_text(json.dumps({"features": features} if features else {}))
        return config

    def _answers(self) -> bool:
        client = _found(_find_client(), "docker")
        return run([client, "version"], env=self.environment(), check=False).returncode == 0

    def _last_log_line(self) -> str:
        lines = (self.directory / "log").read_text(errors="replace").splitlines()
        return lines[-1] if lines else "no output"

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._kill_orphaned_containerd()
        unmount_below(self.directory)

    def _kill_orphaned_containerd(self) -> None:
        """End the containerd that a dockerd which had to be killed could not end itself."""
        pidfile = self.directory / "exec/containerd/containerd.pid"
        if not pidfile.exists():
            return
        pid = int(pidfile.read_text())
        command_line = Path(f"/proc/{pid}/cmdline")
        if command_line.exists() and str(self.directory).encode() in command_line.read_bytes():
            os.kill(pid, signal.SIGKILL)

    def _clean_up(self) -> None:
        self._stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def _ending_with_us() -> list[str]:
    """Have the daemon ended when the test run itself is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig=TERM", "--"] if setpriv else []


def _find_dockerd() -> str | None:
    return shutil.which("dockerd", path=os.pathsep.join((os.environ.get("PATH", os.defpath), *_SBIN)))


def _find_client() -> str | None:
    """Prefer the client that came with the daemon: a newer one on PATH may lack a builder."""
    return shutil.which("docker", path="/usr/bin") or shutil.which("docker")


def _found(program: str | None, name: str) -> str:
    if program is None:
        raise EngineError(f"{name} is not installed")
    return program
