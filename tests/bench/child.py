"""Run one command and say what it cost: the small process between the benchmark and what is measured.

Linux counts the memory of the process that starts another one as the other's too, up to the moment it becomes another
program; so what starts the measured programs has to be small, and imports next to nothing.

usage: python -S -E child.py OUTPUT COMMAND...      (writes `wall_s cpu_s peak_kb status` to standard output)
"""

import os
import sys
import threading
import time


def _read(path: str) -> str:
    with open(path) as file:  # noqa: PTH123 - pathlib is too big for this process
        return file.read()


def tree_of(pid: int) -> list[int]:
    """List a process and all below it; those that end meanwhile are left out."""
    found = [pid]
    for one in found:
        try:
            for task in os.listdir(f"/proc/{one}/task"):  # noqa: PTH208 - pathlib is too big for this process
                found += map(int, _read(f"/proc/{one}/task/{task}/children").split())
        except OSError:
            continue
    return found


def shared_out_kb(pids: list[int]) -> int:
    """Add up what processes hold, memory that several share counted once."""
    total = 0
    for pid in pids:
        try:
            lines = _read(f"/proc/{pid}/smaps_rollup").splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total


class Family:
    """The most memory that a process and its children held together, looked at all the time."""

    INTERVAL_S = 0.02

    def __init__(self, pid: int) -> None:
        self.peak_kb = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self.INTERVAL_S):
            pids = tree_of(self._pid)
            if len(pids) > 1:  # one alone is told exactly by the kernel, at its end
                self.peak_kb = max(self.peak_kb, shared_out_kb(pids))


def run(output: str, command: list[str]) -> tuple[float, float, int, int]:
    """Run a command to its end: wall and CPU seconds, peak KiB, exit status."""
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=files)
    family = Family(pid)
    with family:
        _pid, status, usage = os.wait4(pid, 0)
        wall_s = time.perf_counter() - start
    cpu_s = usage.ru_utime + usage.ru_stime
    return wall_s, cpu_s, max(usage.ru_maxrss, family.peak_kb), os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    print(*run(sys.argv[1], sys.argv[2:]))
