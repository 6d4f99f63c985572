"""The outer tar of an image archive."""

import io
import tarfile
from pathlib import Path

import pytest

from builder import END, Entry, directory, file, pax_record, symlink, tar_bytes
from layerscope.errors import DamagedImageError, LimitError, NotAnImageError, UnsupportedImageError
from layerscope.sources import outertar
from layerscope.sources.outertar import Member, MemberKind, TarWalk, clean_name

ODD = tar_bytes(
    [
        ("./a/", directory()),
        ("./a/file", file(b"content")),
        ("b" * 150, file(b"x" * 700)),
        ("c" * 150, file(b"gnu", gnu=True)),
        ("/absolute", file(b"1")),
        ("link", symlink("d" * 160)),
        ("link2", symlink("e" * 160, gnu=True)),
        ("sized", file(b"12345678", size=0, pax={"size": "8"})),
        ("\u00e9\udcff", file(b"2")),
        ("empty", file()),
        ("last", file(b"3")),
    ]
)


def walked(data: bytes, *, how: str) -> tuple[list[Member], list[bytes], TarWalk]:
    """Walk a tar and read all contents."""
    walk = TarWalk(io.BytesIO(data), "x.tar", len(data) if how == "seeking" else None)
    members, contents = [], []
    for member in walk:
        members.append(member)
        contents.append(walk.content().read() or b"")
    return members, contents, walk


@pytest.fixture(params=["seeking", "streaming"])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_members_are_those_that_tarfile_finds(how: str) -> None:
    members, contents, walk = walked(ODD, how=how)
    with tarfile.open(fileobj=io.BytesIO(ODD)) as expected:
        for member, content, other in zip(members, contents, expected.getmembers(), strict=True):
            assert member.name == clean_name(other.name)
            assert (member.offset, member.size_bytes) == (other.offset_data, other.size)
            assert member.link == other.linkname
            assert content == (expected.extractfile(other).read() if other.isfile() else b"")  # type: ignore[union-attr]
    assert walk.complete


def test_contents_that_nobody_reads_are_skipped(how: str) -> None:
    walk = TarWalk(io.BytesIO(ODD), "x.tar", len(ODD) if how == "seeking" else None)
    assert [member.name for member in walk] == [member.name for member in walked(ODD, how="seeking")[0]]


def test_a_size_in_base_256_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.tar"
    size = 9 * 1024**3
    with path.open("wb") as stream:
        header = tar_bytes([("big", file(size=size))], end=b"")
        stream.write(header)
        stream.seek(size, 1)
        stream.write(tar_bytes([("after", file())]))
    with path.open("rb") as stream:
        members = list(TarWalk(stream, "x", path.stat().st_size))
    assert [(member.name, member.size_bytes) for member in members] == [("big", size), ("after", 0)]


def test_a_tar_cut_anywhere_is_never_read_as_a_smaller_whole_one(how: str) -> None:
    whole = [member.name for member in walked(ODD, how="seeking")[0]]
    for length in (*range(0, len(ODD), 512), *range(1, len(ODD), 201)):
        try:
            members, _contents, walk = walked(ODD[:length], how=how)
        except (DamagedImageError, NotAnImageError):
            continue
        assert not walk.complete or [member.name for member in members] == whole


def test_what_is_cut_off_is_named_with_the_bytes_missing(how: str) -> None:
    data = tar_bytes([("first", file(b"1")), ("second", file(b"2" * 1000))])
    with pytest.raises(DamagedImageError, match=r"x.tar is cut off: the last 750 bytes of second are missing"):
        walked(data[: 1024 + 512 + 250], how=how)


def test_a_header_that_is_cut_off_is_told_by_what_stands_before_it(how: str) -> None:
    data = tar_bytes([("first", file(b"1")), ("second", file(b"2"))])
    with pytest.raises(DamagedImageError, match="ends within the header after first"):
        walked(data[: 1024 + 100], how=how)


def test_a_bad_header_is_an_error_and_not_the_end(how: str) -> None:
    data = tar_bytes([("first", file(b"1")), ("second", file(bad_checksum=True)), ("third", file())])
    with pytest.raises(DamagedImageError, match="no tar header at byte 1,024, after first"):
        walked(data, how=how)


def test_something_else_is_no_tar(how: str) -> None:
    with pytest.raises(NotAnImageError, match=r"x.tar is not a tar"):
        walked(b"x" * 2000, how=how)


@pytest.mark.parametrize(
    "records", [b"30 path=x\n", b"path=x\n", b"7 path\n", b"10 size=x\n", b"11 size=-1\n", b"99999999999999999999 a=b"]
)
def test_bad_pax_records_are_damage(records: bytes, how: str) -> None:
    data = tar_bytes([("x", Entry(type=b"x", data=records)), ("file", file())])
    with pytest.raises(DamagedImageError, match="bad tar header at byte 0"):
        walked(data, how=how)


def test_a_huge_extension_header_is_refused_before_it_is_read(how: str) -> None:
    data = tar_bytes([("x", Entry(type=b"x", size=2**33))])
    with pytest.raises(LimitError, match="tar header of 8,589,934,592 bytes"):
        walked(data, how=how)


def test_a_negative_size_is_damage(how: str) -> None:
    with pytest.raises(DamagedImageError, match="negative size"):
        walked(tar_bytes([("x", file(size=-512))]), how=how)


@pytest.mark.parametrize("entry", [Entry(type=b"S"), file(pax={"GNU.sparse.major": "1"})])
def test_sparse_members_are_not_read_wrongly(entry: Entry, how: str) -> None:
    with pytest.raises(UnsupportedImageError, match="sparse"):
        walked(tar_bytes([("x", entry)]), how=how)


def test_global_headers_and_unknown_entries_are_passed_over(how: str) -> None:
    entries = [
        ("g", Entry(type=b"g", data=pax_record("comment", "hi") + pax_record("path", "no"))),
        ("V", Entry(type=b"V", data=b"label")),
        ("x", file(b"1")),
    ]
    members = walked(tar_bytes(entries), how=how)[0]
    assert [(member.name, member.kind) for member in members] == [("V", MemberKind.OTHER), ("x", MemberKind.FILE)]


def test_more_members_than_any_image_has_is_something_else(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(outertar, "MAX_MEMBERS", 3)
    with pytest.raises(NotAnImageError, match="more than 3 files"):
        walked(ODD, how=how)


def test_a_tar_without_end_marker_is_not_complete(how: str) -> None:
    assert not walked(ODD[: -len(END)], how=how)[2].complete
    assert walked(ODD[: -len(END)] + bytes(512), how=how)[2].complete


def test_what_follows_the_end_marker_is_not_a_member(how: str) -> None:
    assert len(walked(ODD + ODD, how=how)[0]) == len(walked(ODD, how=how)[0])


@pytest.mark.parametrize(
    ("name", "clean"),
    [("./a//b/./c/", "a/b/c"), ("/a", "a"), ("a/../b", ""), ("..", ""), (".", ""), ("", ""), ("a..b", "a..b")],
)
def test_names_are_brought_into_one_form_that_stays_inside(name: str, clean: str) -> None:
    assert clean_name(name) == clean
