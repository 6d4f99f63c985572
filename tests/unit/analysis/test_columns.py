"""What works on whole columns at once says the same as a loop over them would."""

import random
from array import array

import pytest

from builder import ImageBuilder
from layerscope.analysis.bunch import Bunch, Places, bunch_of, joined
from layerscope.analysis.flags import chooser, flagged, holds, is_none, is_some, packed, reaches, unpacked
from layerscope.analysis.telling import Telling, told
from layerscope.model.filetree import FileTree
from unit.filesystem.opened import streamed

DICE = random.Random(5)
TELLING = Telling(
    frozenset({b".git", b"core", b"x"}),
    frozenset({b"pyc", b"a", b"key"}),
    frozenset({b"secret"}),
    frozenset({b"core."}),
)


def tells(name: bytes) -> bool:
    return (
        name in TELLING.names
        or (b"." in name and name.rpartition(b".")[2] in TELLING.endings)
        or any(part in name for part in TELLING.parts)
        or any(name.startswith(start) for start in TELLING.starts)
    )


def test_flags_of_a_column_are_those_of_its_items() -> None:
    column = array("i", [-1, 0, 5, -1, 2**31 - 1, 256, 255])
    assert list(is_some(column)) == [0, 1, 1, 0, 1, 1, 1]
    assert list(is_none(column)) == [1, 0, 0, 1, 0, 0, 0]
    assert unpacked(~packed(is_none(column)), 7)[:1] != b"\0"
    assert unpacked(packed(is_some(column)) & packed(b"\1\1\0\0\0\1\1"), 7) == b"\0\1\0\0\0\1\1"
    assert bytes([3, 1, 0, 3]).translate(chooser(3, 0)) == b"\1\0\1\1"
    assert unpacked(packed(is_some(array("i"))), 0) == b""


@pytest.mark.parametrize("power", range(4))
def test_items_that_reach_a_power_of_256_are_flagged(power: int) -> None:
    sizes = [0, 1, 255, 256, 257, 65_535, 65_536, 1 << 24, (1 << 24) - 1, 1 << 32, (1 << 64) - 1]
    assert list(reaches(array("Q", sizes), power)) == [int(size >= 256**power) for size in sizes]
    assert reaches(array("Q"), power) == b""


@pytest.mark.parametrize("flags", [b"", b"\0" * 9, b"\1" * 9, b"\0" * 40 + b"\1\0\1", b"\1" + b"\0" * 40, b"\0\1" * 20])
def test_flags_are_listed_be_they_few_or_many(flags: bytes) -> None:
    assert list(flagged(flags)) == [place for place, flag in enumerate(flags) if flag]


def test_a_column_holds_its_values_and_no_others() -> None:
    column = array("i", [-1, 256, 65_536, 7, 1 << 24, 5])
    for value in (-1, 256, 65_536, 7, 5):
        assert holds(column, value)
    for value in (0, 1, 2, 255, 6):  # the bytes of 0 and of 1 are there, across two items
        assert not holds(column, value)
    assert not holds(array("i"), 0)


def test_every_name_that_tells_something_is_found_wherever_it_stands() -> None:
    words = [
        b"core",
        b"core.1",
        b".git",
        b"a.pyc",
        b".key",
        b"key",
        b"lib.a",
        b"my-secret-x",
        b"hardcore.1",
        b"x",
        b"y",
        b"\n",
    ]
    keys = sorted(
        {b"\0".join(DICE.choices(words, k=DICE.randint(1, 5))) + b"%d" % DICE.randint(0, 3) for _ in range(9000)}
    )
    keys += [b"core", b"d\0.git", b"d\0secrets.txt", b"d\0core.\ncore.9", b"\0".join([b"d"] * 50 + [b"f.pyc"])]
    found = told(keys, TELLING)
    names = [key.rpartition(b"\0")[2] for key in keys]
    assert {node for node, name in enumerate(names) if tells(name)} <= set(found)
    assert len(found) < len(keys)
    assert list(found.items()) == sorted((node, names[node]) for node in found)


@pytest.fixture(scope="module")
def tree() -> FileTree:
    names = ["usr/share/doc/a", "usr/share/doc2/b", "usr/share/doc/z/y", "tmp/file.1", "tmp/file.2", "tmp/other", "x"]
    return streamed(ImageBuilder().layer(dict.fromkeys(names, b"1"))).tree


@pytest.mark.parametrize(
    "path", ["/usr/share/doc", "/usr/share/do", "/tmp/file.", "/tmp/", "/nowhere", "/x", "/", "/tmp/other"]
)
def test_places_are_asked_as_texts_would_be(tree: FileTree, path: str) -> None:
    for chosen in (["usr/share/doc/z/y"], ["tmp/file.2", "x"], ["usr/share/doc2/b"]):
        nodes = [node for node in (tree.find(name.encode()) for name in chosen) if node is not None]
        places = Places(tree, bunch_of(nodes, [1] * len(nodes)))
        texts = [tree.path(node).decode() for node in nodes]
        assert places.any_beginning(path.encode()) == any(text.startswith(path) for text in texts)
        below = [text for text in texts if text == path or text.startswith(path.rstrip("/") + "/")]
        assert places.any_at(path.rstrip("/").encode() or b"/") == bool(below)


def test_the_top_of_a_bunch_is_the_top_of_the_sorted_paths() -> None:
    bunch = Bunch()
    for _ in range(500):
        bunch.add(DICE.randint(1, 9), DICE.randint(1, 200))
    sums: dict[int, int] = {}
    for node, size in zip(bunch.nodes, bunch.sizes, strict=True):
        sums[node] = sums.get(node, 0) + size
    rows = sorted(((size, node) for node, size in sums.items()), key=lambda row: (-row[0], row[1]))
    for count in (1, 3, 20, 150, 1000):
        assert bunch.top(count) == rows[:count]
    assert (bunch.path_count(), bunch.size_bytes) == (len(sums), sum(sums.values()))
    twice = joined([bunch, bunch])
    assert (twice.top(3), twice.size_bytes) == ([(2 * size, node) for size, node in rows[:3]], 2 * bunch.size_bytes)
    assert Bunch().top(5) == []
