"""Where engines are looked for."""

import socket
from pathlib import Path

import pytest

from layerscope.sources.endpoints import Endpoint, docker_endpoints, podman_endpoints


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The path of a socket may have 107 bytes.
    return tmp_path_factory.mktemp("h")


def listen(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def test_docker_host_is_the_only_place_when_it_is_set(home: Path) -> None:
    environ = {"DOCKER_HOST": "tcp://there:2375", "DOCKER_CONTEXT": "x", "HOME": str(home)}
    assert docker_endpoints(environ, "y") == [Endpoint("tcp://there:2375", "DOCKER_HOST")]


def test_a_context_is_the_only_place_when_one_is_chosen() -> None:
    assert docker_endpoints({"DOCKER_CONTEXT": "x"}, "y") == [Endpoint("", "context x", "x")]
    assert docker_endpoints({}, "y") == [Endpoint("", "context y", "y")]


def test_the_usual_socket_is_tried_first_and_those_that_exist_after_it(home: Path) -> None:
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    assert [one.url for one in docker_endpoints(environ, "default")] == ["unix:///var/run/docker.sock"]
    listen(home / ".docker/run/docker.sock")
    listen(home / "run/docker.sock")
    (home / ".colima/default").mkdir(parents=True)
    (home / ".colima/default/docker.sock").write_text("not a socket")
    assert [one.url for one in docker_endpoints(environ | {"DOCKER_CONTEXT": "default"}, "x")] == [
        "unix:///var/run/docker.sock",
        f"unix://{home}/run/docker.sock",
        f"unix://{home}/.docker/run/docker.sock",
    ]


def test_podman_is_looked_for_at_its_host_or_its_sockets(home: Path) -> None:
    environ = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    listen(home / "run/podman/podman.sock")
    assert podman_endpoints(environ)[0].url == f"unix://{home}/run/podman/podman.sock"
    assert podman_endpoints(environ | {"CONTAINER_HOST": "unix:///x"}) == [Endpoint("unix:///x", "CONTAINER_HOST")]
