"""An image without layers has nothing to list, which is said; no key goes wrong on it."""

import pytest

from builder import ImageBuilder
from tui.driver import SIZES, opened


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_an_image_without_layers_says_so_and_what_to_do(size: tuple[int, int]) -> None:
    async with opened(ImageBuilder(), size=size) as session:
        assert "This image has no layers" in session.text
        assert "layerscope report --format json shop:1" in session.text
        assert "q quit" in session.text


async def test_every_key_can_be_pressed_on_an_image_without_layers() -> None:
    async with opened(ImageBuilder(), size=(140, 40)) as session:
        for pane in "1259":
            await session.press(pane, "j", "enter", "p", "s", "m", "y", "c", "n", "v", "x", "z", "slash", "a", "escape")
        await session.press("question_mark", "escape", "colon", *"plan", "escape", "right_square_bracket", "tab")
        assert "This image has no layers" in session.text
