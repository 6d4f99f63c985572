"""Docker's contexts: the endpoint, and the TLS material, that the docker command would use.

Owns reading them from where the command keeps them (docker/cli, cli/context/store), also where there is no
config.json beside them, which the SDK's own reader asks for. Connects to nothing.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from layerscope.frozen import dataclass

DEFAULT = "default"
MAX_BYTES = 1 << 20
"""Of one file."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files to speak TLS with."""

    ca: Path | None
    cert: Path | None
    key: Path | None
    verify: bool
    """The engine has to prove who it is."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where a context leads."""

    host: str
    """As in DOCKER_HOST."""
    tls: Tls | None


def current_context(environ: Mapping[str, str]) -> str:
    """Give the name of the context in use; "default" where there is none, or the configuration cannot be read."""
    try:
        name = _object(_folder(environ) / "config.json").get("currentContext")
    except (OSError, ValueError, RecursionError):
        return DEFAULT
    return name if isinstance(name, str) and name else DEFAULT


def read_context(environ: Mapping[str, str], name: str) -> Context:
    """Read a context; ValueError, with a text for people, where there is none or it makes no sense."""
    identifier = hashlib.sha256(name.encode()).hexdigest()  # its folder's name
    store = _folder(environ) / "contexts"
    try:
        meta = _object(store / "meta" / identifier / "meta.json")
    except FileNotFoundError:
        raise ValueError("there is no such context; see: docker context ls") from None
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"the context cannot be read: {error}") from error
    endpoints = meta.get("Endpoints")
    docker = endpoints.get("docker") if isinstance(endpoints, dict) else None
    host = docker.get("Host") if isinstance(docker, dict) else None
    if not isinstance(docker, dict) or not isinstance(host, str) or not host:
        raise ValueError("the context names no docker endpoint")
    return Context(host, _tls(store / "tls" / identifier / "docker", verify=docker.get("SkipTLSVerify") is not True))


def _tls(folder: Path, *, verify: bool) -> Tls | None:
    ca, cert, key = (
        path if path.is_file() else None for path in map(folder.joinpath, ("ca.pem", "cert.pem", "key.pem"))
    )
    if ca is None and cert is None and key is None and verify:
        return None
    return Tls(ca, cert, key, verify)


def _folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DOCKER_CONFIG") or Path(environ.get("HOME") or "/") / ".docker")


def _object(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        value = json.loads(file.read(MAX_BYTES))
    return value if isinstance(value, dict) else {}
