"""Headers on which tar readers disagree: container engines are written in Go, so what Go's archive/tar reads is right.

Every case was run through Go 1.26's archive/tar; what it said is written down here.
"""

from pathlib import Path

import pytest

from builder import Entry, device, file, sparse, symlink
from builder_tar import END, entry_bytes, pax_record
from laws.tarlook import Row, content, names, rows, scan
from layerscope.errors import DamagedImageError, ImageError, LimitError
from layerscope.model.files import path_of

F = entry_bytes("f", file(b"abc"))


def summed(header: bytes) -> bytes:
    """Put the right checksum into a header."""
    blank = header[:148] + b" " * 8 + header[156:]
    return header[:148] + b"%06o\0 " % sum(blank) + header[156:]


def patched(entry: bytes, at: int, new: bytes) -> bytes:
    """Change bytes of an entry's header, checksum included."""
    return summed(entry[:at] + new + entry[at + len(new) : 512]) + entry[512:]


OLD = patched(F, 0, b"d/")[:156] + b"\0" + F[157:]
OLD = summed(OLD[:512]) + OLD[512:]


def extension(kind: bytes, body: bytes) -> bytes:
    """Write an extended header."""
    return entry_bytes("x", Entry(type=kind, data=body))


def pax(*records: tuple[str, str]) -> bytes:
    return extension(b"x", b"".join(pax_record(*record) for record in records))


def read(data: bytes, folder: Path) -> list[Row]:
    return rows(scan(data + END, folder), data + END)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            pax(("path", "one")) + pax(("linkpath", "x")) + F, b"/f", id="a second x header replaces the first"
        ),
        pytest.param(extension(b"L", b"long\0") + pax(("path", "pax")) + F, b"/long", id="L before x wins"),
        pytest.param(pax(("path", "pax")) + extension(b"L", b"long\0") + F, b"/long", id="L after x wins"),
        pytest.param(extension(b"L", b"") + F, b"/f", id="an empty L is none"),
        pytest.param(extension(b"L", b"\0ignored") + F, b"/f", id="an L that starts with NUL is none"),
        pytest.param(extension(b"L", b"a\0b") + F, b"/a", id="L ends at NUL"),
        pytest.param(pax(("path", "a"), ("path", "b")) + F, b"/b", id="the last of two records wins"),
        pytest.param(pax(("path", "a"), ("path", "")) + F, b"/f", id="an empty record takes it back"),
        pytest.param(pax(("path", "a")) + extension(b"g", b"") + F, b"/f", id="g forgets x"),
        pytest.param(extension(b"L", b"a") + extension(b"g", b"") + F, b"/f", id="g forgets L"),
        pytest.param(extension(b"g", pax_record("path", "g")) + F, b"/f", id="g names nothing"),
        pytest.param(extension(b"L", b"f") + OLD, b"/f", id="a slash where a long name was cut off makes no directory"),
        pytest.param(pax(("GNU.sparse.name", "sp")) + F, b"/f", id="a sparse name without a sparse map"),
        pytest.param(patched(F, 257, b"ustar\0\0\0"), b"/f", id="any version of ustar"),
        pytest.param(
            patched(patched(F, 257, b"ustar\0  "), 345, b"dir"), b"/dir/f", id="prefix of any version of ustar"
        ),
        pytest.param(patched(patched(F, 257, b"ustar  \0"), 345, b"00000000012\0"), b"/f", id="atime is no prefix"),
        pytest.param(patched(patched(F, 257, b"ustar  \0"), 345, b"dir"), b"/dir/f", id="prefix of Go before 1.8"),
        pytest.param(patched(patched(F, 257, bytes(8)), 345, b"dir"), b"/f", id="V7 has no prefix"),
        pytest.param(patched(F, 124, b"\0" + b"%010o\0" % 3), b"/f", id="a size that starts with NUL"),
        pytest.param(patched(F, 124, b"%12o" % 3), b"/f", id="a size without end"),
        pytest.param(patched(F, 124, b"3" + b" " * 11), b"/f", id="a size that ends early"),
        pytest.param(patched(F, 124, b"\x80" + bytes(10) + b"\3"), b"/f", id="a size in base 256"),
    ],
)
def test_the_name_and_the_bytes_are_those_that_go_reads(data: bytes, expected: bytes, tmp_path: Path) -> None:
    assert [(row[0], row[8]) for row in read(data, tmp_path)] == [(expected, b"abc")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(patched(F, 124, b"\x80" + b"\xff" * 11), "63 bits", id="a size beyond 63 bits"),
        pytest.param(patched(F, 124, b"\xff" * 12), "negative", id="a negative size"),
        pytest.param(patched(F, 124, b"00000000009\0"), "b'00000000009'", id="a size that is not octal"),
        pytest.param(patched(F, 108, b"-000001\0"), "b'-000001'", id="an owner that is no number"),
        pytest.param(pax(("size", "9" * 20)) + F, "size", id="a PAX size beyond 63 bits"),
        pytest.param(pax(("size", "-1")) + F, "size", id="a negative PAX size"),
        pytest.param(pax(("size", "1_0")) + F, "size", id="a PAX size with an underscore"),
        pytest.param(pax(("mtime", "1_0")) + F, "mtime", id="a time with an underscore"),
        pytest.param(pax(("mtime", "1e3")) + F, "mtime", id="a time with an exponent"),
        pytest.param(pax(("mtime", "inf")) + F, "mtime", id="an infinite time"),
        pytest.param(pax(("path", "a\0b")) + F, "NUL", id="NUL in a path"),
        pytest.param(pax(("SCHILY.xattr.a\0b", "v")) + F, "NUL", id="NUL in a key"),
        pytest.param(extension(b"x", b"9 path=ab") + F, "PAX record", id="a record that does not end in a new line"),
        pytest.param(extension(b"x", b"99 path=a\n") + F, "PAX record", id="a record longer than its header"),
        pytest.param(extension(b"x", b"8 patha\n") + F, "PAX record", id="a record without equals sign"),
        pytest.param(bytes(512) + F, "block of zeros", id="a lone block of zeros"),
    ],
)
def test_what_go_refuses_is_refused(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedImageError, match=reason):
        read(data, tmp_path)


def test_an_extended_header_of_more_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LimitError):
        read(extension(b"x", bytes((1 << 20) + 1)) + F, tmp_path)
    assert names(read(extension(b"L", b"f".ljust(1 << 20, b"\0")) + F, tmp_path)) == [b"/f"]


def test_the_data_of_an_unknown_type_never_passes_for_entries(tmp_path: Path) -> None:
    hidden = entry_bytes("hidden", file(b"x"))
    by_header = entry_bytes("odd", Entry(type=b"Z", data=hidden))
    by_pax = pax(("size", str(len(hidden)))) + entry_bytes("odd", Entry(type=b"Z")) + hidden
    for data in (by_header, by_pax):
        table = scan(data + F + END, tmp_path)
        assert [path_of(key) for key in table.keys] == [b"/f"]
        assert [(name, "type" in reason) for name, reason in table.quarantined] == [(b"odd", True)]


def test_a_tar_cut_in_the_data_of_an_unknown_type_is_an_error(tmp_path: Path) -> None:
    data = entry_bytes("odd", Entry(type=b"Z", data=bytes(2000)))
    with pytest.raises(DamagedImageError, match="cut short"):
        scan(data[:1024], tmp_path)


@pytest.mark.parametrize("kind", [b"1", b"2", b"3", b"4", b"5", b"6"])
def test_what_has_no_content_is_followed_by_none_whatever_its_size_says(kind: bytes, tmp_path: Path) -> None:
    entry = entry_bytes("e", Entry(type=kind, link="f", size=512, device=(1, 1)))
    assert names(read(entry + F, tmp_path)) == [b"/e", b"/f"]
    with_pax = pax(("size", "512")) + entry_bytes("e", Entry(type=kind, link="f", device=(1, 1)))
    assert names(read(with_pax + F, tmp_path)) == [b"/e", b"/f"]


def test_a_regular_file_of_old_whose_name_ends_in_a_slash_is_a_directory(tmp_path: Path) -> None:
    kinds = [read(entry_bytes("k/", Entry(type=kind)), tmp_path)[0][:2] for kind in (b"\0", b"0")]
    assert kinds == [(b"/k", "directory"), (b"/k", "file")]


def test_an_empty_long_link_is_none(tmp_path: Path) -> None:
    (row,) = read(extension(b"K", b"") + entry_bytes("l", symlink("target")), tmp_path)
    assert row[6] == b"target"


def test_devices_of_v7_tars_have_no_numbers_and_so_are_whiteouts_of_overlayfs(tmp_path: Path) -> None:
    table = scan(patched(entry_bytes("d", device("c", 1, 3)), 257, bytes(8)) + END, tmp_path)
    assert (len(table), table.whiteouts) == (0, [b"d"])


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param([3, 3, 0, 3], id="backwards"),
        pytest.param([0, 4, 3, 3], id="overlapping"),
        pytest.param([0, 3, 8, 3], id="beyond its end"),
        pytest.param([0, 2], id="less than there is"),
        pytest.param([0, 5], id="more than there is"),
        pytest.param([0, 3, 4], id="half a run"),
        pytest.param([0, 1 << 63], id="beyond 63 bits"),
    ],
)
def test_a_sparse_map_that_does_not_fit_is_refused(numbers: list[int], tmp_path: Path) -> None:
    text = ",".join(map(str, numbers))
    records = (
        ("GNU.sparse.name", "f"),
        ("GNU.sparse.size", "10"),
        ("GNU.sparse.numblocks", "1"),
        ("GNU.sparse.map", text),
    )
    with pytest.raises(ImageError):
        read(pax(*records) + F, tmp_path)


def test_the_count_of_a_sparse_map_may_have_leading_zeros(tmp_path: Path) -> None:
    head = b"0" * 600 + b"1\n2\n3\n"
    records = (("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "6"))
    data = pax(*records) + entry_bytes("f", file(head.ljust(1024, b"\0") + b"abc"))
    assert [row[8] for row in read(data, tmp_path)] == [b"\0\0abc\0"]


def test_a_sparse_file_of_old_with_a_negative_size_is_refused(tmp_path: Path) -> None:
    data = patched(entry_bytes("s", Entry(type=b"S")), 483, b"\xff" * 12)
    with pytest.raises(DamagedImageError):
        read(data, tmp_path)


def test_an_absurd_sparse_size_reads_nothing_and_takes_no_memory(tmp_path: Path) -> None:
    table = scan(entry_bytes("s", sparse((1 << 63) - 1, [(0, b"a")])) + END, tmp_path)
    assert table.sparse[0].real_size_bytes == (1 << 63) - 1
    assert content(table, 0, b"") == b"%d bytes" % ((1 << 63) - 1)
