"""What is looked into, found and left out, as whole screens at three sizes: a change that nobody meant is a diff.

Written anew with `pytest tests/tui/test_look_snapshots.py --snapshot-update`, and then read.
"""

from collections.abc import Awaitable, Callable

import pytest
from syrupy.assertion import SnapshotAssertion

from tui.driver import SIZES, Session, opened
from tui.looked_at import go, looked_at_image, point_at, to_layer
from tui.test_snapshots import FrameExtension


@pytest.fixture
def frame(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(FrameExtension)


async def within(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 4)
    await session.press("v")


async def marked(session: Session) -> None:
    await to_layer(session, 1)
    await session.press("m")
    await to_layer(session, 3)
    await go(session, "files", "s")


async def left_out(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 3)
    await session.press("t")


async def no_match(session: Session) -> None:
    await session.press("2", "slash", *"nowhere")


async def nothing(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 4)
    await session.press("r", "a")


async def columns(session: Session) -> None:
    await go(session, "files", "C", "j")


async def everywhere(session: Session) -> None:
    await session.press("ctrl+f", *"main")
    await session.until(lambda: "2 versions" in session.text)


async def text(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 1)
    await point_at(session, "/srv/main.py")
    await session.press("enter")
    await session.until(lambda: "hello" in session.text)


async def difference(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 1)
    await point_at(session, "/etc/app.conf")
    await session.press("d")
    await session.until(lambda: "one hundred" in session.text)


async def facts(session: Session) -> None:
    await go(session, "files")
    await to_layer(session, 1)
    await point_at(session, "/srv/logo.png")
    await session.press("enter")
    await session.until(lambda: "89 50" in session.text or "8950" in session.text)
    await session.press("i")


async def question(session: Session) -> None:
    await go(session, "files", "x")


SCENES: tuple[Callable[[Session], Awaitable[None]], ...] = (
    within,
    marked,
    left_out,
    no_match,
    nothing,
    columns,
    everywhere,
    text,
    difference,
    facts,
    question,
)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("scene", SCENES, ids=[scene.__name__ for scene in SCENES])
async def test_the_screen_looks_as_it_did(
    scene: Callable[[Session], Awaitable[None]], size: tuple[int, int], frame: SnapshotAssertion
) -> None:
    async with opened(looked_at_image(), size=size, reference="looked:1") as session:
        await scene(session)
        assert session.text + "\n" == frame
