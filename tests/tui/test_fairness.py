"""Who computes while somebody looks: the screen's thread goes first."""

import asyncio
import sys
import threading
import time

import pytest

from layerscope.analysis.plan import Planner
from layerscope.analysis.wastetable import WasteTable
from layerscope.model.plan import Outcome, Plan
from layerscope.tui import finder, foresight
from layerscope.tui.fairness import begin, fair_turns, screen_first_loop
from layerscope.tui.panes import waste
from tui.driver import opened
from tui.test_big import big_image
from tui.test_updates import still, updates
from tui.wasteful import wasteful_image


def test_turns_are_short_while_the_loop_waits_and_long_while_it_works() -> None:
    usual_s = sys.getswitchinterval()
    seen: dict[str, float] = {}
    loop = screen_first_loop()

    def look() -> None:
        time.sleep(0.03)
        seen["waits"] = sys.getswitchinterval()

    async def watch() -> None:
        seen["idle"] = sys.getswitchinterval()
        with fair_turns():
            await asyncio.sleep(0.01)
            seen["works"] = sys.getswitchinterval()
            loop.run_in_executor(None, look)
            await asyncio.sleep(0.1)
        seen["after"] = sys.getswitchinterval()

    try:
        loop.run_until_complete(watch())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
    assert seen["waits"] < usual_s < seen["works"]
    assert seen["idle"] == seen["after"] == sys.getswitchinterval() == usual_s


def test_what_arrives_is_heard_by_a_loop_that_always_has_something_to_do() -> None:
    loop = screen_first_loop()

    async def talk() -> None:
        heard = asyncio.Event()
        with fair_turns():
            begin("speaker", lambda: loop.call_soon_threadsafe(heard.set))
            async with asyncio.timeout(5):
                while not heard.is_set():  # noqa: ASYNC110 - that is the loop that is never idle
                    await asyncio.sleep(0)

    try:
        loop.run_until_complete(talk())
    finally:
        loop.close()


async def test_much_waste_is_put_in_order_beside_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    gatherers: list[threading.Thread] = []
    gather = WasteTable._gather

    def watched(self: WasteTable) -> None:
        gatherers.append(threading.current_thread())
        gather(self)

    async with opened(wasteful_image(), size=(160, 45)) as session:
        rows, lines = session.list_of("waste").row_count, session.pane_lines("waste")
    monkeypatch.setattr(waste, "AT_ONCE", -1)
    monkeypatch.setattr(WasteTable, "_gather", watched)
    async with opened(wasteful_image(), size=(160, 45)) as session:
        await session.until(lambda: session.list_of("waste").row_count == rows)
        assert session.pane_lines("waste") == lines
    assert gatherers
    assert threading.main_thread() not in gatherers


async def test_what_a_letter_of_a_filter_finds_is_drawn_with_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "AT_ONCE", 0)
    monkeypatch.setattr(finder, "PATIENCE_S", 5.0)
    async with opened(big_image(), size=(160, 45)) as session:
        await session.press("2", "slash")
        await still(session)
        with updates(monkeypatch) as sent:
            await session.press("9")
            await still(session)
        assert len(sent) == 1
        assert "matches" in session.pane_text("files")


async def test_a_plan_of_a_big_image_is_worked_out_beside_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    planners: list[threading.Thread] = []
    foreseen = Planner._foreseen

    def watched(self: Planner, plan: Plan, joined: tuple[int, ...]) -> Outcome:
        planners.append(threading.current_thread())
        return foreseen(self, plan, joined)

    async with opened(wasteful_image(), size=(160, 45)) as session:
        monkeypatch.setattr(foresight, "AT_ONCE", 0)
        monkeypatch.setattr(Planner, "_foreseen", watched)
        await session.press("5", "p", "j", "p", "8")
        await session.until(lambda: "2 changes" in session.pane_text("plan"))
        assert len(session.app.view.plan.dropped) == 2
    assert planners
    assert threading.main_thread() not in planners


async def test_a_key_that_plans_is_answered_before_the_numbers_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = threading.Event()
    foreseen = Planner._foreseen

    def slow(self: Planner, plan: Plan, joined: tuple[int, ...]) -> Outcome:
        may_go_on.wait(10)
        return foreseen(self, plan, joined)

    async with opened(wasteful_image(), size=(160, 45)) as session:
        monkeypatch.setattr(foresight, "AT_ONCE", 0)
        monkeypatch.setattr(Planner, "_foreseen", slow)
        before = session.text
        await session.press("5", "p")
        assert " plan: 1 change   working out what it saves …" in session.text
        assert not session.app.view.plan
        await session.press("p")
        assert "plan: " not in session.text
        await session.press("p")
        may_go_on.set()
        await session.until(lambda: bool(session.app.view.plan.dropped))
        assert "working out" not in session.text
        assert " plan: 1 change   630 kB → " in session.text
        await session.press("p", "1")
        assert session.text == before
