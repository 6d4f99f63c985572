"""The screen as text, whole, at three sizes: a change that nobody meant shows up as a diff.

Written anew with `pytest tests/tui/test_snapshots.py --snapshot-update`, and then read.
"""

import threading
from collections.abc import Iterator

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from layerscope.errors import EngineError
from layerscope.model.inspection import Inspection
from layerscope.pipeline import Watcher
from layerscope.tui.phase import Phase
from tui.driver import SIZES, failing, opened, started
from tui.wasteful import FINDINGS, wasteful_image


class FrameExtension(SingleFileSnapshotExtension):
    """One text file a frame."""

    file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def frame(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(FrameExtension)


STATES = {
    "layers": ("j", "j"),
    "files": ("j", "j", "j", "2", "j", "j"),
    "up-to": ("j", "j", "j", "v", "2", "s"),
    "removed": ("G", "k", "2", "plus"),
    "details": ("j", "j", "j", "3"),
    "dockerfile": ("4", "j", "j", "j", "j", "j", "j"),
    "waste": ("5", "j"),
    "findings": ("6", "j"),
    "image": ("7",),
    "find": ("2", "slash", "p", "a", "s"),
    "help": ("2", "question_mark"),
    "help-find": ("2", "question_mark", "slash", "s", "o", "r", "t"),
    "zoom": ("6", "z"),
    "seek": ("5", "slash", "m", "a"),
    "actions": ("2", "colon", "p", "l", "a", "n"),
    "plan": ("6", "j", "p", "8"),
}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("keys", STATES.values(), ids=STATES)
async def test_the_screen_looks_as_it_did(
    keys: tuple[str, ...], size: tuple[int, int], frame: SnapshotAssertion
) -> None:
    async with opened(wasteful_image(), size=size, findings=FINDINGS) as session:
        await session.press(*keys)
        assert session.text + "\n" == frame


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_a_failure_looks_as_it_did(size: tuple[int, int], frame: SnapshotAssertion) -> None:
    error = EngineError(
        "docker: permission denied on the socket unix:///var/run/docker.sock",
        hint="sudo usermod -aG docker $USER, then log in again; or: docker save shop:1 -o shop.tar",
    )
    async with started(failing(error), size=size) as session:
        await session.until(lambda: session.app.inspect_screen.phase is Phase.FAILED)
        assert session.text + "\n" == frame


@pytest.fixture
def held() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("known", [False, True], ids=["alone", "with-layers"])
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_reading_looks_as_it_did(
    *, size: tuple[int, int], known: bool, held: threading.Event, frame: SnapshotAssertion
) -> None:
    def read(_reference: str, *, watcher: Watcher, **_how: object) -> Inspection:
        if known:
            watcher.image_ready(wasteful_image().raw_image("shop:1"))
        watcher.progress("layers", 1_900_000_000, 2_960_000_000)
        held.wait(20)
        raise EngineError("the test is over")

    async with started(read, size=size) as session:
        await session.until(lambda: "1.9 GB of" in session.text and ("Layers" in session.text) is known)
        assert session.text + "\n" == frame


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_a_stopped_reading_looks_as_it_did(
    size: tuple[int, int], held: threading.Event, frame: SnapshotAssertion
) -> None:
    def read(_reference: str, *, watcher: Watcher, **_how: object) -> Inspection:
        watcher.image_ready(wasteful_image().raw_image("shop:1"))
        held.wait(20)
        raise EngineError("the test is over")

    async with started(read, size=size) as session:
        await session.until(lambda: "Layers" in session.text)
        await session.press("escape")
        assert session.text + "\n" == frame
