"""Work shared out among threads gives what one thread alone would."""

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.errors import CancelledError, DamagedImageError
from layerscope.filesystem import compiled, scanning, threadcrew
from layerscope.filesystem.threadcrew import share_out
from layerscope.pipeline import Watcher, inspect


@pytest.fixture(autouse=True)
def loops(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run with three cores, and leave no thread behind."""
    if not compiled.IN_USE:
        pytest.skip("layerscope was installed without a C compiler, or compiled.pyx changed since: pip install again")
    monkeypatch.setattr(threadcrew, "_cores", lambda: 3)
    before, interval = threading.active_count(), sys.getswitchinterval()
    yield
    assert (threading.active_count(), sys.getswitchinterval()) == (before, interval)


def nothing(_job: int) -> None:
    """Do nothing before a job."""


def test_every_job_is_done_once_and_by_several_threads() -> None:
    def work(job: int) -> tuple[int, int]:
        time.sleep(0.01)
        return job * job, threading.get_ident()

    done = share_out(range(30), work, before_each=nothing)
    assert {job: square for job, (square, _) in done.items()} == {job: job * job for job in range(30)}
    assert len({thread for _, thread in done.values()}) == 3


def test_an_error_of_a_helper_is_raised_on_this_thread() -> None:
    def work(job: int) -> int:
        time.sleep(0.01)
        if job == 5:
            raise DamagedImageError(f"job {job} is damaged")
        return job

    with pytest.raises(DamagedImageError, match="job 5 is damaged"):
        share_out(range(12), work, before_each=nothing)


def test_a_fault_of_our_own_is_not_taken_for_the_end_of_the_jobs() -> None:
    def work(job: int) -> int:
        raise IndexError(job)

    with pytest.raises(IndexError):
        share_out(range(12), work, before_each=nothing)


def test_giving_up_tells_the_helpers_to_stop_and_waits_for_them() -> None:
    stopped = threading.Event()

    def work(job: int) -> int:
        stopped.wait(30)
        return job

    def before(_job: int) -> None:
        raise KeyboardInterrupt

    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        share_out(range(12), work, before_each=before, stop=stopped.set)
    assert time.monotonic() - begun < 10


def test_what_comes_meanwhile_is_done_while_helpers_are_at_work() -> None:
    begun = threading.Event()
    seen: list[bool] = []

    def work(job: int) -> int:
        begun.set()
        return job

    share_out(range(5), work, before_each=nothing, meanwhile=lambda: seen.append(begun.wait(10)))
    assert seen == [True]


def test_where_no_thread_can_be_started_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert share_out(range(4), lambda job: -job, before_each=nothing) == {0: 0, 1: -1, 2: -2, 3: -3}


@pytest.mark.parametrize("size", [1, 2000])
def test_stopping_while_layers_are_read_ends_their_reading(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "PAYS_FROM_BYTES", 0)
    builder = ImageBuilder()
    for layer in range(6):
        builder.layer({f"{layer}/{number}": b"" for number in range(size)})
    path = builder.save(tmp_path / "image.tar")

    def stop(phase: str, _done: int, _total: int | None) -> None:
        if phase == "layers":
            raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        inspect(path, watcher=Watcher(progress=stop))
