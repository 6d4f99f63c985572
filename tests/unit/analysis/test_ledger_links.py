"""The ledger of files with several names: content belongs to the inode, and dies with the last of them."""

from collections.abc import Callable

import pytest

from builder import Additions, ImageBuilder, Name, file, hardlink
from layerscope.model.ledger import Ledger
from unit.filesystem.opened import Fated, Inspect, fates, image

OLD, NEW = b"old bytes", b"new"
LIVE = None


def linked(*names: Name, data: bytes = OLD) -> Additions:
    """Write one file with several names."""
    return [(names[0], data), *((name, hardlink(names[0])) for name in names[1:])]


EndsOf = Callable[[ImageBuilder], Fated]


@pytest.fixture
def ends_of(inspected: Inspect) -> EndsOf:
    """Say what became of the first file of an image."""
    return lambda builder: fates(inspected(builder))[0]


def test_a_hard_link_ships_nothing(inspected: Inspect) -> None:
    inspection = inspected(image(linked("a", *(f"link{number}" for number in range(400)))))
    assert (inspection.ledger.total_bytes, inspection.layers[0].content_bytes) == (len(OLD), len(OLD))


def test_a_file_lives_while_any_of_its_names_does(ends_of: EndsOf) -> None:
    for gone in (["a"], ["b"], ["c"], ["a", "b"], ["b", "c"], ["a", "c"]):
        assert ends_of(image(linked("a", "b", "c")).layer(remove=gone))[3:] == ("live", LIVE)


def test_the_layer_that_takes_the_last_name_is_the_killer(ends_of: EndsOf) -> None:
    builder = image(linked("a", "b", "c")).layer(remove=["b"]).layer(remove=["a"]).layer(remove=["c"])
    assert ends_of(builder) == ("/a", 0, len(OLD), "deleted", 3)


def test_how_the_last_name_ends_decides(ends_of: EndsOf) -> None:
    deleted_last = image(linked("a", "b"), {"a": NEW}).layer(remove=["b"])
    overwritten_last = image(linked("a", "b")).layer(remove=["a"]).layer({"b": NEW})
    reshipped_last = image(linked("a", "b")).layer(remove=["a"]).layer({"b": OLD})
    assert ends_of(deleted_last)[3:] == ("deleted", 2)
    assert ends_of(overwritten_last)[3:] == ("overwritten", 2)
    assert ends_of(reshipped_last)[3:] == ("reshipped", 2)


def test_a_whole_group_that_is_chowned_is_reshipped(inspected: Inspect) -> None:
    again = [("a", file(OLD, uid=7)), ("b", hardlink("a", uid=7))]
    assert fates(inspected(image(linked("a", "b"), again))) == [
        ("/a", 0, len(OLD), "reshipped", 1),
        ("/a", 1, len(OLD), "live", LIVE),
    ]


def test_a_group_that_comes_again_under_its_other_name_first_is_reshipped(ends_of: EndsOf) -> None:
    assert ends_of(image(linked("a", "b"), linked("b", "a")))[3:] == ("reshipped", 1)


def test_a_group_that_is_shipped_again_apart_is_reshipped_once(inspected: Inspect) -> None:
    """Copy-up on a file system without an index breaks hard links apart."""
    assert fates(inspected(image(linked("a", "b"), {"a": OLD, "b": OLD}))) == [
        ("/a", 0, len(OLD), "reshipped", 1),
        ("/a", 1, len(OLD), "live", LIVE),
        ("/b", 1, len(OLD), "live", LIVE),
    ]


def test_one_name_that_is_shipped_again_leaves_the_other_with_the_old_bytes(inspected: Inspect) -> None:
    assert fates(inspected(image(linked("a", "b"), {"a": OLD}))) == [
        ("/a", 0, len(OLD), "live", LIVE),
        ("/a", 1, len(OLD), "live", LIVE),
    ]


def test_a_link_to_a_file_of_a_lower_layer_keeps_its_bytes_alive(ends_of: EndsOf) -> None:
    below = image({"a": OLD})
    assert ends_of(below.layer({"b": hardlink("a")}).layer(remove=["a"]))[3:] == ("live", LIVE)
    both_gone = image({"a": OLD}, {"b": hardlink("a")}).layer(remove=["a"]).layer(remove=["b"])
    assert ends_of(both_gone)[3:] == ("deleted", 3)


def test_links_that_come_before_their_file_in_chains_hold_it_too(ends_of: EndsOf) -> None:
    forward: Additions = [("z", hardlink("y")), ("y", hardlink("a")), ("a", OLD)]
    assert ends_of(image(forward).layer(remove=["a", "y"]))[3:] == ("live", LIVE)
    assert ends_of(image(forward).layer(remove=["a", "y"]).layer(remove=["z"]))[3:] == ("deleted", 2)


def test_a_link_to_nothing_ships_nothing_and_is_told(inspected: Inspect) -> None:
    inspection = inspected(image({"b": hardlink("nowhere")}))
    assert inspection.ledger == Ledger()
    assert any("/nowhere, which is not there" in note.text for note in inspection.notes)
