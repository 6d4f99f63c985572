"""The map: areas, hatches, and ways through it."""

import pytest

from layerscope.pipeline import inspect_raw
from layerscope.tui.maprows import map_lines, map_of, neighbour
from layerscope.tui.roles import width_of_line
from layerscope.tui.treemap import Rect
from layerscope.tui.weights import weigh
from tui.driver import SIZES, Session, opened
from tui.wasteful import wasteful_image


async def to_map(session: Session) -> None:
    await session.press("shift+tab")  # it is the last
    assert session.active == "map"
    await session.until(lambda: "usr/" in session.pane_text("map"))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_the_map_shows_what_is_big_and_hatches_what_is_wasted(size: tuple[int, int]) -> None:
    async with opened(wasteful_image(), size=size) as session:
        assert "Map ·" not in session.text  # nobody asked for it
        await to_map(session)
        text = session.pane_text("map")
        assert "376 kB" in text
        assert "130 kB wasted" in text
        assert "░░░" in text
        assert "1 too small to see" in text  # /etc


async def test_enter_goes_in_backspace_out_and_arrows_beside() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        await to_map(session)
        assert "┏usr/" in session.pane_text("map")
        await session.press("enter")
        assert "Map · /usr · 376 kB" in session.pane_text("map")
        await session.press("backspace", "down")
        assert "┏var/" in session.pane_text("map")
        await session.press("up")
        assert "┏usr/" in session.pane_text("map")
        await session.press("n", "n")
        assert "┏srv/" in session.pane_text("map")


async def test_enter_on_a_file_shows_it_among_the_files_of_its_layer() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        await to_map(session)
        await session.press("n", "n", "enter", "enter")
        assert "/srv/app" in session.pane_text("map")
        await session.press("enter")
        assert session.active == "files"
        assert "model.bin" in session.row("files")
        assert session.layer in {3, 4}


async def test_p_on_a_tile_plans_to_drop_it() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        await to_map(session)
        await session.press("n", "p")
        assert "plan: 1 change   630 kB → 500 kB" in session.text


def test_the_weights_of_the_root_are_those_of_the_ledger() -> None:
    inspection = inspect_raw(wasteful_image().raw_image())
    weights = weigh(inspection.tree)
    assert weights.shipped[0] == inspection.ledger.total_bytes
    assert weights.wasted[0] == inspection.ledger.wasted_bytes
    for node in range(inspection.tree.node_count):
        inside = list(inspection.tree.children(node))
        if inside and node:
            assert weights.shipped[node] >= sum(weights.shipped[child] for child in inside)


def test_in_a_large_tile_stands_what_is_in_the_directory_and_keys_are_for_the_tile() -> None:
    inspection = inspect_raw(wasteful_image().raw_image())
    weights = weigh(inspection.tree)
    rect = Rect(0, 0, 118, 36)
    found = map_of(weights, 0, rect)
    text = ["".join(part for part, _role in line) for line in map_lines(found, rect, 0)]
    usr = next(tile for tile in found if tile.name == "usr/")
    assert usr.inside
    assert text[usr.rect.y].startswith("┏usr/ 376 kB")
    assert any("┌lib/" in line for line in text)
    assert len({tile.node for tile in found}) == len(found)
    assert not any(tile.inside for tile in map_of(weights, 0, Rect(0, 0, 30, 8)))


@pytest.mark.parametrize("area", [(1, 1), (7, 3), (20, 8), (78, 19), (200, 50)])
def test_lines_are_as_wide_as_the_map_and_as_many_as_it_is_high(area: tuple[int, int]) -> None:
    inspection = inspect_raw(wasteful_image().raw_image())
    rect = Rect(0, 0, *area)
    found = map_of(weigh(inspection.tree), 0, rect)
    lines = map_lines(found, rect, 0)
    assert len(lines) == area[1]
    assert {width_of_line(line) for line in lines} == {area[0]}
    for place in range(len(found)):
        for step in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            assert 0 <= neighbour(found, place, *step) < len(found)


async def test_a_map_that_goes_out_of_sight_comes_back() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        await to_map(session)
        await session.press("2")
        assert "Map ·" not in session.pane_text("files")
        await session.press("9")
        assert "┏usr/" in session.pane_text("map")


async def test_the_key_line_says_whether_enter_goes_into_a_directory_or_to_files() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        await to_map(session)
        await session.press("n", "n")
        assert "⏎ open" in session.lines[-1]
        await session.press("enter")
        assert "⏎ open" in session.lines[-1]
        await session.press("enter")
        assert "⏎ to Files" in session.lines[-1], session.text
        await session.press("backspace")
        assert "⏎ open" in session.lines[-1]
