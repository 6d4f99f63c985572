"""What the mouse does."""

import pytest

from builder import ImageBuilder
from tui.driver import opened
from tui.looked_at import go, said
from tui.wasteful import FINDINGS, wasteful_image


async def test_a_click_puts_the_cursor_on_the_row_and_the_focus_in_the_pane() -> None:
    async with opened(wasteful_image()) as session:
        row = next(number for number, line in enumerate(session.lines) if "RUN apt-get update" in line)
        await session.pilot.click(offset=(30, row))
        await session.settle()
        assert session.layer == 1
        await session.pilot.click("#waste LineList", offset=(5, 3))
        await session.settle()
        assert session.active == "waste"
        assert "model.bin" in session.row("waste")


async def test_a_click_on_the_arrow_folds_and_a_click_on_the_name_does_not() -> None:
    async with opened(wasteful_image()) as session:
        (row, line) = next((number, line) for number, line in enumerate(session.lines) if "▾ etc" in line)
        await session.pilot.click(offset=(line.index("▾ etc") + 3, row))
        await session.settle()
        assert "▾ etc" in session.lines[row]
        await session.pilot.click(offset=(line.index("▾ etc"), row))
        await session.settle()
        assert "▸ etc" in session.lines[row]


async def test_a_double_click_on_a_directory_folds_it_and_on_waste_goes_to_the_file() -> None:
    async with opened(wasteful_image()) as session:
        (row, line) = next((number, line) for number, line in enumerate(session.lines) if "▾ etc" in line)
        await session.pilot.double_click(offset=(line.index("▾ etc") + 3, row))
        await session.settle()
        assert "▸ etc" in session.lines[row]
        await session.pilot.double_click("#waste LineList", offset=(5, 0))
        await session.settle()
        assert session.active == "files"
        assert session.layer == 1


async def test_the_wheel_scrolls_and_leaves_the_cursor_where_it_is() -> None:
    from textual import events

    image = ImageBuilder().layer({f"file{number:03}": b"x" for number in range(200)})
    async with opened(image, size=(80, 24)) as session:
        await session.press("2")
        files = session.list_of("files")
        files.post_message(events.MouseScrollDown(files, 5, 5, 0, 1, 0, shift=False, meta=False, ctrl=False))
        await session.settle()
        assert files.top > 0
        assert files.cursor == 0
        assert "file000" not in session.pane_text("files")


async def test_the_scrollbar_can_be_pulled_to_the_end() -> None:
    image = ImageBuilder().layer({f"file{number:03}": b"x" for number in range(200)})
    async with opened(image, size=(80, 24)) as session:
        await session.press("2")
        files = session.list_of("files")
        await session.pilot.mouse_down(files, offset=(files.size.width - 1, 0))
        await session.pilot.hover(files, offset=(files.size.width - 1, files.size.height - 1))
        await session.pilot.mouse_up(files, offset=(files.size.width - 1, files.size.height - 1))
        await session.settle()
        assert "file199" in session.pane_text("files")


async def test_a_click_on_a_tab_goes_to_that_pane() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        (row, line) = next((number, line) for number, line in enumerate(session.lines) if "5 Waste" in line)
        await session.pilot.click(offset=(line.index("5 Waste") + 2, row))
        await session.settle()
        assert session.active == "waste"


async def test_a_click_on_a_key_at_the_bottom_does_what_the_key_does() -> None:
    async with opened(wasteful_image()) as session:
        await session.pilot.click(offset=(session.lines[-1].index("v view"), 39))
        await session.settle()
        assert "layer 0 and all below" in session.pane_text("files")


async def test_the_pointer_over_a_key_or_a_tab_says_more() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        await session.pilot.hover("KeyBar", offset=(3, 0))
        await session.settle()
        assert str(session.app.inspect_screen.query_one("KeyBar").tooltip) == "one row down"
        await session.pilot.hover("#tabs", offset=(12, 0))
        await session.settle()
        assert "struck through" in str(session.app.inspect_screen.query_one("#tabs").tooltip)


@pytest.mark.parametrize("size", [(80, 24), (140, 40), (200, 60)])
async def test_a_click_on_the_name_of_a_column_sorts_by_it(size: tuple[int, int]) -> None:
    async with opened(wasteful_image(), size=size) as session:
        await session.press("2", "plus")
        header = session.pane("files").query_one(".columns")
        for name in ("Size", "Waste", "Name", "Owner"):
            line = session.lines[header.region.y]
            if name not in line[header.region.x :]:
                continue  # it has made way
            await session.pilot.click(offset=(line.index(name, header.region.x) + 1, header.region.y))
            await session.settle()
            sorted_by = "name" if name == "Owner" else name.lower()  # there is no order of owners
            assert f"by {sorted_by}" in session.pane_text("files")
            assert session.active == "files"


async def test_a_click_anywhere_in_a_pane_gives_it_the_keys() -> None:
    async with opened(wasteful_image()) as session:
        region = session.pane("files").region
        await session.pilot.click(offset=(region.x + 5, region.y))
        await session.settle()
        assert session.active == "files"
        region = session.pane("layers").region
        await session.pilot.click(offset=(region.x + 5, region.y + 1))
        await session.settle()
        assert session.active == "layers"


async def test_a_double_click_on_a_title_gives_the_pane_the_whole_screen_and_back() -> None:
    async with opened(wasteful_image()) as session:
        region = session.pane("files").region
        await session.pilot.click(offset=(region.x + 5, region.y), times=2)
        await session.settle()
        assert session.pane("files").region.width == 140
        await session.pilot.click(offset=(5, region.y), times=2)
        await session.settle()
        assert session.pane("files").region == region


@pytest.mark.parametrize(
    ("pane", "says"),
    [
        ("layers", "Layers stand as they were built: 5 has the most wasted first, 9 what is big."),
        ("dockerfile", "Lines stand as in the file; 5 has the most wasted first."),
        ("waste", "Waste is in order of its bytes; / finds a path, 2 sorts files."),
        ("findings", "Errors come first, then what saves most."),
    ],
)
async def test_where_columns_have_one_order_a_click_on_their_names_says_so_as_the_key_that_sorts_does(
    pane: str, says: str
) -> None:
    async with opened(wasteful_image(), size=(80, 24), findings=FINDINGS) as session:
        await go(session, pane)
        header = session.pane(pane).query_one(".columns").region
        await session.pilot.click(offset=(header.x + 8, header.y))
        await session.settle()
        assert said(session) == says
        await session.press("escape", "s")
        assert said(session) == says
