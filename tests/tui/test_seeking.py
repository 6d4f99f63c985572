"""Finding in the list that one is in, and giving a pane the whole screen."""

import pytest
from textual import events

from builder import ImageBuilder
from layerscope.tui.panes import PANES
from tui.driver import SIZES, Session, opened
from tui.looked_at import go
from tui.wasteful import FINDINGS, wasteful_image


def steps() -> ImageBuilder:
    image = ImageBuilder()
    for number in range(30):
        image.layer({f"f{number}": b"x"}).run(f"RUN make part{number % 10} # buildkit")
    return image


def bar(session: Session, pane: str = "layers") -> str:
    return session.pane_lines(pane)[-2]


async def test_slash_in_layers_finds_layers_and_stays_there() -> None:
    async with opened(steps()) as session:
        await session.press("j", "j", "j", "j", "slash", *"part3")
        assert session.active == "layers"
        assert session.layer == 13
        assert "2 of 3 matches" in bar(session)
        await session.press("enter")
        assert "part3" in session.row("layers")
        await session.press("n")
        assert session.layer == 23
        assert "3 of 3 matches" in bar(session)
        await session.press("n")
        assert session.layer == 3
        await session.press("N")
        assert session.layer == 23


async def test_what_was_found_stays_marked_until_escape() -> None:
    async with opened(steps()) as session:
        await session.press("slash", *"part3", "enter", "j")
        assert "part3" in bar(session)
        await session.press("escape")
        assert "part3" not in bar(session)
        assert session.layer == 4
        await session.press("n")
        assert session.layer == 4


async def test_escape_while_typing_goes_back_to_where_one_was() -> None:
    async with opened(steps()) as session:
        await session.press("j", "j", "slash", *"part9")
        assert session.layer == 9
        await session.press("escape")
        assert (session.active, session.layer) == ("layers", 2)


async def test_what_is_nowhere_is_said_and_the_cursor_stays() -> None:
    async with opened(steps()) as session:
        await session.press("j", "slash", *"nowhere")
        assert "0 matches" in bar(session)
        assert session.layer == 1
        await session.press("enter", "n")
        assert session.layer == 1


@pytest.mark.parametrize(
    ("pane", "typed", "found"),
    [("waste", "pkgcache", "pkgcache"), ("findings", "hostile", "hostile"), ("dockerfile", "cmd", "CMD")],
)
async def test_waste_findings_and_the_dockerfile_are_searched_likewise(pane: str, typed: str, found: str) -> None:
    async with opened(wasteful_image(), size=(120, 40), findings=FINDINGS) as session:
        await go(session, pane)
        await session.press("slash", *typed, "enter")
        assert session.active == pane
        assert found in session.row(pane)
        assert "1 match" in session.pane_text(pane)


async def test_a_long_list_is_looked_through_without_holding_up_keys() -> None:
    names = {f"old/{number:05}-{'needle' if number == 19_000 else 'hay'}": b"x" for number in range(20_000)}
    image = ImageBuilder().layer(names).run("RUN a").layer({}, remove=["old"]).run("RUN b")
    async with opened(image, size=(120, 40)) as session:
        await go(session, "waste")
        await session.until(lambda: session.list_of("waste").row_count == 20_000)
        await session.press("slash", *"needle")
        await session.until(lambda: "1 match" in session.pane_text("waste") and "…" not in bar(session, "waste"))
        assert "needle" in session.row("waste")


def typed_ahead(session: Session, *keys: str) -> None:
    """Have keys come faster than they can be taken in."""
    names = {"slash": "/", "minus": "-"}
    for key in keys:
        session.app.post_message(events.Key(key, names.get(key, key if len(key) == 1 else None)))


async def test_what_is_typed_ahead_goes_where_it_would_have_gone_later() -> None:
    async with opened(wasteful_image(), size=(140, 40)) as session:
        for key, char in (
            ("2", "2"),
            ("slash", "/"),
            ("a", "a"),
            ("minus", "-"),
            ("x", "x"),
            ("enter", None),
            ("s", "s"),
        ):
            session.app.post_message(events.Key(key, char))
        await session.until(lambda: "by size" in session.pane_text("files"))
        assert session.app.view.query == "a-x"
        assert session.app.screen is session.app.inspect_screen  # nothing was to be extracted
        typed_ahead(session, "1", "slash", "r", "m", "enter", "2")
        await session.until(lambda: session.active == "files")
        assert "RUN rm" in session.row("layers")


async def test_where_a_list_is_not_searched_slash_says_that_it_finds_files_and_escape_comes_back() -> None:
    async with opened(wasteful_image(), size=(140, 40)) as session:
        await go(session, "layers")
        assert "/ find " in session.lines[-1]
        assert "find files" not in session.lines[-1]
        await go(session, "plan")
        assert "/ find files" in session.lines[-1]
        await session.press("slash", *"x")
        assert session.active == "files"
        await session.press("escape")
        assert session.active == "plan"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_texts_are_searched_as_lists_are(size: tuple[int, int]) -> None:
    async with opened(wasteful_image(), size=size) as session:
        await go(session, "details")
        await session.press("slash", *"DIFF")
        assert session.active == "details"
        assert "1 of 1 match" in session.pane_text("details")
        await session.press("enter")
        assert "n next" in session.lines[-1]
        await session.press("escape")
        assert "matching" not in session.pane_text("details")
        await session.press("slash", *"live", "enter", "right_square_bracket")
        assert "matching" not in session.pane_text("details")  # it is about another layer now
        await go(session, "image")
        await session.press("slash", *"efficiency")
        assert "1 of 1 mat" in session.pane_text("image")
        await session.press("escape", "escape")
        assert session.active == "image"


@pytest.mark.parametrize("size", [SIZES["120x40"], SIZES["200x60"]])
@pytest.mark.parametrize("pane", [pane.SPEC.name for pane in PANES])
async def test_z_gives_every_pane_the_whole_screen_and_back(pane: str, size: tuple[int, int]) -> None:
    async with opened(wasteful_image(), size=size, findings=FINDINGS) as session:
        await go(session, pane)
        before = session.text
        await session.press("z")
        region = session.pane(pane).region
        assert region.width == size[0]
        assert region.height >= size[1] - 4
        assert "z shows all panes" in session.text
        await session.press("z")
        assert session.text == before
        await session.press("z", "escape")
        assert session.text == before


async def test_another_pane_that_is_gone_to_has_the_whole_screen_too() -> None:
    async with opened(wasteful_image(), size=(200, 60), findings=FINDINGS) as session:
        await session.press("z", "6")
        assert session.pane("findings").region.width == 200
        assert not session.pane("layers").display
        await session.press("j", "enter")
        assert session.active == "files"
        assert session.pane("files").region.width == 200


async def test_one_column_has_nothing_to_give_and_a_resize_keeps_what_was_chosen() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        before = session.text
        await session.press("z")
        assert session.text == before
        await session.pilot.resize_terminal(120, 40)
        await session.press("z")
        await session.pilot.resize_terminal(80, 24)
        await session.settle()
        await session.pilot.resize_terminal(120, 40)
        await session.settle()
        assert session.pane("layers").region.width == 120
