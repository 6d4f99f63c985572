"""What is drawn, and how often."""

import threading

import pytest
from textual.app import App
from textual.screen import Screen

from layerscope.errors import CancelledError
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions
from layerscope.tui.app import LayerscopeApp
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
