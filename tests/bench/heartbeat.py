"""Run layerscope, and write down whenever its event loop could not run for a while: what a person feels as a hang.

A timer of the loop itself is due every few milliseconds. How late it is says how long something held the loop, be it a
callback, a repaint or another thread that kept the interpreter.

usage: python heartbeat.py LOG ARGUMENTS...      (pairs of doubles in LOG: when it was due, when it ran; zeros follow)
"""

import asyncio
import mmap
import struct
import sys
import time
from itertools import takewhile
from pathlib import Path

BEAT_S = 0.004
WORTH_S = 0.002
"""Beats that are less late are not written down."""
RECORD = struct.Struct("=dd")
_MOST = 200_000


class Log:
    """What is written down, in memory that another process reads as a file.

    To write to a file would let go of the interpreter, which another thread then keeps for its turn: a hold that is
    nobody's but the measurement's.
    """

    def __init__(self, path: Path) -> None:
        with path.open("w+b") as file:
            file.truncate(_MOST * RECORD.size)
            self._memory = mmap.mmap(file.fileno(), 0)
        self._at = 0

    def add(self, due_s: float, ran_s: float) -> None:
        """Write down one hold; raises `struct.error` when there is no room."""
        RECORD.pack_into(self._memory, self._at, due_s, ran_s)
        self._at += RECORD.size


class Heart:
    """The timer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: Log) -> None:
        self._loop, self._log = loop, log
        self._due_s = time.perf_counter()

    def beat(self) -> None:
        """Write down how late this is, and come again."""
        now_s = time.perf_counter()
        if now_s - self._due_s > WORTH_S:
            self._log.add(self._due_s, now_s)
        self._due_s = now_s + BEAT_S
        self._loop.call_later(BEAT_S, self.beat)


def holds(log: Path, since_s: float) -> list[float]:
    """Read for how many seconds the loop was held each time since then."""
    written = takewhile(any, RECORD.iter_unpack(log.read_bytes()))
    return [ran_s - max(due_s, since_s) for due_s, ran_s in written if ran_s > since_s]


def main() -> None:
    """Give the program a loop with a heart, and run it."""
    log = Log(Path(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    from layerscope.tui import fairness

    make = fairness.screen_first_loop

    def watched_loop() -> asyncio.AbstractEventLoop:
        loop = make()
        loop.call_soon(Heart(loop, log).beat)
        return loop

    fairness.screen_first_loop = watched_loop
    from layerscope.__main__ import main as run

    run()


if __name__ == "__main__":
    main()
