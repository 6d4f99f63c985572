"""What is seen on screens of every size."""

from itertools import permutations

import pytest

from layerscope.tui.layout import Column, PaneSpec, Shape, panes_shown, shape_of
from layerscope.tui.panes import PANES
from tui.driver import opened
from tui.wasteful import wasteful_image

SPECS = [pane.SPEC for pane in PANES]


def test_three_columns_begin_at_140_cells_and_two_at_90() -> None:
    assert [shape_of(width) for width in (40, 89, 90, 139, 140, 400)] == [
        Shape.ONE, Shape.ONE, Shape.TWO, Shape.TWO, Shape.THREE, Shape.THREE,
    ]  # fmt: skip


def test_a_narrow_screen_shows_the_pane_that_was_used_last() -> None:
    assert panes_shown(SPECS, ["waste", "layers"], Shape.ONE, 20) == {"waste"}


def test_two_columns_show_layers_and_one_of_the_others() -> None:
    assert panes_shown(SPECS, ["layers", "image", "files"], Shape.TWO, 36) == {"layers", "details", "image"}


def test_the_pane_in_use_is_always_seen() -> None:
    for shape in Shape:
        for height in (5, 10, 20, 60):
            for pane in SPECS:
                assert pane.name in panes_shown(SPECS, [pane.name], shape, height)


def test_a_low_column_leaves_out_what_was_used_longest_ago() -> None:
    specs = [PaneSpec("a", Column.LEFT, 8), PaneSpec("b", Column.LEFT, 8)]
    assert panes_shown(specs, ["b"], Shape.THREE, 15) == {"b"}
    assert panes_shown(specs, ["b"], Shape.THREE, 16) == {"a", "b"}


def test_each_pane_has_its_own_name_and_number() -> None:
    assert len({pane.SPEC.name for pane in PANES}) == len(PANES) <= 9


@pytest.mark.parametrize("size", [(39, 24), (80, 9), (20, 5), (1, 1)], ids=str)
async def test_a_screen_that_is_too_small_says_so_and_comes_back(size: tuple[int, int]) -> None:
    async with opened(wasteful_image()) as session:
        await session.press("5")
        await session.pilot.resize_terminal(*size)
        await session.settle()
        if size[0] >= 20:
            assert "too small" in session.text
        assert "Waste" not in session.text
        await session.press("tab", "v", "j", "question_mark", "escape", "slash", "escape")
        await session.pilot.resize_terminal(120, 40)
        await session.settle()
        assert session.active == "waste"
        assert "90.0 kB" in session.pane_text("waste")
        await session.press("j")
        assert "model.bin" in session.row("waste")


async def test_a_resize_keeps_the_pane_in_use_and_the_row_under_the_cursor_in_sight() -> None:
    async with opened(wasteful_image(), size=(200, 60)) as session:
        await session.press("2", "plus", "G")
        row = session.row("files").split()[-1]
        for size in ((80, 24), (100, 12), (139, 30), (140, 11), (40, 10), (300, 90)):
            await session.pilot.resize_terminal(*size)
            await session.settle()
            assert session.active == "files"
            assert session.row("files").split()[-1][:3] == row[:3], size


@pytest.mark.parametrize("size", [(40, 10), (60, 15), (80, 24), (90, 24), (139, 40), (140, 40), (250, 70)], ids=str)
async def test_no_line_is_wider_than_the_screen_and_none_is_missing(size: tuple[int, int]) -> None:
    from rich.cells import cell_len

    async with opened(wasteful_image(), size=size) as session:
        for number in range(1, len(PANES) + 1):
            await session.press(str(number))
            assert len(session.lines) == size[1]
            assert {cell_len(line) for line in session.lines} == {size[0]}


@pytest.mark.parametrize("width", [40, 50, 60, 70, 80, 90, 100])
async def test_the_tabs_name_all_panes_by_number_and_the_one_in_use_by_name(width: int) -> None:
    async with opened(wasteful_image(), size=(width, 24)) as session:
        for number, name in enumerate(("Laye", "File", "Deta", "Dock", "Wast", "Find", "Imag", "Plan", "Map"), start=1):
            await session.press(str(number))
            tabs = session.lines[-2]
            assert f"{number} {name}" in tabs
            assert all(str(other) in tabs for other in range(1, 10)), tabs
            assert len(tabs.rstrip()) <= width
            await session.pilot.click(offset=(tabs.index(f"{number}"), session.app.size.height - 2))
            await session.settle()
            assert session.active == PANES[number - 1].SPEC.name


async def test_a_list_that_becomes_higher_shows_more_of_it_and_no_empty_lines() -> None:
    image = wasteful_image()
    for number in range(30):
        image.step(f"LABEL number={number}")
    async with opened(image, size=(160, 14)) as session:
        await session.press("1", "end")
        await session.pilot.resize_terminal(160, 30)
        await session.settle()
        lines = session.pane_lines("layers")
        layers = session.list_of("layers")
        assert layers.top == layers.line_count - layers.page_height
        assert "number=29" in lines[-2]


@pytest.mark.parametrize("height", [8, 20, 27, 36, 57])
@pytest.mark.parametrize("shape", [Shape.TWO, Shape.THREE])
def test_the_left_column_depends_on_the_pane_in_use_only(shape: Shape, height: int) -> None:
    specs = [pane.SPEC for pane in PANES]
    left = {spec.name for spec in specs if spec.column is Column.LEFT}
    for active in (spec.name for spec in specs):
        ways = {
            panes_shown(specs, (active, *others), shape, height) & left
            for others in permutations([spec.name for spec in specs if spec.name != active], 3)
        }
        assert len(ways) == 1, (active, ways)
        (shown,) = ways
        assert "layers" in shown or active in left


async def test_layers_and_details_stand_where_they_stood_after_the_dockerfile_was_seen() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        before = session.app.inspect_screen.query_one("#left").size, session.pane_lines("layers")[0]
        await session.press("4")
        assert session.pane("layers").display
        assert not session.pane("details").display
        await session.press("3", "2", "1")
        assert session.pane("details").display
        assert not session.pane("dockerfile").display
        assert before == (session.app.inspect_screen.query_one("#left").size, session.pane_lines("layers")[0])
