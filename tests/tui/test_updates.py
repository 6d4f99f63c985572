"""What a key costs the screen: one update, of what has changed and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import RenderableType
from textual.screen import Screen

from layerscope.tui.app import LayerscopeApp
from layerscope.tui.widgets.keybar import KeyBar
from layerscope.tui.widgets.written import Written
from tui.driver import Session, opened
from tui.wasteful import wasteful_image

_QUIET_S = 0.08
"""Some times as long as Textual leaves between two updates."""


@contextmanager
def updates(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RenderableType]]:
    """Gather what is sent to the terminal."""
    sent: list[RenderableType] = []
    display = LayerscopeApp._display

    def gathered(self: LayerscopeApp, screen: Screen[object], update: RenderableType | None) -> None:
        if update is not None:
            sent.append(update)
        display(self, screen, update)

    with monkeypatch.context() as patched:
        patched.setattr(LayerscopeApp, "_display", gathered)
        yield sent


async def still(session: Session) -> None:
    """Wait until nothing more is drawn."""
    await session.settle()
    await session.pilot.pause(_QUIET_S)


@pytest.mark.parametrize(
    ("before", "key"),
    [
        ("1", "j"),
        ("1", "G"),
        ("1j", "2"),
        ("1", "tab"),
        ("12", "1"),
        ("2", "j"),
        ("2", "G"),
        ("2", "plus"),
        ("2", "minus"),
        ("2g", "space"),
        ("2", "right_square_bracket"),
        ("2", "v"),
        ("2", "s"),
        ("2", "a"),
        ("2", "u"),
        ("2", "full_stop"),
        ("2/", "s"),
        ("4", "j"),
        ("5", "j"),
        ("5", "enter"),
        ("2", "z"),
        ("2z", "z"),
        ("1", "8"),
        ("16", "5"),
        ("1", "question_mark"),
        ("2", "ctrl+p"),
        ("2", "C"),
        ("2", "x"),
    ],
)
async def test_a_key_leads_to_one_update_of_the_screen(monkeypatch: pytest.MonkeyPatch, before: str, key: str) -> None:
    async with opened(wasteful_image(), size=(160, 45)) as session:
        await session.press(*before)
        await still(session)
        with updates(monkeypatch) as sent:
            await session.press(key)
            await still(session)
        assert len(sent) == 1


async def test_a_key_that_changes_nothing_leads_to_no_update(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(wasteful_image(), size=(160, 45)) as session:
        await session.press("1", "g")
        await still(session)
        with updates(monkeypatch) as sent:
            await session.press("k", "g", "pageup", "left_square_bracket")
            await still(session)
        assert sent == []


async def test_a_text_that_says_the_same_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Written] = []
    refresh = Written.refresh

    def counted(self: Written, *args: object, **how: object) -> Written:
        drawn.append(self)
        return refresh(self, *args, **how)  # type: ignore[arg-type]

    async with opened(wasteful_image(), size=(160, 45)) as session:
        await session.press("2", "g")
        await still(session)
        monkeypatch.setattr(Written, "refresh", counted)
        await session.press("j", "k", "plus", "minus")
        await still(session)
        # Below the root there is a closed directory: there the line of keys says something else.
        assert [one for one in drawn if not isinstance(one, KeyBar)] == []
