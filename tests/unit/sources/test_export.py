"""Waiting for an engine's first byte."""

import io
import threading
import time
from collections.abc import Generator

import pytest

from layerscope.errors import CancelledError
from layerscope.sources.export import ExportStream


class Engine:
    """An engine that sends chunks when it is let."""

    def __init__(self, chunks: list[bytes | Exception], *, silent: bool = False) -> None:
        self.chunks = chunks
        self.go = threading.Event()
        self.closed = threading.Event()
        if not silent:
            self.go.set()

    def start(self) -> Generator[bytes, None, None]:
        try:
            self.go.wait(10)
            for chunk in self.chunks:
                if isinstance(chunk, Exception):
                    raise chunk
                yield chunk
        finally:
            self.closed.set()


def test_chunks_become_one_stream() -> None:
    engine = Engine([b"ab", b"c", b"x" * 100_000])
    with io.BufferedReader(ExportStream(engine.start)) as stream:
        assert stream.read() == b"abc" + b"x" * 100_000
        assert stream.read() == b""
    assert engine.closed.is_set()


def test_an_export_of_nothing_is_an_empty_stream() -> None:
    with ExportStream(Engine([]).start) as stream:
        assert stream.read() == b""


def test_the_tail_holds_the_last_bytes() -> None:
    stream = ExportStream(Engine([b"a" * 9000, b"b" * 10, b"c"]).start)
    stream.readall()
    assert stream.tail == b"a" * 4085 + b"b" * 10 + b"c"


def test_what_the_engine_raises_reaches_the_reader() -> None:
    with pytest.raises(ValueError, match="first"):
        ExportStream(Engine([ValueError("first")]).start).read()
    stream = ExportStream(Engine([b"some", ValueError("later")]).start)
    assert stream.read(4) == b"some"
    with pytest.raises(ValueError, match="later"):
        stream.read(4)


def test_a_silent_engine_can_be_left_and_its_thread_ends_with_its_first_byte() -> None:
    engine = Engine([b"late"], silent=True)
    stream = ExportStream(engine.start)
    began = time.monotonic()

    def impatient() -> None:
        if time.monotonic() - began > 0.15:
            raise CancelledError

    stream.waiting = impatient
    with pytest.raises(CancelledError), stream:
        stream.read(1)
    assert time.monotonic() - began < 1
    assert not engine.closed.is_set()
    engine.go.set()
    assert engine.closed.wait(5)


def test_closing_before_anything_was_read_closes_the_export() -> None:
    engine = Engine([b"first", b"second"])
    stream = ExportStream(engine.start)
    time.sleep(0.05)
    stream.close()
    assert engine.closed.wait(5)
