"""What is typed in a terminal, as the program hears it: an escape that stands alone is known soon."""

import os
import threading
import time
from collections.abc import Iterator

import pytest
from textual import constants, events
from textual._xterm_parser import XTermParser
from textual.message import Message

from layerscope.tui.terminal import read_keys

_SOON_S = 10.0


class Typist:
    """Who types into a pipe that is read as a terminal is."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        self._over = threading.Event()
        self.heard: list[tuple[float, Message]] = []
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        read_keys(self._reading, XTermParser(), self._hear, self._over.is_set)

    def _hear(self, message: Message) -> None:
        self.heard.append((time.monotonic(), message))

    def type(self, *parts: bytes, pause_s: float = 0.0) -> float:
        """Type, with a pause between the parts; gives when that was done."""
        for part in parts:
            os.write(self._writing, part)
            time.sleep(pause_s)
        return time.monotonic()

    def keys(self, count: int) -> list[str]:
        """Wait for so many keys."""
        end_s = time.monotonic() + _SOON_S
        while len(self.heard) < count:
            assert time.monotonic() < end_s, self.heard
            time.sleep(0.002)
        return [message.key for _at_s, message in self.heard if isinstance(message, events.Key)]

    def close(self) -> None:
        """End."""
        self._over.set()
        self._thread.join(_SOON_S)
        os.close(self._writing)
        os.close(self._reading)
        assert not self._thread.is_alive()


@pytest.fixture
def typist() -> Iterator[Typist]:
    one = Typist()
    yield one
    one.close()


def test_an_escape_that_stands_alone_is_heard_when_the_time_for_more_is_over(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 0.5)
    done_s = typist.type(b"\x1b")
    assert typist.keys(1) == ["escape"]
    # Textual's own driver looks each 0.1 s, after a wait that began before the key: up to twice as late
    assert 0.45 < typist.heard[0][0] - done_s < 0.75


def test_an_escape_with_the_rest_of_a_key_soon_behind_it_is_that_key(
    typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "ESCAPE_DELAY", 1.0)
    typist.type(b"\x1b", b"[A", b"j", "é".encode()[:1], "é".encode()[1:], pause_s=0.05)
    assert typist.keys(3) == ["up", "j", "é"]
