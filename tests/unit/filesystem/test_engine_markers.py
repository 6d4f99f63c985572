"""Whiteouts and opaque markers where the specification is silent or engines disagree (see test_engine_decisions.py)."""

import pytest

from builder import device, directory, fifo, hardlink, symlink
from unit.filesystem.opened import Layer, listing, notes, owner, seen, tree

USR = [("usr/", directory()), ("usr/bin/", directory()), ("usr/bin/x", b"x"), ("bin", symlink("usr/bin"))]
DD = [("dd/", directory()), ("dd/a", b"a")]


# (f) (g) (h) Markers


def test_a_path_that_a_whiteout_and_an_entry_name_is_the_entry() -> None:
    """(f, f2) In any order; overlay engines refuse a whiteout after the entry."""
    for layer in ([(".wh.x", b""), ("x", b"new")], [("x", b"new"), (".wh.x", b"")]):
        assert tree({"x": b"old"}, layer) == ["/x: new"]


def test_a_directory_that_a_whiteout_and_an_entry_name_loses_what_lay_in_it() -> None:
    """(f, f7) The specification, vfs and umoci; in the overlay engines dd/a appears again. No builder writes it."""
    assert tree(DD, [(".wh.dd", b""), ("dd/", directory()), ("dd/b", b"b")]) == ["/dd/", "/dd/b: b"]
    assert tree(DD, [(".wh.dd", b""), ("dd/", directory())]) == ["/dd/"]


def test_a_directory_made_anew_under_its_whiteout_does_not_inherit_attributes() -> None:
    """(f3)"""
    below = [("dd/", directory(0o700, uid=5)), ("dd/a", b"a")]
    inspection = seen(below, [(".wh.dd", b""), ("dd/b", b"b")])
    assert listing(inspection) == ["/dd/", "/dd/b: b"]
    assert owner(inspection, "/dd") == (0o755, 0, 0)


def test_a_marker_below_a_path_that_its_layer_deletes_makes_no_directory() -> None:
    """(f6) Podman, umoci."""
    assert tree(DD, [(".wh.dd", b""), ("dd/.wh.a", b"")]) == []
    assert tree(DD, [(".wh.dd", b""), ("dd/.wh..wh..opq", b"")]) == []


@pytest.mark.parametrize("place", [0, 1, 2, 3, 4])
def test_an_opaque_marker_hides_lower_content_wherever_it_stands(place: int) -> None:
    """(g, g2, g3) Everybody agrees."""
    below = {"dd/": directory(), "dd/a": b"a", "dd/s/": directory(), "dd/s/z": b"z", "dd/b": b"old"}
    layer = [("dd/", directory()), ("dd/b", b"new"), ("dd/s/", directory()), ("dd/s/y", b"y")]
    layer.insert(place, ("dd/.wh..wh..opq", b""))
    assert tree(below, layer) == ["/dd/", "/dd/b: new", "/dd/s/", "/dd/s/y: y"]


def test_an_opaque_directory_without_an_entry_keeps_its_attributes() -> None:
    """(g4, n7) containerd, umoci; Docker's graph driver and Podman reset them."""
    inspection = seen([("dd/", directory(0o700, uid=3)), ("dd/a", b"a")], {"dd/.wh..wh..opq": b""})
    assert (listing(inspection), owner(inspection, "/dd")) == (["/dd/"], (0o700, 3, 0))


def test_an_opaque_marker_at_the_root_empties_the_image() -> None:
    """(g5) The specification, vfs, umoci; the overlay engines ignore it."""
    assert tree({"a": b"a", "dd/x": b"x"}, {".wh..wh..opq": b"", "b": b"b"}) == ["/b: b"]


def test_a_directory_inside_an_opaque_one_is_made_anew() -> None:
    """(g6) Docker, Podman, umoci."""
    below = {"dd/": directory(), "dd/s/": directory(0o711), "dd/s/z": b"z"}
    inspection = seen(below, [("dd/", directory()), ("dd/.wh..wh..opq", b""), ("dd/s/y", b"y")])
    assert listing(inspection) == ["/dd/", "/dd/s/", "/dd/s/y: y"]
    assert owner(inspection, "/dd/s") == (0o755, 0, 0)


def test_opaque_markers_inside_each_other_and_with_whiteouts_hide_what_one_would() -> None:
    """(g7, f8)"""
    below = {"dd/a": b"a", "dd/b": b"b", "dd/s/z": b"z"}
    nested = [("dd/s/.wh..wh..opq", b""), ("dd/.wh..wh..opq", b""), ("dd/s/n", b"n")]
    assert tree(below, nested) == ["/dd/", "/dd/s/", "/dd/s/n: n"]
    mixed = [("dd/.wh..wh..opq", b""), ("dd/.wh.a", b""), ("dd/b", b"new")]
    assert tree(below, mixed) == ["/dd/", "/dd/b: new"]


def test_a_whiteout_of_nothing_removes_nothing() -> None:
    """(h, h3, h4) Kaniko writes them, and every `rm -f`; also in the lowest layer, beside the file itself."""
    assert tree({"a": b"a"}, {".wh.nope": b"", "b": b"b"}) == ["/a: a", "/b: b"]
    assert tree({".wh.a": b"", "b": b"b"}) == ["/b: b"]
    assert tree([("a", b"a"), (".wh.a", b""), ("b", b"b")]) == ["/a: a", "/b: b"]


def test_a_whiteout_of_nothing_makes_the_directories_it_lies_in() -> None:
    """(h2) Docker and Podman; umoci does not."""
    inspection = seen({"a": b"a"}, {"no/dir/.wh.nope": b""})
    assert listing(inspection) == ["/a: a", "/no/", "/no/dir/"]
    assert owner(inspection, "/no/dir") == (0o755, 0, 0)


def test_a_whiteout_below_a_lower_file_makes_that_a_directory() -> None:
    """(h5) Docker and Podman; umoci leaves the file."""
    assert tree({"a": b"a"}, {"a/.wh.x": b""}) == ["/a/"]


# (l) Names with .wh.


@pytest.mark.parametrize("entry", [b"hello", directory(), symlink("b"), hardlink("c"), fifo()])
def test_whatever_is_called_a_whiteout_is_one(entry: bytes) -> None:
    """(l6 to l9) Everybody agrees, though the specification says a marker is an empty file."""
    assert tree({"a": b"a", "b": b"b"}, [("c", b"c"), (".wh.a", entry)]) == ["/b: b", "/c: c"]


def test_aufs_bookkeeping_is_left_out_and_what_lies_in_it_is_ordinary() -> None:
    """(l, l2, l10) Everybody links to .wh..wh.plnk/1.2; vfs does not show it."""
    layer = [(".wh..wh.plnk/1.2", b"AUFS"), (".wh..wh.aufs", b""), (".wh..wh.orph/", directory()), (".wh..wh.foo", b"")]
    assert tree({"a": b"a"}, [*layer, ("l", hardlink(".wh..wh.plnk/1.2"))]) == [
        "/.wh..wh.plnk/", "/.wh..wh.plnk/1.2: AUFS", "/a: a", "/l: AUFS",
    ]  # fmt: skip


@pytest.mark.parametrize("name", [".wh.", "dd/.wh.", ".wh..", "dd/.wh..", "dd/.wh..."])
def test_whiteouts_of_no_name_are_left_out_and_told(name: str) -> None:
    """(l3 to l5) Refused nearly everywhere."""
    inspection = seen(DD, {name: b"", "c": b"c"})
    assert listing(inspection) == ["/c: c", "/dd/", "/dd/a: a"]
    assert [note.split(" because ")[0] for note in notes(inspection)] == [f"layer 1: {name} was left out"]


def test_a_directory_called_like_a_whiteout_is_a_directory() -> None:
    """(l11) Only the last component makes a marker."""
    assert tree({"dir/y": b"y"}, {".wh.dir/x": b"z"}) == ["/.wh.dir/", "/.wh.dir/x: z", "/dir/", "/dir/y: y"]


def test_a_character_device_0_0_is_a_whiteout() -> None:
    """(l12) In the overlay engines, since overlayfs says so; a device in vfs and umoci."""
    inspection = seen({"a": b"a", "b": b"b"}, {"a": device("c", 0, 0)})
    assert listing(inspection) == ["/b: b"]
    assert len(notes(inspection)) == 1
    assert tree({"a": b"a"}, {"a": device("b", 0, 0)}) == ["/a block (0, 0)"]


def test_overlayfs_s_own_opaque_attribute_hides_nothing() -> None:
    """(l13) As in containerd, vfs and umoci; Docker's overlay2 and Podman obey it. No builder ships it."""
    opaque = directory(xattrs={"trusted.overlay.opaque": b"y"})
    assert tree(DD, [("dd/", opaque), ("dd/b", b"b")]) == ["/dd/", "/dd/a: a", "/dd/b: b"]


# (n) (o) Markers in places that are no directory


@pytest.mark.parametrize("below", [{"k": b"k"}, {"k": b"k", "dd": b"a file"}, {"k": b"k", "dd": symlink("k")}])
def test_an_opaque_marker_makes_the_directory_it_lies_in(below: Layer) -> None:
    """(n, n3, n5) umoci does not where nothing is."""
    inspection = seen(below, {"dd/.wh..wh..opq": b""})
    assert listing(inspection) == ["/dd/", "/k: k"]
    assert owner(inspection, "/dd") == (0o755, 0, 0)


def test_an_opaque_marker_and_a_file_of_its_layer_share_the_directory() -> None:
    """(n2, n4, n6)"""
    assert tree({"dd": b"a file"}, [("dd/.wh..wh..opq", b""), ("dd/x", b"x")]) == ["/dd/", "/dd/x: x"]


@pytest.mark.parametrize("entry", [b"file", symlink("real")])
@pytest.mark.parametrize("markers", [["dd/.wh..wh..opq"], ["dd/.wh.a"], ["dd/a/.wh..wh..opq"]])
def test_a_marker_does_not_take_the_place_of_what_its_own_layer_put_there(entry: bytes, markers: list[str]) -> None:
    inspection = seen(DD, [*((name, b"") for name in markers), ("dd", entry)])
    assert len(listing(inspection)) == 1
    assert listing(inspection)[0].startswith(("/dd: file", "/dd -> real"))


def test_a_whiteout_under_a_lower_symlink_makes_it_an_empty_directory() -> None:
    """(o) Docker, Podman; vfs and umoci delete through the link."""
    assert tree(USR, {"bin/.wh.x": b""}) == ["/bin/", "/usr/", "/usr/bin/", "/usr/bin/x: x"]


def test_a_whiteout_of_a_symlink_leaves_what_it_points_to() -> None:
    """(o2)"""
    assert tree(USR, {".wh.bin": b""}) == ["/usr/", "/usr/bin/", "/usr/bin/x: x"]
