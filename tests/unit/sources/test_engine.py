"""Engines that answer in ways a healthy one never does.

A healthy dockerd is asked by the engine tests. Here a small HTTP server on a unix socket speaks as much of the Docker
Engine API as `docker save` needs, and then breaks off, refuses, or reports an error in mid-stream, as moby does.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from builder import ImageBuilder, tar_bytes
from layerscope.errors import AmbiguousImageError, EngineError, ImageNotFoundError
from layerscope.model.image import RawImage

Open = Callable[..., RawImage]


def built() -> ImageBuilder:
    return ImageBuilder("app:1").layer({"a": b"1" * 3_000_000}).run("RUN one").env(A="1").layer({"b": b"2"})


class Behaviour:
    """What the stand-in does; a healthy engine with one image unless told otherwise."""

    def __init__(self, image: ImageBuilder) -> None:
        self.image = image
        self.export = tar_bytes(image.members("legacy"))
        self.cut_at: int | None = None
        self.asked: list[str] = []
        self.status = 200
        self.misunderstands = ""

    def inspected(self) -> dict[str, Any]:
        return {
            "Id": self.image.image_id,
            "RepoTags": list(self.image.tags),
            "Os": "linux",
            "Architecture": "amd64",
            "Size": sum(map(len, self.image.tars)),
            "RootFS": {"Layers": self.image.diff_ids},
            "Config": {"Env": ["A=1"]},
        }

    def history(self) -> list[dict[str, Any]]:
        return [
            {"Created": 2, "CreatedBy": "COPY b / # buildkit", "Size": 1, "Comment": ""},
            {"Created": 1, "CreatedBy": "ENV A=1", "Size": 0, "Comment": ""},
            {"Created": 0, "CreatedBy": "RUN one", "Size": 3_000_000, "Comment": ""},
        ]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def do_GET(self) -> None:
        path = self.path.removeprefix("/v1.41").partition("?")[0]
        behaviour = self.behaviour
        behaviour.asked.append(path)
        names = {*behaviour.image.tags, "app", behaviour.image.image_id, behaviour.image.image_id[7:19]}
        name = path.removeprefix("/images/").rpartition("/")[0]
        if path == "/version":
            self.answer({"ApiVersion": "1.41", "Version": "test"})
        elif name == behaviour.misunderstands:
            self.answer({"message": "invalid reference format: repository name must be lowercase"}, 400)
        elif name not in names:
            self.answer({"message": f"No such image: {name}"}, 404)
        elif path.endswith("/json"):
            self.answer(behaviour.inspected())
        elif path.endswith("/history"):
            self.answer(behaviour.history())
        elif behaviour.status != 200:
            self.answer({"message": "disk on fire"}, behaviour.status)
        else:
            self.send_export(behaviour.export, behaviour.cut_at)

    def answer(self, value: object, status: int = 200) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_export(self, data: bytes, cut_at: int | None) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(data) if cut_at is None else cut_at, 32768):
            chunk = data[start : start + 32768]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if cut_at is None:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, _address = super().get_request()
        return connection, ("unix", 0)


@contextmanager
def listening(path: Path, behaviour: Behaviour) -> Iterator[str]:
    handler = type("Bound", (Handler,), {"behaviour": behaviour})
    with Server(str(path), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"unix://{path}"
        server.shutdown()
        thread.join()


@pytest.fixture
def engine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behaviour]:
    """Run a stand-in engine as DOCKER_HOST; nothing of this machine's own engines is asked."""
    home = tmp_path_factory.mktemp("e")
    for name in ("DOCKER_CONTEXT", "CONTAINER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("DOCKER_CONFIG", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    monkeypatch.setenv("PATH", str(home))  # no podman, no ssh
    behaviour = Behaviour(built())
    with listening(home / "d.sock", behaviour) as url:
        monkeypatch.setenv("DOCKER_HOST", url)
        yield behaviour


@pytest.mark.parametrize("prefix", ["", "docker://"])
def test_an_image_is_streamed_out_of_its_engine(prefix: str, engine: Behaviour, open_ref: Open) -> None:
    ready: list[RawImage] = []
    seen: list[tuple[str, int, int | None]] = []
    opened = open_ref(f"{prefix}app:1", image_ready=ready.append, progress=lambda *told: seen.append(told))
    assert (opened.source, opened.reference, opened.tags) == ("docker", "app:1", ("app:1",))
    assert [layer.diff_id for layer in opened.layers] == engine.image.diff_ids
    assert all(layer.table is not None for layer in opened.layers)
    assert ready[-1] == opened
    assert seen[-1] == ("export", len(engine.export), len(engine.export))


def test_layers_are_listed_before_their_bytes_come(engine: Behaviour, open_ref: Open) -> None:
    ready: list[RawImage] = []
    open_ref("docker://app:1", image_ready=ready.append)
    first = ready[0]
    assert [layer.diff_id for layer in first.layers] == engine.image.diff_ids
    assert [layer.stored_bytes for layer in first.layers] == [3_000_000, 1]
    assert [(record.created_by, record.empty) for record in first.history] == [
        ("RUN one", False),
        ("ENV A=1", True),
        ("COPY b / # buildkit", False),
    ]
    assert (first.platform, first.config.env) == ("linux/amd64", ("A=1",))


@pytest.mark.parametrize("name", ["app:1", "app", "ID", "PREFIX"])
def test_a_bare_name_never_exports_all_its_tags(name: str, engine: Behaviour, open_ref: Open) -> None:
    name = {"ID": engine.image.image_id, "PREFIX": engine.image.image_id[7:19]}.get(name, name)
    assert open_ref(f"docker://{name}").tags == ("app:1",)
    exported = "app:1" if name == "app:1" else engine.image.image_id
    assert [path for path in engine.asked if path.endswith("/get")] == [f"/images/{exported}/get"]


@pytest.mark.parametrize("cut_at", [0, 700_000])
def test_an_engine_that_breaks_off_is_said_to(cut_at: int, engine: Behaviour, open_ref: Open) -> None:
    engine.cut_at = cut_at
    with pytest.raises(EngineError, match="broke off") as caught:
        open_ref("docker://app:1")
    assert "\n" not in str(caught.value)


def test_an_export_that_ends_too_early_is_never_a_smaller_image(engine: Behaviour, open_ref: Open) -> None:
    engine.export = engine.export[:700_000]
    with pytest.raises(EngineError, match=r"broke off: export of app:1.* is cut off"):
        open_ref("docker://app:1")


def test_an_error_in_mid_stream_is_told_in_the_engines_words(engine: Behaviour, open_ref: Open) -> None:
    engine.export = engine.export[:70_144] + b'{"errorDetail":{"message":"no space left"},"error":"no space left"}\r\n'
    with pytest.raises(EngineError, match=r"could not export app:1: .*no space left"):
        open_ref("docker://app:1")


def test_an_engine_that_refuses_the_export_is_told_in_its_words(engine: Behaviour, open_ref: Open) -> None:
    engine.status = 500
    with pytest.raises(EngineError, match="disk on fire"):
        open_ref("docker://app:1")


def test_an_image_that_is_nowhere_is_not_found_and_all_that_was_asked_is_named(
    engine: Behaviour, open_ref: Open
) -> None:
    with pytest.raises(ImageNotFoundError, match=r"docker has no image called nope \(docker \(unix://.*no such image"):
        open_ref("docker://nope")
    with pytest.raises(
        ImageNotFoundError,
        match=r"no file and no image is called nope .*DOCKER_HOST.*: no such image; podman: no socket",
    ):
        open_ref("nope")
    assert "/images/nope/json" in engine.asked


def test_a_name_that_the_engine_does_not_understand_is_told_in_its_words(engine: Behaviour, open_ref: Open) -> None:
    engine.misunderstands = "NOT"
    with pytest.raises(ImageNotFoundError, match=r"docker has no image called NOT .*repository name must be lowercase"):
        open_ref("docker://NOT")


def test_an_engine_that_does_not_run_is_said_not_to(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert engine.asked == []
    for url, answer in (
        (f"unix://{tmp_path}/nothing", "not running: there is no such socket"),
        ("tcp://127.0.0.1:1", "not running: connection refused"),
    ):
        monkeypatch.setenv("DOCKER_HOST", url)
        with pytest.raises(EngineError, match=answer) as caught:
            open_ref("docker://app:1")
        assert "docker save" in str(caught.value.hint)
        with pytest.raises(ImageNotFoundError, match=f"no file called app:1, and no engine answered .*{answer}"):
            open_ref("app:1")


def test_a_context_is_looked_up_in_its_store(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib
    import os

    url = os.environ["DOCKER_HOST"]
    monkeypatch.delenv("DOCKER_HOST")
    home = Path(os.environ["DOCKER_CONFIG"])
    (home / "config.json").write_text('{"currentContext": "there"}')
    meta = home / "contexts/meta" / hashlib.sha256(b"there").hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": url, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": "there", "Metadata": {}, "Endpoints": endpoints}))
    assert open_ref("docker://app:1").image_id == engine.image.image_id
    monkeypatch.setenv("DOCKER_CONTEXT", "missing")
    with pytest.raises(EngineError, match=r"context missing.*there is no such context"):
        open_ref("docker://app:1")


def test_a_name_that_is_another_image_in_each_engine_is_not_guessed_at(
    open_ref: Open, engine: Behaviour, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("p") / "p.sock"
    other = Behaviour(ImageBuilder("app:1").layer({"c": b"3"}))
    with listening(path, other) as url:
        monkeypatch.setenv("CONTAINER_HOST", url)
        with pytest.raises(AmbiguousImageError) as caught:
            open_ref("app:1")
        assert caught.value.choices == ("docker://app:1", "podman://app:1")
        assert open_ref("podman://app:1").image_id == other.image.image_id
        other.image = engine.image
        assert open_ref("app:1").source == "docker"
