"""Work shared out among processes gives what one process alone would."""

import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.errors import DamagedImageError
from layerscope.filesystem.crew import cores, share_out
from unit.filesystem.alone import alone

SHARED = """
    import os, sys, time
    from layerscope.filesystem import crew
    crew.cores = lambda: 3
    started = os.getpid()
"""


def test_every_job_is_done_once_and_by_several_processes() -> None:
    script = (
        SHARED
        + """
    def work(job):
        time.sleep(0.01)
        return job * job, os.getpid()
    done = crew.share_out(range(30), work, pays=True, before_each=lambda job: None)
    assert {job: square for job, (square, _) in done.items()} == {job: job * job for job in range(30)}
    print(len({pid for _, pid in done.values()}))
    """
    )
    assert alone(script) == "3"


def test_what_a_killed_helper_took_is_done_by_this_process() -> None:
    script = (
        SHARED
        + """
    def work(job):
        time.sleep(0.01)
        if os.getpid() != started and job > 3:
            os.kill(os.getpid(), 9)
        return job
    done = crew.share_out(range(12), work, pays=True, before_each=lambda job: None)
    print(sorted(done.values()) == list(range(12)))
    """
    )
    assert alone(script) == "True"


def test_an_error_of_a_helper_is_raised_in_this_process() -> None:
    script = (
        SHARED
        + """
    from layerscope.errors import DamagedImageError
    def work(job):
        time.sleep(0.01)
        if job == 5:
            raise DamagedImageError(f"job {job} is damaged")
        return job
    try:
        crew.share_out(range(12), work, pays=True, before_each=lambda job: None)
    except DamagedImageError as error:
        print(error, os.getpid() == started)
    """
    )
    assert alone(script) == "job 5 is damaged True"


def test_cancelling_ends_the_helpers_at_once_and_leaves_none() -> None:
    script = (
        SHARED
        + """
    def work(job):
        time.sleep(0.01 if os.getpid() == started else 30)
        return job
    def before(job):
        raise KeyboardInterrupt
    begun = time.monotonic()
    try:
        crew.share_out(range(12), work, pays=True, before_each=before)
    except KeyboardInterrupt:
        pass
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        print("no child is left", time.monotonic() - begun < 10)
    """
    )
    assert alone(script) == "no child is left True"


def test_helpers_of_a_process_that_was_killed_end_by_themselves() -> None:
    """A process that reads for the interface is killed when that ends: its helpers must not wait for it for ever."""
    script = (
        SHARED
        + """
    def work(job):
        if os.getpid() == started:
            time.sleep(60)
        time.sleep(0.2)
        # In one piece, which no other process's comes between
        return bytes(1 << 20), os.write(1, f"{os.getpid()}\\n".encode())

    crew.share_out(range(100), work, pays=True, before_each=lambda job: None)
"""
    )
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        helpers: set[int] = set()
        while len(helpers) < 2:
            helpers.add(int(process.stdout.readline()))
        process.kill()
        # The last of them lets go of standard output, too
        helpers |= {int(line) for line in process.stdout}
    assert len(helpers) == 2


def test_nothing_is_forked_beside_other_threads() -> None:
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    try:
        assert cores() == 1
        assert set(share_out(range(5), lambda _job: os.getpid(), pays=True, before_each=print).values()) == {
            os.getpid()
        }
    finally:
        waiting.set()
        thread.join()


def test_nothing_is_forked_where_children_end_unseen() -> None:
    """A process may be started by one that ignores SIGCHLD; it cannot wait for a child then."""
    script = """
    import os, signal
    os.sched_getaffinity = lambda _process: {0, 1}
    from layerscope.filesystem import crew
    print(crew.cores())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print(crew.cores(), set(crew.share_out(range(5), lambda _job: os.getpid(), pays=True, before_each=id).values())
        == {os.getpid()})
    """
    assert alone(script).split() == ["2", "1", "True"]


def test_an_error_without_helpers_is_raised_as_it_is() -> None:
    def work(_job: int) -> int:
        raise DamagedImageError("cut short")

    with pytest.raises(DamagedImageError, match="cut short"):
        share_out([1], work, pays=False, before_each=print)


def test_an_image_read_by_several_processes_gives_the_same_inspection(tmp_path: Path) -> None:
    builder = ImageBuilder()
    for layer in range(4):
        builder = builder.layer({f"d{layer}/f{n}": b"x" * n for n in range(50)} | {"same": b"s", f"l{layer}": b"q"})
    path = builder.save(tmp_path / "image.tar")
    script = (
        SHARED
        + """
    from layerscope import inspect
    from layerscope.filesystem import content, scanning
    scanning.PAYS_FROM_BYTES = content.PAYS_FROM_PATHS = 0 if sys.argv[2] == "several" else 1 << 60
    inspection = inspect(sys.argv[1])
    print(inspection.ledger, inspection.layers, inspection.tree)
    """
    )
    assert alone(script, str(path), "several") == alone(script, str(path), "one")
