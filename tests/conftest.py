"""What holds for every test: nothing is remembered, and properties are tried with the same examples each time, so that
a run says something of the change it is about; `HYPOTHESIS_PROFILE=thorough` searches at random and for long.
"""

import gc
import os
import shutil
import signal
import tempfile

import pytest
from hypothesis import HealthCheck, settings

os.environ["LAYERSCOPE_CACHE_DIR"] = ""  # tests remember nothing from one to the next, nor in the user's directory

SHARED = "LAYERSCOPE_TESTS_SHARED"

settings.register_profile(
    "default", max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "thorough", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let the garbage collector pass by the thousands of tests that were collected: each look at all took 0.2 s."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Run two more workers than there are cores: those that drive engines and terminals often wait."""
    return len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)) + 2


def pytest_configure(config: pytest.Config) -> None:
    """Give all workers a directory for what each would make anew; let programs that are started be interrupted."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell's background jobs are, and all they start
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        os.environ[SHARED] = tempfile.mkdtemp(prefix="layerscope-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove it."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True)
