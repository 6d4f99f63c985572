"""Podman by its own command, where no socket of its service answers: `podman image inspect`, `save` and `pull`.

Owns running that command, and seeing to it that nothing of it stays behind: it writes big temporary files while it
saves, which go into a directory that is removed here whatever becomes of the process. Knows nothing of archives.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from layerscope.sources.endpoints import Endpoint
from layerscope.sources.engineclient import NoAnswerError, Silence
from layerscope.sources.export import Feed

MAX_OTHERS = 500
"""Other images that are asked about when looking for the base."""
_ANSWER_TIMEOUT_S = 60
_PIECE = 1024 * 1024
_MAX_SAID = 500
_STOP_TIMEOUT_S = 3
_ABSENT = ("image not known", "no such image", "unable to find", "not found")
_COMMAND = "podman"
COMMAND = Endpoint("", "its own command")


def podman_installed() -> bool:
    """Say whether there is such a command."""
    return shutil.which(_COMMAND) is not None


def has_storage(environ: Mapping[str, str]) -> bool:
    """Say whether this user has ever kept an image with Podman: the command would make a storage to look into it."""
    if "CONTAINERS_STORAGE_CONF" in environ:
        return True
    home = Path(environ.get("HOME") or "/")
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config") / "containers/storage.conf"
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local/share") / "containers/storage"
    root = hasattr(os, "getuid") and os.getuid() == 0
    places = [Path("/var/lib/containers/storage")] if root else [config, data]
    return any(_exists(path) for path in places)


class CommandClient:
    """Podman as a command: of this machine, or with `connection` of wherever that leads."""

    def __init__(self, connection: Endpoint | None = None) -> None:
        options: list[str] = []
        if connection is not None:
            options = ["--url", connection.url, *(["--identity", connection.identity] if connection.identity else [])]
        self._command = [_COMMAND, *options]
        self._endpoint = connection or COMMAND

    @property
    def endpoint(self) -> Endpoint:
        """What is run."""
        return self._endpoint

    def inspect(self, reference: str, platform: str | None = None) -> dict[str, Any]:  # noqa: ARG002  has one
        """Describe an image in the words of the Docker Engine API."""
        return self._inspect([reference])[0]

    def history(self, image_id: str, platform: str | None = None) -> object:  # noqa: ARG002  has one
        """Give the history in the form of the Docker Engine API."""
        records = _json(self._run("history", "--format", "json", "--no-trunc", "--", image_id))
        return [
            {
                "CreatedBy": one.get("CreatedBy"),
                "Comment": one.get("comment"),
                "Size": one.get("size"),
                "Created": _seconds(one.get("created")),
            }
            for one in (records if isinstance(records, list) else [])
            if isinstance(one, dict)
        ]

    def others(self, image_id: str) -> list[dict[str, Any]]:
        """Describe the other images that have a tag."""
        listed = _json(self._run("image", "list", "--format", "json"))
        found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        ids = [str(one["Id"]) for one in found if one.get("Names") and one.get("Id")]
        wanted = [one for one in ids if f"sha256:{one}" != image_id][:MAX_OTHERS]
        return self._inspect(wanted) if wanted else []

    def export(self, target: str, platform: str | None) -> Feed:  # noqa: ARG002  podman keeps one platform a name
        """Save the image to a pipe."""
        return self._feed(
            "image", "save", "--quiet", "--format", "docker-archive", "--", target.removeprefix("sha256:")
        )

    def pull(self, reference: str, platform: str | None) -> Feed:
        """Fetch an image; podman tells a pipe nothing of how far it is."""
        return self._feed("image", "pull", "--quiet", *(["--platform", platform] if platform else []), "--", reference)

    def close(self) -> None:
        """Do nothing: each call was a process of its own."""

    def _inspect(self, references: Sequence[str]) -> list[dict[str, Any]]:
        found = _json(self._run("image", "inspect", "--", *references))
        images = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
        if not images:
            raise NoAnswerError(Silence.ABSENT, "no such image")
        return [one | {"Id": f"sha256:{str(one.get('Id') or '').removeprefix('sha256:')}"} for one in images]

    def _run(self, *args: str) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603
                [*self._command, *args], capture_output=True, check=False, timeout=_ANSWER_TIMEOUT_S,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise NoAnswerError(Silence.UNREACHED, "no answer in time") from error
        except OSError as error:
            raise NoAnswerError(Silence.UNREACHED, error.strerror or str(error)) from error
        if done.returncode:
            raise _refusal(done.stderr)
        return done.stdout

    def _feed(self, *args: str) -> Feed:
        running = _Running([*self._command, *args])
        return Feed(running.output(), running.stop)


class _Running:
    """A process whose output is read, and all that must not be left of it."""

    def __init__(self, command: Sequence[str]) -> None:
        # Not /tmp, which may be memory: where podman itself would put its files.
        self._folder = Path(tempfile.mkdtemp(prefix="layerscope-", dir=os.environ.get("TMPDIR") or _big_temporary()))
        self._errors = (self._folder / "stderr").open("w+b")
        try:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors,
                env=os.environ | {"TMPDIR": str(self._folder)}, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._errors.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise NoAnswerError(Silence.UNREACHED, error.strerror or str(error)) from error
        # Also when the interpreter ends while a thread is still reading.
        self._take_back = weakref.finalize(self, _take_back, self._process, self._errors, self._folder)

    def output(self) -> Generator[bytes, None, None]:
        """Give what it writes; raises in its words when it fails."""
        assert self._process.stdout is not None
        try:
            while piece := os.read(self._process.stdout.fileno(), _PIECE):
                yield piece
            if self._process.wait():
                self._errors.seek(0)
                raise _refusal(self._errors.read())
        finally:
            self._take_back()

    def stop(self) -> None:
        """End it and its children; its output ends then, too."""
        _terminate(self._process)


def _take_back(process: "subprocess.Popen[bytes]", errors: IO[bytes], folder: Path) -> None:
    _terminate(process)
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    errors.close()
    shutil.rmtree(folder, ignore_errors=True)


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGTERM)  # it leads a group of its own
            else:
                process.terminate()


def _big_temporary() -> str | None:
    return "/var/tmp" if Path("/var/tmp").is_dir() else None  # noqa: S108


def _refusal(stderr: bytes) -> NoAnswerError:
    lines = [line.strip() for line in stderr[-8192:].decode(errors="replace").splitlines() if line.strip()]
    text = (lines[-1] if lines else "it failed without a word").removeprefix("Error: ")[:_MAX_SAID]
    if "invalid reference format" in text:
        return NoAnswerError(Silence.MISNAMED, text)
    absent = any(word in text.lower() for word in _ABSENT)
    return NoAnswerError(Silence.ABSENT if absent else Silence.REFUSED, "no such image" if absent else text)


def _json(output: bytes) -> object:
    try:
        return json.loads(output)
    except (ValueError, RecursionError) as error:
        raise NoAnswerError(Silence.REFUSED, "what podman writes is no JSON") from error


def _seconds(created: object) -> int | None:
    try:
        return int(datetime.fromisoformat(str(created)).timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
