"""The list of waste is a sequence like any other; that its rows are made late, and its order later, nobody sees."""

import pickle
import random
from collections.abc import Sequence

import pytest

from builder import ImageBuilder, hardlink
from layerscope.analysis.ledger import waste_of
from layerscope.analysis.wastetable import WasteTable
from layerscope.model.filetree import FileTree
from layerscope.model.ledger import Waste
from unit.filesystem.opened import streamed

SIZES = {f"d{number % 7}/f{number}": number % 13 + 1 for number in random.Random(2).sample(range(300), 300)}


@pytest.fixture(scope="module")
def tree() -> FileTree:
    builder = ImageBuilder().layer({name: bytes(size) for name, size in SIZES.items()})
    return streamed(builder.layer(remove=[f"d{number}" for number in range(7)])).tree


def test_the_first_rows_are_those_of_the_whole_list(tree: FileTree) -> None:
    whole = tuple(waste_of(tree))
    assert [(-one.wasted_bytes, one.path) for one in whole] == sorted(
        (-size, b"/" + name.encode()) for name, size in SIZES.items()
    )
    for count in (0, 1, 2, 10, 37, 200, 300, 1000):
        assert waste_of(tree)[:count] == whole[:count]


@pytest.mark.parametrize("part", [slice(3, 9), slice(None, None, 7), slice(20, 3, -2), slice(-4, None), slice(5, 2)])
def test_any_slice_is_that_of_a_tuple(tree: FileTree, part: slice) -> None:
    assert waste_of(tree)[part] == tuple(waste_of(tree))[part]


def test_it_is_equal_to_what_has_the_same_rows(tree: FileTree) -> None:
    waste = waste_of(tree)
    assert len(waste) == len(SIZES)
    rows: Sequence[Waste] = tuple(waste)
    assert waste == waste_of(tree)
    assert waste == rows
    assert rows == waste
    assert waste != rows[1:]
    assert waste != list(waste)
    assert (waste[0], waste[-1]) == (rows[0], rows[-1])
    with pytest.raises(IndexError):
        waste[len(SIZES)]


def test_it_can_be_sent_to_another_process(tree: FileTree) -> None:
    waste = waste_of(tree)
    assert pickle.loads(pickle.dumps(waste)) == waste


def test_an_image_without_waste_has_an_empty_list() -> None:
    waste = streamed(ImageBuilder().layer({"a": b"1"})).waste
    assert (waste, len(waste), waste[:5], list(waste)) == ((), 0, (), [])


def test_rows_with_several_owners_keep_their_place_in_the_order() -> None:
    builder = ImageBuilder().layer([("m", b"old!"), ("n", hardlink("m"))])
    builder = builder.layer({"m": b"old!", "a": b"12345678", "z": b"x"})
    waste = streamed(builder.layer(remove=["a", "m", "n", "z"])).waste
    assert isinstance(waste, WasteTable)
    assert [(one.path, one.wasted_bytes, one.owners) for one in waste] == [
        (b"/a", 8, (1,)), (b"/m", 8, (0, 1)), (b"/z", 1, (1,)),
    ]  # fmt: skip
