"""Where container engines listen: environment, docker contexts by name, and the usual sockets.

Owns the order in which they are tried, which is that of the engines' own clients. Connects to nothing and reads no
context store: `engine.py` does.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where an engine may answer."""

    url: str
    """As in DOCKER_HOST; "" where a context says it."""
    origin: str
    """Who says so, for messages."""
    context: str | None = None


def docker_endpoints(environ: Mapping[str, str], current_context: str) -> list[Endpoint]:
    """List where Docker may answer: DOCKER_HOST, else the context, else sockets that exist (the default one always).

    With a host or context named, nothing else is tried: the same name may be another image elsewhere.
    """
    if host := environ.get("DOCKER_HOST"):
        return [Endpoint(host, "DOCKER_HOST")]
    context = environ.get("DOCKER_CONTEXT") or current_context
    if context != "default":
        return [Endpoint("", f"context {context}", context)]
    home, runtime = _home(environ), _runtime(environ)
    usual = Path("/var/run/docker.sock")
    others = (
        runtime / "docker.sock",  # rootless Docker
        home / ".docker/run/docker.sock",  # Docker Desktop on macOS
        home / ".docker/desktop/docker.sock",  # Docker Desktop on Linux
        home / ".colima/default/docker.sock",
        home / ".orbstack/run/docker.sock",
        home / ".rd/docker.sock",  # Rancher Desktop
        home / ".lima/docker/sock/docker.sock",
    )
    return [_socket(usual), *(_socket(path) for path in _existing(others))]


def podman_endpoints(environ: Mapping[str, str]) -> list[Endpoint]:
    """List where Podman's Docker-compatible API may answer: CONTAINER_HOST, else sockets that exist."""
    if host := environ.get("CONTAINER_HOST"):
        return [Endpoint(host, "CONTAINER_HOST")]
    home, runtime = _home(environ), _runtime(environ)
    sockets = (
        runtime / "podman/podman.sock",
        Path("/run/podman/podman.sock"),
        home / ".local/share/containers/podman/machine/podman.sock",
        home / ".local/share/containers/podman/machine/qemu/podman.sock",
    )
    return [_socket(path) for path in _existing(sockets)]


def _socket(path: Path) -> Endpoint:
    return Endpoint(f"unix://{path}", "the usual socket")


def _existing(paths: Iterable[Path]) -> list[Path]:
    found = []
    for path in paths:
        try:
            if path.is_socket() and path not in found:
                found.append(path)
        except OSError:  # a directory that is closed to us holds no socket for us
            continue
    return found


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or "/")


def _runtime(environ: Mapping[str, str]) -> Path:
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}")
