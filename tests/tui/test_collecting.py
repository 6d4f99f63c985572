"""Garbage is collected while nobody presses a key, and a theme is put on in steps: neither holds the screen."""

import asyncio
import gc
import time
import weakref
from typing import Any

import pytest
from textual.dom import DOMNode

from layerscope.tui.aside import can_fork, once
from layerscope.tui.collecting import Collecting
from layerscope.tui.fairness import fair_turns
from tui.driver import opened
from tui.test_updates import still, updates
from tui.wasteful import wasteful_image


class Ring:
    """Something that only a collection of everything frees."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def old_ring() -> "weakref.ref[Ring]":
    gc.collect()
    ring = Ring()
    for _generation in range(40):
        gc.collect(1)
    seen = weakref.ref(ring)
    del ring
    return seen


async def test_garbage_is_collected_when_no_key_was_pressed_for_a_while(old_ring: "weakref.ref[Ring]") -> None:
    collecting = Collecting(0.3)
    collecting.put_off()
    for _key in range(4):
        await asyncio.sleep(0.15)
        assert old_ring() is not None
        collecting.put_off()
    await asyncio.sleep(0.5)
    assert old_ring() is None


async def test_garbage_waits_for_what_is_worked_out(old_ring: "weakref.ref[Ring]") -> None:
    collecting = Collecting(0.3)
    collecting.put_off()
    with fair_turns():
        await asyncio.sleep(0.5)
        assert old_ring() is not None
    await asyncio.sleep(0.5)
    assert old_ring() is None


@pytest.mark.skipif(not can_fork(), reason="work is done in the same process here")
async def test_garbage_waits_for_processes_that_have_our_memory(old_ring: "weakref.ref[Ring]") -> None:
    def slow() -> str:
        time.sleep(0.5)
        return "done"

    collecting = Collecting(0.3)
    collecting.put_off()
    found = asyncio.get_running_loop().run_in_executor(None, lambda: once(slow, {}))
    await asyncio.sleep(0.45)
    assert old_ring() is not None
    assert await found == "done"
    await asyncio.sleep(0.5)
    assert old_ring() is None


async def test_who_leaves_waits_for_no_collection(old_ring: "weakref.ref[Ring]") -> None:
    collecting = Collecting(0.3)
    collecting.put_off()
    collecting.stop()
    await asyncio.sleep(0.5)
    assert old_ring() is not None


async def test_a_theme_is_put_on_in_steps_and_seen_when_every_widget_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(wasteful_image(), size=(160, 45)) as session:
        app, styled = session.app, list[tuple[int, int]]()
        await session.press("ctrl+t")
        await still(session)
        turn, update_nodes = 0, app.stylesheet.update_nodes

        async def count_turns() -> None:
            nonlocal turn
            while True:
                turn += 1
                await asyncio.sleep(0)

        counter = asyncio.create_task(count_turns())
        with updates(monkeypatch) as sent, monkeypatch.context() as patched:

            def watched(nodes: list[DOMNode], **how: Any) -> None:
                styled.append((turn, len(nodes)))
                assert not sent
                update_nodes(nodes, **how)

            patched.setattr(app.stylesheet, "update_nodes", watched)
            app.theme = "nord"
            await session.until(lambda: bool(sent))
        counter.cancel()
        steps = [count for _turn, count in styled]
        assert max(steps) <= 4
        assert sum(steps) > sum(1 for screen in app.screen_stack for _node in screen.walk_children(with_self=True))
        assert len({turn for turn, _count in styled}) == len(styled)
