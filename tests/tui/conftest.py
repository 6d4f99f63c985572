"""What holds for every test of the terminal interface."""

import gc
from collections.abc import Iterator

import pytest
from textual._styles_cache import StylesCache


@pytest.fixture(autouse=True)
def _collect_what_apps_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the garbage collector see what an app made: the program has one app, and lets it pass by all of it.

    Here hundreds of them stayed in memory, 2 GB a worker, and each new process took long.
    """
    monkeypatch.setattr(gc, "freeze", lambda: None)


@pytest.fixture(autouse=True)
def _forget_what_apps_drew() -> Iterator[None]:
    """Empty a cache of Textual's that keeps what the last thousand widgets drew, in which state they ever were.

    One app has not so many; the apps of some tests left a million objects there, which each collection walked.
    """
    yield
    StylesCache.get_inner_outer.cache_clear()
