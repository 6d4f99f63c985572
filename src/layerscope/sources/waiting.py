"""Calls that block on somebody else (an engine, a process), made so that whoever waits can leave.

Owns the thread that is left behind when nobody waits any more, and what becomes of a result that comes too late.
Knows nothing of engines.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

POLL_S = 0.1
_T = TypeVar("_T")


def patiently(
    work: Callable[[], _T], waiting: Callable[[], None], *, discard: Callable[[_T], None] = lambda _late: None
) -> _T:
    """Call `work` on a thread, and `waiting` ten times a second until it has answered.

    What `work` raises is raised here. What `waiting` raises ends the waiting; an answer that comes after that is given
    to `discard`.
    """
    answer: Future[_T] = Future()

    def call() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001  it is raised where it is waited for
            answer.set_exception(error)

    def drop(late: "Future[_T]") -> None:
        if late.exception() is None:
            discard(late.result())

    # A daemon, because the engine may keep it waiting long after the user has left.
    threading.Thread(target=call, name="waiting for an engine", daemon=True).start()
    try:
        while not wait([answer], POLL_S).done:
            waiting()
    except BaseException:
        answer.add_done_callback(drop)
        raise
    return answer.result()
