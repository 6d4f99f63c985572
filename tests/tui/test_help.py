"""The help: what is looked for comes first, nothing is said twice, and it is searched by typing."""

from textual.widgets import Input

from layerscope.tui.help import key_groups
from layerscope.tui.viewer.screen import Viewer
from tui.driver import Session, opened
from tui.looked_at import go, looked_at_image, point_at
from tui.wasteful import wasteful_image


def rows(session: Session) -> list[tuple[str, str, str]]:
    groups = key_groups(session.app.screen, session.app.inspect_screen)
    return [(name, key, meaning) for name, _about, keys in groups for key, meaning in keys]


def rows_of_viewer(session: Session) -> list[tuple[str, str, str]]:
    viewer = next(screen for screen in session.app.screen_stack if isinstance(screen, Viewer))
    groups = key_groups(viewer, session.app.inspect_screen)
    return [(name, key, meaning) for name, _about, keys in groups for key, meaning in keys]


async def test_nothing_is_said_twice() -> None:
    async with opened(wasteful_image()) as session:
        for pane in "123456789":
            await session.press(pane)
            found = rows(session)
            assert len(set(found)) == len(found)
            for meaning in ("one row up", "a page down", "half a page up", "to the last row", "find in this list"):
                assert sum(meaning == said for _name, _key, said in found) == 1, meaning


async def test_ways_to_move_come_once_and_last_and_numbers_of_panes_in_one_row() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2")
        found = rows(session)
        assert found[0][0] == "Files (here)"
        assert [name for name, _key, meaning in found if meaning == "a page down"] == ["Moving and finding"]
        assert found[-1][0] == "Moving and finding"
        (numbers,) = [meaning for _name, key, meaning in found if key == "1 … 9"]
        assert "Layers, Files, Details, Dockerfile, Waste, Findings, Image, Plan, Map" in numbers


async def test_the_help_is_searched_by_typing_and_escape_shows_all_again_and_then_closes() -> None:
    async with opened(wasteful_image(), size=(100, 30)) as session:
        await session.press("2", "question_mark", "slash", *"sort")
        assert "sort by name, size or waste" in session.text
        assert "close directories one level up" not in session.text
        assert "1 key" in session.text
        await session.press("enter", "escape")
        assert "close directories one level up" in session.text
        await session.press("slash", *"xyzzy")
        assert "No key does that" in session.text
        await session.press("escape", "escape")
        assert session.app.screen is session.app.inspect_screen


async def test_letters_are_typed_while_searching_the_help() -> None:
    async with opened(wasteful_image(), size=(100, 30)) as session:
        await session.press("question_mark", "slash", *"qj")
        assert session.app.screen is not session.app.inspect_screen
        assert session.app.screen.query_one(Input).value == "qj"


async def test_in_the_viewer_the_help_begins_with_the_viewers_keys() -> None:
    async with opened(looked_at_image()) as session:
        await go(session, "files")
        await point_at(session, "/etc/hosts")
        await session.press("enter")
        await session.until(lambda: isinstance(session.app.screen, Viewer))
        await session.press("question_mark")
        assert "File (here)" in session.text
        found = rows_of_viewer(session)
        assert found[0] == ("File (here)", "t", "show it as text")
        here = [meaning for name, _key, meaning in found if name == "File (here)"]
        assert here[-2:] == ["back to the panes", "all keys"]
        assert "go to what matches" not in here
        assert ("Finding (here)", "↓  ⏎", "go to what matches") in found
        await session.press("escape")
        assert isinstance(session.app.screen, Viewer)


async def test_each_key_stands_once_in_its_group() -> None:
    async with opened(wasteful_image(), size=(120, 300)) as session:
        groups = []
        for pane in range(1, 10):
            await session.press(str(pane), "question_mark")
            groups = key_groups(session.app.inspect_screen, session.app.inspect_screen)
            for name, _about, keys in groups:
                shown = [row for row, _meaning in keys]
                assert len(shown) == len(set(shown)), (name, shown)
            await session.press("escape")
        (everywhere,) = (keys for name, _about, keys in groups if name == "Everywhere")
        (escape,) = (meaning for row, meaning in everywhere if row == "esc")
        assert escape.split("; or ")[:2] == ["stop reading the image", "show all files again"]
