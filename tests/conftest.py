"""What holds for every test: nothing is remembered, and properties are tried with the same examples each time, so that
a run says something of the change it is about; `HYPOTHESIS_PROFILE=thorough` searches at random and for long.
"""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

os.environ["LAYERSCOPE_CACHE_DIR"] = ""  # tests remember nothing from one to the next, nor in the user's directory

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
