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


async def test_never_more_than_two_things_are_told_at_once(session: Session) -> None:
    for number in range(6):
        session.app.notify(f"thing {number}")
    await session.settle()
    assert said(session).split("\n") == ["thing 4", "thing 5"]
    assert len(toasts(session)) == 2


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
async def test_what_is_told_hides_no_row(size: tuple[int, int]) -> None:
    inspect = reader_of(looked_at_image().raw_image("looked:1"))
    app = LayerscopeApp("looked:1", options=InspectOptions(), inspect=inspect)
    async with app.run_test(size=size, notifications=True) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.complete)
        await session.press("2", "G", "z")
        before = session.pane_lines("files")
        app.notify("one thing")
        app.notify("another thing")
        await session.until(lambda: "another thing" in session.text)
        assert "one thing" in session.text
        rows = session.list_of("files").region.height
        assert session.pane_lines("files")[: rows + 1] == before[: rows + 1]
        assert [y for y, line in enumerate(session.lines) if "thing" in line] == [size[1] - 2, size[1] - 1]
