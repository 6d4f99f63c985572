"""The end of the process: quick, and nothing left undone."""

import subprocess
import sys

RUN = "import atexit, sys, threading, time\nfrom layerscope.__main__ import main\nsys.argv = ['layerscope', *{args}]\n"


def run(code: str, args: list[str]) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-c", RUN.format(args=args) + code + "\nmain()"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def test_what_is_registered_for_the_end_is_run_and_all_is_written() -> None:
    """Who registers with atexit is called, what is in buffers comes out, and the exit code is that of the command."""
    done = run("atexit.register(lambda: print('the end'))\nprint('first')", ["ci", "demo"])
    assert done.stdout.startswith(b"first\n")
    assert done.stdout.endswith(b"the end\n")
    assert done.returncode == 1


def test_a_thread_is_waited_for() -> None:
    """A thread that is not done yet ends its work first."""
    thread = "threading.Thread(target=lambda: (time.sleep(0.3), print('late'))).start()"
    done = run(thread, ["--version"])
    assert done.stdout.endswith(b"late\n")
    assert done.returncode == 0
