"""Keys as a whole: what the bottom line offers, what the palette runs, and what a key map may rely on."""

from collections.abc import Iterator
from inspect import isclass

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from layerscope.tui import app, everywhere, filekeys, picker, prompts, screen
from layerscope.tui import help as help_sheet
from layerscope.tui.commands import commands_of
from layerscope.tui.panes import PANES
from layerscope.tui.picker import matching
from layerscope.tui.viewer import page
from layerscope.tui.viewer import screen as viewer
from layerscope.tui.widgets import article, filterbar, keybar, lines, tree
from tui.driver import SIZES, Session, opened
from tui.looked_at import go, said
from tui.wasteful import wasteful_image


def own_bindings() -> Iterator[tuple[str, Binding]]:
    modules = (
        app,
        help_sheet,
        screen,
        article,
        filterbar,
        lines,
        tree,
        filekeys,
        everywhere,
        picker,
        prompts,
        viewer,
        page,
    )
    classes = {one for module in modules for one in vars(module).values() if isclass(one) and issubclass(one, DOMNode)}
    for one in sorted({*classes, *PANES}, key=lambda one: one.__name__):
        if one.__module__.startswith("layerscope."):
            for binding in one.__dict__.get("BINDINGS", ()):
                yield one.__name__, binding


def test_every_key_has_an_id_and_says_what_it_does() -> None:
    for owner, binding in own_bindings():
        assert binding.id, (owner, binding.key)
        assert binding.tooltip, (owner, binding.key)
        assert binding.description, (owner, binding.key)


def test_no_two_keys_share_an_id() -> None:
    ids = [binding.id or "" for _owner, binding in own_bindings()]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_the_bottom_line_offers_at_most_eight_keys_and_always_help_and_quit(size: tuple[int, int]) -> None:
    async with opened(wasteful_image(), size=size) as session:
        for number in range(1, len(PANES) + 1):
            await session.press(str(number))
            bar = session.lines[-1]
            assert "? help" in bar
            assert "q quit" in bar
            named = [name for _key, _active, name in session.app.screen.query_one(keybar.KeyBar)._named]
            assert len(list(filter(None, named))) <= keybar.MOST_KEYS
            assert 3 <= bar.strip().count("   ") + 1 <= keybar.MOST_KEYS


async def test_while_a_filter_is_typed_the_bottom_line_offers_no_key_that_would_be_typed() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "slash")
        assert "esc clear" in session.lines[-1]
        assert "v view" not in session.lines[-1]


async def test_the_palette_holds_every_action_and_none_of_them_crashes() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2")
        commands = commands_of(session.app.screen)
        names = [command.row.text for command in commands]
        for expected in ("sort by name, size or waste", "choose a theme", "leave layerscope", "go to pane 5, Waste"):
            assert any(expected in name for name in names), names
        for command in commands:
            if "leave layerscope" in command.row.text:
                continue
            await session.press("escape", "2")
            await command.run()
            await session.settle()
            while session.app.screen is not session.app.inspect_screen:
                await session.press("escape")
        assert session.app.is_running


@pytest.mark.parametrize("opener", ["ctrl+p", "colon"])
async def test_an_action_is_found_in_the_palette_by_its_words(opener: str) -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", opener, *"by waste sort", "enter")
        assert "by size" in session.pane_text("files")


async def test_the_palette_begins_with_what_the_pane_can_do_and_ends_with_the_ways_to_move() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2")
        rows = [command.row for command in commands_of(session.app.screen)]
        assert rows[0].where == "Files"
        texts = [row.text for row in rows]
        here, everywhere_, others, moving = (
            texts.index(text) for text in ("sort by name, size or waste", "all keys", "plan to fix it", "one row up")
        )
        assert here < everywhere_ < others < moving
        assert rows[others].where == "Findings"


async def test_what_is_typed_in_the_palette_finds_the_pane_first_and_main_actions_stand_before_folds() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2")
        rows = [command.row for command in commands_of(session.app.screen)]
        texts = [row.text for row in rows]
        assert matching(rows, "") == list(range(len(rows)))
        assert texts.index("filter files by name, size, layer") < texts.index("open all directories")
        assert texts.index("plan to fix all findings that save something") < texts.index("open all directories")
        for pane, where in (("2", "Files"), ("5", "Waste"), ("6", "Findings")):
            await session.press(pane)
            rows = [command.row for command in commands_of(session.app.screen)]
            assert rows[matching(rows, "plan")[0]].where == where
            assert rows[matching(rows, "copy")[0]].where == where


async def test_a_click_in_the_palette_does_what_was_clicked_and_escape_does_nothing() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "colon", *"sort by")
        (row,) = (at for at, line in enumerate(session.lines) if "sort by name, size" in line)
        await session.pilot.click(offset=(session.lines[row].index("sort by"), row))
        await session.settle()
        assert "by size" in session.pane_text("files")
        await session.press("colon", "escape")
        assert session.app.screen is session.app.inspect_screen
        assert "by size" in session.pane_text("files")


async def test_what_has_no_name_in_the_palette_is_said() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("colon", *"xyzzy")
        assert "Nothing is called that." in session.text
        await session.press("enter")
        assert "Nothing is called that." in session.text


async def test_odd_text_in_the_palette_finds_nothing_and_does_no_harm() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("ctrl+p", *"[/b]$(", "left_square_bracket")
        await session.pilot.pause(0.3)
        await session.press("escape", "j")
        assert session.app.is_running


async def test_keys_can_be_given_to_other_actions() -> None:
    async with opened(wasteful_image()) as session:
        session.app.set_keymap({"list.down": "ctrl+n", "view": "x"})
        await session.press("ctrl+n", "ctrl+n", "x")
        assert session.layer == 1
        assert "layer 1 and all below" in session.pane_text("files")


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("q", "leave layerscope"),
        ("quit", "leave layerscope"),
        ("q!", "leave layerscope"),
        ("help", "all keys"),
        ("squash", "plan to squash it"),
        ("diff", "how its content differs"),
        ("grep", "find in this list"),
        ("preview", "the new Dockerfile"),
        ("s", "sort by name"),
    ],
)
async def test_actions_are_found_by_their_keys_and_by_what_others_call_them(typed: str, first: str) -> None:
    async with opened(wasteful_image(), size=(100, 40)) as session:
        await session.press("colon", *({"!": "exclamation_mark"}.get(key, key) for key in typed))
        found = next(line for line in session.lines[5:] if "▌" in line)
        assert first in found.split("▌")[-1], session.text


async def test_a_change_of_layer_is_told_where_no_pane_in_sight_says_which_it_is() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        for pane in ("waste", "findings", "image", "plan", "map"):
            await go(session, pane, "right_square_bracket")
            assert said(session).startswith(f"Layer {session.layer} is chosen: "), pane
            await session.press("escape")
        assert "Layer 5 is chosen: RUN rm -rf" in await pressed(session, "right_square_bracket")
        assert "There is none above." in await pressed(session, "right_square_bracket")
        assert "Layer 4 is chosen" in await pressed(session, "left_square_bracket")
        for pane in ("layers", "files", "details", "dockerfile"):
            await go(session, pane)
            assert await pressed(session, "left_square_bracket") == ""


async def pressed(session: Session, *keys: str) -> str:
    await session.press("escape", *keys)
    return said(session)


async def test_a_change_of_layer_is_not_told_where_layers_are_in_sight() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        await go(session, "waste", "right_square_bracket")
        assert said(session) == ""
        await session.press("z", "right_square_bracket")
        assert said(session).startswith("Layer 2 is chosen: ")
