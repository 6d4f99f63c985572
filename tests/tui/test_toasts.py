"""What is told at the edge: once, never in heaps, and not for longer than it is wanted."""

from collections.abc import AsyncIterator

import pytest
from textual.widgets._toast import Toast

from layerscope.pipeline import InspectOptions
from layerscope.tui.app import LayerscopeApp
from tui.driver import Session, reader_of
from tui.looked_at import go, looked_at_image, point_at, said, to_layer


@pytest.fixture
async def session() -> AsyncIterator[Session]:
    inspect = reader_of(looked_at_image().raw_image("looked:1"))
    app = LayerscopeApp("looked:1", options=InspectOptions(), inspect=inspect)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        found = Session(app, pilot)
        await found.until(lambda: app.inspect_screen.complete)
        yield found


def toasts(session: Session) -> list[Toast]:
    return list(session.app.screen.query(Toast))


async def test_what_is_told_already_is_not_told_twice(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 1)
    await point_at(session, "/srv/main.py")
    await session.press("enter", *["right_square_bracket"] * 9)
    assert said(session).count("There is no newer version of it.") == 1
    assert len(toasts(session)) == 1


async def test_one_thing_is_told_at_a_time(session: Session) -> None:
    for number in range(6):
        session.app.notify(f"thing {number}")
    await session.settle()
    assert said(session) == "thing 5"
    assert len(toasts(session)) == 1


async def test_the_first_key_takes_the_greeting_away_and_does_what_it_does(session: Session) -> None:
    session.app.greet("New here?")
    await session.until(lambda: "New here?" in session.text)
    await session.press("2")
    assert said(session) == ""
    assert session.active == "files"
    session.app.notify("something")
    await session.press("j")
    assert said(session) == "something"


async def test_escape_takes_away_what_is_told_and_does_what_it_does_besides(session: Session) -> None:
    await session.press("2", "slash", *"main")
    session.app.notify("something")
    await session.until(lambda: bool(toasts(session)))
    await session.press("escape")
    assert said(session) == ""
    assert not toasts(session)
    assert session.app.view.query == ""


async def test_on_a_screen_that_is_too_small_nothing_covers_what_it_says(session: Session) -> None:
    session.app.notify("something that takes all the room there is")
    await session.pilot.resize_terminal(36, 9)
    await session.settle()
    assert "36 x 9 is too small" in session.text
    assert "something" not in session.text


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (200, 60)])
async def test_what_is_told_hides_neither_a_row_nor_the_keys(size: tuple[int, int]) -> None:
    inspect = reader_of(looked_at_image().raw_image("looked:1"))
    app = LayerscopeApp("looked:1", options=InspectOptions(), inspect=inspect)
    async with app.run_test(size=size, notifications=True) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.complete)
        await session.press("2", "G", "z")
        before = session.lines
        app.notify("one thing")
        await session.until(lambda: "one thing" in session.text)
        assert [y for y, line in enumerate(session.lines) if "one thing" in line] == [size[1] - 2]
        rows = session.list_of("files").region
        assert session.lines[: rows.bottom] == before[: rows.bottom]
        assert session.lines[-1] == before[-1]


async def test_what_needs_more_lines_gets_them_from_the_panes_and_gives_them_back() -> None:
    inspect = reader_of(looked_at_image().raw_image("looked:1"))
    app = LayerscopeApp("looked:1", options=InspectOptions(), inspect=inspect)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.complete)
        await session.press("2", "plus", "G")
        files = session.list_of("files")
        before, row = files.region, session.row("files")
        app.notify(" ".join(f"word{number:02}" for number in range(30)))
        await session.until(lambda: "word29" in session.text)
        told = [y for y, line in enumerate(session.lines) if "word" in line]
        assert told == [20, 21, 22]
        assert files.region.bottom == told[0] == before.bottom - 2
        assert session.row("files") == row
        assert any(row in line for line in session.lines[: told[0]])
        await session.press("escape")
        await session.until(lambda: files.region == before)
        assert session.row("files") == row


async def test_what_needs_more_lines_on_a_narrower_screen_gets_them_there() -> None:
    inspect = reader_of(looked_at_image().raw_image("looked:1"))
    app = LayerscopeApp("looked:1", options=InspectOptions(), inspect=inspect)
    async with app.run_test(size=(160, 45), notifications=True) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.complete)
        await session.press("2", "plus", "G")
        app.notify(" ".join(f"word{number:02}" for number in range(20)))
        await session.until(lambda: "word19" in session.text)
        await pilot.resize_terminal(80, 24)
        await session.until(lambda: session.app.screen.size.width == 80)
        told = [y for y, line in enumerate(session.lines) if "word" in line]
        assert told == [21, 22]
        assert session.list_of("files").region.bottom == told[0]
        row = session.row("files")
        assert any(row in line for line in session.lines[: told[0]])
