"""A path's timeline: what every layer that touched it did, and what became of the bytes."""

from typing import Any

from builder import directory, file, hardlink, symlink
from layerscope.filesystem.timeline import timeline
from layerscope.model.files import Aspect
from layerscope.model.inspection import Inspection
from layerscope.model.timeline import TimelineEvent
from unit.filesystem.opened import Inspect, image, seen

OLD, NEW = b"old bytes", b"new"


def events(inspection: Inspection, path: str) -> tuple[TimelineEvent, ...]:
    """Give a path's events."""
    node = inspection.tree.find(path.encode())
    assert node is not None
    return timeline(inspection.tree, node)


def told(inspection: Inspection, path: str) -> list[tuple[Any, ...]]:
    """Give layer, change, aspects, size afterwards, bytes shipped, their fate and killer."""
    return [
        (one.layer_index, one.change.label, one.aspects, one.size_bytes, one.stored_bytes, one.fate.label, one.killer)
        for one in events(inspection, path)
    ]


def test_a_path_s_life_is_told_layer_by_layer(inspected: Inspect) -> None:
    """Added in 1, chmod in 2, truncated in 4, deleted in 5, there again in 6; layers that left it alone say nothing."""
    builder = image({"k": NEW}, {"p": OLD}, {"p": file(OLD, mode=0o600)}, {"k": OLD}, {"p": file(b"", mode=0o600)})
    inspection = inspected(builder.layer(remove=["p"]).layer({"p": NEW}))
    assert told(inspection, "/p") == [
        (1, "added", Aspect.NONE, 9, 9, "reshipped", 2),
        (2, "modified", Aspect.MODE, 9, 9, "overwritten", 4),
        (4, "modified", Aspect.CONTENT, 0, 0, "live", None),
        (5, "removed", Aspect.NONE, 0, 0, "live", None),
        (6, "added", Aspect.NONE, 3, 3, "live", None),
    ]


def test_a_file_shipped_again_the_same_in_every_respect_is_unmodified(inspected: Inspect) -> None:
    inspection = inspected(image({"p": OLD}, {"p": OLD}, {"p": file(OLD, mtime=1)}))
    assert [one[:3] for one in told(inspection, "/p")] == [
        (0, "added", Aspect.NONE), (1, "unmodified", Aspect.NONE), (2, "modified", Aspect.MTIME),
    ]  # fmt: skip


def test_what_a_directory_above_did_to_it_is_told() -> None:
    for removal in ({".wh.d": b""}, {"d/.wh..wh..opq": b""}, {"d": NEW}, {"d": symlink("e")}):
        assert told(seen({"d/e/p": OLD}, removal), "/d/e/p") == [
            (0, "added", Aspect.NONE, 9, 9, "deleted", 1),
            (1, "removed", Aspect.NONE, 0, 0, "live", None),
        ]


def test_whiteout_and_again_in_one_layer_is_a_modification() -> None:
    assert told(seen({"p": OLD}, {".wh.p": b"", "p": NEW}), "/p")[1][:3] == (1, "modified", Aspect.CONTENT)


def test_several_entries_of_one_layer_are_one_event_with_all_their_bytes() -> None:
    assert told(seen([("p", OLD), ("p", NEW), ("p", OLD)]), "/p") == [(0, "added", Aspect.NONE, 9, 21, "live", None)]


def test_flips_of_kind_are_modifications() -> None:
    flips = seen({"p": OLD}, {"p": directory()}, {"p": symlink("q")}, {"p/x": b""}, {"p": NEW})
    assert [one[1] for one in told(flips, "/p")] == ["added", *4 * ["modified"]]
    assert all(Aspect.KIND in one.aspects for one in events(flips, "/p")[1:])


def test_a_path_that_its_layer_made_and_took_away_again_was_removed() -> None:
    assert told(seen({}, [("l/x", OLD), ("l", symlink("r"))]), "/l/x") == [
        (1, "removed", Aspect.NONE, 0, 9, "deleted", 1),
    ]  # fmt: skip


def test_the_fate_is_that_of_the_bytes_also_where_their_layer_implied_a_directory_there_first() -> None:
    flipped = seen([("d/x", b""), ("d", OLD)], {".wh.d": b""})
    assert told(flipped, "/d")[0] == (0, "added", Aspect.NONE, 9, 9, "deleted", 1)


def test_a_directory_that_is_implied_is_added() -> None:
    assert told(seen({"d/x": OLD}, {".wh.d": b""}, {"d/y": NEW}), "/d") == [
        (0, "added", Aspect.NONE, 0, 0, "live", None),
        (1, "removed", Aspect.NONE, 0, 0, "live", None),
        (2, "added", Aspect.NONE, 0, 0, "live", None),
    ]


def test_a_directory_that_only_holds_changes_has_no_events_of_its_own() -> None:
    assert [one[0] for one in told(seen({"d/x": OLD}, {"d/x": NEW}, {"d/": directory(0o700)}), "/d")] == [0, 2]


def test_a_hard_link_s_event_has_the_size_of_its_file_and_ships_nothing() -> None:
    assert told(seen([("a", OLD), ("b", hardlink("a"))], {".wh.b": b""}), "/b") == [
        (0, "added", Aspect.NONE, 9, 0, "live", None),
        (1, "removed", Aspect.NONE, 0, 0, "live", None),
    ]


def test_the_killer_of_a_file_with_several_names_is_who_took_the_last() -> None:
    linked = seen([("a", OLD), ("b", hardlink("a"))], {".wh.a": b""}, {".wh.b": b""})
    assert [one[-2:] for one in told(linked, "/a")] == [("deleted", 2), ("live", None)]


def test_events_name_the_entry_that_the_path_is_afterwards() -> None:
    inspection = seen({"p": OLD}, {"p": NEW}, {".wh.p": b""})
    entries = [one.entry for one in events(inspection, "/p")]
    assert [entry is None or inspection.tree.entry(entry).size_bytes for entry in entries] == [9, 3, True]


def test_a_path_that_no_entry_ever_had_has_no_events() -> None:
    inspection = seen({"a": OLD}, {"d/.wh.x": b""}, {"n/.wh.d/y": b""})
    assert inspection.tree.find(b"/d/x") is None
    assert [one[1] for one in told(inspection, "/d")] == ["added"]
