"""Extraction where somebody means harm, or something goes wrong halfway: nothing outside, nothing left behind."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from builder import directory, file, hardlink, sparse, symlink
from layerscope.errors import CancelledError, DamagedImageError, LayerscopeError, UsageError
from layerscope.filesystem import extraction
from layerscope.filesystem.reading import LayerReader
from layerscope.model.files import PathKey
from layerscope.model.image import ProgressCallback
from layerscope.pipeline import contents
from unit.filesystem.disk import extracted, written
from unit.filesystem.opened import image, streamed

TREE = image(
    [("a", b"1"), ("d/", directory()), ("d/b", b"2"), ("d/e/c", b"3"), ("s", symlink("a")), ("z", hardlink("a"))]
)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Make a directory that nothing may touch, with files named like those of `TREE`."""
    folder = tmp_path / "outside"
    (folder / "e").mkdir(parents=True)
    for name in ("a", "b", "e/c"):
        (folder / name).write_text("mine")
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Make a directory to extract to."""
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def untouched(outside: Path) -> bool:
    """Say whether nobody was there."""
    return written(outside) == {"a": "mine", "b": "mine", "e": None, "e/c": "mine"}


def at_call(number: int, act: Callable[[], object]) -> ProgressCallback:
    """Do something just before the entry of that number is written."""
    calls: Iterator[int] = iter(range(10**6))

    def progress(_phase: str, _done: int, _total: int | None) -> None:
        if next(calls) == number:
            act()

    return progress


# A target that somebody prepared


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_symlink_in_the_place_of_a_directory_is_not_followed(
    absolute: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    target: Path,
    outside: Path,
) -> None:
    (target / "d").symlink_to(outside if absolute else "../outside")
    with pytest.raises(UsageError, match="d is in the way"):
        extracted(TREE, target, force=force)
    assert untouched(outside)
    assert list(written(target)) == ["d"]


def test_a_symlink_further_down_is_not_followed_either(target: Path, outside: Path) -> None:
    (target / "d").mkdir()
    (target / "d/e").symlink_to(outside)
    with pytest.raises(UsageError, match="d/e is in the way"):
        extracted(TREE, target, force=True)
    assert untouched(outside)


@pytest.mark.parametrize("name", ["a", "s", "z"])
def test_a_symlink_in_the_place_of_a_file_is_not_written_through(name: str, target: Path, outside: Path) -> None:
    (target / name).symlink_to(outside / "a")
    with pytest.raises(UsageError, match=f"{name} is already there"):
        extracted(TREE, target)
    assert list(written(target)) == [name]
    extracted(TREE, target, force=True)
    assert untouched(outside)


def test_a_dangling_symlink_in_the_place_of_a_file_makes_nothing_elsewhere(target: Path, outside: Path) -> None:
    (target / "a").symlink_to(outside / "new")
    with pytest.raises(UsageError, match="already there"):
        extracted(TREE, target)
    assert untouched(outside)


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_directory_that_is_swapped_for_a_symlink_meanwhile_is_not_followed(
    number: int,
    force: bool,  # noqa: FBT001
    target: Path,
    outside: Path,
) -> None:
    def swap() -> None:
        (target / "d").rename(target / "moved")
        (target / "d").symlink_to(outside)

    with pytest.raises(UsageError, match="d is in the way"):
        extracted(TREE, target, force=force, progress=at_call(number, swap))
    assert untouched(outside)


def test_taking_back_does_not_follow_a_symlink_either(target: Path, outside: Path) -> None:
    def swap_and_stop() -> None:
        (target / "d").rename(target / "moved")
        (target / "d").symlink_to(outside)
        raise CancelledError

    with pytest.raises(CancelledError):
        extracted(TREE, target, progress=at_call(5, swap_and_stop))
    assert untouched(outside)
    assert "a" not in written(target)


# An image that somebody prepared


def test_a_directory_that_one_layer_has_and_another_makes_a_symlink_leads_nowhere(target: Path, outside: Path) -> None:
    builder = image({"d": symlink("../outside"), "e": symlink(str(outside))}, {"d/a": b"new", "e/a": b"new"})
    done = extracted(builder, target)
    assert untouched(outside)
    assert written(target) == {"d": None, "d/a": "new", "e": None, "e/a": "new"}
    assert done.notes == []


def test_names_that_climb_come_out_below_the_target(target: Path, outside: Path) -> None:
    extracted(image({"../outside/a": b"new", "/../../outside/b": b"new", "d/../../outside/n": b"new"}), target)
    assert untouched(outside)
    assert written(target / "outside") == {"a": "new", "b": "new", "n": "new"}


def test_a_hard_link_to_a_name_that_climbs_takes_nothing_from_outside(target: Path, outside: Path) -> None:
    done = extracted(image({"l": hardlink("../outside/a"), "m": hardlink(str(outside / "a"))}), target)
    assert (written(target), len(done.notes)) == ({}, 2)


@pytest.mark.parametrize("key", [b"..\0a", b"d\0..\0a", b".\0a", b"d\0."])
def test_a_path_that_climbs_is_refused_even_where_none_can_be(key: bytes, target: Path, outside: Path) -> None:
    """Names are cleaned when a tar is read; the writer does not rely on it."""
    inspection = streamed(image({"a": b"new"}))
    root, _a, *others = inspection.tree.keys
    inspection.tree.keys = [root, PathKey(key), *others]
    with contents(inspection) as reader, pytest.raises(LayerscopeError, match="is no path to write to"):
        extraction.extract(inspection.tree, reader, [inspection.tree.live[1]], target)
    assert (untouched(outside), written(target)) == (True, {})


def test_holes_of_a_sparse_file_do_not_fill_the_disk(target: Path) -> None:
    """A header alone can claim exabytes of them."""
    extracted(image({"a": sparse(1 << 26, [(1 << 25, b"data")])}), target)
    status = (target / "a").stat()
    assert (status.st_size, status.st_blocks * 512 < 1 << 20) == (1 << 26, True)


class CaseBlind(ModuleType):
    """The os module of a system that takes `A` and `a` for one name."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(os, name)
        if isinstance(found, type) or not callable(found):
            return found

        def blind(*args: Any, **where: Any) -> Any:
            if any(key.endswith("dir_fd") for key in where):
                kept = 1 if name == "symlink" else 0  # its target is text, not a name of the system
                args = (*args[:kept], *(one.lower() if isinstance(one, bytes) else one for one in args[kept:]))
            return found(*args, **where)

        return blind


@pytest.fixture
def case_blind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "os", CaseBlind("os"))


@pytest.mark.usefixtures("case_blind")
def test_names_that_the_system_takes_for_one_are_told_not_merged(target: Path) -> None:
    with pytest.raises(UsageError, match="already there"):
        extracted(image({"README": b"one", "readme": b"two"}), target)
    assert written(target) == {}


@pytest.mark.usefixtures("case_blind")
def test_force_does_not_let_one_file_of_the_image_replace_another(target: Path) -> None:
    builder = image({"README": b"one", "readme": b"two"})
    try:
        done = extracted(builder, target, force=True)
    except UsageError:
        return
    assert done.notes, "a file was lost in silence"


@pytest.mark.usefixtures("case_blind")
def test_a_symlink_does_not_become_a_directory_of_another_case(target: Path, outside: Path) -> None:
    """The trick of CVE-2021-21300: a link `A`, and a file `a/x`."""
    for force in (True, False):
        with pytest.raises(UsageError, match="in the way"):
            extracted(image({"A": symlink("b"), "B/": directory(), "a/x": b"x"}), target, force=force)
        assert untouched(outside)
        assert written(target) == {}


# When it goes wrong halfway


def stop(error: BaseException) -> Callable[[], object]:
    """Make a function that raises."""

    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize("error", [KeyboardInterrupt(), CancelledError(), OSError(errno.ENOSPC, "No space left")])
@pytest.mark.parametrize("number", range(7))
def test_whenever_it_is_stopped_nothing_is_left_behind(number: int, error: BaseException, tmp_path: Path) -> None:
    with pytest.raises(UsageError if isinstance(error, OSError) else type(error)):
        extracted(TREE, tmp_path / "new/target", progress=at_call(number, stop(error)))
    assert written(tmp_path) == {}


def test_what_was_there_before_stays_when_it_is_stopped(target: Path) -> None:
    (target / "d/e").mkdir(parents=True)
    (target / "d/mine").write_text("mine")
    with pytest.raises(KeyboardInterrupt):
        extracted(TREE, target, progress=at_call(6, stop(KeyboardInterrupt())))
    assert written(target) == {"d": None, "d/e": None, "d/mine": "mine"}


def test_a_file_in_the_way_of_the_last_takes_back_all(target: Path) -> None:
    (target / "z").write_text("mine")
    with pytest.raises(UsageError, match="z is already there"):
        extracted(TREE, target)
    assert written(target) == {"z": "mine"}


def test_files_that_force_replaced_are_back_when_it_fails(target: Path) -> None:
    """All or nothing: a failure must not cost the user the files that were there."""
    (target / "a").write_text("mine")
    (target / "z").mkdir()
    with pytest.raises(UsageError, match="z is a directory"):
        extracted(TREE, target, force=True)
    assert written(target) == {"a": "mine", "z": None}


def failing(error: Exception, *, after: int) -> Callable[..., Iterator[tuple[int, bytes]]]:
    """Make contents that break off."""

    def runs(_reader: LayerReader, _entry: int) -> Iterator[tuple[int, bytes]]:
        yield 0, b"x" * after
        raise error

    return runs


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (DamagedImageError("image.tar: it became shorter while it was read"), DamagedImageError),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), UsageError),
    ],
)
def test_a_content_that_breaks_off_leaves_no_half_file(
    error: Exception, raised: type[LayerscopeError], monkeypatch: pytest.MonkeyPatch, target: Path
) -> None:
    monkeypatch.setattr(LayerReader, "runs", failing(error, after=100_000))
    with pytest.raises(raised):
        extracted(TREE, target)
    assert written(target) == {}


def test_a_name_that_the_disk_refuses_is_wrong_usage_and_leaves_nothing(target: Path) -> None:
    with pytest.raises(UsageError, match="File name too long"):
        extracted(image({"a": b"x", "d/e/f": b"x", "n" * 300: b"x"}), target)
    with pytest.raises(UsageError, match="File name too long"):
        extracted(image({"d/" + "n" * 300 + "/x": b"x"}), target)
    assert written(target) == {}


def test_no_file_stays_open_however_it_ends(target: Path, open_files: Callable[[], int]) -> None:
    before = open_files()
    extracted(TREE, target)
    for force in (True, False):
        for number in range(6):
            with pytest.raises(LayerscopeError):
                extracted(TREE, target, force=force, progress=at_call(number, stop(CancelledError())))
    with pytest.raises(UsageError):
        extracted(image({"d/" + "n" * 300 + "/x": b"x"}), target, force=True)
    (target / "d2").symlink_to(".")
    with pytest.raises(UsageError):
        extracted(image({"d2/x/y": b"x", "o": file(b"x")}), target)
    assert open_files() == before
