"""Bodies in HTTP's chunked coding, taken off a real connection."""

import random
import socket
import sys
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from layerscope.sources.chunked import body

DATA = random.Random(1).randbytes(700_000)
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunked(data: bytes, sizes: list[int]) -> bytes:
    found, at = b"", 0
    for size in sizes:
        piece = data[at : at + size]
        found += b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
        at += size
    return found + b"0\r\n\r\n"


def answered(parts: list[bytes], *, head: bytes = HEAD, pause_s: float = 0.0, stays: bool = False) -> Iterator[bytes]:
    """Have a server answer with these writes, and give the body as it is read; it may keep the connection open."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                for part in [head, *parts]:
                    connection.sendall(part)
                    time.sleep(pause_s)
                if stays:
                    done.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with requests.Session() as session:
            session.trust_env = False
            with session.get(f"http://127.0.0.1:{server.getsockname()[1]}/", stream=True, timeout=None) as response:
                yield from (bytes(piece) for piece in body(response))
        done.set()
        thread.join(10)


def read(*parts: bytes, head: bytes = HEAD, pause_s: float = 0.0, stays: bool = False) -> bytes:
    return b"".join(answered(list(parts), head=head, pause_s=pause_s, stays=stays))


@pytest.mark.parametrize("size", [1, 7, 4096, 32_768, 300_000, 700_000])
def test_chunks_of_any_size_become_the_body(size: int) -> None:
    data = DATA[:5000] if size < 100 else DATA
    assert read(chunked(data, [size] * (len(data) // size + 1))) == data


def test_chunks_may_come_in_any_pieces() -> None:
    sizes = random.Random(2).choices([1, 2, 9, 10, 15, 16, 17, 255, 256, 5000], k=400)
    coded = chunked(DATA[:60_000], [*sizes, 60_000])
    for step in (1, 3, 1000):
        limit = min(3000 * step, len(coded))
        parts = [coded[at : at + step] for at in range(0, limit, step)] + [coded[limit:]]
        assert read(*parts) == DATA[:60_000]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere they are received one by one")
@pytest.mark.parametrize("odd", [[], [1], [40_000], [32_768 - 1, 7], [100] * 50, [0x8001]])
def test_usual_chunks_are_received_together_whatever_comes_between_them(odd: list[int]) -> None:
    data = DATA * 8
    coded = chunked(data, [32_768] * 50 + odd + [32_768] * 70 + odd + [len(data)])
    pieces = list(answered([coded]))
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) > 32 * 32_768 - 1


@pytest.mark.parametrize("kept", [100, 32_768 * 40, 32_768 * 40 + 300, 32_768 * 70 + 555])
def test_usual_chunks_that_break_off_are_told(kept: int) -> None:
    data = DATA * 8
    with pytest.raises(ConnectionError):
        read(chunked(data, [32_768] * 200)[:kept])


def test_small_chunks_are_put_together_and_keep_nothing_else_in_memory() -> None:
    line = b"1;" + b"x" * 200 + b"\r\n"
    coded = b"".join(line + DATA[at : at + 1] + b"\r\n" for at in range(5000)) + b"0\r\n\r\n"
    pieces = list(answered([coded]))
    assert b"".join(pieces) == DATA[:5000]
    assert len(pieces) < 100


def test_what_came_is_given_while_the_engine_is_silent_and_the_end_needs_no_close() -> None:
    parts = [b"3\r\nabc\r\n", b"2;extension=1\r\nde\r", b"\n000A\r\n0123456789\r\n", b"0\r\nTrailer: x\r\n\r\n"]
    began = time.monotonic()
    found = [(time.monotonic() - began, piece) for piece in answered(parts, pause_s=0.2, stays=True)]
    assert b"".join(piece for _, piece in found) == b"abcde0123456789"
    assert found[0][0] < found[-1][0] - 0.2
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_a_body_in_one_piece_is_read_too(head: bytes) -> None:
    assert read(b"data", head=head) == b"data"


@pytest.mark.parametrize(
    "coded",
    [
        b"",
        b"5",
        b"5\r\nabc",
        b"3\r\nabc",
        b"3\r\nabc\r\n",
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
        b"\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"1" * 16 + b"\r\nabc",
        b"3;" + b"x" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
        b"3" * 100_000,
    ],
)
def test_what_is_cut_off_or_makes_no_sense_is_an_error(coded: bytes) -> None:
    with pytest.raises(ConnectionError, match=r"closed before the end|begins with"):
        read(coded)
