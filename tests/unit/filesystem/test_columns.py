"""A tree from a block is the tree that was taken apart, and nothing else can be made of one."""

import os
import pickle
from bisect import bisect_left
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import ImageBuilder
from layerscope.cache import CLASSES
from layerscope.filesystem.diff import compare
from layerscope.model.columns import put_together, taken_apart
from layerscope.model.files import PathKey
from layerscope.model.filetree import FileTree
from layerscope.model.keys import Keys
from layerscope.pipeline import inspect_raw

KEYS = st.lists(st.binary(max_size=5).map(lambda key: PathKey(key.replace(b"/", b"\0"))), max_size=30)


def again(value: object) -> object:
    """Take apart, and put together from the bytes alone."""
    return put_together(memoryview(b"".join(taken_apart(value))), CLASSES)


@given(KEYS, st.slices(30), st.integers(-31, 31))
def test_keys_of_one_text_are_the_keys(keys: list[PathKey], part: slice, index: int) -> None:
    made = again(Keys.of(sorted(keys)))
    assert isinstance(made, Keys)
    assert list(made) == sorted(keys)
    assert (len(made), made[part]) == (len(keys), sorted(keys)[part])
    assert bisect_left(made, PathKey(b"b")) == bisect_left(sorted(keys), b"b")
    assert pickle.loads(pickle.dumps(Keys.of(keys), 5)) == pickle.loads(pickle.dumps(Keys.of(keys), 4)) == keys
    if -len(keys) <= index < len(keys):
        assert made[index] == sorted(keys)[index]
    else:
        with pytest.raises(IndexError):
            made[index]


def test_keys_that_hold_what_stands_between_them_stay_a_list() -> None:
    assert Keys.of([PathKey(b"a/b")]) is None


def test_a_tree_is_the_same_afterwards() -> None:
    tree = inspect_raw(
        ImageBuilder()
        .layer({"big": b"x" * 1000, "d/same": b"s", "etc/passwd": b"root", "empty": b""})
        .layer({"d/same": b"s", "other": b"o"}, remove=["big"])
        .raw_image()
    ).tree
    made = again(tree)
    assert isinstance(made, FileTree)
    assert made == tree
    assert isinstance(made.keys, Keys)
    assert again(made) == tree  # what was put together can be taken apart
    assert compare(made, 1, 1) == compare(tree, 1, 1)
    assert [made.entry(entry) for entry in range(made.entry_count)] == [*map(tree.entry, range(tree.entry_count))]


def test_a_block_makes_nothing_but_what_it_may_hold(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "owned"),)

    with pytest.raises(pickle.UnpicklingError):
        again(Evil())
    assert not (tmp_path / "owned").exists()
