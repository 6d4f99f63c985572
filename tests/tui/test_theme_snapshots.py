"""The main screens with their colours, at three sizes, in the dark, the light, the terminal's own colours, and in none.

What stands there is in the snapshots of `test_snapshots` and `test_look_snapshots`. Here is, by line, a letter for each
run of cells of one style with its length, and then what the letters mean in each of the four looks. Written anew with
`pytest tests/tui/test_theme_snapshots.py --snapshot-update`, and then read.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from itertools import groupby

import pytest
from rich.color import ColorType
from rich.style import Style
from syrupy.assertion import SnapshotAssertion
from textual.color import Color
from textual.filter import Monochrome
from textual.widgets import Input

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
_NOT_JUST_GREY = {"find", "actions", "everywhere", "help"}
"""A field and a sheet above others are drawn otherwise without colours; all else is what it is, in grey."""
_LOOKED_AT = {scene.__name__ for scene in look.SCENES}


@pytest.fixture
def frame(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(FrameExtension)


@cache
def style_text(style: Style | None) -> str:
    if style is None:
        return "plain"
    words = [name for name in ("bold", "dim", "underline", "strike", "reverse") if getattr(style, name)]
    return " ".join([*words, str(style.color.name if style.color else "default"), "on",
                     str(style.bgcolor.name if style.bgcolor else "default")])  # fmt: skip


async def show(session: Session, name: str) -> None:
    """Go to a scene, and keep a field's cursor from blinking: when it is looked at is by chance."""
    await SCENES[name](session)
    for field in session.app.screen.query(Input):
        field.cursor_blink = False
    await session.settle()


def cells_of(session: Session, *, in_grey: bool = False) -> Cells:
    """Give the style of every cell of a screen; in grey as it is drawn where NO_COLOR is set."""
    grey, black = Monochrome(), Color.parse("black")
    strips = session.app.screen._compositor.render_strips()
    shown = [strip.apply_filter(grey, black) for strip in strips] if in_grey else strips
    return [[text for one in strip for text in (style_text(one.style),) * one.cell_length] for strip in shown]


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
    none: Cells = []
    async with opened(image, size=size, findings=findings) as session:
        await show(session, name)
        for look_name, theme in LOOKS.items():
            session.app.theme = theme
            await session.settle()
            seen[look_name] = cells_of(session)
            none = none or cells_of(session, in_grey=True)
    if name in _NOT_JUST_GREY:
        monkeypatch.setenv("NO_COLOR", "1")
        async with opened(image, size=size, findings=findings) as session:
            await show(session, name)
            none = cells_of(session, in_grey=True)
    assert "\n".join(written({**seen, "none": none})) + "\n" == frame


@pytest.mark.parametrize("name", ["planned", "layers", "findings"])
async def test_with_no_color_the_screen_is_the_dark_one_in_grey(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Cells] = []
    for _turn in range(2):
        async with opened(wasteful_image(), size=SIZES["120x40"], findings=FINDINGS) as session:
            await show(session, name)
            assert session.app.no_color is bool(seen)
            seen.append(cells_of(session, in_grey=True))
        monkeypatch.setenv("NO_COLOR", "1")
    assert seen[0] == seen[1]


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
