"""Names in a tar: which path they mean, which are markers, which mean nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layerscope.filesystem.paths import (
    MAX_PATH_BYTES,
    EntryNameError,
    Marker,
    MarkerKind,
    clean_key,
    clean_link,
)
from layerscope.model.files import ROOT, PathKey, key_of, path_of

NAMES = {
    b"etc/passwd": b"etc\0passwd",
    b"/etc/passwd": b"etc\0passwd",
    b"//etc///passwd//": b"etc\0passwd",
    b"./etc/./passwd/.": b"etc\0passwd",
    b"etc/x/../passwd": b"etc\0passwd",
    b"../../etc/passwd": b"etc\0passwd",
    b"a/b/../../../etc/passwd": b"etc\0passwd",
    b"a": b"a",
    b"...": b"...",
    b"..a/b..": b"..a\0b..",
    b" ": b" ",
    b"a\\b": b"a\\b",
    b"C:\\x": b"C:\\x",
    b"\xff/\xfe": b"\xff\0\xfe",
    b"wh.a": b"wh.a",
    b"a.wh.": b"a.wh.",
    b"x.wh.y/z": b"x.wh.y\0z",
    b".wh.d/x": b".wh.d\0x",
    b".wh..wh..opq/x": b".wh..wh..opq\0x",
    b".wh..wh.plnk/1.2": b".wh..wh.plnk\x001.2",
    b".WH.a": b".WH.a",
}
ROOTS = [b".", b"/", b"./", b"./.", b"..", b"/..", b"a/..", b"a/b/../.."]


@pytest.mark.parametrize("raw", NAMES)
def test_a_name_is_cleaned_as_if_it_were_absolute(raw: bytes) -> None:
    assert clean_key(raw) == NAMES[raw]


@pytest.mark.parametrize("raw", ROOTS)
def test_names_of_the_root_are_the_root(raw: bytes) -> None:
    assert clean_key(raw) == ROOT


MARKERS = {
    b".wh.a": (MarkerKind.WHITEOUT, b"a"),
    b"./d/.wh.a": (MarkerKind.WHITEOUT, b"d\0a"),
    b"/d/.wh.a/": (MarkerKind.WHITEOUT, b"d\0a"),
    b"d/x/../.wh.a": (MarkerKind.WHITEOUT, b"d\0a"),
    b".wh.d/.wh.a": (MarkerKind.WHITEOUT, b".wh.d\0a"),
    b".wh....": (MarkerKind.WHITEOUT, b"..."),
    b".wh..hidden": (MarkerKind.WHITEOUT, b".hidden"),
    b".wh.\xff": (MarkerKind.WHITEOUT, b"\xff"),
    b".wh. ": (MarkerKind.WHITEOUT, b" "),
    b".wh..wh..opq": (MarkerKind.OPAQUE, b""),
    b"d/e/.wh..wh..opq": (MarkerKind.OPAQUE, b"d\0e"),
    b"d/.wh..wh..opq/": (MarkerKind.OPAQUE, b"d"),
    b".wh..wh.plnk": (MarkerKind.LEFTOVER, b".wh..wh.plnk"),
    b"d/.wh..wh.": (MarkerKind.LEFTOVER, b"d\0.wh..wh."),
    b".wh..wh..opqx": (MarkerKind.LEFTOVER, b".wh..wh..opqx"),
    b".wh..wh..wh..opq": (MarkerKind.LEFTOVER, b".wh..wh..wh..opq"),
}


@pytest.mark.parametrize("raw", MARKERS)
def test_a_last_component_that_begins_like_a_marker_is_one(raw: bytes) -> None:
    kind, key = MARKERS[raw]
    assert clean_key(raw) == Marker(kind, PathKey(key))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "its name is empty"),
        (b"a\0b", "its name holds NUL"),
        (b"a" * (MAX_PATH_BYTES + 1), "its name is 4,097 bytes long"),
        (b".wh.", 'it is a whiteout of ""'),
        (b"d/.wh..", 'it is a whiteout of "."'),
        (b"d/.wh...", 'it is a whiteout of ".."'),
    ],
)
def test_what_means_no_path_is_refused_with_the_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(EntryNameError) as caught:
        clean_key(raw)
    assert str(caught.value) == reason


def test_the_longest_path_that_linux_takes_is_taken() -> None:
    assert clean_key(b"a/" * (MAX_PATH_BYTES // 2)) == b"\0".join([b"a"] * (MAX_PATH_BYTES // 2))


@given(st.lists(st.sampled_from([b"a", b"b.c", b".", b"..", b"", b".wh", b"..."]), max_size=8).map(b"/".join))
@settings(max_examples=200, deadline=None)
def test_a_clean_path_has_no_component_that_climbs_or_stays(raw: bytes) -> None:
    found = clean_key(raw or b".")
    assert not isinstance(found, Marker)
    assert not set(found.split(b"\0")) & {b".", b".."}
    assert found.find(b"/") == -1
    assert clean_key(path_of(found)) == found == key_of(path_of(found))


LINKS = {b"a": b"a", b"/a": b"a", b"./d/a": b"d\0a", b"../../d//a/": b"d\0a", b".wh.a": b".wh.a"}


@pytest.mark.parametrize("raw", LINKS)
def test_targets_of_hard_links_are_paths_from_the_root_never_markers(raw: bytes) -> None:
    assert clean_link(raw) == LINKS[raw]


@pytest.mark.parametrize("raw", [b"", b"/", b".", b"..", b"a/..", b"a\0b"])
def test_targets_that_mean_no_file_are_none(raw: bytes) -> None:
    assert clean_link(raw) is None


def test_keys_sort_as_a_tree_is_read_a_directory_right_before_what_is_in_it() -> None:
    paths = [b"/a", b"/a/b", b"/a/b/c", b"/a/z", b"/a b", b"/a-b", b"/a.b", b"/ab", b"/b"]
    assert sorted(paths, key=key_of) == paths
    assert (key_of(b"/"), path_of(ROOT)) == (ROOT, b"/")
