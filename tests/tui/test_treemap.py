"""Maps tile their area exactly, whatever the sizes; and what they say fits."""

from hypothesis import given
from hypothesis import strategies as st

from layerscope.tui.treemap import Rect, tiles
from layerscope.tui.widgets.bars import sparkline

SIZES = st.lists(st.integers(0, 10**10), min_size=1, max_size=60).map(lambda sizes: sorted(sizes, reverse=True))


@given(sizes=SIZES, width=st.integers(0, 90), height=st.integers(0, 40))
def test_every_cell_is_in_exactly_one_tile(sizes: list[int], width: int, height: int) -> None:
    found = tiles(sizes, Rect(3, 5, width, height))
    if not width * height or not sum(sizes):
        assert found == []
        return
    assert 1 <= len(found) <= len(sizes)
    cells = [(x, y) for one in found for y in range(one.y, one.y + one.height) for x in range(one.x, one.x + one.width)]
    assert sorted(cells) == sorted((x, y) for y in range(5, 5 + height) for x in range(3, 3 + width))
    assert all(one.area > 0 for one in found)


@given(sizes=st.lists(st.integers(100, 1000), min_size=1, max_size=12).map(lambda sizes: sorted(sizes, reverse=True)))
def test_areas_are_as_sizes_are(sizes: list[int]) -> None:
    found = tiles(sizes, Rect(0, 0, 400, 200))
    assert len(found) == len(sizes)
    for size, one in zip(sizes, found, strict=True):
        assert abs(one.area / 80_000 - size / sum(sizes)) < 0.02


def test_what_would_be_too_small_to_see_is_left_out() -> None:
    assert len(tiles([1000, 10, 1], Rect(0, 0, 20, 10), smallest=2)) == 1
    assert len(tiles([1000, 10, 1], Rect(0, 0, 40, 10), smallest=2)) == 2


def test_one_thing_has_the_whole_map() -> None:
    assert tiles([7], Rect(0, 0, 30, 9)) == [Rect(0, 0, 30, 9)]


def test_a_sparkline_has_a_mark_for_each_layer_and_none_for_no_bytes() -> None:
    assert sparkline([0, 1, 50, 100], 10) == "·▁▄█"
    assert sparkline([0, 0], 10) == "··"
    assert sparkline([], 10) == ""


def test_a_sparkline_of_many_layers_keeps_the_biggest() -> None:
    values = [1] * 100
    values[57] = 1000
    line = sparkline(values, 20)
    assert len(line) == 20
    assert line.count("█") == 1
