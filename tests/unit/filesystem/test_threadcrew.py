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
from unit.filesystem.alone import alone


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


def test_crews_that_overlap_leave_the_switch_interval_as_it_was() -> None:
    usual, first_ends, second_began = sys.getswitchinterval(), threading.Event(), threading.Event()
    seen: list[float] = []

    def second() -> None:
        def work(job: int) -> int:
            second_began.set()
            first_ends.wait(30)
            return job

        share_out(range(2), work, before_each=nothing)
        seen.append(sys.getswitchinterval())

    other = threading.Thread(target=second)

    def before(job: int) -> None:
        if not job:
            other.start()
            second_began.wait(30)

    share_out(range(1), nothing, before_each=before)
    seen.append(sys.getswitchinterval())
    first_ends.set()
    other.join()
    assert seen[0] < usual
    assert seen[1] == usual


def test_what_others_made_of_the_switch_interval_meanwhile_stays() -> None:
    usual = sys.getswitchinterval()
    share_out(range(1), nothing, before_each=lambda _job: sys.setswitchinterval(0.02))
    found = sys.getswitchinterval()
    sys.setswitchinterval(usual)
    assert found == 0.02


def test_an_interrupt_while_helpers_start_leaves_none_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    done: list[int] = []

    def work(job: int) -> None:
        time.sleep(0.01)
        done.append(job)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        share_out(range(50), work, before_each=nothing)
    assert len(done) < 10


def test_a_child_that_is_forked_while_a_crew_is_at_work_has_crews_of_its_own() -> None:
    script = """
    import os, sys
    from layerscope.filesystem import threadcrew
    threadcrew._cores = lambda: 2
    usual = sys.getswitchinterval()
    def fork(job):
        with threadcrew._short_turns._lock:
            child = os.fork()
        if not child:
            found = threadcrew.share_out(range(3), lambda job: job, before_each=lambda job: None)
            os._exit(7 if found == {0: 0, 1: 1, 2: 2} and sys.getswitchinterval() == usual else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    threadcrew.share_out(range(1), lambda job: job, before_each=fork)
    """
    assert alone(script) == "7"


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
