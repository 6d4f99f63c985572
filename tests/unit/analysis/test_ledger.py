"""The ledger: which fate every byte has, which layer shipped it (owner) and which ended it (killer)."""

import random
from collections import Counter

import pytest

from builder import ImageBuilder, device, directory, fifo, file, hardlink, sparse, symlink
from layerscope.model.ledger import Ledger
from unit.filesystem.opened import Inspect, fates, image

OLD, NEW = b"old bytes", b"new"
LIVE = None


# What a second layer does to the old bytes of /a, and how they end by it.
ENDS: dict[str, tuple[ImageBuilder, str]] = {
    "other content": (image({"a": OLD}, {"a": NEW}), "overwritten"),
    "other content of the same size": (image({"a": OLD}, {"a": OLD[::-1]}), "overwritten"),
    "nothing: truncated": (image({"a": OLD}, {"a": b""}), "overwritten"),
    "a directory": (image({"a": OLD}, {"a": directory()}), "overwritten"),
    "a directory that only what lies in it names": (image({"a": OLD}, {"a/x": b""}), "overwritten"),
    "a symlink": (image({"a": OLD}, {"a": symlink("b")}), "overwritten"),
    "a device": (image({"a": OLD}, {"a": device("c", 1, 3)}), "overwritten"),
    "a pipe": (image({"a": OLD}, {"a": fifo()}), "overwritten"),
    "a hard link to another file": (image({"a": OLD}, [("b", NEW), ("a", hardlink("b"))]), "overwritten"),
    "a hard link to nothing": (image({"a": OLD}, {"a": hardlink("nowhere")}), "overwritten"),
    "the same again": (image({"a": OLD}, {"a": OLD}), "reshipped"),
    "chmod": (image({"a": OLD}, {"a": file(OLD, mode=0o755)}), "reshipped"),
    "chown": (image({"a": OLD}, {"a": file(OLD, uid=7, gid=8)}), "reshipped"),
    "touch": (image({"a": OLD}, {"a": file(OLD, mtime=1)}), "reshipped"),
    "setcap": (image({"a": OLD}, {"a": file(OLD, xattrs={"security.capability": b"\1"})}), "reshipped"),
    "a hard link to a file of the same content": (image({"a": OLD}, [("b", OLD), ("a", hardlink("b"))]), "reshipped"),
    "a whiteout": (image({"a": OLD}).layer(remove=["a"]), "deleted"),
    "a whiteout of its directory": (image({"d/a": OLD}).layer(remove=["d"]), "deleted"),
    "a whiteout far above": (image({"d/e/f/a": OLD}).layer(remove=["d"]), "deleted"),
    "an opaque directory": (image({"d/a": OLD}).layer(opaque=["d"]), "deleted"),
    "an opaque directory far above": (image({"d/e/f/a": OLD}).layer(opaque=["d"]), "deleted"),
    "its directory becoming a file": (image({"d/a": OLD}, {"d": b""}), "deleted"),
    "its directory becoming a symlink": (image({"d/a": OLD}, {"d": symlink("e")}), "deleted"),
    "a directory above becoming a device": (image({"d/e/a": OLD}, {"d": device("b", 8, 0)}), "deleted"),
    "a character device 0:0, overlayfs's own whiteout": (image({"a": OLD}, {"a": device("c", 0, 0)}), "deleted"),
    "a whiteout, and the same file again in one layer": (
        image({"a": OLD}).layer({"a": OLD}, remove=["a"]),
        "reshipped",
    ),
    "a whiteout, and another file in one layer": (image({"a": OLD}).layer({"a": NEW}, remove=["a"]), "overwritten"),
    "a whiteout of its directory, and the same file again": (
        image({"d/a": OLD}).layer({"d/": directory(), "d/a": OLD}, remove=["d"]),
        "reshipped",
    ),
    "an opaque directory that has the same file again": (
        image({"d/a": OLD}).layer({"d/a": OLD}, opaque=["d"]),
        "reshipped",
    ),
    "an opaque directory that has another file there": (
        image({"d/a": OLD}).layer({"d/a": NEW}, opaque=["d"]),
        "overwritten",
    ),
}


@pytest.mark.parametrize("act", ENDS)
def test_old_bytes_end_by_what_the_layer_put_in_their_place(act: str, inspected: Inspect) -> None:
    builder, fate = ENDS[act]
    path, owner, size, found, killer = fates(inspected(builder))[0]
    assert (path.endswith("/a"), owner, size) == (True, 0, len(OLD))
    assert (found, killer) == (fate, 1)


@pytest.mark.parametrize("act", ENDS)
def test_the_sums_say_the_same_as_the_single_bytes(act: str, inspected: Inspect) -> None:
    inspection = inspected(ENDS[act][0])
    found = fates(inspection)
    for layer in inspection.layers:
        by_fate = Counter[str]()
        for _, owner, size, fate, _ in found:
            by_fate[fate] += size * (owner == layer.index)
        assert layer.ledger == Ledger(*(by_fate[fate] for fate in ("live", "overwritten", "reshipped", "deleted")))
        assert layer.content_bytes == layer.ledger.total_bytes
        assert layer.killed_bytes == sum(size for *_, size, _, killer in found if killer == layer.index)
    assert sum(one.wasted_bytes for one in inspection.waste) == inspection.ledger.wasted_bytes
    assert inspection.image.content_bytes == inspection.ledger.total_bytes == sum(size for _, _, size, *_ in found)


KEPT: dict[str, ImageBuilder] = {
    "a layer about another path": image({"a": OLD}, {"b": NEW}),
    "a new entry for its directory": image({"d/a": OLD}, {"d": directory(0o700, uid=9)}),
    "a whiteout of a name that only begins alike": image({"a": OLD}).layer(remove=["aa", "d"]),
    "a whiteout of nothing": image({"a": OLD}).layer(remove=["b", "b/c", "d/e/f"]),
    "a whiteout in a later layer of what a yet later one adds": ImageBuilder().layer(remove=["a"]).layer({"a": OLD}),
    "its own layer's whiteout": ImageBuilder().layer({"a": OLD}, remove=["a"]),
    "its own layer's opaque marker": ImageBuilder().layer({"d/a": OLD}, opaque=["d"]),
    "an opaque marker of a neighbour": image({"d/a": OLD, "dd/": directory()}).layer(opaque=["dd", "d/e"]),
    "AUFS bookkeeping": image({"a": OLD}, {".wh..wh.plnk": b"", ".wh..wh.aufs": b"", ".wh..wh.orph/": directory()}),
    "a whiteout that names no path": image({"a": OLD}, {".wh.": b"", ".wh..": b"", "d/.wh...": b""}),
}


@pytest.mark.parametrize("act", KEPT)
def test_bytes_stay_live_beside(act: str, inspected: Inspect) -> None:
    assert next(one for one in fates(inspected(KEPT[act])) if one[2] == len(OLD))[3:] == ("live", LIVE)


@pytest.mark.parametrize("markers_first", [True, False], ids=["markers first", "markers last"])
def test_where_the_markers_stand_in_the_tar_changes_nothing(markers_first: bool, inspected: Inspect) -> None:  # noqa: FBT001
    builder = image({"a": OLD, "d/x": OLD, "d/y": OLD, "o/x": OLD, "o/y": OLD})
    again = {"a": NEW, "d/": directory(), "d/x": OLD, "o/x": NEW}
    inspection = inspected(builder.layer(again, remove=["a", "d"], opaque=["o"], markers_first=markers_first))
    assert {path: fate for path, owner, _, fate, _ in fates(inspection) if owner == 0} == {
        "/a": "overwritten", "/d/x": "reshipped", "/d/y": "deleted", "/o/x": "overwritten", "/o/y": "deleted",
    }  # fmt: skip
    assert inspection.layers[1].ledger.wasted_bytes == 0


def test_an_opaque_marker_is_charged_only_for_what_it_hides(inspected: Inspect) -> None:
    builder = image({"d/kept": OLD, "d/hidden": OLD, "e/f": OLD}).layer({"d/kept": OLD}, opaque=["d", "g"])
    inspection = inspected(builder)
    assert [(one.path, one.fate.label, one.wasted_bytes, one.killer) for one in inspection.waste] == [
        (b"/d/hidden", "deleted", len(OLD), 1),
        (b"/d/kept", "reshipped", len(OLD), 1),
    ]


def test_an_opaque_marker_of_a_new_directory_ends_nothing(inspected: Inspect) -> None:
    """Docker on overlayfs writes one for every directory that a RUN makes."""
    builder = image({"a": OLD}).layer({"new/": directory(), "new/x": NEW}, opaque=["new"])
    assert inspected(builder).ledger.wasted_bytes == 0


def test_a_path_that_comes_twice_in_one_layer_was_shipped_twice(inspected: Inspect) -> None:
    inspection = inspected(image([("a", OLD), ("./a", NEW)]))
    assert fates(inspection) == [("/a", 0, len(OLD), "overwritten", 0), ("/a", 0, len(NEW), "live", LIVE)]
    assert inspection.layers[0].content_bytes == len(OLD + NEW)


def test_the_same_file_twice_in_one_layer_was_reshipped_by_itself(inspected: Inspect) -> None:
    assert fates(inspected(image([("a", OLD), ("a", OLD)]))) == [
        ("/a", 0, len(OLD), "reshipped", 0),
        ("/a", 0, len(OLD), "live", LIVE),
    ]


def test_a_directory_that_becomes_a_file_within_its_layer_takes_what_lay_in_it(inspected: Inspect) -> None:
    assert fates(inspected(image([("d/a", OLD), ("d", NEW)]))) == [
        ("/d/a", 0, len(OLD), "deleted", 0),
        ("/d", 0, len(NEW), "live", LIVE),
    ]


def test_flips_between_file_directory_and_symlink_are_charged_one_after_another(inspected: Inspect) -> None:
    builder = image({"p": OLD}, {"p/x": OLD}, {"p": symlink("q")}, {"p": NEW}, {"p": directory()}, {"p/x": NEW})
    assert fates(inspected(builder)) == [
        ("/p", 0, len(OLD), "overwritten", 1),
        ("/p/x", 1, len(OLD), "deleted", 2),
        ("/p", 3, len(NEW), "overwritten", 4),
        ("/p/x", 5, len(NEW), "live", LIVE),
    ]


def test_what_is_deleted_and_added_again_later_was_deleted_not_reshipped(inspected: Inspect) -> None:
    builder = image({"a": OLD}).layer(remove=["a"]).layer({"a": OLD})
    assert fates(inspected(builder)) == [("/a", 0, len(OLD), "deleted", 1), ("/a", 2, len(OLD), "live", LIVE)]


def test_whole_trees_are_deleted_and_added_again_and_again(inspected: Inspect) -> None:
    tree = {f"t/{one}/{two}": OLD for one in "abc" for two in "xyz"}
    builder = image(tree).layer(remove=["t"]).layer(tree).layer(tree, remove=["t"]).layer(remove=["t/a", "t/b"])
    ends = Counter((owner, fate, killer) for _, owner, _, fate, killer in fates(inspected(builder)))
    assert ends == {(0, "deleted", 1): 9, (2, "reshipped", 3): 9, (3, "deleted", 4): 6, (3, "live", LIVE): 3}


@pytest.mark.parametrize(("same", "fate"), [(True, "reshipped"), (False, "overwritten")])
def test_each_of_fifty_rewrites_ends_the_one_before(same: bool, fate: str, inspected: Inspect) -> None:  # noqa: FBT001
    builder = image(*({"a": b"%03d" % (0 if same else turn)} for turn in range(50)))
    found = fates(inspected(builder))
    assert found[:-1] == [("/a", turn, 3, fate, turn + 1) for turn in range(49)]
    assert found[-1] == ("/a", 49, 3, "live", LIVE)


def test_rewrites_are_compared_with_the_one_before_not_with_the_last(inspected: Inspect) -> None:
    builder = image({"a": OLD}, {"a": OLD[::-1]}, {"a": OLD}, {"a": OLD})
    assert [fate for *_, fate, _ in fates(inspected(builder))] == ["overwritten", "overwritten", "reshipped", "live"]


def test_an_empty_file_replaced_by_an_empty_file_costs_nothing(inspected: Inspect) -> None:
    inspection = inspected(image({"a": b""}, {"a": b""}).layer(remove=["a"]))
    assert (inspection.ledger, inspection.waste) == (Ledger(), ())
    assert inspection.ledger.efficiency == 1.0


def test_bytes_of_markers_are_no_content(inspected: Inspect) -> None:
    inspection = inspected(image({"a": OLD}, {".wh.a": b"whiteouts are empty in honest images"}))
    assert inspection.ledger == Ledger(deleted_bytes=len(OLD))


# Sparse files


def test_a_sparse_file_counts_what_is_stored(inspected: Inspect) -> None:
    holed = sparse(1_000_000, [(0, b"head"), (500_000, b"middle")])
    assert inspected(image({"a": holed})).ledger == Ledger(live_bytes=10)
    assert fates(inspected(image({"a": holed}).layer(remove=["a"]))) == [("/a", 0, 10, "deleted", 1)]


def test_a_sparse_file_and_a_plain_one_that_read_the_same_are_the_same_content(inspected: Inspect) -> None:
    plain = b"head" + bytes(996)
    builder = image({"a": sparse(1000, [(0, b"head")])}, {"a": plain}, {"a": sparse(1000, [(0, b"he"), (2, b"ad")])})
    assert [one[1:] for one in fates(inspected(builder))] == [
        (0, 4, "reshipped", 1),
        (1, 1000, "reshipped", 2),
        (2, 4, "live", LIVE),
    ]


def test_a_sparse_file_whose_holes_moved_is_other_content(inspected: Inspect) -> None:
    builder = image({"a": sparse(1000, [(0, b"data")])}, {"a": sparse(1000, [(512, b"data")])})
    assert fates(inspected(builder))[0] == ("/a", 0, 4, "overwritten", 1)


# The list of waste


def test_waste_is_listed_by_path_killer_and_fate_with_all_owners(inspected: Inspect) -> None:
    builder = image([("a", OLD), ("a", OLD)], {"a": OLD, "b": NEW}, {"a": NEW}).layer(remove=["a", "b"])
    waste = inspected(builder).waste
    assert [(one.path, one.wasted_bytes, one.fate.label, one.owners, one.killer) for one in waste] == [
        (b"/a", len(OLD), "reshipped", (0,), 0),
        (b"/a", len(OLD), "reshipped", (0,), 1),
        (b"/a", len(OLD), "overwritten", (1,), 2),
        (b"/a", len(NEW), "deleted", (2,), 3),
        (b"/b", len(NEW), "deleted", (1,), 3),
    ]


def test_a_row_of_waste_has_several_owners_when_one_layer_ends_the_bytes_of_several(inspected: Inspect) -> None:
    builder = image([("a", OLD), ("b", hardlink("a"))], {"a": OLD}).layer(remove=["a", "b"])
    (row,) = inspected(builder).waste
    assert (row.path, row.wasted_bytes, row.owners, row.killer) == (b"/a", 2 * len(OLD), (0, 1), 2)


def test_waste_is_listed_most_bytes_first(inspected: Inspect) -> None:
    sizes = {f"f{size}": bytes(size) for size in random.Random(1).sample(range(1, 500), 40)}
    wasted = [one.wasted_bytes for one in inspected(image(sizes).layer(remove=list(sizes))).waste]
    assert wasted == sorted(map(len, sizes.values()), reverse=True)
