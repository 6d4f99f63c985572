"""The body of an engine's answer, taken off its connection without copying it, as HTTP's chunked coding allows.

Owns that coding (RFC 9112, 7.1). Engines send an image in chunks of 32 KiB; what `requests` does to give them out costs
a core as much as looking at the image does. Whatever is coded in another way is left to `requests`.
"""

import socket
import ssl
import struct
import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import requests

_PIECE = 1 << 18
"""Asked for at once."""
_LINGER_US = 50_000
"""How long few bytes wait for more."""
_OTHERS_PIECE = 1 << 20
_USUAL = 1 << 15
"""Bytes of a chunk, as engines send an image."""
_BETWEEN = b"\r\n%x\r\n" % _USUAL
"""What stands between two of them."""
_TOGETHER = 32
"""Usual chunks that are received in one go."""
_SMALL = 1 << 14
"""Of less a copy is given, put together: a view costs memory itself, and keeps all of the piece that it is of."""
_MAX_LINE = 1 << 8
"""Of the line before a chunk: its size, and extensions that nobody uses."""
_MAX_DIGITS = 15
_Receive = Callable[[int], tuple[memoryview, bytes | None]]
_END = b"\r\n"


def body(response: "requests.Response") -> Generator[bytes | memoryview, None, None]:
    """Give the bytes of an answer as they come, in pieces of any size; ConnectionError where they break off."""
    connection = _connection(response)
    if connection is None:
        yield from response.iter_content(_OTHERS_PIECE)
    else:
        held, sock = connection
        yield from _chunks(held, _reader(sock), _scatterer(sock))


def _connection(response: "requests.Response") -> tuple[bytes, socket.socket] | None:
    """Give what was read of the body already, and where the rest comes from; None where that cannot be known."""
    raw = response.raw
    file = getattr(getattr(raw, "_fp", None), "fp", None)  # as the Docker SDK finds it for `attach`
    sock = getattr(getattr(file, "raw", None), "_sock", None)
    if (
        not getattr(raw, "chunked", False)
        or "Content-Encoding" in response.headers
        or not isinstance(sock, socket.socket)
    ):
        return None
    assert file is not None
    return file.read1(), sock  # empties its buffer, or waits for what is to come first


def _is_plain(sock: socket.socket) -> bool:
    return sys.platform == "linux" and not isinstance(sock, ssl.SSLSocket)


def _reader(sock: socket.socket) -> Callable[[], bytes]:
    """Give what waits for the next bytes, in the kernel as long as they are few: each return costs a turn of Python."""
    if not _is_plain(sock):
        return lambda: sock.recv(_PIECE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", 0, _LINGER_US))

    def read() -> bytes:
        while True:
            try:
                return sock.recv(_PIECE, socket.MSG_WAITALL)
            except BlockingIOError:  # nothing yet
                continue

    return read


def _scatterer(sock: socket.socket) -> _Receive | None:
    """Give what receives many usual chunks at once, their bytes in one place and what stands between in another.

    It takes the bytes that the current chunk still has, and gives those and the chunks after it; or nothing, and what
    came as it came, where that is not as usual. Going from chunk to chunk costs as much as copying them.
    """
    if not _is_plain(sock):
        return None
    between = memoryview(bytearray(len(_BETWEEN) * _TOGETHER))
    expected = _BETWEEN * _TOGETHER
    marks = [between[at : at + len(_BETWEEN)] for at in range(0, len(between), len(_BETWEEN))]

    def receive(left: int) -> tuple[memoryview, bytes | None]:
        data = memoryview(bytearray(left + _TOGETHER * _USUAL))
        places = [data[:left]] if left else []
        for mark, at in zip(marks, range(left, len(data), _USUAL), strict=True):
            places += (mark, data[at : at + _USUAL])
        while True:
            try:
                count = sock.recvmsg_into(places, 0, socket.MSG_WAITALL)[0]
                break
            except BlockingIOError:  # nothing yet
                continue
        if count == len(data) + len(between) and between == expected:
            return data, None
        return data[:0], b"".join(places)[:count]

    return receive


def _chunks(
    held: bytes, read: Callable[[], bytes], receive: _Receive | None = None
) -> Generator[bytes | memoryview, None, None]:
    left = chunk = 0
    """Bytes that the current chunk still has."""
    line = b""
    """The start of a line that goes on in the next piece."""
    first = True
    small = bytearray()
    piece = held
    while piece:
        if line:
            piece, line = line + piece, b""
        view, at, size = memoryview(piece), 0, len(piece)
        while at < size:
            if left:
                taken = min(left, size - at)
                if taken < _SMALL:
                    small += view[at : at + taken]
                else:
                    yield from _copied(small)
                    yield view[at : at + taken]
                at += taken
                left -= taken
                continue
            # The end of the chunk before, and the line of the next one
            start = at if first else at + len(_END)
            end = piece.find(_END, start, start + _MAX_LINE)
            if end < 0:
                line = piece[at:]
                if len(line) > _MAX_LINE:
                    raise _nonsense(line)
                break
            if not first and piece[at:start] != _END:
                raise _nonsense(piece[at:start])
            left = chunk = _size(piece[start:end])
            if not left:
                yield from _copied(small)
                return  # nothing that follows matters, and the connection is not used again
            first, at = False, end + len(_END)
        yield from _copied(small)
        if receive and chunk == _USUAL and not line:
            piece, left = yield from _usual_chunks(receive, left)
        else:
            piece = read()
    raise ConnectionError("the connection was closed before the end")


def _usual_chunks(receive: _Receive, left: int) -> Generator[memoryview, None, tuple[bytes, int]]:
    """Give usual chunks as long as they come; returns what came then, and what the chunk that it begins in has."""
    while True:
        data, came = receive(left)
        if came is not None:
            return came, left
        yield data
        left = 0


def _copied(small: bytearray) -> Iterator[bytes]:
    """Give what there is, and forget it."""
    if small:
        yield bytes(small)
        small.clear()


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip(b" \t")
    if not digits or len(digits) > _MAX_DIGITS or digits.strip(b"0123456789abcdefABCDEF"):
        raise _nonsense(line)
    return int(digits, 16)


def _nonsense(text: bytes) -> ConnectionError:
    return ConnectionError(f"a chunk of its answer begins with {text[:20]!r}")
