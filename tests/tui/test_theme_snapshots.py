"""The screen with its colours, at three sizes, in the dark, the light and the terminal's own colours, and in none.

Below the text stands a letter for the style of each run of cells, and what the letters mean. Written anew with
`pytest tests/tui/test_theme_snapshots.py --snapshot-update`, and then read.
"""

from itertools import groupby

import pytest
from rich.color import ColorType
from rich.style import Style
from syrupy.assertion import SnapshotAssertion
from textual.color import Color

from tui.driver import SIZES, Session, opened
from tui.test_snapshots import FrameExtension
from tui.wasteful import FINDINGS, wasteful_image

LOOKS = {"dark": "layerscope-dark", "light": "layerscope-light", "ansi": "ansi-dark", "none": "layerscope-dark"}
_LETTERS = "·abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.fixture
def frame(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(FrameExtension)


def style_text(style: Style | None) -> str:
    if style is None:
        return "plain"
    words = [name for name in ("bold", "dim", "underline", "strike", "reverse") if getattr(style, name)]
    return " ".join([*words, str(style.color.name if style.color else "default"), "on",
                     str(style.bgcolor.name if style.bgcolor else "default")])  # fmt: skip


def styled(session: Session) -> str:
    """Write the styles of a screen as letters, and the letters' meanings."""
    letters: dict[str, str] = {}
    lines = []
    black = Color.parse("black")
    for strip in session.app.screen._compositor.render_strips():
        shown = strip.apply_filter(session.app._filters[-1], black) if session.app.no_color else strip
        cells = [style_text(segment.style) for segment in shown for _cell in range(segment.cell_length)]
        runs = [(name, len(list(group))) for name, group in groupby(cells)]
        lines.append("".join(f"{letters.setdefault(name, _LETTERS[len(letters)])}{count}" for name, count in runs))
    meanings = [f"{letter} {name}" for name, letter in letters.items()]
    return "\n".join([*lines, "", *meanings])


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("look", LOOKS)
async def test_the_screen_looks_as_it_did(
    look: str, size: tuple[int, int], frame: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    if look == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    async with opened(wasteful_image(), size=size, findings=FINDINGS) as session:
        session.app.theme = LOOKS[look]
        await session.press("G", "k", "p", "2", "plus", "j", "j")
        assert f"{session.text}\n\n{styled(session)}\n" == frame


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("keys", [("6", "j"), ("2", "colon", "p", "l", "a", "n")], ids=["findings", "actions"])
async def test_lists_and_what_lies_above_them_look_as_they_did(
    look: str, keys: tuple[str, ...], frame: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    if look == "none":
        monkeypatch.setenv("NO_COLOR", "1")
    async with opened(wasteful_image(), size=SIZES["120x40"], findings=FINDINGS) as session:
        session.app.theme = LOOKS[look]
        await session.press(*keys)
        assert f"{session.text}\n\n{styled(session)}\n" == frame


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_in_the_terminals_own_colours_no_other_is_used(theme: str) -> None:
    async with opened(wasteful_image(), size=(200, 60), findings=FINDINGS) as session:
        session.app.theme = theme
        await session.press("G", "k", "p", "shift+tab")
        await session.until(lambda: "usr/" in session.pane_text("map"))
        for strip in session.app.screen._compositor.render_strips():
            for segment in strip:
                for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert color is None or color.type in {ColorType.DEFAULT, ColorType.STANDARD}, segment
