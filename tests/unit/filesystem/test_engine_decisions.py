"""Layers on which the specification is silent or engines disagree, and what is decided here (docstring of `stack.py`).

Measured with Docker 20.10 and 26.1 (overlay2, and the containerd image store), containerd 1.6, Podman 4.3 and 5.4 (all
on overlayfs: "the overlay engines"), Docker's vfs driver, and umoci. The letters are those of the experiments.
"""

import pytest

from builder import device, directory, fifo, file, hardlink, symlink
from unit.filesystem.opened import Layer, listing, notes, owner, seen, tree

USR = [("usr/", directory()), ("usr/bin/", directory()), ("usr/bin/x", b"x"), ("bin", symlink("usr/bin"))]
DD = [("dd/", directory()), ("dd/a", b"a")]


# (a) (b) A path below what a lower layer has as a symlink


@pytest.mark.parametrize("target", ["usr/bin", "/usr/bin", "nowhere", "../../../../tmp/out", "bin"])
def test_a_path_under_a_lower_layer_s_symlink_makes_it_a_directory(target: str) -> None:
    """(a) As in the overlay engines, which keep layers apart; vfs and umoci write through the link."""
    below = [*USR[:-1], ("bin", symlink(target))]
    assert tree(below, {"bin/y": b"y"}) == ["/bin/", "/bin/y: y", "/usr/", "/usr/bin/", "/usr/bin/x: x"]


def test_a_chain_of_lower_symlinks_is_not_followed_either() -> None:
    """(a5)"""
    below = {"real/x": b"x", "l1": symlink("real"), "l2": symlink("l1")}
    assert tree(below, {}, {"l2/y": b"y", "l2/sub/z": b"z"}) == [
        "/l1 -> real", "/l2/", "/l2/sub/", "/l2/sub/z: z", "/l2/y: y", "/real/", "/real/x: x",
    ]  # fmt: skip


@pytest.mark.parametrize("above", [[("bin/", directory())], [("bin/", directory()), ("bin/y", b"y")]])
def test_a_directory_entry_over_a_symlink_replaces_it(above: Layer) -> None:
    """(b) Everybody agrees."""
    assert tree(USR, above)[0] == "/bin/"
    assert "/usr/bin/x: x" in tree(USR, above)


def test_a_directory_entry_below_a_lower_symlink_makes_it_a_directory() -> None:
    """(b3)"""
    above = [("bin/sub/", directory()), ("bin/sub/y", b"y")]
    assert tree(USR, above)[:3] == ["/bin/", "/bin/sub/", "/bin/sub/y: y"]


# (c) A path below what its own layer has as a symlink


def test_a_path_under_a_symlink_of_its_own_layer_follows_it() -> None:
    """(c) Everybody agrees."""
    layer = [("real/", directory()), ("link", symlink("real")), ("link/x", b"x"), ("link/new/y", b"y")]
    assert tree(layer) == ["/link -> real", "/real/", "/real/new/", "/real/new/y: y", "/real/x: x"]


def test_a_symlink_that_comes_after_what_lies_below_it_takes_the_place_of_the_directory() -> None:
    """(c2, c3) Everybody agrees."""
    assert tree([("real/", directory()), ("link/x", b"x"), ("link", symlink("real"))]) == ["/link -> real", "/real/"]
    explicit = [("link/", directory()), ("link/x", b"x"), ("link", symlink("real"))]
    assert tree(explicit) == ["/link -> real"]


def test_a_symlink_that_its_layer_set_anew_is_followed_to_the_new_place() -> None:
    """(c4)"""
    below = {"real/a": b"a", "link": symlink("real")}
    assert tree(below, [("link", symlink("other")), ("link/x", b"x")]) == [
        "/link -> other", "/other/", "/other/x: x", "/real/", "/real/a: a",
    ]  # fmt: skip


def test_a_symlink_of_the_layer_leads_to_a_directory_that_only_lies_below() -> None:
    """(c5) containerd and umoci; Docker's graph driver and Podman refuse the image."""
    assert tree({"real/a": b"a"}, [("link", symlink("real")), ("link/x", b"x")]) == [
        "/link -> real", "/real/", "/real/a: a", "/real/x: x",
    ]  # fmt: skip


def test_links_of_the_layer_are_followed_inside_the_image_only() -> None:
    assert tree([("l", symlink("../../../etc")), ("l/x", b"x")]) == ["/etc/", "/etc/x: x", "/l -> ../../../etc"]
    assert tree([("d/l", symlink("/etc")), ("d/l/x", b"x")])[-2:] == ["/etc/", "/etc/x: x"]


def test_a_loop_of_symlinks_ends_and_is_told() -> None:
    """(q)"""
    inspection = seen([("a", symlink("b")), ("b", symlink("a")), ("a/x", b"x")])
    assert listing(inspection) == ["/a/", "/a/x: x", "/b -> a"]
    assert any("leads nowhere" in note for note in notes(inspection))


# (d) Directories that no entry mentions


def test_parents_that_no_entry_mentions_are_0755_root() -> None:
    """(d2, d3) Everybody agrees (vfs: 0600)."""
    inspection = seen([("n/m/c", file(b"c", uid=5, gid=6, mode=0o600))])
    assert listing(inspection) == ["/n/", "/n/m/", "/n/m/c: c"]
    assert [owner(inspection, path) for path in ("/n", "/n/m")] == [(0o755, 0, 0)] * 2


def test_parents_that_exist_below_keep_their_attributes() -> None:
    """(d) containerd, its image store in Docker, umoci; the graph drivers of Docker and Podman reset them."""
    below = {"p/": directory(0o700, uid=7, gid=8), "p/a": b"a", "p/q/": directory(0o711, uid=9)}
    inspection = seen(below, {"p/q/c": b"c"})
    assert owner(inspection, "/p") == (0o700, 7, 8)
    assert owner(inspection, "/p/q") == (0o711, 9, 0)


def test_a_parent_that_comes_after_its_child_has_the_attributes_of_its_entry() -> None:
    """(d4)"""
    inspection = seen([("n/m/c", b"c"), ("n/m/", directory(0o700, uid=3)), ("n/", directory(0o750, uid=4))])
    assert (owner(inspection, "/n"), owner(inspection, "/n/m")) == ((0o750, 4, 0), (0o700, 3, 0))


def test_a_directory_implied_first_and_mentioned_later_keeps_what_the_later_layer_said() -> None:
    """(d5)"""
    inspection = seen({"n/a": b"a"}, {"n/": directory(0o711, uid=4)}, {"n/b": b"b"})
    assert owner(inspection, "/n") == (0o711, 4, 0)


# (e) Hard links


def test_a_hard_link_names_a_file_of_a_lower_layer() -> None:
    """(e) vfs and umoci; the overlay engines refuse the image."""
    assert tree({"a": b"old"}, {"b": hardlink("a")}) == ["/a: old", "/b: old"]


def test_a_hard_link_has_what_its_target_was_when_it_was_made() -> None:
    """(e2, e3, e9) Also when the layer rewrites the target afterwards, or before."""
    assert tree({"a": b"old"}, [("b", hardlink("a")), ("a", b"new")]) == ["/a: new", "/b: old"]
    assert tree({"a": b"old"}, [("a", b"new"), ("b", hardlink("a"))]) == ["/a: new", "/b: new"]
    assert tree([("a", b"old"), ("b", hardlink("a"))], {"a": b"new"}) == ["/a: new", "/b: old"]


@pytest.mark.parametrize("whiteout_first", [True, False])
def test_a_hard_link_to_a_file_that_its_own_layer_deletes_has_no_target(whiteout_first: bool) -> None:  # noqa: FBT001
    """(e4, e14) Markers come first, wherever they stand; no engine takes such an image, but vfs and umoci e4."""
    layer: list[tuple[str, bytes]] = [(".wh.a", b"")]
    entry = [("b", hardlink("a"))]
    inspection = seen({"a": b"old"}, [*layer, *entry] if whiteout_first else [*entry, *layer])
    assert listing(inspection) == ["/b => /a"]
    assert notes(inspection) == ["layer 1: the hard link /b points to /a, which is not there"]


@pytest.mark.parametrize("target", ["nope", "dd", "dd/nope", "/", ""])
def test_a_hard_link_to_nothing_or_to_a_directory_is_kept_and_told(target: str) -> None:
    """(e5, e13) Everybody refuses the image: the rest can still be looked at."""
    inspection = seen([*DD, ("y", hardlink(target))])
    assert listing(inspection)[-1].startswith("/y => ")
    assert len(notes(inspection)) == 1


def test_a_hard_link_that_comes_before_its_target_finds_it() -> None:
    """(e6) Everybody refuses the image."""
    assert tree([("b", hardlink("a")), ("a", b"x")]) == ["/a: x", "/b: x"]


def test_a_hard_link_to_itself_leaves_the_file_as_it_was() -> None:
    """(e7)"""
    assert tree([("a", b"x"), ("a", hardlink("a"))]) == ["/a: x"]


def test_a_hard_link_to_a_symlink_or_pipe_is_another_name_of_it() -> None:
    """(e8) Docker and Podman on overlayfs write such pairs for `ln SYMLINK NEW`."""
    layer = [("a", b"x"), ("s", symlink("a")), ("b", hardlink("s")), ("p", fifo()), ("q", hardlink("p"))]
    assert tree(layer) == ["/a: x", "/b -> a", "/p fifo None", "/q fifo None", "/s -> a"]
    assert tree(layer, {".wh.s": b"", ".wh.p": b""}) == ["/a: x", "/b -> a", "/q fifo None"]


@pytest.mark.parametrize("target", ["/dir/a", "./dir/a", "dir//a", "dir/./a", "x/../dir/a"])
def test_targets_of_hard_links_are_cleaned_like_names(target: str) -> None:
    """(e11)"""
    assert tree([("dir/a", b"x"), ("b", hardlink(target))])[0] == "/b: x"


def test_a_hard_link_finds_its_target_through_a_symlink_of_its_layer() -> None:
    """(e12)"""
    assert tree([*USR, ("y", hardlink("bin/x"))])[-1] == "/y: x"


def test_a_hard_link_onto_an_existing_file_takes_its_place() -> None:
    """(e15, j8, j9)"""
    assert tree([("a", b"A"), ("b", b"B"), ("b", hardlink("a"))]) == ["/a: A", "/b: A"]
    assert tree({"t": b"T", "a/x": b"x"}, {"a": hardlink("t")}) == ["/a: T", "/t: T"]


# (i) Several entries for one path


def test_of_several_entries_for_one_path_the_last_counts() -> None:
    """(i, i2, i6, i7, i8) containerd, its image store in Docker, umoci; Docker and Podman refuse the image."""
    assert tree([("a", file(b"1", mode=0o600)), ("./a", b"2")]) == ["/a: 2"]
    assert tree([("t", b"T"), ("a", symlink("t")), ("a", b"2")]) == ["/a: 2", "/t: T"]
    assert tree([("x//y", b"3"), ("./x/./y", b"4")]) == ["/x/", "/x/y: 4"]
    assert tree([("a/", directory()), ("a/x", b"x"), ("a", symlink("b"))]) == ["/a -> b"]


def test_a_directory_entry_over_a_directory_changes_only_attributes() -> None:
    """(i2)"""
    inspection = seen([("dd/", directory(0o700)), ("dd/x", b"x"), ("dd/", directory(0o755, uid=3))])
    assert listing(inspection) == ["/dd/", "/dd/x: x"]
    assert owner(inspection, "/dd") == (0o755, 3, 0)


def test_file_and_directory_of_one_name_in_one_layer_replace_each_other() -> None:
    """(i3, i4, k3)"""
    assert tree([("a", b"1"), ("a/", directory()), ("a/x", b"x")]) == ["/a/", "/a/x: x"]
    assert tree([("a/", directory()), ("a/x", b"x"), ("a", b"1")]) == ["/a: 1"]
    assert tree([("a", b"1"), ("a/x", b"x")]) == ["/a/", "/a/x: x"]


def test_a_file_that_comes_again_after_its_hard_link_leaves_the_link_alone() -> None:
    """(i5)"""
    assert tree([("a", b"1"), ("b", hardlink("a")), ("a", b"2")]) == ["/a: 2", "/b: 1"]


# (j) (k) One kind over another


FLIPS: dict[str, tuple[list[str], Layer, Layer]] = {
    "file to directory": (["/a/", "/a/x: x"], {"a": b"1"}, {"a/": directory(), "a/x": b"x"}),
    "directory to file": (["/a: 1"], {"a/": directory(), "a/x": b"x"}, {"a": b"1"}),
    "symlink to directory": (["/a/", "/t/", "/t/1: 1"], {"t/1": b"1", "a": symlink("t")}, {"a/": directory()}),
    "directory to symlink": (["/a -> t"], {"a/x": b"x"}, {"a": symlink("t")}),
    "symlink to file": (["/a: new", "/t: T"], {"t": b"T", "a": symlink("t")}, {"a": b"new"}),
    "directory to device": (["/a character (1, 3)"], {"a/x": b"x"}, {"a": device("c", 1, 3)}),
    "directory to block device": (["/a block (8, 0)"], {"a/x": b"x"}, {"a": device("b", 8, 0)}),
    "directory to pipe": (["/a fifo None"], {"a/x": b"x"}, {"a": fifo()}),
    "directory with whiteout to file": (["/a: 1"], {"a/x": b"x"}, {".wh.a": b"", "a": b"1"}),
    "file to directory that is only implied": (["/d/", "/d/e/", "/d/e/x: x"], {"d": b"F"}, {"d/e/x": b"x"}),
}


@pytest.mark.parametrize("flip", FLIPS)
def test_the_upper_kind_wins_and_what_lay_below_is_gone(flip: str) -> None:
    """(j, k) Everybody agrees, vfs and umoci but for the last."""
    expected, *layers = FLIPS[flip]
    assert tree(*layers) == expected


def test_what_lay_in_a_directory_does_not_come_back_with_it() -> None:
    """(j5)"""
    assert tree({"a/x": b"x"}, {"a": b"1"}, {"a/y": b"y"}) == ["/a/", "/a/y: y"]


# (m) Attributes of hard links


def test_all_names_of_a_file_have_the_attributes_of_its_last_header() -> None:
    """(m) Docker, containerd, Podman; umoci keeps the target's."""
    layer = [("a", file(b"x", mode=0o600, uid=3, gid=4)), ("b", hardlink("a", mode=0o755, uid=9, gid=9))]
    inspection = seen(layer)
    assert owner(inspection, "/a") == owner(inspection, "/b") == (0o755, 9, 9)


def test_the_attributes_of_a_link_that_its_layer_replaced_count_too_for_the_file() -> None:
    inspection = seen([("a", file(b"x")), ("b", hardlink("a", mode=0o600)), ("b", file(b"y", mode=0o640))])
    assert (owner(inspection, "/a")[0], owner(inspection, "/b")[0]) == (0o600, 0o640)


# (p) Names


def test_names_are_cleaned_as_if_they_were_absolute() -> None:
    """(p, p2, p6) Everybody agrees; what holds ".." is told."""
    layer = {"/abs/a": b"1", "./rel/b": b"2", "q/../up": b"3", "../out": b"4", "d/../../e": b"5"}
    inspection = seen(layer)
    assert listing(inspection) == ["/abs/", "/abs/a: 1", "/e: 5", "/out: 4", "/rel/", "/rel/b: 2", "/up: 3"]
    assert len(notes(inspection)) == 1


def test_an_entry_for_the_root_sets_its_attributes_only() -> None:
    """(p3)"""
    inspection = seen([("./", directory(0o700, uid=3)), ("k", b"k")])
    root = inspection.tree.entry(inspection.tree.live[0])
    assert (root.path, root.mode, root.uid) == (b"/", 0o700, 3)


@pytest.mark.parametrize("name", ["/", ".", "./.", "c/..", ".."])
@pytest.mark.parametrize("entry", [b"x", symlink("/etc"), hardlink("a"), fifo()])
def test_nothing_takes_the_place_of_the_root(name: str, entry: bytes) -> None:
    """(p6) As in the overlay engines; umoci was broken by it (CVE-2021-29136)."""
    inspection = seen({"a": b"a"}, [(name, entry)])
    assert listing(inspection) == ["/a: a"]
    assert "the root directory" in notes(inspection)[-1]


def test_a_slash_at_the_end_makes_a_directory_only_of_an_old_style_entry() -> None:
    """(p4, p5)"""
    assert tree([("k/", b"x")]) == ["/k: x"]
    assert tree([("k/", file(type=b"\0")), ("k/x", b"x")]) == ["/k/", "/k/x: x"]
