"""Colours mean something, are legible, and never mean it alone."""

import json
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from layerscope.config.tui import TuiSettings
from layerscope.pipeline import InspectOptions
from layerscope.tui.app import LayerscopeApp
from layerscope.tui.remembered import Memory
from layerscope.tui.roles import Role, role_variables
from layerscope.tui.themes import THEMES
from layerscope.tui.widgets.painter import Painter, Tone
from tui.driver import Session, opened
from tui.looked_at import said
from tui.wasteful import wasteful_image

READ = ("focus", "added", "modified", "removed", "wasted", "good", "link-name", "dim-text", "foreground")


def contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2, 1-21."""

    def luminance(color: Color) -> float:
        parts = [part / 255 for part in color.rgb]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: str(theme.name))
def test_everything_there_is_to_read_has_contrast_also_on_the_selected_row(theme: Theme) -> None:
    variables = theme.to_color_system().generate() | theme.variables
    variables |= role_variables(variables, ansi=False)
    for ground in ("background", "cursor-row", "cursor-row-blurred"):
        background = Color.parse(variables[ground])
        for name in READ:
            assert contrast(Color.parse(variables[name]), background) >= 4.5, (name, ground)
        assert contrast(Color.parse(variables["faint-text"]), background) >= 3.0, ground


@pytest.mark.parametrize("theme", [*(one.name for one in THEMES), *BUILTIN_THEMES])
async def test_the_screen_can_be_drawn_in_every_theme(theme: str) -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        before = session.text
        session.app.theme = theme
        await session.settle()
        assert session.text == before


def style_on_screen(session: Session, text: str) -> tuple[str, str]:
    """Foreground and background of a piece of text in the files pane."""
    region = session.pane("files").region
    for strip in session.app.screen._compositor.render_strips():
        for segment in strip.crop(region.x, region.right):
            if text in segment.text:
                assert segment.style is not None
                return str(segment.style.color), str(segment.style.bgcolor)
    raise AssertionError(text)


async def test_the_selected_row_changes_its_background_and_keeps_its_colours() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("j", "j", "j", "2", "g")
        plain = style_on_screen(session, "passwd")
        await session.press("j", "j")
        selected = style_on_screen(session, "passwd")
        assert "passwd" in session.row("files")
        assert selected[0] == plain[0]
        assert selected[1] != plain[1]


async def test_another_theme_takes_hold_at_once_on_every_row() -> None:
    async with opened(wasteful_image()) as session:
        before = style_on_screen(session, "libc.so")
        session.app.theme = "layerscope-light"
        await session.settle()
        assert style_on_screen(session, "libc.so")[0] != before[0]
        assert style_on_screen(session, "libc.so")[1] != before[1]


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_in_the_sixteen_colours_the_selected_row_is_turned_round(theme: str) -> None:
    async with opened(wasteful_image()) as session:
        session.app.theme = theme
        await session.settle()
        painter = Painter(session.list_of("files"))
        for role in Role:
            assert painter.style(role, Tone.CURSOR).reverse
            assert not painter.style(role, Tone.CURSOR).dim
            assert not painter.style(role, Tone.PLAIN).reverse
            color = painter.style(role).color
            assert color is None or color.triplet is None, role


async def test_without_colour_signs_and_marks_still_tell_what_is_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(wasteful_image(), size=(200, 60)) as session:
        await session.press("j", "j", "j", "2", "j", "j")
        assert session.app.no_color
        for strip in session.app.screen._compositor.render_strips():
            for segment in strip.apply_filter(session.app._filters[-1], Color.parse("black")):
                triplet = segment.style.color.triplet if segment.style and segment.style.color else None
                assert triplet is None or triplet.red == triplet.green == triplet.blue
        assert "▌~" in session.pane_text("files")
        assert "✝" in session.pane_text("waste")


async def test_a_theme_is_shown_while_the_cursor_is_on_it_and_given_up_by_escape() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("ctrl+t", *"nord")
        await session.until(lambda: session.app.theme == "nord")
        await session.press("escape")
        assert session.app.theme == "layerscope-dark"
        await session.press("ctrl+t", *"nord", "enter")
        assert session.app.theme == "nord"


def themed(memory: Memory | None, settings: TuiSettings | None = None) -> LayerscopeApp:
    return LayerscopeApp("x", options=InspectOptions(), settings=settings, memory=memory)


async def test_the_theme_that_was_chosen_is_there_the_next_time_and_it_is_said(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "views.json")
    memory.keep("an image", {"layer": 3})
    async with opened(wasteful_image()) as session:
        session.app.memory = memory
        await session.press("ctrl+t", *"dracula", "enter")
        assert said(session) == "dracula, the next time, too."
    assert themed(memory).theme == "dracula"
    assert memory.recall("an image") == {"layer": 3}
    memory.keep("another", {})
    assert memory.theme == "dracula"
    assert themed(None).theme == "layerscope-dark"


async def test_what_the_configuration_says_of_the_theme_counts_more_and_that_is_said(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "views.json")
    memory.keep_theme("dracula")
    assert themed(memory, TuiSettings(theme="nord")).theme == "nord"
    async with opened(wasteful_image()) as session:
        session.app.set_theme, session.app.memory = "nord", memory
        await session.press("ctrl+t", *"monokai", "enter")
        assert "until you leave: your configuration says nord" in said(session)
        assert memory.theme == "dracula"
        session.app.set_theme = session.app.memory = None
        await session.press("ctrl+t", *"dracula", "enter")
        assert 'theme = "dracula" under [tui] in config.toml' in said(session)


@pytest.mark.parametrize("name", ["no such theme", 7, None])
def test_a_remembered_theme_that_is_none_is_none(name: object, tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    path.write_text(json.dumps({"version": 1, "theme": name, "images": {}}))
    assert themed(Memory(path)).theme == "layerscope-dark"
