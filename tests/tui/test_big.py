"""Big images: only what is on the screen is drawn, and what takes long is done beside the screen."""

import pytest

from builder import ImageBuilder
from layerscope.tui import comparisons, finder, wanted
from layerscope.tui.filerows import FileColumns, FileView, file_line
from layerscope.tui.roles import Line
from layerscope.tui.widgets import tree
from tui.driver import opened


def big_image(files: int = 5000) -> ImageBuilder:
    names = [f"d{number // 500}/e{number // 50 % 10}/file{number:05}" for number in range(files)]
    return ImageBuilder().layer(dict.fromkeys(names, b"x")).layer(remove=[f"d{number}" for number in range(5)])


async def test_only_rows_that_are_seen_are_ever_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def counted(view: FileView, columns: FileColumns, place: int, *, is_open: bool, mark: str) -> Line:
        written.append(place)
        return file_line(view, columns, place, is_open=is_open, mark=mark)

    monkeypatch.setattr(tree, "file_line", counted)
    async with opened(big_image(), size=(80, 24)) as session:
        await session.until(lambda: session.list_of("layers").row_count == 2)
        await session.press("2")
        await session.until(lambda: session.list_of("files").row_count > 0)
        written.clear()
        await session.press("plus")
        assert session.list_of("files").row_count > 5000
        await session.press("G", "g")
        assert 0 < len(written) <= 4 * 24
        written.clear()
        await session.press("j")
        assert len(written) <= 2


async def test_a_comparison_that_takes_long_arrives_later_and_keys_work_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparisons, "AT_ONCE", 0)
    async with opened(big_image(), size=(140, 40)) as session:
        await session.press("j", "v", "v", "v", "k", "2")
        await session.until(lambda: "what layer 0 did" in session.pane_text("files"))
        await session.press("s")
        await session.until(lambda: "by size" in session.pane_text("files"))
        assert session.list_of("files").row_count > 1


async def test_a_filter_that_takes_long_arrives_later_and_the_last_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "AT_ONCE", 0)
    async with opened(big_image(), size=(140, 40)) as session:
        await session.press("2", "slash", *"file00499")
        await session.until(lambda: "1 match" in session.pane_text("files"))
        assert " file00499 " in session.row("files")
        await session.press("escape")
        assert session.list_of("files").row_count > 10


async def test_a_fault_on_a_thread_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_tree: object, **_how: object) -> None:
        raise RuntimeError("not expected")

    async def walk() -> None:
        async with opened(big_image(50)) as session:
            monkeypatch.setattr(wanted, "compare", fail)
            await session.press("v")
            await session.until(lambda: not session.app.is_running)

    monkeypatch.setattr(comparisons, "AT_ONCE", 0)
    with pytest.raises(RuntimeError, match="not expected"):
        await walk()
