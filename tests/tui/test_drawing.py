"""What is drawn, and how often."""

import threading

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from layerscope.errors import CancelledError
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions
from layerscope.tui.app import LayerscopeApp
from layerscope.tui.redrawing import ChangedOnly
from tui.driver import Session, opened
from tui.wasteful import FINDINGS, wasteful_image


def colours_of_the_terminal(session: Session) -> list[str]:
    """List the texts on the screen whose look the terminal decides: its own colours, and what is dim."""
    found = []
    for strip in session.app.screen._compositor.render_strips():
        for text, style, _control in strip:
            colours = [colour for colour in (style.color, style.bgcolor) if colour] if style else []
            if any(colour.triplet is None for colour in colours) or (style and style.dim):
                found.append(text)
    return found


@pytest.mark.parametrize(
    "keys",
    [(), ("question_mark",), ("ctrl+p",), ("ctrl+t",), ("slash", "p"), ("2", "+", "j", "j", "enter"), ("F",)],
    ids=["main", "help", "actions", "themes", "filter", "look-inside", "find"],
)
async def test_nothing_is_drawn_in_colours_of_the_terminal(keys: tuple[str, ...]) -> None:
    async with opened(wasteful_image(), findings=FINDINGS, size=(160, 45)) as session:
        await session.press(*keys)
        assert colours_of_the_terminal(session) == []


async def test_the_first_screen_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[object] = []
    known, go_on = wasteful_image().raw_image("shop:1"), threading.Event()

    def wait(_reference: str, **_how: object) -> Inspection:
        go_on.wait(10)
        raise CancelledError

    def note(_app: App[None], _screen: Screen[object], what: object) -> None:
        drawn.extend([] if what is None else [what])

    monkeypatch.setattr(App, "_display", note)
    app = LayerscopeApp("shop:1", options=InspectOptions(), inspect=wait, announced=known)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.pause()
        session = Session(app, pilot)
        assert "RUN" in session.pane_text("layers")
        assert session.list_of("layers").has_focus
        assert len(drawn) == 1
        go_on.set()


def written(update: ChopsUpdate | None) -> list[tuple[int, int, Strip]]:
    """List what an update writes: line, column, and what is written there."""
    if update is None:
        return []
    return [
        (y, x, strip)
        for y, first, last in update.spans
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=True)
        if strip is not None and x < last and end > first
    ]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_changed_is_drawn_as_textual_would_draw_it(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    drawn, wrong = [], []
    ours = ChangedOnly.render_partial_update

    def both(compositor: ChangedOnly) -> ChopsUpdate | None:
        changed = set(compositor._dirty_regions)
        found = ours(compositor)
        compositor._dirty_regions = changed
        usual = Compositor.render_partial_update(compositor)
        drawn.append(found)
        wrong.extend([] if written(found) == written(usual) else [(written(found), written(usual))])
        return found

    monkeypatch.setattr(ChangedOnly, "render_partial_update", both)
    async with opened(wasteful_image(), findings=FINDINGS, size=size) as session:
        await session.press("j", "]", "]", "v", "2", "+", "j", "pagedown", "s", "C", "j", "space", "escape")
        await session.press(
            "slash", *"apt", "enter", "n", "escape", "M", "]", "M", "5", "j", "p", "p", "6", "j", "enter"
        )
        await session.press(
            "escape", "9", "right", "z", "z", "ctrl+f", *"lib", "escape", "question_mark", "j", "escape"
        )
        await session.press(
            "ctrl+t", "down", "escape", "y", "u", "2", "enter", "j", "escape", "ctrl+p", *"so", "escape"
        )
    assert len(drawn) > 20
    assert wrong == []


async def test_a_longer_list_asks_no_widget_but_those_that_change(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Widget] = []
    async with opened(wasteful_image(), findings=FINDINGS, size=(160, 45)) as session:
        await session.press("2")
        usual = Widget.render_lines

        def note(widget: Widget, crop: object) -> list[Strip]:
            asked.append(widget)
            return usual(widget, crop)  # type: ignore[arg-type]

        monkeypatch.setattr(Widget, "render_lines", note)
        await session.press("+")
    assert len(asked) <= 6
