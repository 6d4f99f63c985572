"""Waiting for an engine's first byte."""

import io
import threading
import time
from collections.abc import Generator

import pytest

from layerscope.errors import CancelledError
from layerscope.sources.export import MAX_AHEAD_BYTES, MAX_UNREAD_BYTES, ExportStream, Feed


class Engine:
    """An engine that sends chunks when it is let; what it is to stall at is an Event."""

    def __init__(self, chunks: list[bytes | Exception | threading.Event], *, silent: bool = False) -> None:
        self.chunks = chunks
        self.go = threading.Event()
        self.stopped = threading.Event()
        self.closed = threading.Event()
        if not silent:
            self.go.set()

    def start(self) -> Feed:
        self.go.wait(10)
        return Feed(self._send(), self._stop)

    def _stop(self) -> None:
        self.stopped.set()
        for chunk in self.chunks:
            if isinstance(chunk, threading.Event):
                chunk.set()

    def _send(self) -> Generator[bytes, None, None]:
        try:
            for chunk in self.chunks:
                if isinstance(chunk, Exception):
                    raise chunk
                if isinstance(chunk, threading.Event):
                    chunk.wait(10)
                else:
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


class Impatient:
    """Cancels when it has waited for a while."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self) -> None:
        if time.monotonic() - self.began > 0.15:
            raise CancelledError


def test_a_silent_engine_can_be_left_and_its_thread_ends_when_it_answers() -> None:
    engine = Engine([b"late"], silent=True)
    stream = ExportStream(engine.start)
    stream.waiting = Impatient()
    began = time.monotonic()
    with pytest.raises(CancelledError), stream:
        stream.read(1)
    assert time.monotonic() - began < 1
    assert not engine.stopped.is_set()
    engine.go.set()
    assert engine.stopped.wait(5)


def test_an_engine_that_stalls_in_mid_stream_can_be_left_and_nothing_of_it_stays() -> None:
    engine = Engine([b"some", threading.Event(), b"more"])
    stream = ExportStream(engine.start)
    stream.waiting = Impatient()
    began = time.monotonic()
    assert stream.read(4) == b"some"
    with pytest.raises(CancelledError), stream:
        stream.read(4)
    assert time.monotonic() - began < 1
    assert engine.closed.is_set(), "closing waits for the thread, so that the program may end after it"


def test_closing_before_anything_was_read_closes_the_export() -> None:
    engine = Engine([b"first", b"second"])
    stream = ExportStream(engine.start)
    time.sleep(0.05)
    stream.close()
    assert engine.closed.wait(5)


def test_a_released_engine_ends_when_it_likes() -> None:
    end = threading.Event()
    engine = Engine([b"image", end, b"padding"])
    with ExportStream(engine.start) as stream:
        assert stream.read(5) == b"image"
        stream.release()
    assert not engine.stopped.is_set()
    assert not engine.closed.is_set()
    end.set()
    assert engine.closed.wait(5)


def test_a_released_engine_that_goes_on_without_an_end_is_left() -> None:
    sent_bytes = 0
    stopped = threading.Event()

    def chunks() -> Generator[bytes, None, None]:
        nonlocal sent_bytes
        while sent_bytes < 4 * MAX_UNREAD_BYTES:
            sent_bytes += 1 << 20
            yield bytes(1 << 20)

    with ExportStream(lambda: Feed(chunks(), stopped.set)) as stream:
        stream.read(1)
        stream.release()
    assert stopped.wait(5)
    assert sent_bytes < 2 * MAX_UNREAD_BYTES


def test_no_more_is_read_ahead_than_memory_can_bear() -> None:
    sent = 0

    def chunks() -> Generator[bytes, None, None]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield bytes(1 << 20)

    with ExportStream(lambda: Feed(chunks(), lambda: None)) as stream:
        stream.read(1)
        time.sleep(0.1)
        assert sent <= 2 * MAX_AHEAD_BYTES / (1 << 20) + 2
        assert 1 + sum(map(len, iter(lambda: stream.read(1 << 20), b""))) == 100 << 20


def test_chunks_of_a_byte_count_for_the_memory_that_they_take() -> None:
    sent = 0

    def chunks() -> Generator[memoryview, None, None]:
        nonlocal sent
        piece = memoryview(bytes(1 << 18))
        for at in range(len(piece)):
            sent += 1
            yield piece[at : at + 1]

    with ExportStream(lambda: Feed(chunks(), lambda: None)) as stream:
        deadline = time.monotonic() + 10
        while not stream._full and time.monotonic() < deadline:
            time.sleep(0.01)
        assert 0 < sent < 50_000
        assert len(stream.readall()) == 1 << 18


def test_chunks_that_came_just_before_the_end_are_not_lost() -> None:
    for _ in range(200):
        with ExportStream(Engine([b"a", b"b"]).start) as stream:
            assert stream.readall() == b"ab"
