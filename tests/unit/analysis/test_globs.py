"""Globs of rules, exceptions and filters: what they match, and how long that may take on paths made to take long."""

import time
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.analysis.globs import compile_globs

LONG = {
    "**/a*/**/b": "/a" * 2_000,
    "**/a/**/a/**/b": "/a" * 2_000,
    "/a/**/a/**/*a/**/a*b": "/a" * 2_000,
    "**/node_modules/**/test/**/x": "/node_modules" * 150 + "/test" * 300,
    "*a*a*a*a*b": "/" + "a" * 4_000,
    "*secret*key*": "/" + "secret" * 680,
    "**/.git/**": "/.gi" * 1_000,
}


@pytest.mark.parametrize("below", [True, False])
@pytest.mark.parametrize("glob", LONG)
def test_no_path_keeps_a_glob_busy(glob: str, below: bool) -> None:  # noqa: FBT001
    """A path of 2,000 directories took the second one minutes."""
    begun = time.process_time()
    assert compile_globs([glob], below=below).fullmatch(LONG[glob].encode()) is None
    assert time.process_time() - begun < 1


def matches(glob: str, path: str) -> bool:
    """Compare names one by one, in every way: slow, and plain to see."""
    wanted = glob.strip("/").split("/")
    if not glob.startswith("/"):
        wanted = ["**", *wanted]
    names = path.strip("/").split("/")

    @cache
    def fits(at: int, name: int) -> bool:
        if at == len(wanted):
            return True  # a directory stands for all that is in it
        if wanted[at] == "**" and at < len(wanted) - 1:
            return fits(at + 1, name) or (name < len(names) and fits(at, name + 1))
        if wanted[at] == "**":
            return name < len(names)
        return name < len(names) and _is_like(wanted[at], names[name]) and fits(at + 1, name + 1)

    return fits(0, 0)


def _is_like(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(_is_like(pattern[1:], name[cut:]) for cut in range(len(name) + 1))
    return bool(name) and pattern[0] in {"?", name[0]} and _is_like(pattern[1:], name[1:])


_NAMES = st.text("ab", min_size=1, max_size=4)
_PATTERNS = st.one_of(st.just("**"), st.text("ab*?", min_size=1, max_size=5).filter(lambda text: "**" not in text))


@given(st.lists(_PATTERNS, min_size=1, max_size=5), st.booleans(), st.lists(_NAMES, min_size=1, max_size=6))
def test_a_glob_matches_what_it_says(patterns: list[str], rooted: bool, names: list[str]) -> None:  # noqa: FBT001
    glob, path = "/" * rooted + "/".join(patterns), "/" + "/".join(names)
    assert (compile_globs([glob]).fullmatch(path.encode()) is not None) == matches(glob, path)
