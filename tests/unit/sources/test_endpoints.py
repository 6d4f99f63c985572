"""Where engines are looked for."""

import hashlib
import json
import socket
from pathlib import Path

import pytest

from layerscope.sources.dockercontext import Tls
from layerscope.sources.endpoints import USUAL, Endpoint, docker_endpoints, podman_endpoints


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The path of a socket may have 107 bytes.
    return tmp_path_factory.mktemp("h")


def listen(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def context(home: Path, name: str, meta: object, **files: str) -> None:
    """Write a context as docker's command does."""
    identifier = hashlib.sha256(name.encode()).hexdigest()
    folder = home / ".docker/contexts/meta" / identifier
    folder.mkdir(parents=True)
    (folder / "meta.json").write_text(json.dumps(meta))
    for file, text in files.items():
        path = home / ".docker/contexts/tls" / identifier / "docker" / f"{file}.pem"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_docker_host_is_the_only_place_when_it_is_set(home: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://there:2375", "DOCKER_CONTEXT": "x", "HOME": str(home)}
    assert docker_endpoints(environ) == [Endpoint("tcp://there:2375", "DOCKER_HOST")]
    (found,) = docker_endpoints(environ | {"DOCKER_TLS_VERIFY": "1"})
    folder = home / ".docker"
    assert found.tls == Tls(folder / "ca.pem", folder / "cert.pem", folder / "key.pem", verify=True)
    (found,) = docker_endpoints(environ | {"DOCKER_CERT_PATH": "/c"})
    assert found.tls == Tls(Path("/c/ca.pem"), Path("/c/cert.pem"), Path("/c/key.pem"), verify=False)


def test_a_context_is_the_only_place_when_one_is_chosen(home: Path) -> None:
    environ = {"HOME": str(home), "DOCKER_HOST": ""}
    meta = {"Name": "x", "Endpoints": {"docker": {"Host": "tcp://there:2376", "SkipTLSVerify": False}}}
    context(home, "x", meta, ca="a", cert="c", key="k")
    (found,) = docker_endpoints(environ | {"DOCKER_CONTEXT": "x"})
    assert (found.url, found.origin, found.trouble) == ("tcp://there:2376", "context x", None)
    assert found.tls is not None
    assert found.tls.verify
    assert found.tls.cert is not None
    assert found.tls.cert.read_text() == "c"
    (home / ".docker/config.json").write_text('{"currentContext": "x"}')
    assert docker_endpoints(environ) == [found]
    assert docker_endpoints(environ | {"DOCKER_CONTEXT": "default"})[0].origin == USUAL


@pytest.mark.parametrize("meta", [[], {"Endpoints": []}, {"Endpoints": {"docker": {"Host": 3}}}, {"Endpoints": {}}])
def test_a_context_that_makes_no_sense_is_said_to(meta: object, home: Path) -> None:
    environ = {"HOME": str(home), "DOCKER_CONTEXT": "y"}
    assert docker_endpoints(environ)[0].trouble == "there is no such context; see: docker context ls"
    context(home, "y", meta)
    assert docker_endpoints(environ)[0].trouble == "the context names no docker endpoint"


def test_a_configuration_that_cannot_be_read_chooses_no_context(home: Path) -> None:
    (home / ".docker").mkdir()
    for text in ("", "[]", "{", '{"currentContext": 3}', "[" * 100_000, "\xff"):
        (home / ".docker/config.json").write_text(text, encoding="latin-1")
        assert docker_endpoints({"HOME": str(home)})[0].origin == USUAL


def test_the_usual_socket_is_tried_first_and_those_that_exist_after_it(home: Path) -> None:
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    assert [one.url for one in docker_endpoints(environ)] == ["unix:///var/run/docker.sock"]
    others = ("run/docker.sock", ".docker/run/docker.sock", ".docker/desktop/docker.sock",
              ".colima/default/docker.sock", ".colima/work/docker.sock", ".config/colima/x/docker.sock",
              ".orbstack/run/docker.sock", ".rd/docker.sock", ".lima/docker/sock/docker.sock")  # fmt: skip
    for path in others:
        listen(home / path)
    (home / ".colima/no").mkdir(parents=True)
    (home / ".colima/no/docker.sock").write_text("not a socket")
    found = [one.url for one in docker_endpoints(environ)]
    assert found == ["unix:///var/run/docker.sock", *(f"unix://{home}/{path}" for path in others)]
    listen(home / "elsewhere/default/docker.sock")
    found = [one.url for one in docker_endpoints(environ | {"COLIMA_HOME": str(home / "elsewhere")})]
    assert f"unix://{home}/elsewhere/default/docker.sock" in found
    assert f"unix://{home}/.colima/default/docker.sock" not in found


def test_podman_is_looked_for_at_its_host_or_its_sockets(home: Path) -> None:
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "TMPDIR": str(home / "t")}
    paths = ("run/podman/podman.sock", ".local/share/containers/podman/machine/qemu/podman.sock",
             "t/podman/podman-machine-default-api.sock")  # fmt: skip
    for path in paths:
        listen(home / path)
    found = [one.url for one in podman_endpoints(environ)]
    assert [url for url in found if str(home) in url] == [f"unix://{home}/{path}" for path in paths]
    (named,) = podman_endpoints(environ | {"CONTAINER_HOST": "ssh://x", "CONTAINER_SSHKEY": "/k"})
    assert (named.url, named.origin, named.identity) == ("ssh://x", "CONTAINER_HOST", "/k")


TOML = """
[engine]
active_service = "b"
[engine.service_destinations.a]
uri = "ssh://me@a/run/podman.sock"
identity = "/id_a"
[engine.service_destinations.b]
uri = "unix:///b.sock"
"""


def test_podmans_connections_are_those_of_its_files(home: Path) -> None:
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run"), "CONTAINERS_CONF": str(home / "c.conf")}
    (home / "c.conf").write_text(TOML)
    assert podman_endpoints(environ)[-1] == Endpoint("unix:///b.sock", "connection b")
    (found,) = podman_endpoints(environ | {"CONTAINER_CONNECTION": "a"})
    assert found == Endpoint("ssh://me@a/run/podman.sock", "connection a", identity="/id_a")
    stored = {"Connection": {"Default": "c", "Connections": {"c": {"URI": "unix:///c.sock", "Identity": ""}}}}
    (home / ".config/containers").mkdir(parents=True)
    (home / ".config/containers/podman-connections.json").write_text(json.dumps(stored))
    assert podman_endpoints(environ)[-1] == Endpoint("unix:///c.sock", "connection c")
    (found,) = podman_endpoints(environ | {"CONTAINER_CONNECTION": "b"})
    assert found.url == "unix:///b.sock"
    (found,) = podman_endpoints(environ | {"CONTAINER_CONNECTION": "nope"})
    assert "podman system connection list" in str(found.trouble)


@pytest.mark.parametrize("text", ["engine = 3", "[engine", "[engine]\nservice_destinations = 3", "\xff", "[engine]"])
def test_a_file_of_connections_that_makes_no_sense_has_none(text: str, home: Path) -> None:
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "CONTAINERS_CONF": str(home / "c.conf")}
    (home / "c.conf").write_text(text, encoding="latin-1")
    assert all(one.origin == USUAL for one in podman_endpoints(environ))
