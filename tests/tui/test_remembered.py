"""Where one was is remembered for each image, in a small file that never gets in the way."""

import json
import os
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect_raw
from layerscope.tui.app import LayerscopeApp
from layerscope.tui.remembered import MOST_BYTES, MOST_IMAGES, Memory, image_key, restored, written
from layerscope.tui.state import ViewState
from tui.driver import Session, reader_of
from tui.wasteful import FINDINGS, wasteful_image


@asynccontextmanager
async def remembering(memory: Memory | None, image: ImageBuilder | None = None) -> AsyncIterator[Session]:
    raw = (image or wasteful_image()).raw_image("shop:1")
    app = LayerscopeApp("shop:1", options=InspectOptions(), inspect=reader_of(raw, FINDINGS), memory=memory)
    async with app.run_test(size=(200, 60), notifications=True) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.inspect_screen.complete)
        yield session


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "state" / "views.json")


async def test_an_image_that_is_opened_again_is_where_it_was_left(memory: Memory) -> None:
    async with remembering(memory) as session:
        await session.press("j", "j", "j", "j", "p", "6", "j", "p", "2", "s", "plus", "G")
        row, view = session.row("files"), session.app.inspect_screen.view
        await session.press("q")
    async with remembering(memory) as session:
        again = session.app.inspect_screen.view
        assert session.active == "files"
        assert session.row("files") == row
        assert (again.layer, again.plan, again.looks) == (view.layer, view.plan, view.looks)
        assert again.plan.fixed
        assert again.plan.squashes


async def test_the_row_in_waste_is_kept(memory: Memory) -> None:
    async with remembering(memory) as session:
        await session.press("5", "j", "j")
        row = session.row("waste")
        await session.press("q")
    async with remembering(memory) as session:
        assert session.active == "waste"
        assert session.row("waste") == row
        assert session.list_of("waste").cursor == 2


async def test_what_leaves_paths_out_is_not_kept_so_that_nothing_seems_lost(memory: Memory) -> None:
    async with remembering(memory) as session:
        await session.press("2", "a", "t")
        assert "no added" in session.pane_lines("files")[0]
        await session.press("q")
    async with remembering(memory) as session:
        assert session.active == "files"
        assert not session.app.view.looks.hides
        assert "libc.so" in session.pane_text("files")


@pytest.mark.parametrize(("meanwhile", "layer", "active"), [((), 4, "files"), (("right_square_bracket",), 1, "layers")])
async def test_the_place_is_found_again_where_layers_are_listed_before_files_are_read(
    memory: Memory, meanwhile: tuple[str, ...], layer: int, active: str
) -> None:
    async with remembering(memory) as session:
        await session.press(*["right_square_bracket"] * 4, "2", "s", "q")
    raw = wasteful_image().raw_image("shop:1")
    read, goes_on = reader_of(raw, FINDINGS), threading.Event()

    def slowly(reference: str, *, options: InspectOptions, watcher: Watcher) -> Inspection:
        watcher.image_ready(raw)
        goes_on.wait(10)
        return read(reference, options=options, watcher=watcher)

    app = LayerscopeApp("shop:1", options=InspectOptions(), inspect=slowly, memory=memory)
    async with app.run_test(size=(200, 60)) as pilot:
        session = Session(app, pilot)
        await session.until(lambda: app.focused is not None and bool(app.view.recent))
        await session.press(*meanwhile)
        goes_on.set()
        await session.until(lambda: app.inspect_screen.complete)
        assert (session.layer, session.active) == (layer, active)


async def test_another_image_is_not_touched_by_it(memory: Memory) -> None:
    async with remembering(memory) as session:
        await session.press("5", "q")
    other = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"})
    async with remembering(memory, other) as session:
        assert session.active == "layers"


async def test_who_is_new_gets_one_hint_and_only_once(memory: Memory) -> None:
    async with remembering(memory) as session:
        await session.until(lambda: "New here?" in session.text)
        await session.press("q")
    async with remembering(memory) as session:
        assert "New here?" not in session.text


async def test_without_a_memory_nothing_is_written_and_nothing_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with remembering(None) as session:
        await session.press("5")
        assert "New here?" not in session.text
        await session.press("q")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - pathlib's way is forbidden beside asyncio


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[1]", b'{"version": 2, "images": {}}', b'{"version": 1, "images": [1]}', b"[" * 100_000,
     b'{"version":1,"images":{"KEY":7}}', b'{"version":1,"images":{"KEY":{"layer":true,"path":[],"fix":1,"drop":{}}}}',
     b'{"version":1,"images":{"KEY":{"layer":-1,"pane":"x","scope":3,"path":"/no","squash":[[9,99],[1],"x"]}}}',
     b'{"version":1,"images":{"KEY":{"layer":99999999999999999999,"columns":[1],"waste":-1,"hidden":"x","sort":[]}}}'],
)  # fmt: skip
async def test_a_file_that_makes_no_sense_is_none(memory: Memory, content: bytes) -> None:
    inspection = inspect_raw(wasteful_image().raw_image("shop:1"))
    memory.path.parent.mkdir()
    memory.path.write_bytes(content.replace(b"KEY", (image_key(inspection) or "").encode()))
    async with remembering(memory) as session:
        assert session.active == "layers"
        assert session.layer == 0
        await session.press("5", "q")
    assert json.loads(memory.path.read_text())["version"] == 1


def test_the_file_is_the_users_alone_and_stays_small(memory: Memory) -> None:
    for number in range(MOST_IMAGES + 20):
        memory.keep(f"{number}", {"path": "x" * 10})
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600
    assert list(memory.path.parent.iterdir()) == [memory.path]
    assert memory.recall("19") == {}
    assert memory.recall(f"{MOST_IMAGES + 19}") == {"path": "x" * 10}
    for number in range(20):
        memory.keep(f"big {number}", {"path": "y" * 30_000})
    assert memory.path.stat().st_size <= MOST_BYTES
    memory.keep("too big", {"path": "z" * MOST_BYTES})
    assert memory.recall("too big") == {}
    assert memory.recall("big 19")


@pytest.mark.skipif(os.geteuid() == 0, reason="the root user may write everywhere")
def test_a_directory_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    Memory(tmp_path / "views.json").keep("a", {})


def test_a_place_that_is_no_directory_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    memory = Memory(tmp_path / "state" / "views.json")
    memory.keep("a", {})
    assert memory.recall("a") == {}


def test_it_stands_where_the_system_keeps_state() -> None:
    assert Memory.of_user({"XDG_STATE_HOME": "/s"}).path == Path("/s/layerscope/views.json")
    assert Memory.of_user({}).path.name == "views.json"


def test_names_that_are_no_text_come_back_as_they_were() -> None:
    inspection = inspect_raw(ImageBuilder().layer({b"d/\xff\xfe": b"1"}).raw_image())
    node = inspection.tree.find(b"/d/\xff\xfe")
    assert node is not None
    known = json.loads(json.dumps(written(ViewState(node=node), inspection)))
    assert restored(known, inspection, [0], ["layers"]).node == node
