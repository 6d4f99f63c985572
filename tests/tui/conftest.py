"""What holds for every test of the terminal interface."""

import gc

import pytest


@pytest.fixture(autouse=True)
def _collect_what_apps_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the garbage collector see what an app made: the program has one app, and lets it pass by all of it.

    Here hundreds of them stayed in memory, 2 GB a worker, and each new process took long.
    """
    monkeypatch.setattr(gc, "freeze", lambda: None)
