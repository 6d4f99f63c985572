"""The fuzzers' targets hold on what was found by fuzzing, and on a few thousand inputs made on the spot.

Hours of fuzzing are done by `run.py`; this keeps the targets right, and catches what is easy to find.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import TARGETS, seeds


@pytest.mark.parametrize("name", TARGETS)
def test_the_inputs_to_start_from_are_taken(name: str) -> None:
    for seed in seeds(name):
        TARGETS[name](seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=150)
@given(data=st.data())
def test_changed_inputs_are_taken_or_refused_in_one_line(name: str, data: st.DataObject) -> None:
    seed = bytearray(data.draw(st.sampled_from(seeds(name))))
    for _ in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(0, len(seed)))
        length = data.draw(st.integers(0, 40))
        seed[start : start + length] = data.draw(st.binary(max_size=40))
    TARGETS[name](bytes(seed))
