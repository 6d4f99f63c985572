"""Patterns that are compiled late find what the standard library's find."""

import copy
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from layerscope.patterns import regex


@pytest.mark.parametrize("flags", [0, re.IGNORECASE])
def test_a_pattern_finds_what_a_compiled_one_finds(flags: int) -> None:
    ours: Any = regex(r"(?P<word>[a-z]+)\d", flags)
    theirs = re.compile(r"(?P<word>[a-z]+)\d", flags)
    text = "ab1 CD2 ef"
    for _ in range(2):  # the first look is the one that compiles
        assert ours.findall(text) == theirs.findall(text)
        assert ours.sub("-", text) == theirs.sub("-", text)
        assert [one.span("word") for one in ours.finditer(text)] == [one.span("word") for one in theirs.finditer(text)]
        assert bool(ours.fullmatch("CD2")) == bool(theirs.fullmatch("CD2"))
        assert (ours.pattern, ours.flags, ours.groups) == (theirs.pattern, theirs.flags, theirs.groups)


def test_what_it_has_not_is_an_attribute_error_and_a_wrong_pattern_an_error_of_patterns() -> None:
    odd: Any = regex(r"a")
    with pytest.raises(AttributeError, match="seek"):
        odd.seek("a")
    with pytest.raises(re.error):
        regex(r"(").search("")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_pattern_is_copied_and_sent_as_a_compiled_one_is(copied: Callable[[Any], Any]) -> None:
    assert copied(regex("a+", re.IGNORECASE)).fullmatch("AA")


def test_all_patterns_of_all_modules_can_be_compiled() -> None:
    program = """
import importlib, pkgutil, layerscope
from layerscope.patterns import regex
found = 0
for module in pkgutil.walk_packages(layerscope.__path__, "layerscope."):
    if module.name != "layerscope.__main__":
        for value in vars(importlib.import_module(module.name)).values():
            if type(value) is regex:
                value.groups
                found += 1
print(found)
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 80
