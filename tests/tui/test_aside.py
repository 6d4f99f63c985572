"""Work in a process of its own: the same answers as here, an end when it is asked for, no loss when it is killed."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from builder import ImageBuilder
from layerscope.analysis.wastetable import WasteTable
from layerscope.model.files import Change
from layerscope.model.filetree import FileTree
from layerscope.pipeline import InspectOptions, inspect_raw
from layerscope.tui import aside, comparisons
from layerscope.tui.arrange import Arrangement
from layerscope.tui.aside import Aside, StoppedError
from layerscope.tui.comparisons import Comparisons
from layerscope.tui.looks import Looks, Sort
from layerscope.tui.panes import waste
from layerscope.tui.wanted import Wanted
from tui.driver import opened
from tui.test_big import big_image
from tui.wasteful import wasteful_image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is forked")
WAIT_S = 20


def tree_of(image: ImageBuilder) -> FileTree:
    return inspect_raw(image.raw_image("x"), options=InspectOptions()).tree


def wanted(first: int, last: int, *, unmodified: bool = False, sort: Sort = Sort.NAME) -> Wanted:
    return Wanted(first, last, unmodified, Looks(sort=sort))


class Waiting:
    """Comparisons of which every one is made aside, and that can be waited for."""

    def __init__(self, tree: FileTree, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(comparisons, "AT_ONCE", 0)
        self.faults: list[Exception | None] = []
        self._arrived = threading.Condition()
        self.all = Comparisons(tree, self._tell)

    def _tell(self, fault: Exception | None) -> None:
        with self._arrived:
            self.faults.append(fault)
            self._arrived.notify_all()

    def told(self, count: int) -> list[Exception | None]:
        """Wait until it was told so often that something arrived: that comes after it is there."""
        with self._arrived:
            self._arrived.wait_for(lambda: len(self.faults) >= count, WAIT_S)
            return list(self.faults)

    def get(self, one: Wanted) -> Arrangement:
        end_s = time.monotonic() + WAIT_S
        while (made := self.all.get(one)) is None:
            assert time.monotonic() < end_s
            with self._arrived:
                self._arrived.wait(0.05)
        return made


def test_results_come_in_order_and_what_is_known_is_not_sent_back() -> None:
    big = list(range(5))
    with closing(iter(Aside(lambda: iter([(1, big), (2, big), (os.getpid(), [])]), {"big": big}))) as results:
        assert [next(results) for _ in range(2)] == [(1, big), (2, big)]
        process, other = next(results)
        assert process != os.getpid()
        assert other == []
    with closing(iter(Aside(lambda: iter([[big]]), {"big": big}))) as results:
        (same,) = next(results)
        assert same is big


def test_after_the_last_result_whoever_wants_more_is_told_so() -> None:
    with closing(iter(Aside(lambda: iter(["only"]), {}))) as results:
        assert next(results) == "only"
        with pytest.raises(StoppedError):
            next(results)


def test_an_error_there_and_a_stop_from_here_end_the_results() -> None:
    def failing() -> Iterator[str]:
        yield "first"
        raise ValueError("not expected")

    with closing(iter(Aside(failing, {}))) as results:
        assert next(results) == "first"
        with pytest.raises(StoppedError):
            next(results)

    def slow() -> Iterator[str]:
        time.sleep(WAIT_S)
        yield "too late"

    one = Aside(slow, {})
    start_s = time.monotonic()
    threading.Timer(0.05, one.stop).start()
    with pytest.raises(StoppedError), closing(iter(one)) as results:
        next(results)
    assert time.monotonic() - start_s < WAIT_S / 2


def test_a_process_from_which_nothing_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_PATIENCE", 1)

    def silent() -> Iterator[str]:
        time.sleep(WAIT_S)
        yield "too late"

    with pytest.raises(StoppedError), closing(iter(Aside(silent, {}))) as results:
        next(results)


def test_the_process_does_not_do_what_signals_make_this_one_do() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGWINCH, lambda number, _frame: seen.append(number))

    def resized() -> Iterator[list[int]]:
        os.kill(os.getpid(), signal.SIGWINCH)
        yield seen

    try:
        with closing(iter(Aside(resized, {}))) as results:
            assert next(results) == []
    finally:
        signal.signal(signal.SIGWINCH, before)
    assert seen == []


@pytest.mark.parametrize("forked", [True, False], ids=["aside", "here"])
def test_comparisons_are_those_that_would_be_made_at_once(monkeypatch: pytest.MonkeyPatch, *, forked: bool) -> None:
    tree = tree_of(big_image(300))
    monkeypatch.setattr(comparisons, "can_fork", lambda: forked)
    waiting = Waiting(tree, monkeypatch)
    asked = [wanted(0, 0), wanted(0, 0, sort=Sort.SIZE), wanted(1, 1), wanted(0, 1, unmodified=True)]
    for one in asked:
        made = waiting.get(one)
        assert made == one.made(tree)
        assert made.tree is tree
    assert waiting.get(asked[1]).diff is waiting.get(asked[0]).diff
    assert waiting.told(len(asked)) == [None] * len(asked)


def test_only_the_last_comparison_that_is_asked_for_is_worked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = tree_of(big_image(300))
    waiting = Waiting(tree, monkeypatch)
    slow = wanted(1, 1)
    made = Wanted.made

    def slowly(self: Wanted, tree: FileTree) -> Arrangement:
        if self == slow:
            time.sleep(WAIT_S)
        return made(self, tree)

    monkeypatch.setattr(Wanted, "made", slowly)
    start_s = time.monotonic()
    assert waiting.all.get(slow) is None
    assert waiting.get(wanted(0, 0)).diff.change[-1] == Change.ADDED
    assert time.monotonic() - start_s < WAIT_S / 2
    assert waiting.told(1) == [None]


def test_what_is_prepared_is_made_aside_layer_by_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    image = ImageBuilder()
    for layer in range(5):
        image.layer({f"d{layer}/f{number}": b"x" for number in range(5)})
    waiting = Waiting(tree_of(image), monkeypatch)
    here = os.getpid()

    def elsewhere(self: Wanted, tree: FileTree) -> Arrangement:
        assert os.getpid() != here
        return made(self, tree)

    made = Wanted.made
    monkeypatch.setattr(Wanted, "made", elsewhere)
    waiting.all.prepare()
    end_s = time.monotonic() + WAIT_S
    while len(waiting.all._known) < 5 and not waiting.faults:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    assert [one.first_layer for one in waiting.all._known] == list(range(5))
    assert not waiting.faults


def test_what_is_prepared_is_there_and_what_a_killed_process_did_not_do_is_done_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tree = tree_of(big_image(300))
    waiting = Waiting(tree, monkeypatch)
    made, here = Wanted.made, os.getpid()

    def dying(self: Wanted, tree: FileTree) -> Arrangement:
        if self == wanted(1, 1) and os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return made(self, tree)

    monkeypatch.setattr(Wanted, "made", dying)
    waiting.all.prepare()
    end_s = time.monotonic() + WAIT_S
    while len(waiting.all._known) < 2:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    assert [len(one) for one in waiting.all._known.values()] == [len(one.made(tree)) for one in waiting.all._known]
    assert not waiting.faults


async def test_much_waste_is_put_in_order_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(wasteful_image(), size=(160, 45)) as session:
        before = session.pane_lines("waste")
    here, gather = os.getpid(), WasteTable._gather

    def gathered(self: WasteTable) -> None:
        assert os.getpid() != here
        gather(self)

    monkeypatch.setattr(waste, "AT_ONCE", -1)
    monkeypatch.setattr(waste, "_WORTH_A_PROCESS", -1)
    monkeypatch.setattr(WasteTable, "_gather", gathered)
    async with opened(wasteful_image(), size=(160, 45)) as session:
        await session.until(lambda: session.pane_lines("waste") == before)


def test_one_thing_is_worked_out_here_where_it_cannot_be_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    assert aside.once(os.getpid, {}) != os.getpid()
    monkeypatch.setattr(aside, "can_fork", lambda: False)
    assert aside.once(os.getpid, {}) == os.getpid()


async def test_while_a_comparison_is_made_the_title_says_so_and_the_rows_stay_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparisons, "AT_ONCE", 0)
    may_go_on = threading.Event()
    made = Wanted.made

    def slowly(self: Wanted, tree: FileTree) -> Arrangement:
        if self.unmodified:
            may_go_on.wait(WAIT_S)
        return made(self, tree)

    monkeypatch.setattr(comparisons, "can_fork", lambda: False)
    monkeypatch.setattr(Wanted, "made", slowly)
    async with opened(big_image(), size=(160, 45)) as session:
        rows = session.list_of("files").row_count
        await session.press("v")
        await session.until(lambda: "comparing …" in session.pane_text("files"))
        assert "layer 0 and all below" in session.pane_lines("files")[0] or session.list_of("files").row_count < rows
        await session.until(lambda: session.list_of("files").row_count == 0)
        may_go_on.set()
        await session.until(lambda: session.list_of("files").row_count > 1)
        assert "comparing" not in session.pane_text("files")
