"""What a layer, or any range of layers, did: changes, in what they consist, and the bytes of each row."""

from typing import NamedTuple

import pytest

from builder import device, directory, fifo, file, hardlink, sparse, symlink
from layerscope.filesystem.diff import aspects, compare, count_changes
from layerscope.model.files import ATTRIBUTES_ONLY, Aspect, Change
from layerscope.model.filetree import NONE
from layerscope.model.inspection import Inspection
from unit.filesystem.opened import Inspect, Layer, image, seen

A10, B10, C5 = b"a" * 10, b"b" * 10, b"c" * 5


class Row(NamedTuple):
    """One row of a comparison."""

    change: str
    inner: bool = False
    size: int = 0
    wasted: int = 0


def rows(inspection: Inspection, first: int, last: int | None = None, *, unmodified: bool = False) -> dict[str, Row]:
    """Compare a range (one layer unless told) as path → row."""
    tree = inspection.tree
    diff = compare(tree, first, first if last is None else last, unmodified=unmodified)
    return {
        tree.path(node).decode(): Row(Change(change).label, bool(inner), size, wasted)
        for node, change, inner, size, wasted in zip(
            diff.node, diff.change, diff.inner, diff.size, diff.wasted, strict=True
        )
    }


def changes(inspection: Inspection, first: int, last: int | None = None) -> dict[str, str]:
    """Give only the paths that changed."""
    return {path: row.change for path, row in rows(inspection, first, last).items() if row.change != "unmodified"}


def difference(inspection: Inspection, path: str, first: int, last: int | None = None) -> Aspect:
    """Say in what a path differs over a range."""
    tree = inspection.tree
    diff = compare(tree, first, first if last is None else last, unmodified=True)
    row = list(diff.node).index(tree.find(path.encode()) or 0)
    return aspects(tree, diff.before[row], diff.after[row])


LAYERS: tuple[Layer, ...] = (
    {"kept": A10, "changed": A10, "gone": A10, "d/kept": A10, "d/gone": A10},
    {"changed": B10, ".wh.gone": b"", "d/.wh.gone": b"", "d/new": C5, "e/f/new": C5},
    {"changed": A10, "gone": B10, "d/.wh.new": b"", ".wh.e": b"", "later": C5},
)


def test_a_layer_adds_modifies_and_removes_paths() -> None:
    assert changes(seen(*LAYERS), 1) == {
        "/changed": "modified", "/gone": "removed", "/d/gone": "removed",
        "/d/new": "added", "/e": "added", "/e/f": "added", "/e/f/new": "added",
    }  # fmt: skip


def test_the_lowest_layer_adds_everything() -> None:
    assert set(changes(seen(*LAYERS), 0).values()) == {"added"}


def test_a_range_says_what_its_layers_did_together() -> None:
    assert changes(seen(*LAYERS), 1, 2) == {"/gone": "modified", "/d/gone": "removed", "/later": "added"}
    assert changes(seen(*LAYERS), 0, 2) == dict.fromkeys(
        ["/", "/changed", "/d", "/d/kept", "/gone", "/kept", "/later"], "added"
    )


def test_rows_hold_the_directories_above_every_change() -> None:
    assert list(rows(seen({"a/b/c/x": A10, "a/y": A10}, {"a/b/c/x": B10}), 1)) == [
        "/",
        "/a",
        "/a/b",
        "/a/b/c",
        "/a/b/c/x",
    ]


def test_on_request_every_path_that_exists_is_a_row_removed_ones_too() -> None:
    found = rows(seen(*LAYERS), 1, unmodified=True)
    assert {path for path, row in found.items() if row.change == "unmodified"} == {"/", "/d", "/d/kept", "/kept"}
    assert {path for path, row in found.items() if row.change == "removed"} == {"/gone", "/d/gone"}
    assert list(rows(seen(*LAYERS), 0, 1, unmodified=True)) == [
        "/", "/changed", "/d", "/d/kept", "/d/new", "/e", "/e/f", "/e/f/new", "/kept",
    ]  # fmt: skip


def test_a_layer_that_did_nothing_has_only_the_root() -> None:
    for idle in ({}, {".wh.nothing": b""}):
        assert list(rows(seen(LAYERS[0], idle), 1)) == ["/"]


def test_a_file_that_is_shipped_again_unchanged_is_a_row_because_its_bytes_count() -> None:
    again = rows(seen(LAYERS[0], {"kept": A10}), 1)
    assert list(again) == ["/", "/kept"]
    assert (again["/kept"].change, again["/"].size, again["/kept"].size) == ("unmodified", 10, 10)


def test_content_that_comes_back_over_a_range_is_no_change(inspected: Inspect) -> None:
    """A, then B, then A again."""
    inspection = inspected(image({"a": A10}, {"a": B10}, {"a": A10}))
    assert [difference(inspection, "/a", layer) for layer in (1, 2)] == [Aspect.CONTENT] * 2
    assert difference(inspection, "/a", 1, 2) == Aspect.NONE
    assert changes(inspection, 1, 2) == {}


def test_a_path_deleted_and_added_again_over_a_range_is_what_it_was(inspected: Inspect) -> None:
    inspection = inspected(image({"a": A10}).layer(remove=["a"]).layer({"a": A10}))
    assert [changes(inspection, 1), changes(inspection, 2), changes(inspection, 1, 2)] == [
        {"/a": "removed"}, {"/a": "added"}, {},
    ]  # fmt: skip


def test_a_path_added_and_removed_within_a_range_is_no_row() -> None:
    inspection = seen({"k": A10}, {"d/a": A10}, {".wh.d": b""})
    assert list(rows(inspection, 1, 2)) == ["/"]


# In what a modification consists

CAPABILITY = {"security.capability": bytes.fromhex("0100000200040000000000000000000000000000")}
ASPECTS: dict[str, tuple[Layer, Layer, Aspect]] = {
    "other bytes": ({"p": A10}, {"p": B10}, Aspect.CONTENT),
    "other length": ({"p": A10}, {"p": C5}, Aspect.CONTENT),
    "other bytes and other mode": ({"p": A10}, {"p": file(B10, mode=0o700)}, Aspect.CONTENT | Aspect.MODE),
    "chmod": ({"p": A10}, {"p": file(A10, mode=0o4755)}, Aspect.MODE),
    "chown": ({"p": A10}, {"p": file(A10, uid=1)}, Aspect.OWNER),
    "chgrp": ({"p": A10}, {"p": file(A10, gid=1)}, Aspect.OWNER),
    "touch": ({"p": A10}, {"p": file(A10, mtime=1)}, Aspect.MTIME),
    "a fraction of a second": ({"p": file(A10, mtime=1)}, {"p": file(A10, mtime=1.5)}, Aspect.MTIME),
    "setcap": ({"p": A10}, {"p": file(A10, xattrs=CAPABILITY)}, Aspect.XATTRS),
    "setcap undone": ({"p": file(A10, xattrs=CAPABILITY)}, {"p": A10}, Aspect.XATTRS),
    "another capability": (
        {"p": file(A10, xattrs=CAPABILITY)},
        {"p": file(A10, xattrs={"security.capability": b"\1" * 20})},
        Aspect.XATTRS,
    ),
    "all attributes": (
        {"p": A10},
        {"p": file(A10, mode=0o600, uid=3, gid=4, mtime=5, xattrs=CAPABILITY)},
        ATTRIBUTES_ONLY,
    ),
    "the same capability": ({"p": file(A10, xattrs=CAPABILITY)}, {"p": file(A10, xattrs=CAPABILITY)}, Aspect.NONE),
    "another symlink": ({"p": symlink("a")}, {"p": symlink("b")}, Aspect.LINK),
    "the same symlink": ({"p": symlink("a")}, {"p": symlink("a")}, Aspect.NONE),
    "another device": ({"p": device("c", 1, 3)}, {"p": device("c", 1, 5)}, Aspect.DEVICE),
    "the same device": ({"p": device("b", 8, 0)}, {"p": device("b", 8, 0)}, Aspect.NONE),
    "character to block device": ({"p": device("c", 1, 3)}, {"p": device("b", 1, 3)}, Aspect.KIND),
    "the same pipe": ({"p": fifo()}, {"p": fifo()}, Aspect.NONE),
    "file to symlink": ({"p": file(A10, mode=0o777)}, {"p": symlink("a")}, Aspect.KIND),
    "file to directory": ({"p": file(A10, mode=0o755)}, {"p": directory()}, Aspect.KIND),
    "chmod of a directory": ({"p": directory()}, {"p": directory(0o700)}, Aspect.MODE),
    "file to another name of a same file": ({"p": A10}, [("o", A10), ("p", hardlink("o"))], Aspect.NONE),
    "file to another name of another file": ({"p": A10}, [("o", B10), ("p", hardlink("o"))], Aspect.CONTENT),
    "another name of a symlink to the same": (
        [("o", symlink("a")), ("p", hardlink("o", mode=0o777))],
        {"p": symlink("a")},
        Aspect.NONE,
    ),
    "sparse file to the same without holes": ({"p": sparse(10, [(0, A10)])}, {"p": A10}, Aspect.NONE),
    "zeros to a hole": ({"p": bytes(500)}, {"p": sparse(500, [])}, Aspect.NONE),
}


@pytest.mark.parametrize("act", ASPECTS)
def test_a_modification_tells_in_what_it_consists(act: str, inspected: Inspect) -> None:
    before, after, expected = ASPECTS[act]
    inspection = inspected(image(before, after))
    assert difference(inspection, "/p", 1) == expected
    assert changes(inspection, 1).get("/p") == ("modified" if expected else None)


def test_attributes_alone_are_never_content(inspected: Inspect) -> None:
    for act, (before, after, expected) in ASPECTS.items():
        if expected and expected in ATTRIBUTES_ONLY:
            found = difference(inspected(image(before, after)), "/p", 1)
            assert not found & (Aspect.CONTENT | Aspect.KIND), act


def test_two_links_to_nothing_are_never_the_same_content() -> None:
    inspection = seen({"p": hardlink("nowhere")}, {"p": hardlink("nowhere")})
    assert difference(inspection, "/p", 1) == Aspect.CONTENT


def test_a_name_keeps_its_file_when_another_name_is_rewritten() -> None:
    inspection = seen([("a", A10), ("b", hardlink("a"))], {"a": B10})
    assert changes(inspection, 1) == {"/a": "modified"}


# A directory's own change apart from what lies in it


def test_a_directory_is_marked_when_something_below_it_changed_and_its_own_change_stands_apart() -> None:
    below: Layer = {"untouched/x": A10, "inside/x": A10, "itself/": directory(), "itself/x": A10, "both/x": A10}
    inspection = seen(below, {"inside/x": B10, "itself/": directory(0o700), "both/": directory(0o700), "both/x": B10})
    found = rows(inspection, 1, unmodified=True)
    assert {path: (row.change, row.inner) for path, row in found.items() if path.count("/") == 1} == {
        "/": ("unmodified", True),
        "/both": ("modified", True),
        "/inside": ("unmodified", True),
        "/itself": ("modified", False),
        "/untouched": ("unmodified", False),
    }
    assert not any(row.inner for path, row in found.items() if path.endswith("/x"))


def test_what_is_added_or_removed_below_a_directory_marks_all_above() -> None:
    inspection = seen({"a/b/x": A10}, {"a/b/y": A10}, {"a/b/.wh.x": b""})
    for layer in (1, 2):
        assert [row.inner for row in rows(inspection, layer).values()] == [True, True, True, False]


# Bytes of rows


def test_a_directory_has_the_bytes_of_all_that_is_in_it_after_the_range() -> None:
    inspection = seen({"d/a": A10, "d/e/b": C5, "c": C5}, {"d/e/n": C5}, {"d/.wh.a": b""})
    whole = {path: row.size for path, row in rows(inspection, 0, 1, unmodified=True).items()}
    assert whole == {"/": 25, "/c": 5, "/d": 20, "/d/a": 10, "/d/e": 10, "/d/e/b": 5, "/d/e/n": 5}
    assert rows(inspection, 0, 2)["/"].size == inspection.ledger.live_bytes == 15


def test_of_what_is_removed_the_bytes_removed_are_shown_and_not_counted_above() -> None:
    inspection = seen({"d/e/a": A10, "d/e/b": C5, "d/k": C5}, {"d/.wh.e": b""})
    assert rows(inspection, 1, unmodified=True) == {
        "/": Row("unmodified", inner=True, size=5),
        "/d": Row("unmodified", inner=True, size=5),
        "/d/e": Row("removed", inner=True, size=15),
        "/d/e/a": Row("removed", size=10),
        "/d/e/b": Row("removed", size=5),
        "/d/k": Row("unmodified", size=5),
    }


def test_a_directory_that_became_a_file_has_the_file_s_bytes_and_its_former_content_is_removed() -> None:
    found = rows(seen({"d/a": A10}, {"d": C5}), 1)
    assert found["/d"] == Row("modified", inner=True, size=5)
    assert found["/d/a"] == Row("removed", size=10)
    assert found["/"].size == 5


def test_sparse_files_have_the_bytes_stored() -> None:
    assert rows(seen({"a": sparse(10**6, [(0, C5)])}), 0)["/a"].size == 5


def test_bytes_of_a_file_with_several_names_are_shown_once_at_the_first_in_path_order() -> None:
    inspection = seen([("m/file", A10), ("z", hardlink("m/file")), ("a", hardlink("m/file"))], {".wh.a": b""})
    assert {path: row.size for path, row in rows(inspection, 0).items()} == {
        "/": 10, "/a": 10, "/m": 0, "/m/file": 0, "/z": 0,
    }  # fmt: skip
    after = rows(inspection, 0, 1)
    assert (after["/m/file"].size, after["/z"].size, after["/"].size) == (10, 0, 10)


def test_a_name_that_is_removed_while_another_lives_removes_no_bytes() -> None:
    inspection = seen([("a", A10), ("b", hardlink("a"))], {".wh.a": b""}, {".wh.b": b""})
    assert rows(inspection, 1)["/a"] == Row("removed")
    assert rows(inspection, 2)["/b"] == Row("removed", size=10)
    both = rows(inspection, 1, 2)
    assert (both["/a"].size, both["/b"].size, both["/"].size) == (10, 0, 0)


def test_wasted_are_the_bytes_that_layers_of_the_range_shipped_and_the_final_image_has_not() -> None:
    inspection = seen({"d/a": A10, "d/b": C5}, {"d/a": B10, "d/c": C5}, {"d/.wh.a": b"", "d/b": C5})
    wasted = {path: row.wasted for path, row in rows(inspection, 0, 1, unmodified=True).items()}
    assert wasted == {"/": 25, "/d": 25, "/d/a": 20, "/d/b": 5, "/d/c": 0}
    assert rows(inspection, 1)["/d/a"].wasted == 10
    assert rows(inspection, 2)["/d/a"].wasted == 0  # it removed them, but shipped none
    assert rows(inspection, 0, 2)["/"].wasted == inspection.ledger.wasted_bytes == 25


def test_waste_of_a_path_that_is_no_row_is_its_directory_s() -> None:
    inspection = seen({"d/k": C5}, [("d/e/tmp", A10), ("d/k", C5), ("d/k", C5)], {"d/.wh.e": b""})
    found = rows(inspection, 1, 2, unmodified=True)
    assert [(path, row.wasted) for path, row in found.items()] == [("/", 15), ("/d", 15), ("/d/k", 5)]


# Counts


COUNTED: dict[str, tuple[Layer, Layer]] = {
    "additions, modifications, removals": (LAYERS[0], LAYERS[1]),
    "the same again": ({"a": A10}, {"a": A10}),
    "several entries for one path": ({"a": A10}, [("a", B10), ("a", C5), ("n", A10), ("n", B10)]),
    "several entries, the last as it was": ({"a": A10}, [("a", B10), ("a", A10)]),
    "a directory that became a file": ({"d/a": A10, "d/b": A10}, {"d": C5}),
    "a directory added and flipped in its layer": ({}, [("l/x", A10), ("l", symlink("r"))]),
    "a directory that lost a file of the layer itself": ({"l/x": A10}, [("l/x", B10), ("l", symlink("r"))]),
    "whiteout and again": ({"d/a": A10, "d/b": A10}, {".wh.d": b"", "d/a": A10}),
    "opaque": ({"d/a": A10, "d/b": A10}, {"d/.wh..wh..opq": b"", "d/a": B10}),
    "a file that became a directory": ({"a": A10}, {"a/x": A10}),
}


@pytest.mark.parametrize("act", COUNTED)
def test_counts_are_those_of_the_comparison(act: str) -> None:
    inspection = seen(*COUNTED[act])
    for layer in (0, 1):
        found = [change for path, change in changes(inspection, layer).items() if path != "/"]
        expected = tuple(found.count(change) for change in ("added", "modified", "removed"))
        assert count_changes(inspection.tree, layer) == expected
        told = inspection.layers[layer]
        assert (told.added_count, told.modified_count, told.removed_count) == expected


def test_rows_name_the_entries_before_and_after() -> None:
    inspection = seen({"a": A10, "b": A10}, {"a": B10, ".wh.b": b"", "c": C5})
    tree = inspection.tree
    diff = compare(tree, 1, 1)
    layers = [
        tuple(None if entry == NONE else tree.entry(entry).layer_index for entry in pair)
        for pair in zip(diff.before, diff.after, strict=True)
    ]
    assert layers == [(0, 0), (0, 1), (0, None), (None, 1)]
    assert list(diff.end) == [4, 2, 3, 4]


def test_an_image_without_files_compares_to_nothing() -> None:
    inspection = seen({}, {})
    assert rows(inspection, 0, 1, unmodified=True) == {"/": Row("unmodified")}
    assert (count_changes(inspection.tree, 0), inspection.layers[1].added_count) == ((0, 0, 0), 0)


def test_where_what_lies_below_is_shown_its_wasted_bytes_are_counted_too() -> None:
    inspection = seen({"d/a": A10, "d/b": B10}, {"d/c": C5}, {"d/.wh.a": b"", "d/.wh.c": b""})
    below = {path: row.wasted for path, row in rows(inspection, 1, unmodified=True).items()}
    assert below == {"/": 15, "/d": 15, "/d/a": 10, "/d/b": 0, "/d/c": 5}
    assert rows(inspection, 1)["/"].wasted == 5
    assert rows(inspection, 2, unmodified=True)["/"].wasted == 0  # what is not there any more is no waste of it
