"""Podman's connections, as `podman system connection list` has them: names for sockets, here and over ssh.

Owns reading them from where Podman keeps them (containers.conf(5), podman-system-connection(1)). Connects to nothing.
A file that is not there or makes no sense has no connections: Podman itself will say what is wrong with it.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from layerscope.frozen import dataclass

_SYSTEM = (Path("/usr/share/containers"), Path("/etc/containers"))
MAX_BYTES = 1 << 20
"""Of one configuration file."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One of Podman's connections."""

    name: str
    uri: str
    identity: str = ""
    """Path of an ssh key."""


def default_connection(environ: Mapping[str, str]) -> Connection | None:
    """Find the connection that `podman --remote` would use."""
    default, found = _connections(environ)
    return found.get(default)


def named_connection(environ: Mapping[str, str], name: str) -> Connection | None:
    """Find a connection by its name."""
    return _connections(environ)[1].get(name)


def _connections(environ: Mapping[str, str]) -> tuple[str, dict[str, Connection]]:
    """Read the name of the default connection and all connections; later files win."""
    default, found = "", dict[str, Connection]()
    for path in _configurations(environ):
        engine = _object(_toml(path).get("engine"))
        default = _text(engine.get("active_service")) or default
        found |= _entries(engine.get("service_destinations"), "uri", "identity")
    # Since Podman 5 `podman system connection add` writes this file, and it wins.
    stored = _object(_json(_connections_file(environ)).get("Connection"))
    found |= _entries(stored.get("Connections"), "URI", "Identity")
    return _text(stored.get("Default")) or default, found


def _configurations(environ: Mapping[str, str]) -> Iterator[Path]:
    if named := environ.get("CONTAINERS_CONF"):
        yield Path(named)
    else:
        for folder in (*_SYSTEM, _home(environ)):
            yield folder / "containers.conf"
            yield from sorted((folder / "containers.conf.d").glob("*.conf"))
    if override := environ.get("CONTAINERS_CONF_OVERRIDE"):
        yield Path(override)


def _connections_file(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("PODMAN_CONNECTIONS_CONF") or _home(environ) / "podman-connections.json")


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME") or "/") / ".config") / "containers"


def _entries(value: object, uri: str, identity: str) -> dict[str, Connection]:
    return {
        name: Connection(name, _text(_object(entry).get(uri)), _text(_object(entry).get(identity)))
        for name, entry in _object(value).items()
        if _text(_object(entry).get(uri))
    }


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path))
    except (OSError, ValueError):
        return {}


def _json(path: Path) -> dict[str, Any]:
    try:
        return _object(json.loads(_read(path)))
    except (OSError, ValueError, RecursionError):
        return {}


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(MAX_BYTES).decode()


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
