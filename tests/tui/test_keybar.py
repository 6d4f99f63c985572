"""The line of keys says what a key does here and now, on the row under the cursor, and nothing that is not so."""

import pytest

from layerscope.tui.state import Scope
from tui.driver import opened
from tui.looked_at import go, looked_at_image, point_at, said, to_layer
from tui.wasteful import wasteful_image

NARROW = (80, 24)


async def test_enter_is_named_for_what_it_does_on_the_row_under_the_cursor() -> None:
    async with opened(looked_at_image(), size=(120, 40)) as session:
        await go(session, "files")
        await point_at(session, "/usr/lib")
        assert "⏎ close" in session.lines[-1]
        await session.press("space")
        assert "⏎ open" in session.lines[-1]
        await point_at(session, "/usr/lib/libbig.so")
        assert "⏎ follow" in session.lines[-1]
        await point_at(session, "/etc/hosts")
        assert "⏎ look" in session.lines[-1]
        assert "space" not in session.lines[-1]


async def test_enter_on_a_wasted_file_that_was_gone_to_names_the_layer_that_it_leads_to() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        await go(session, "waste", "enter")
        assert "⏎ to layer 5" in session.lines[-1]
        await session.press("enter")
        assert session.layer == 5
        assert "⏎ look" in session.lines[-1]


@pytest.mark.parametrize("pane", ["details", "waste", "plan", "map"])
async def test_the_view_of_files_is_not_changed_where_files_are_not_seen(pane: str) -> None:
    async with opened(looked_at_image(), size=NARROW) as session:
        await go(session, pane)
        assert "v view" not in session.lines[-1]
        await session.press("v")
        assert not session.app.view.unmodified
        here = "What files show is not seen here: 2 goes there, or 1 to the layers."
        assert (here in said(session)) is (pane != "plan")  # there it is the key of the new Dockerfile
        await session.press("M")
        assert session.app.view.mark is None
        assert "Layers are taken together in Layers and Files: 1 or 2 goes there." in said(session)


async def test_the_view_is_changed_from_any_pane_beside_which_files_are_seen() -> None:
    async with opened(looked_at_image(), size=(200, 60)) as session:
        await go(session, "waste")
        assert "v view" in session.lines[-1]
        await session.press("v")
        await session.until(lambda: "layer 0 and all below" in session.pane_text("files"))
        assert said(session) == ""


async def test_in_layers_alone_it_is_told_what_files_show_now() -> None:
    async with opened(looked_at_image(), size=NARROW) as session:
        await session.press("v")
        assert "Files show layer 0 and all below now: 2 goes there." in said(session)


async def test_a_marked_range_has_a_bracket_beside_its_rows_and_its_end_is_in_the_key_line() -> None:
    async with opened(wasteful_image(), size=NARROW) as session:
        await to_layer(session, 1)
        await session.press("m")
        assert " 1]" in session.row("layers")
        await to_layer(session, 3)
        rows = session.pane_lines("layers")
        assert [line[3:4] for line in rows[2:]][:6].count("│") >= 1
        assert any(" 1┐" in line for line in rows)
        assert any(" 3┘" in line for line in rows)
        assert "range 1-3: m ends it" in rows[0]
        assert "esc end range" in session.lines[-1]
        assert "m range" not in session.lines[-1]
        await session.press("2")  # there m leaves out what was modified
        assert "esc end range" in session.lines[-1]
        await session.press("5")  # where no range is seen none is ended
        assert "end range" not in session.lines[-1]
        await session.press("1")
        await session.press("m")
        assert session.app.view.scope is Scope.LAYER
        assert not any("┐" in line or "┘" in line for line in session.pane_lines("layers"))
        assert "m range" in session.lines[-1]


@pytest.mark.parametrize(
    ("keys", "title", "line"),
    [
        (("2", "C"), "Columns", "↑↓ move   q close   space turn"),
        (("2", "x"), "Extract", "esc cancel"),
        (("ctrl+p",), "All actions", "↑↓ move   esc close"),
        (("ctrl+t",), "Theme", "↑↓ move   esc close"),
        (("ctrl+f",), "Find in all layers", "↑↓ move   esc close"),
        (("question_mark",), "Keys", "↑↓ scroll   ? close   / find"),
        (("question_mark", "slash"), "Keys", "⏎ to the list   esc clear"),
    ],
)
async def test_the_keys_of_a_dialog_stand_in_the_last_line_and_none_of_the_panes(
    keys: tuple[str, ...], title: str, line: str
) -> None:
    async with opened(looked_at_image(), size=NARROW) as session:
        await session.press(*keys)
        assert title in session.text
        assert session.lines[-1].strip() == line
        await session.press("escape", "escape")
        assert "q quit" in session.lines[-1]
