"""An engine on another machine, as a socket on this one: every connection to it becomes an `ssh` of its own.

Does what docker's client does for ssh:// (github.com/docker/cli, cli/connhelper): runs `docker system dial-stdio`
over there, with the keys, agents and settings of the user's own ssh. Nobody is asked for a password: a terminal
interface, and a CI job, have nobody to ask there; what ssh says instead goes into the error. Knows nothing of HTTP.
"""

import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import urlsplit

_DIAL = ("docker", "system", "dial-stdio")
_PATIENCE_S = "30"
_MAX_SAID = 500


class SshForward:
    """A private socket that leads to the engine behind an ssh:// address; alive inside the `with` block."""

    def __init__(self, url: str, identity: str | None = None) -> None:
        """ValueError when the address makes no sense, or when there is no ssh."""
        self._command = command(url, identity)
        if shutil.which(self._command[0]) is None:
            raise ValueError("ssh is not installed")
        self._folder = Path(tempfile.mkdtemp(prefix="layerscope-"))  # private: mode 0700
        self._errors = (self._folder / "stderr").open("w+b")
        self._listener = socket.socket(socket.AF_UNIX)
        self._processes: list[subprocess.Popen[bytes]] = []
        # Also when the interpreter ends while a thread is still using it.
        self._take_back = weakref.finalize(
            self, _take_back, self._listener, self._processes, self._errors, self._folder
        )

    @property
    def url(self) -> str:
        """Where to connect instead."""
        return f"unix://{self._folder}/s"

    def __enter__(self) -> Self:
        self._listener.bind(str(self._folder / "s"))
        self._listener.listen()
        threading.Thread(target=self._accept, name="ssh to an engine", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End every ssh, and take the socket away."""
        self._take_back()

    def said(self) -> str:
        """Give the last line that ssh, or who answered it, wrote to standard error; "" where there is none."""
        if self._errors.closed:
            return ""
        size = os.fstat(self._errors.fileno()).st_size
        lines = os.pread(self._errors.fileno(), 8192, max(0, size - 8192)).decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return last if not last or last.startswith("ssh: ") else f"ssh: {last}"[:_MAX_SAID]

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:  # closed
                return
            with connection, suppress(OSError):
                self._processes.append(
                    # A session of its own has no terminal, so that ssh cannot ask there, nor get its Ctrl+C.
                    subprocess.Popen(  # noqa: S603
                        self._command,
                        stdin=connection.fileno(),
                        stdout=connection.fileno(),
                        stderr=self._errors,
                        start_new_session=True,
                    )
                )


def _take_back(
    listener: socket.socket, processes: "list[subprocess.Popen[bytes]]", errors: IO[bytes], folder: Path
) -> None:
    with suppress(OSError):  # wakes the thread that waits in accept
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for process in processes:
        process.terminate()
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
    errors.close()
    shutil.rmtree(folder, ignore_errors=True)


def command(url: str, identity: str | None = None) -> list[str]:
    """Write the ssh command for an address: `ssh://[USER@]HOST[:PORT][/SOCKET]`; ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme != "ssh" or not parts.hostname or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{url} is no address: ssh://[USER@]HOST[:PORT]")
    options = ["-o", f"ConnectTimeout={_PATIENCE_S}", "-T"]
    if parts.username:
        options += ["-l", parts.username]
    if parts.port:
        options += ["-p", str(parts.port)]
    if identity:
        options += ["-i", identity]
    dial = list(_DIAL)
    if parts.path.strip("/"):
        dial[1:1] = ["--host", f"unix://{parts.path}"]
    # The host last and after "--": a name that looks like an option must not become one.
    return ["ssh", *options, "--", parts.hostname, shlex.join(dial)]
