"""A private registry on this machine, for what engines fetch; alive inside the `with` block."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from engine.engine import EngineError, run

_START_TIMEOUT_S: Final = 30.0
_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"


def registry_missing_reason() -> str | None:
    """Say why no registry can run here, or `None` when one can."""
    missing = [name for name in ("docker-registry", "skopeo") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed" if missing else None


class Registry:
    """The distribution project's registry, without TLS: engines allow that for loopback addresses."""

    def __init__(self) -> None:
        self.directory = Path()
        self.address = ""
        self._process: subprocess.Popen[bytes] | None = None

    def push(self, archive: Path, name: str) -> str:
        """Put a docker-save archive into it; gives the name to fetch it by."""
        policy = self.directory / "policy.json"
        policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        target = f"docker://{self.address}/{name}"
        run(
            [
                "skopeo",
                "--policy",
                policy,
                "copy",
                "--quiet",
                "--dest-tls-verify=false",
                f"docker-archive:{archive}",
                target,
            ]
        )
        return f"{self.address}/{name}"

    def push_list(self, archives: Mapping[str, Path], name: str) -> str:
        """Put images for several platforms (os/arch) under one name."""
        base = f"http://{self.address}/v2/{name.partition(':')[0]}/manifests"
        manifests = []
        for platform, archive in archives.items():
            tag = platform.replace("/", "-")
            self.push(archive, f"{name.partition(':')[0]}:{tag}")
            body = self._ask(f"{base}/{tag}", headers={"Accept": _MANIFEST})
            os_name, architecture = platform.split("/")
            manifests.append(
                {
                    "mediaType": _MANIFEST,
                    "digest": f"sha256:{hashlib.sha256(body).hexdigest()}",
                    "size": len(body),
                    "platform": {"os": os_name, "architecture": architecture},
                }
            )
        document = {"schemaVersion": 2, "mediaType": _LIST, "manifests": manifests}
        address = f"{base}/{name.partition(':')[2]}"
        self._ask(address, headers={"Content-Type": _LIST}, method="PUT", data=json.dumps(document).encode())
        return f"{self.address}/{name}"

    def _ask(self, url: str, **options: Any) -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, **options)) as answer:
            body: bytes = answer.read()
            return body

    def settings_for_podman(self) -> Path:
        """Write a registries.conf that lets podman do without TLS."""
        path = self.directory / "registries.conf"
        path.write_text(f'[[registry]]\nlocation = "{self.address}"\ninsecure = true\n')
        return path

    def __enter__(self) -> Self:
        self.directory = Path(tempfile.mkdtemp(prefix="lsr-", dir="/tmp"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        config = self.directory / "config.yml"
        config.write_text(
            "version: 0.1\nlog: {level: error}\n"
            f"storage: {{filesystem: {{rootdirectory: {self.directory}/data}}}}\nhttp: {{addr: '{self.address}'}}\n"
        )
        with (self.directory / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["docker-registry", "serve", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise EngineError("the registry did not start")
            time.sleep(0.05)
        return self

    def _listens(self) -> bool:
        host, _colon, port = self.address.partition(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
