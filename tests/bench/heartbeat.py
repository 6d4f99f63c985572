"""Run layerscope, and write down whenever its event loop could not run for a while: what a person feels as a hang.

A timer of the loop itself is due every few milliseconds. How late it is says how long something held the loop, be it a
callback, a repaint or another thread that kept the interpreter.

usage: python heartbeat.py LOG ARGUMENTS...      (appends pairs of doubles to LOG: when it was due, when it ran)
"""

import asyncio
import os
import struct
import sys
import time
from pathlib import Path

BEAT_S = 0.004
WORTH_S = 0.002
"""Beats that are less late are not written down."""
RECORD = struct.Struct("=dd")


class Heart:
    """The timer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, log: int) -> None:
        self._loop, self._log = loop, log
        self._due_s = time.perf_counter()

    def beat(self) -> None:
        """Write down how late this is, and come again."""
        now_s = time.perf_counter()
        if now_s - self._due_s > WORTH_S:
            os.write(self._log, RECORD.pack(self._due_s, now_s))
        self._due_s = now_s + BEAT_S
        self._loop.call_later(BEAT_S, self.beat)


def holds(log: Path, since_s: float) -> list[float]:
    """Read for how many seconds the loop was held each time since then."""
    data = log.read_bytes()
    whole = data[: len(data) // RECORD.size * RECORD.size]
    return [ran_s - max(due_s, since_s) for due_s, ran_s in RECORD.iter_unpack(whole) if ran_s > since_s]


def main() -> None:
    """Give the program a loop with a heart, and run it."""
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
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
