"""Tars that are damaged or too large: each error names the layer, what is wrong, and the byte it is at."""

import io
import os
from pathlib import Path

import pytest

from builder import END, Entry, device, directory, entry_bytes, file, pax_record, sparse, tar_bytes
from layerscope.errors import DamagedImageError, ImageError, LimitError
from layerscope.filesystem import numbering, tarrare, tarscan
from layerscope.filesystem.tarheader import MAX_EXTENSION_BYTES
from layerscope.filesystem.tarscan import scan_stream, scan_window
from unit.filesystem.opened import seen
from unit.filesystem.scanning import SCANNED as NAME
from unit.filesystem.scanning import Scan
from unit.filesystem.tarmaking import GID, MAJOR, MODE, MTIME, SIZE, SUM, UID, old_sparse, patched, pax

GOOD = entry_bytes("good", file(b"x" * 600))
"""Three blocks."""
NULL = entry_bytes("null", device("c", 1, 3))
PLAIN = entry_bytes("plain", file(b"y"))
LONG = entry_bytes("long", file(b"y", pax={"mtime": "1"}))


BAD_HEADERS: dict[str, tuple[bytes, str]] = {
    "a wrong checksum": (entry_bytes("bad", Entry(bad_checksum=True)), "a tar header with a wrong checksum"),
    "a wrong checksum, with an extended header": (
        pax(mtime="1") + entry_bytes("bad", Entry(bad_checksum=True)),
        "a tar header with a wrong checksum",
    ),
    "a checksum that is no number": (
        PLAIN[:SUM] + b"zzzzzz\0 " + PLAIN[SUM + 8 :],
        "a tar header in which a number is b'zzzzzz'",
    ),
    "something that is no header at all": (b"?" * 512, "a tar header in which a number is b'????????'"),
    "a mode that is no number": (patched(PLAIN, MODE, b"rwxr-x-"), "a tar header in which a number is b'rwxr-x-'"),
    "a uid that is no number": (patched(PLAIN, UID, b"root\0\0\0"), "a tar header in which a number is b'root'"),
    "a gid that is no number": (patched(PLAIN, GID, b"9999999"), "a tar header in which a number is b'9999999'"),
    "a size that is no number": (
        patched(PLAIN, SIZE, b"12 bytes\0\0\0"),
        "a tar header in which a number is b'12 bytes'",
    ),
    "a time that is no number": (
        patched(PLAIN, MTIME, b"1e3\0\0\0\0\0\0\0\0"),
        "a tar header in which a number is b'1e3'",
    ),
    "a size beyond 63 bits": (
        patched(PLAIN, SIZE, b"\x80" + b"\xff" * 11),
        "a tar header in which a number is beyond 63 bits",
    ),
    "a negative size": (patched(PLAIN, SIZE, b"\xff" * 12), "a tar header with a negative size"),
    "a mode that is no number, of a device": (
        patched(NULL, MODE, b"rwx\0\0\0\0"),
        "a tar header in which a number is b'rwx'",
    ),
    "a time that is no number, of a device": (patched(NULL, MTIME, b"now"), "a tar header in which a number is b'now"),
    "a device number that is no number": (
        patched(NULL, MAJOR, b"null\0\0\0"),
        "a tar header in which a number is b'null'",
    ),
    "a device number that is no number, of a block device": (
        patched(entry_bytes("sda", device("b", 8, 0)), MAJOR, b"sda\0\0\0\0"),
        "a tar header in which a number is b'sda'",
    ),
    "a PAX record that makes no sense": (
        entry_bytes("x", Entry(data=b"99 path=a\n", type=b"x")),
        "a tar header in which a PAX record is longer than its header",
    ),
    "a global PAX record that makes no sense": (
        entry_bytes("g", Entry(data=b"path=a\n", type=b"g")),
        "a tar header in which a PAX record has no valid length",
    ),
    "a PAX size that is no number": (pax(size="12 bytes"), "a tar header in which PAX size is b'12 bytes'"),
    "a PAX time that is no number": (pax(mtime="now"), "a tar header in which PAX mtime is b'now'"),
    "a sparse file without a valid size": (
        entry_bytes("s", Entry(data=b"x", pax={"GNU.sparse.map": "0,1", "GNU.sparse.size": "x"})),
        "a tar header in which a sparse file has no valid size",
    ),
    "a sparse map that does not fit its file": (
        entry_bytes("s", Entry(data=b"xy", pax={"GNU.sparse.map": "0,2", "GNU.sparse.size": "1"})),
        "a tar header in which a sparse map does not fit its file",
    ),
    "a sparse map that does not fit its data": (
        old_sparse(0, 2, real=10, stored=b"x"),
        "a tar header in which a sparse map does not fit its data",
    ),
    "a sparse map of something else than numbers": (
        entry_bytes("s", Entry(data=b"x", pax={"GNU.sparse.map": "0,x", "GNU.sparse.size": "1"})),
        "a tar header in which a sparse map is not made of numbers",
    ),
}


def sparse_1_0(map_text: bytes) -> bytes:
    """Write a sparse file of PAX format 1.0 with any text for its map."""
    whole = sparse(5, [])
    return entry_bytes("s", Entry(data=map_text + bytes(-len(map_text) % 512), pax=whole.pax))


BAD_HEADERS |= {
    f"a PAX 1.0 sparse map {what}": (sparse_1_0(text), f"a tar header in which a sparse map {problem}")
    for what, text, problem in [
        ("without a count", b"x\n", "has no valid length"),
        ("with an absurd count", b"99999999\n", "has no valid length"),
        ("with a count of five thousand digits", b"0" * 5000 + b"1\n0\n5\n", "has no valid length"),
        ("that does not end", b"2\n0\n5\n", "does not end"),
        ("that has no line at all", b"1" * 600, "does not end"),
        ("of something else than numbers", b"1\n0\nx\n", "is not made of numbers"),
        ("with a number of five thousand digits", b"1\n0\n" + b"0" * 5000 + b"\n", "is not made of numbers"),
    ]
}


def where(bad: bytes) -> int:
    """Say at which byte the header with the error begins, behind two good entries."""
    before_it = 1024 if bad[156:157] == b"x" and len(bad) > 1024 else 0
    return 2 * len(GOOD) + before_it


@pytest.mark.parametrize("what", BAD_HEADERS)
def test_a_header_is_refused_at_its_first_byte_that_has(what: str, scan: Scan) -> None:
    bad, problem = BAD_HEADERS[what]
    with pytest.raises(DamagedImageError) as caught:
        scan(2 * GOOD + bad + 5 * GOOD + END)
    message, _, byte = caught.value.message.rpartition(" at byte ")
    assert message.startswith(f"{NAME}: {problem}")
    assert byte == f"{where(bad):,}"
    assert caught.value.hint == "save or download the image again: this copy is damaged"


def test_the_byte_is_right_also_in_the_middle_of_thousands_of_headers(scan: Scan) -> None:
    """Headers are read some thousands at a time."""
    tar = 5000 * PLAIN + patched(PLAIN, UID, b"root\0\0\0") + 3000 * PLAIN + END
    with pytest.raises(DamagedImageError, match="b'root' at byte 5,120,000"):
        scan(tar)


@pytest.mark.parametrize("between", [0, 5000])
def test_of_two_headers_that_are_wrong_the_first_is_named(between: int, scan: Scan) -> None:
    bad = entry_bytes("bad", Entry(bad_checksum=True))
    tar = PLAIN + patched(PLAIN, UID, b"root\0\0\0") + between * PLAIN + bad + END
    with pytest.raises(DamagedImageError, match="b'root' at byte 1,024"):
        scan(tar)


def test_a_bad_number_of_a_marker_which_nobody_wants_to_know_is_not_named_for_another(scan: Scan) -> None:
    marker = patched(entry_bytes(".wh.x", file()), UID, b"root\0\0\0")
    with pytest.raises(DamagedImageError, match="b'0x10' at byte 1,536"):
        scan(marker + PLAIN + patched(PLAIN, UID, b"0x10\0\0\0") + END)


# Cut short


@pytest.mark.parametrize(
    "header",
    [
        patched(PLAIN, SIZE, b"\x80\0\0\0\x7f" + b"\xff" * 7),
        entry_bytes("plain", Entry(pax={"size": str((1 << 63) - 1)})),
        pax(size=str((1 << 63) - 1)) + entry_bytes("odd", Entry(type=b"N")),
        entry_bytes("plain", Entry(pax={"size": str((1 << 63) - 512 - 2560)})),
    ],
    ids=["in base 256", "in a PAX record", "of an unknown type", "up to the last block that is counted"],
)
def test_a_content_that_ends_where_no_number_of_c_counts_to_is_cut_short(header: bytes, scan: Scan) -> None:
    with pytest.raises(DamagedImageError, match="cut short in the contents"):
        scan(PLAIN + header + END)


WHOLE = 2 * GOOD + pax(mtime="1") + PLAIN + NULL + END


HEADERS = (0, 1536, 3072, 4096, 5120)
CONTENTS = {"/good": [(512, 1112), (2048, 2648)], "/plain": [(4608, 4609)]}
RECORD_END = 3584 + len(pax_record("mtime", "1"))


def cut(length: int) -> tuple[str, int] | None:
    """Say which error the first bytes of `WHOLE` should be, and where; None where nothing that matters is missing."""
    for name, ranges in CONTENTS.items():
        if any(start <= length < end for start, end in ranges):
            return f"it is cut short in the contents of {name}", length
    if 3584 <= length < RECORD_END:
        return "it is cut short in an extended header", length
    if RECORD_END <= length <= 4096:
        return "it ends after an extended header", 4096
    if any(start < length < start + 512 for start in HEADERS):
        return "it is cut short in a tar header", length
    return None


LENGTHS = sorted({*range(0, 6700, 61), *range(0, 6700, 512), 1111, 1112, 2647, 2648, RECORD_END - 1, 4609, 5633, 6656})


@pytest.mark.parametrize("length", LENGTHS)
def test_only_padding_and_the_end_marker_may_be_missing_at_the_end(length: int, scan: Scan) -> None:
    expected = cut(length)
    if expected is None:
        found = scan(WHOLE[:length])
        assert len(found) == sum(start < length for start in (0, 1536, 4096, 5120))
        assert found.terminated == (length >= 6144)
    else:
        with pytest.raises(DamagedImageError) as caught:
            scan(WHOLE[:length])
        assert caught.value.message == f"{NAME}: {expected[0]} at byte {expected[1]:,}"


def test_nothing_at_all_is_an_empty_layer(scan: Scan) -> None:
    table = scan(b"")
    assert (len(table), table.terminated, table.tar_bytes) == (0, False, 0)


@pytest.mark.parametrize("size", [512, 1024, 10240])
def test_a_layer_of_zeros_is_empty_and_whole(size: int, scan: Scan) -> None:
    table = scan(bytes(size))
    assert (len(table), table.terminated, table.tar_bytes) == (0, True, size)


def test_a_lone_block_of_zeros_between_entries_is_refused(scan: Scan) -> None:
    with pytest.raises(DamagedImageError, match="layer 3: a lone block of zeros between tar entries at byte 1,536"):
        scan(GOOD + bytes(512) + GOOD + END)


def test_what_comes_after_the_end_marker_is_not_read(scan: Scan) -> None:
    table = scan(GOOD + END + GOOD + b"?" * 99)
    assert (len(table), table.tar_bytes) == (1, 2 * len(GOOD) + 1024 + 99)


def test_the_contents_of_something_unknown_are_missed_when_they_are_cut_short(scan: Scan) -> None:
    unknown = entry_bytes("volume", Entry(data=b"z" * 2000, type=b"V"))
    with pytest.raises(DamagedImageError, match="in the contents of its first entry at byte 1,024"):
        scan(unknown[:1024])
    with pytest.raises(DamagedImageError, match="in the contents of /good at byte 2,048"):
        scan(GOOD + unknown[:512])


@pytest.mark.parametrize("end", [b"", END])
def test_an_end_after_an_extended_header_is_refused(end: bytes, scan: Scan) -> None:
    for extended in (pax(path="a"), entry_bytes("n" * 300, Entry(gnu=True))[:1024]):
        with pytest.raises(DamagedImageError, match="it ends after an extended header at byte "):
            scan(GOOD + extended + end)


def test_a_sparse_map_that_goes_on_beyond_the_end_is_refused(scan: Scan) -> None:
    tar = GOOD + old_sparse(0, 1, real=10, more=True)
    with pytest.raises(DamagedImageError, match="it is cut short in a sparse map at byte 2,048"):
        scan(tar)
    with pytest.raises(DamagedImageError, match="it is cut short in a sparse map at byte 2,148"):
        scan(tar + bytes(100))


def test_a_file_that_is_shorter_than_its_window_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    whole = GOOD + PLAIN + END
    for length in (0, 100, 512, 1000, 1536, 2100, len(whole) - 1):
        path.write_bytes(b"before " + whole[:length])
        descriptor = os.open(path, os.O_RDONLY)
        try:
            with pytest.raises(DamagedImageError, match=NAME):
                scan_window(descriptor, 7, len(whole), NAME)
        finally:
            os.close(descriptor)


# Limits


def refused(scan: Scan, tar: bytes) -> ImageError:
    """Scan what is too large."""
    with pytest.raises(LimitError) as caught:
        scan(tar)
    return caught.value


@pytest.mark.parametrize("type_", [b"x", b"g", b"L", b"K", b"X"])
def test_an_extended_header_beyond_the_limit_is_refused_before_it_is_read(type_: bytes, scan: Scan) -> None:
    """CVE-2022-2879."""
    error = refused(scan, GOOD + entry_bytes("x", Entry(type=type_, size=MAX_EXTENSION_BYTES + 1)))
    assert error.message == f"{NAME}: an extended tar header of 1,048,577 bytes at byte 1,536"
    assert error.hint == "the limit is 1,048,576 bytes"


def test_an_extended_header_at_the_limit_is_read(scan: Scan) -> None:
    name = b"user." + b"x" * (MAX_EXTENSION_BYTES // 2)
    body = pax_record(b"SCHILY.xattr." + name, b"y")
    body += pax_record("comment", "z" * (MAX_EXTENSION_BYTES - len(body) - 16))
    assert len(body) == MAX_EXTENSION_BYTES
    table = scan(entry_bytes("x", Entry(data=body, type=b"x")) + PLAIN + END)
    assert table.xattrs == {0: {name: b"y"}}


def test_more_entries_than_the_limit_are_refused(scan: Scan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tarscan, "MAX_ENTRIES", 3)
    monkeypatch.setattr("layerscope.filesystem.tarscan._Scan.BATCH", 1)
    for entry in (PLAIN, LONG):
        assert len(scan(3 * entry + END)) == 3
        assert refused(scan, 4 * entry + END).message == f"{NAME}: more than 3 entries in one layer"


def test_sparse_files_that_claim_more_than_can_be_compared_are_refused_in_a_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tarrare, "MAX_EXPANDED_TOTAL_BYTES", 10_000)
    holes = [(f"s{number}", sparse(4000, [])) for number in range(3)]
    assert len(scan_stream(io.BytesIO(tar_bytes(holes[:2])), NAME)) == 2
    with pytest.raises(LimitError, match=r"bad\.tar: layer 3: its sparse files claim more than 10,000 bytes"):
        scan_stream(io.BytesIO(tar_bytes(holes)), NAME)


def test_paths_that_imply_too_many_directories_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "MAX_IMPLIED_BYTES", 100)
    seen({"a/b/c/d": b""})
    with pytest.raises(LimitError, match="more than 100 bytes of directories that no entry mentions"):
        seen({"/".join("abcdefghijklmnopqrst"): b""})
    seen({"/".join("abcdefghijklmnopqrst"[:end]): directory() for end in range(1, 20)})
