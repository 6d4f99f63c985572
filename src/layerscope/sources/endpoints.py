"""Where container engines listen: environment, docker contexts and podman connections by name, and the usual sockets.

Owns the order in which they are tried, which is that of the engines' own clients. Connects to nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from layerscope.frozen import dataclass
from layerscope.sources.dockercontext import DEFAULT, Tls, current_context, read_context
from layerscope.sources.podmanconf import Connection, default_connection, named_connection

_DOCKER_PIPES = ("npipe:////./pipe/docker_engine", "npipe:////./pipe/dockerDesktopLinuxEngine")
_PODMAN_PIPES = ("npipe:////./pipe/podman-machine-default",)
_NO_CONNECTION = "there is no such connection; see: podman system connection list"
_WINDOWS = os.name == "nt"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place where an engine may answer."""

    url: str
    """As in DOCKER_HOST; "" where it is not known."""
    origin: str
    """Who says so, for messages."""
    tls: Tls | None = None
    trouble: str | None = None
    """Why nobody can be asked there."""
    identity: str | None = None
    """The ssh key that a podman connection names."""

    @property
    def text(self) -> str:
        """How messages call it."""
        return ", ".join(part for part in (self.url, self.origin) if part and part != USUAL)


USUAL = "the usual socket"


def docker_endpoints(environ: Mapping[str, str]) -> list[Endpoint]:
    """List where Docker may answer: DOCKER_HOST, else the context, else sockets that exist (the default one always).

    With a host or context named, nothing else is tried: the same name may be another image elsewhere.
    """
    if host := environ.get("DOCKER_HOST"):
        return [Endpoint(host, "DOCKER_HOST", _tls(environ))]
    context = environ.get("DOCKER_CONTEXT") or current_context(environ)
    if context != DEFAULT:
        return [_context(environ, context)]
    if _WINDOWS:
        return [Endpoint(pipe, USUAL) for pipe in _DOCKER_PIPES]
    usual = Path("/var/run/docker.sock")  # also that of the snap, and of Docker Desktop where it may
    return [_socket(usual), *(_socket(path) for path in _existing(_docker_sockets(environ)))]


def podman_endpoints(environ: Mapping[str, str]) -> list[Endpoint]:
    """List where Podman's Docker-compatible API may answer.

    CONTAINER_HOST or CONTAINER_CONNECTION alone, where set; else sockets that exist, the user's own first, and the
    default connection of `podman system connection`.
    """
    if host := environ.get("CONTAINER_HOST"):
        return [Endpoint(host, "CONTAINER_HOST", identity=environ.get("CONTAINER_SSHKEY"))]
    if name := environ.get("CONTAINER_CONNECTION"):
        found = named_connection(environ, name)
        return [_connection(found) if found else Endpoint("", f"connection {name}", trouble=_NO_CONNECTION)]
    endpoints = [_socket(path) for path in _existing(_podman_sockets(environ))]
    if _WINDOWS:
        endpoints += [Endpoint(pipe, USUAL) for pipe in _PODMAN_PIPES]
    default = default_connection(environ)
    if default is not None and default.uri not in {one.url for one in endpoints}:
        endpoints.append(_connection(default))
    return endpoints


def podman_sockets(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Give the sockets of Podman's service, whether they exist or not: the user's own, and root's."""
    rootful = Path("/run/podman/podman.sock")
    own = _runtime(environ) / "podman/podman.sock"
    return (rootful, own) if _uid() == 0 else (own, rootful)


def _docker_sockets(environ: Mapping[str, str]) -> Iterator[Path]:
    home = _home(environ)
    yield _runtime(environ) / "docker.sock"  # rootless Docker
    yield home / ".docker/run/docker.sock"  # Docker Desktop on macOS
    yield home / ".docker/desktop/docker.sock"  # Docker Desktop on Linux
    for folder in _folders(environ.get("COLIMA_HOME"), home / ".colima", _config(environ) / "colima"):
        yield from _below(folder, "default/docker.sock", "*/docker.sock")
    yield home / ".orbstack/run/docker.sock"
    yield home / ".rd/docker.sock"  # Rancher Desktop
    for folder in _folders(environ.get("LIMA_HOME"), home / ".lima"):
        yield from _below(folder, "docker/sock/docker.sock", "*/sock/docker.sock")


def _podman_sockets(environ: Mapping[str, str]) -> Iterator[Path]:
    home = _home(environ)
    yield from podman_sockets(environ)
    for folder in _folders(environ.get("LIMA_HOME"), home / ".lima"):
        yield from _below(folder, "podman/sock/podman.sock", "*/sock/podman.sock")
    machines = home / ".local/share/containers/podman/machine"
    yield from _below(machines, "podman.sock", "*/podman.sock", "*-api.sock")
    if temporary := environ.get("TMPDIR"):  # Podman 5 on macOS
        yield from _below(Path(temporary) / "podman", "*-api.sock")


def _context(environ: Mapping[str, str], name: str) -> Endpoint:
    try:
        context = read_context(environ, name)
    except ValueError as error:
        return Endpoint("", f"context {name}", trouble=str(error))
    return Endpoint(context.host, f"context {name}", context.tls)


def _tls(environ: Mapping[str, str]) -> Tls | None:
    """Read DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as docker's command does."""
    verify, folder = bool(environ.get("DOCKER_TLS_VERIFY")), environ.get("DOCKER_CERT_PATH")
    if not verify and not folder:
        return None
    path = Path(folder) if folder else Path(environ.get("DOCKER_CONFIG") or _home(environ) / ".docker")
    return Tls(path / "ca.pem", path / "cert.pem", path / "key.pem", verify)


def _connection(found: Connection) -> Endpoint:
    return Endpoint(found.uri, f"connection {found.name}", identity=found.identity or None)


def _socket(path: Path) -> Endpoint:
    return Endpoint(f"unix://{path}", USUAL)


def _existing(paths: Iterable[Path]) -> list[Path]:
    found = []
    for path in paths:
        try:
            if path.is_socket() and path not in found:
                found.append(path)
        except OSError:  # a directory that is closed to us holds no socket for us
            continue
    return found


def _below(folder: Path, *patterns: str) -> Iterator[Path]:
    for pattern in patterns:
        try:
            yield from sorted(folder.glob(pattern))
        except OSError:
            continue


def _folders(named: str | None, *usual: Path) -> tuple[Path, ...]:
    return (Path(named),) if named else usual


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or "/")


def _config(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or _home(environ) / ".config")


def _uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _runtime(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{_uid()}")
