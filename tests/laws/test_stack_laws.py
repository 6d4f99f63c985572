"""Laws of layers: on random stacks the real code and the slow model agree about everything a user can see."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laws.knownimages import KNOWN
from laws.randomlayers import images, shuffled
from laws.realrun import Signature, compared, fates, guessed, lives, path_of, saved, signature, streamed, tree_after
from laws.slowdiff import aspects, compare
from laws.slowmodel import Item, SlowImage, Thing
from layerscope.filesystem.diff import compare as real_compare
from layerscope.model.files import Change
from layerscope.model.filetree import NONE
from layerscope.model.inspection import Inspection

Image = list[list[Item]]


@pytest.fixture(scope="module")
def folder() -> Iterator[FilePath]:
    with TemporaryDirectory() as path:  # pytest's own are swept while a long run goes on
        yield FilePath(path)


def every_way(image: Image, folder: FilePath) -> list[Inspection]:
    return [
        streamed(image),
        saved(image, folder),
        saved(image, folder, every=2),
        guessed(image, folder, folded=False),
        guessed(image, folder, folded=True),
    ]


def expected(thing: Thing) -> Signature:
    inode = thing.inode
    return (
        thing.kind,
        thing.entry.type == b"1",
        len(inode.content) if inode else 0,
        thing.owns_bytes,
        (
            thing.mode,
            *thing.owner,
            thing.mtime,
            tuple(sorted((k.encode(), v) for k, v in thing.xattrs.items())),
        ),
        inode.link if inode and inode.kind == "symlink" else None,
        inode.device if inode and inode.kind in {"character", "block"} else None,
        thing.layer,
        thing.implied,
    )


def check_trees(folder: FilePath, image: Image) -> None:
    slow = SlowImage(image)
    for inspection in every_way(image, folder):
        for layer, tree in enumerate(slow.trees):
            assert tree_after(inspection.tree, layer) == {path: expected(thing) for path, thing in tree.items()}
        live = [entry for entry in inspection.tree.live if entry != NONE]
        assert len(live) == len(slow.trees[-1])


def check_fates(folder: FilePath, image: Image) -> None:
    slow = [
        (thing.path, thing.layer, thing.owns_bytes, fate.name, fate.killer)
        for thing, fate in SlowImage(image).shipped()
    ]
    for inspection in every_way(image, folder):
        assert fates(inspection) == sorted(slow, key=repr)


def check_sums(folder: FilePath, image: Image) -> None:
    shipped = [sum(one.stored for one in layer if names_a_path(one.name)) for layer in image]
    slow = Counter[tuple[int, str]]()
    killed, wasted = Counter[int](), Counter[Signature]()
    for thing, fate in SlowImage(image).shipped():
        slow[thing.layer, fate.name] += thing.owns_bytes
        if fate.killer is not None:
            killed[fate.killer] += thing.owns_bytes
            wasted[thing.path, fate.killer, fate.name] += thing.owns_bytes
    for inspection in every_way(image, folder):
        for layer, total in zip(inspection.layers, shipped, strict=True):
            ledger = layer.ledger
            assert ledger.total_bytes == layer.content_bytes == total
            assert ledger.live_bytes == slow[layer.index, "live"]
            assert ledger.overwritten_bytes == slow[layer.index, "overwritten"]
            assert ledger.reshipped_bytes == slow[layer.index, "reshipped"]
            assert ledger.deleted_bytes == slow[layer.index, "deleted"]
            assert layer.killed_bytes == killed[layer.index]
        assert inspection.ledger.total_bytes == sum(shipped)
        assert {
            (path_of(inspection.tree, one.node), one.killer, one.fate.label): one.wasted_bytes
            for one in inspection.waste
        } == dict(wasted)
        assert sum(one.wasted_bytes for one in inspection.waste) == inspection.ledger.wasted_bytes


def names_a_path(name: bytes) -> bool:
    """Markers are no content, and nothing can stand in the place of the root."""
    last = name.rstrip(b"/").rpartition(b"/")[2]
    return last not in {b"", b".", b".."} and not last.startswith(b".wh.")


def check_lives(folder: FilePath, image: Image) -> None:
    slow = [
        (thing.path, thing.layer, "hardlink" if thing.entry.type == b"1" else thing.kind, thing.owns_bytes, thing.ended,
         thing.heir is not None)
        for thing in SlowImage(image).things
        if not (thing.implied and thing.ended == thing.layer)
    ]  # fmt: skip
    for inspection in every_way(image, folder):
        tree = inspection.tree
        assert lives(tree) == sorted(slow, key=repr)
        for entry in range(tree.entry_count):
            if tree.below[entry] != NONE:
                assert tree.successor[tree.below[entry]] == entry


def check_ranges(folder: FilePath, image: Image, *, unmodified: bool = False) -> None:
    slow = SlowImage(image)
    for inspection in every_way(image, folder):
        for first in range(len(image)):
            for last in range(first, len(image)):
                wanted = [
                    (row.path, row.change, expected(row.before) if row.before else None,
                     expected(row.after) if row.after else None, row.inner, row.size, row.wasted,
                     sorted(aspects(row.before, row.after)) if row.before and row.after else [])
                    for row in compare(slow, first, last, unmodified=unmodified)
                ]  # fmt: skip
                assert compared(inspection.tree, first, last, unmodified=unmodified) == wanted


def check_counts(folder: FilePath, image: Image) -> None:
    for inspection in every_way(image, folder):
        for layer in inspection.layers:
            changes = Counter(real_compare(inspection.tree, layer.index, layer.index).change[1:])  # without the root
            assert (layer.added_count, layer.modified_count, layer.removed_count) == (
                changes[Change.ADDED], changes[Change.MODIFIED], changes[Change.REMOVED],
            )  # fmt: skip


def check_rebuilding(folder: FilePath, image: Image) -> None:
    for inspection in every_way(image, folder):
        tree = inspection.tree
        rebuilt: dict[int, int] = {}
        for layer in range(len(image)):
            diff = real_compare(tree, layer, layer)
            for node, change, after in zip(diff.node, diff.change, diff.after, strict=True):
                if change == Change.REMOVED:
                    del rebuilt[node]
                elif change:
                    rebuilt[node] = after
            there = tree_after(tree, layer)
            # an identical rewrite is no change, and leaves the older entry in place
            assert {path_of(tree, node): timeless(signature(tree, entry)) for node, entry in rebuilt.items()} == {
                path: timeless(seen) for path, seen in there.items()
            }


def timeless(seen: Signature) -> Signature:
    """Leave out what tells one entry from an identical rewrite: layer, bytes stored, and which name was the link."""
    return (seen[0], seen[2], *seen[4:7])


@given(images())
def test_the_tree_after_every_layer_is_that_of_the_slow_model(folder: FilePath, image: Image) -> None:
    check_trees(folder, image)


@given(images())
def test_every_shipped_byte_has_the_fate_owner_and_killer_of_the_slow_model(folder: FilePath, image: Image) -> None:
    check_fates(folder, image)


@given(images())
def test_fates_add_up_to_what_was_shipped_in_every_layer_and_in_the_image(folder: FilePath, image: Image) -> None:
    check_sums(folder, image)


@given(images())
def test_timelines_are_those_of_the_slow_model(folder: FilePath, image: Image) -> None:
    check_lives(folder, image)


@given(image=images(max_layers=4), unmodified=st.booleans())
def test_any_range_compares_as_two_trees_of_the_slow_model_do(
    folder: FilePath, *, image: Image, unmodified: bool
) -> None:
    check_ranges(folder, image, unmodified=unmodified)


@given(images())
def test_layers_count_the_changes_that_their_comparison_shows(folder: FilePath, image: Image) -> None:
    check_counts(folder, image)


@given(images())
def test_the_diffs_applied_one_after_another_rebuild_each_tree(folder: FilePath, image: Image) -> None:
    check_rebuilding(folder, image)


@pytest.mark.parametrize("name", KNOWN)
def test_all_laws_hold_for_an_image_that_was_once_wrong(folder: FilePath, name: str) -> None:
    image = KNOWN[name]
    for check in (check_trees, check_fates, check_sums, check_lives, check_counts, check_rebuilding, check_ranges):
        check(folder, image)
    check_ranges(folder, image, unmodified=True)


@given(st.data())
def test_where_markers_stand_in_a_layers_tar_does_not_matter(folder: FilePath, data: st.DataObject) -> None:
    image = data.draw(images(max_layers=3))
    moved = [data.draw(shuffled(layer)) for layer in image]
    one, other = saved(image, folder), saved(moved, folder)
    assert tree_after(one.tree, len(image) - 1) == tree_after(other.tree, len(image) - 1)
    assert fates(one) == fates(other)
    assert lives(one.tree) == lives(other.tree)
