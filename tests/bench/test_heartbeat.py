"""The heart of a loop says how long something held it."""

import asyncio
import time
from pathlib import Path

from bench.heartbeat import Heart, Log, holds


def test_what_holds_the_loop_is_written_down_and_what_waits_is_not(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = Log(path)
    times: list[float] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(Heart(loop, log).beat)
        await asyncio.sleep(0.05)
        times.append(time.perf_counter())
        time.sleep(0.1)  # noqa: ASYNC251 - that is what is to be noticed
        await asyncio.sleep(0.05)
        times.append(time.perf_counter())
        await asyncio.sleep(0.05)

    asyncio.run(work())
    assert max(holds(path, times[0])) > 0.09
    assert max(holds(path, times[1]), default=0.0) < 0.09
    assert holds(path, time.perf_counter()) == []
