"""Something bad between us and an engine: a proxy on a Unix socket that cuts, stalls, slows or corrupts what it sends.

Owns the faults. Only the export of an image suffers them; what else is asked passes as it is.
"""

from __future__ import annotations

import contextlib
import enum
import re
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_EXPORT = re.compile(rb"^GET \S*/images/(?:\S+/)?get\S* ")
_PIECE = 1 << 16


class Fault(enum.Enum):
    """What happens to an export."""

    NONE = "passes"
    CUT = "is cut"
    STALL = "stalls"
    SLOW = "is slow"
    FLIP = "has a flipped bit"
    RESET = "ends with a reset"


@dataclass
class Proxy:
    """Stands before an engine's socket; `fault` may be changed between connections."""

    engine: str
    path: Path
    fault: Fault = Fault.NONE
    after_bytes: int = 1 << 20
    """How much of an export comes through before the fault."""

    @property
    def url(self) -> str:
        """What DOCKER_HOST is set to."""
        return f"unix://{self.path}"

    @contextlib.contextmanager
    def running(self) -> Iterator[Proxy]:
        """Take connections until the end of the block."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.path))
            listener.listen()
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            try:
                yield self
            finally:
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            server.connect(self.engine)
            exporting, sent = False, 0
            with selectors.DefaultSelector() as selector:
                selector.register(client, selectors.EVENT_READ)
                selector.register(server, selectors.EVENT_READ)
                while True:
                    for key, _ in selector.select():
                        piece = key.fileobj.recv(_PIECE)  # type: ignore[union-attr]
                        if not piece:
                            return
                        if key.fileobj is client:
                            exporting, sent = bool(_EXPORT.match(piece)), 0
                            server.sendall(piece)
                            continue
                        if exporting:
                            sent += len(piece)
                            if sent > self.after_bytes and not self._suffer(client, piece):
                                return
                        else:
                            client.sendall(piece)
                            continue
                        if sent <= self.after_bytes:
                            client.sendall(piece)

    def _suffer(self, client: socket.socket, piece: bytes) -> bool:
        """Have a piece of an export suffer the fault; False when that ends the connection."""
        if self.fault is Fault.CUT:
            return False
        if self.fault is Fault.RESET:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            return False
        if self.fault is Fault.STALL:
            time.sleep(60)
            return False
        if self.fault is Fault.SLOW:
            time.sleep(0.01)
        if self.fault is Fault.FLIP and (at := _within_a_chunk(piece)) is not None:
            piece = piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :]
            self.fault = Fault.NONE
        client.sendall(piece)
        return True


def _within_a_chunk(piece: bytes) -> int | None:
    """Give a place well away from what frames the chunks of an answer: a flip there would be found without any hash."""
    for at in range(100, len(piece) - 20, 40):
        if b"\r\n" not in piece[at - 20 : at + 20]:
            return at
    return None
