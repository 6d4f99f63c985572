"""A stand-in for an engine: as much of the Docker Engine API as is asked for, and ways to misbehave.

A small HTTP server on a unix socket. Owns answering as moby does, and breaking off, refusing, stalling, and failing in
mid-stream as no healthy one does. Real engines are in `tests/engine`.
"""

import json
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from builder import ImageBuilder, tar_bytes


def built() -> ImageBuilder:
    return ImageBuilder("app:1").layer({"a": b"1" * 3_000_000}).run("RUN one").env(A="1").layer({"b": b"2"})


class Behaviour:
    """What the stand-in does; a healthy engine with one image unless told otherwise."""

    def __init__(self, image: ImageBuilder) -> None:
        self.image = image
        self.export = tar_bytes(image.members("legacy"))
        self.inspected_id = ""
        self.cut_at: int | None = None
        self.asked: list[str] = []
        self.status = 200
        self.misunderstands = ""
        self.absent = False
        """It has to fetch the image first."""
        self.broken = 0
        """The status of every answer about images, where it is not 0."""
        self.stalls_at: int | None = None
        """After so many bytes of the export it sends nothing for as long as somebody listens."""
        self.left = threading.Event()
        """Whoever listened to a stalled export has gone."""
        self.tidies: threading.Event | None = None
        """What it does between an image's last byte and the end of its answer takes until this is set."""
        self.ended = threading.Event()
        """It could end its answer: whoever asked was there still."""
        self.pull_lines: list[dict[str, Any]] = []
        self.elsewhere: dict[str, str] = {}
        """End of a path → the address that it redirects to."""

    def version(self) -> object:
        return {"ApiVersion": "1.41", "Version": "test"}

    def inspected(self) -> dict[str, Any]:
        return {
            "Id": self.inspected_id or self.image.image_id,
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
        moved = next((url for end, url in behaviour.elsewhere.items() if path.endswith(end)), None)
        if moved is not None:
            self.send_response(307)
            self.send_header("Location", moved)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/version":
            self.answer(behaviour.version())
        elif behaviour.broken:
            self.answer({"message": "database is locked"}, behaviour.broken)
        elif path == "/images/json":
            self.answer([])
        elif name == behaviour.misunderstands:
            self.answer({"message": "invalid reference format: repository name must be lowercase"}, 400)
        elif name not in names or behaviour.absent:
            self.answer({"message": f"No such image: {name}"}, 404)
        elif path.endswith("/json"):
            self.answer(behaviour.inspected())
        elif path.endswith("/history"):
            self.answer(behaviour.history())
        elif behaviour.status != 200:
            self.answer({"message": "disk on fire"}, behaviour.status)
        else:
            self.send_export(behaviour.export, behaviour.cut_at)

    def do_POST(self) -> None:
        self.behaviour.asked.append(self.path.removeprefix("/v1.41"))
        self.behaviour.absent = any("error" in line for line in self.behaviour.pull_lines)
        self.send_export(b"".join(json.dumps(line).encode() + b"\r\n" for line in self.behaviour.pull_lines), None)

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
            if self.behaviour.stalls_at is not None and start >= self.behaviour.stalls_at:
                self.connection.recv(1)  # until the other side closes
                self.behaviour.left.set()
                return
            chunk = data[start : start + 32768]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if self.behaviour.tidies is not None:
            self.behaviour.tidies.wait(10)
            with suppress(BlockingIOError):
                if not self.connection.recv(1, socket.MSG_DONTWAIT):
                    return
            self.behaviour.ended.set()
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
