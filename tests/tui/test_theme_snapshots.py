"""The main screens with their colours, at three sizes, in the dark, the light, the terminal's own colours, and in none.

What stands there is in the snapshots of `test_snapshots` and `test_look_snapshots`. Here is, by line, a letter for each
run of cells of one style with its length, and then what the letters mean in each of the four looks. Written anew with
`pytest tests/tui/test_theme_snapshots.py --snapshot-update`, and then read.
"""

from collections.abc import Awaitable, Callable, Iterator
from itertools import groupby

import pytest
from rich.color import ColorType
from rich.style import Style
from syrupy.assertion import SnapshotAssertion
from textual.color import Color

from tui import test_look_snapshots as look
from tui.driver import SIZES, Session, opened
from tui.looked_at import looked_at_image
from tui.test_snapshots import STATES, FrameExtension
from tui.wasteful import FINDINGS, wasteful_image

LOOKS = {"dark": "layerscope-dark", "light": "layerscope-light", "ansi": "ansi-dark"}
_LETTERS = "·abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_MAIN = (
    "layers",
    "files",
    "up-to",
    "removed",
    "dockerfile",
    "waste",
    "findings",
    "image",
    "find",
    "help",
    "actions",
    "plan",
)
Scene = Callable[[Session], Awaitable[None]]
Cells = list[list[str]]


def pressing(*keys: str) -> Scene:
    async def press(session: Session) -> None:
        await session.press(*keys)

    return press


SCENES: dict[str, Scene] = {
    **{name: pressing(*STATES[name]) for name in _MAIN},
    "planned": pressing("G", "k", "p", "2", "plus", "j", "j"),
    **{scene.__name__: scene for scene in (look.text, look.difference, look.facts, look.everywhere, look.marked)},
}
_LOOKED_AT = {scene.__name__ for scene in look.SCENES}


@pytest.fixture
def frame(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(FrameExtension)


def style_text(style: Style | None) -> str:
    if style is None:
        return "plain"
    words = [name for name in ("bold", "dim", "underline", "strike", "reverse") if getattr(style, name)]
    return " ".join([*words, str(style.color.name if style.color else "default"), "on",
                     str(style.bgcolor.name if style.bgcolor else "default")])  # fmt: skip


def cells_of(session: Session) -> Cells:
    """Give the style of every cell of a screen."""
    black = Color.parse("black")
    lines = []
    for strip in session.app.screen._compositor.render_strips():
        shown = strip.apply_filter(session.app._filters[-1], black) if session.app.no_color else strip
        lines.append([style_text(segment.style) for segment in shown for _cell in range(segment.cell_length)])
    return lines


def written(looks: dict[str, Cells]) -> Iterator[str]:
    """Write the styles of a screen in several looks as letters, and the letters' meanings."""
    letters: dict[tuple[str, ...], str] = {}
    for lines in zip(*looks.values(), strict=True):
        runs = [(styles, len(list(group))) for styles, group in groupby(zip(*lines, strict=True))]
        yield "".join(f"{letters.setdefault(styles, _LETTERS[len(letters)])}{count}" for styles, count in runs)
    for styles, letter in letters.items():
        yield ""
        yield from (f"{letter} {look:6}{style}" for look, style in zip(looks, styles, strict=True))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", SCENES)
async def test_the_screen_looks_as_it_did(
    name: str, size: tuple[int, int], frame: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, findings = (looked_at_image(), ()) if name in _LOOKED_AT else (wasteful_image(), FINDINGS)
    seen: dict[str, Cells] = {}
    async with opened(image, size=size, findings=findings) as session:
        await SCENES[name](session)
        for look_name, theme in LOOKS.items():
            session.app.theme = theme
            await session.settle()
            seen[look_name] = cells_of(session)
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(image, size=size, findings=findings) as session:
        await SCENES[name](session)
        seen["none"] = cells_of(session)
    assert "\n".join(written(seen)) + "\n" == frame


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
