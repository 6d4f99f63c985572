"""Laws of reading tars: what CPython's tarfile reads we read, and nothing that is missing or altered goes unnoticed."""

import io
import math
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from builder import Entry, directory, fifo, file, hardlink, sparse, symlink, tar_bytes
from builder_tar import END, raw_name
from laws.tarlook import content, rows, scan, tarfile_rows
from layerscope.errors import DamagedImageError, ImageError
from layerscope.model.files import LayerTable, path_of

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
TYPES = (tarfile.REGTYPE,) * 4 + (
    tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, tarfile.CHRTYPE,
    tarfile.BLKTYPE, tarfile.FIFOTYPE,
)  # fmt: skip

_part = st.one_of(
    st.sampled_from(("a", "b" * 30, "c" * 99, "d" * 120, "é", "日本" * 20, " x ", "\x1b[31m", "\udcff\udc80", "\n")),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/."), min_size=1, max_size=8),
)
_names = st.lists(_part, min_size=1, max_size=6).map("/".join)
_members = st.fixed_dictionaries({
    "name": _names,
    "type": st.sampled_from(TYPES),
    "data": st.one_of(st.binary(max_size=20), st.sampled_from((bytes(512), b"x" * 511, b"y" * 1025))),
    "linkname": _names,
    "mode": st.integers(0, 0o7777),
    "uid": st.one_of(st.integers(0, 2000), st.sampled_from((8**7 - 1, 8**7, 2**31, 2**32 - 1))),
    "gid": st.one_of(st.integers(0, 2000), st.sampled_from((8**7, 2**32 - 1))),
    "mtime": st.one_of(st.integers(-(2**40), 2**40), st.floats(-1e9, 4e9).map(lambda time: round(time, 3))),
    "dev": st.tuples(st.integers(1, 300), st.integers(0, 70_000)),
    "xattrs": st.dictionaries(st.sampled_from(("user.a", "security.capability")), st.text(max_size=9), max_size=2),
})  # fmt: skip


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as path:
        yield Path(path)


def written(format_name: str, members: list[dict[str, Any]]) -> bytes:
    """Write with CPython, leaving out what a format cannot hold."""
    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=FORMATS[format_name], encoding="utf-8", errors="surrogateescape"
    ) as tar:
        for member in members:
            info = tarfile.TarInfo(member["name"])
            info.type, info.mode, info.uid, info.gid = (member[key] for key in ("type", "mode", "uid", "gid"))
            if info.type == tarfile.AREGTYPE and len(member["name"].encode("utf-8", "surrogateescape")) > 99:
                info.type = tarfile.REGTYPE  # tarfile looks for a slash at the end of the name as it was cut off
            info.mtime, info.linkname = member["mtime"], member["linkname"]
            info.devmajor, info.devminor = member["dev"]
            info.size = len(member["data"]) if info.type in tarfile.REGULAR_TYPES else 0
            info.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in member["xattrs"].items()}
            before = out.tell()
            try:
                tar.addfile(info, io.BytesIO(member["data"]))
            except ValueError:
                out.seek(before)
                out.truncate()
                tar.offset = before
    return out.getvalue()


@given(st.sampled_from(tuple(FORMATS)), st.lists(_members, max_size=5), st.integers(1, 4000))
def test_tars_of_every_format_read_as_tarfile_reads_them(
    folder: Path, format_name: str, members: list[dict[str, Any]], step: int
) -> None:
    data = written(format_name, members)
    table = scan(data, folder, step=step)
    assert rows(table, data) == tarfile_rows(data)
    assert (table.terminated, table.tar_bytes, table.quarantined) == (True, len(data), [])


def many(count: int) -> list[tuple[str, Entry]]:
    """Entries of all sizes and kinds, so that some lie across every border of a buffer or batch."""
    made: list[tuple[str, Entry]] = []
    for number in range(count):
        name = f"d{number % 7}/f{number}"
        if number % 11 == 0:
            made.append((f"d{number % 7}/.wh.f{number}", file()))
        elif number % 13 == 0:
            made.append((name, sparse(9000, [(100, b"s" * (number % 900))], xattrs={"user.n": b"v" * (number % 600)})))
        elif number % 17 == 0:
            made.append((".", file(b"left out" * 100)))
        elif number % 19 == 0:
            made.append((name, symlink(f"../{number}")))
        else:
            made.append((name, file(b"%d" % number * (number % 300), uid=number)))
    return made


@pytest.mark.parametrize("step", [513, 70_000, 1 << 30])
def test_batches_and_buffers_leave_no_trace(folder: Path, step: int) -> None:
    entries = many(9_500)
    data = tar_bytes(entries)
    table = scan(data, folder, step=step)
    plain = [(name, entry) for name, entry in entries if ".wh." not in name and name != "."]
    assert [path_of(key).decode() for key in table.keys] == [f"/{name}" for name, _ in plain]
    assert list(table.uid) == [entry.uid for _, entry in plain]
    assert [table.link.get(row) for row in range(len(table))] == [raw_name(entry.link) or None for _, entry in plain]
    assert [content(table, row, data) for row, (_, entry) in enumerate(plain) if not entry.pax] == [
        entry.data for _, entry in plain if not entry.pax
    ]
    assert list(table.sparse) == [row for row, (_, entry) in enumerate(plain) if entry.pax]
    assert list(table.xattrs) == [row for row, (_, entry) in enumerate(plain) if entry.xattrs]
    assert [path_of(key).decode() for key in table.whiteouts] == [
        f"/{name.replace('.wh.', '')}" for name, _ in entries if ".wh." in name
    ]
    assert len(table.quarantined) == sum(1 for name, _ in entries if name == ".")
    assert table.entry_count == len(entries)


def everything() -> bytes:
    """A tar with one of everything that needs a header of its own."""
    return tar_bytes([
        ("d/", directory(0o1777, mtime=5)),
        ("d/plain", file(b"0123456789" * 60, uid=1000, gid=8**7)),
        ("d/" + "long" * 40, file(b"pax", xattrs={"user.k": b"v"}, mtime=1.5)),
        ("d/" + "gnu" * 40, file(b"gnu", gnu=True, uid=2**40 % 2**31)),
        ("d/link", symlink("target" * 30)),
        ("d/hard", hardlink("d/plain", gnu=True)),
        ("d/sparse", sparse(5000, [(10, b"ab"), (4000, b"c" * 600)])),
        ("d/pipe", fifo()),
        ("d/empty", file()),
    ])  # fmt: skip


def is_prefix(table: LayerTable, whole: LayerTable) -> bool:
    count = len(table)
    return table.keys == whole.keys[:count] and table.size == whole.size[:count] and table.kind == whole.kind[:count]


def check_cut(data: bytes, cut: int, whole: LayerTable, folder: Path, content_end: int) -> None:
    """Nothing may go missing unless an error or the missing end marker tells."""
    try:
        table = scan(data[:cut], folder)
    except DamagedImageError:
        assert cut < content_end or cut % 512, "only whole blocks of the end marker are missing: nothing is lost"
        return
    assert is_prefix(table, whole)
    for row in range(len(table)):
        assert table.offset[row] + table.size[row] <= cut
    if len(table) < len(whole):
        assert not table.terminated
    if cut < content_end + 512:
        assert not table.terminated


def test_a_tar_cut_at_any_block_is_an_error_or_says_that_its_end_is_missing(folder: Path) -> None:
    data = everything()
    whole = scan(data, folder)
    for cut in range(0, len(data), 512):
        check_cut(data, cut, whole, folder, len(data) - len(END))
    assert scan(data[:-512], folder).terminated, "one block of zeros at the very end is good enough, as in Go"


@given(st.data())
def test_a_tar_cut_anywhere_is_an_error_or_says_that_its_end_is_missing(folder: Path, data: st.DataObject) -> None:
    members = data.draw(st.lists(_members, min_size=1, max_size=3))
    tar = written(data.draw(st.sampled_from(tuple(FORMATS))), members)
    whole = scan(tar, folder)
    assume(len(whole))
    content_end = whole.offset[-1] + whole.size[-1]
    cut = data.draw(st.integers(0, content_end + 512))
    check_cut(tar, cut, whole, folder, content_end)


def header_positions(data: bytes) -> list[int]:
    """Find all headers with tarfile; an extended one is followed by its body, and that by the entry's own."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        blocks = [block for member in tar for block in range(member.offset, member.offset_data, 512)]
    return [block for block in blocks if data[block + 257 : block + 262] == b"ustar"]


def test_no_single_flipped_bit_of_any_header_goes_unnoticed(folder: Path) -> None:
    data = everything()
    whole = scan(data, folder)
    positions = header_positions(data)
    assert len(positions) == 13
    for position in positions:
        # one bit of every third byte, others in each header; the slow profile takes all bits of all headers
        turn = position // 512
        thorough = settings().max_examples > 1000
        for at in range(0 if thorough else turn % 3, 512, 1 if thorough else 3):
            for bit in range(8) if thorough else (turn % 8,):
                flipped = bytearray(data)
                flipped[position + at] ^= 1 << bit
                try:
                    table = scan(bytes(flipped), folder)
                except ImageError:
                    continue
                assert 148 <= at < 156, "only blanks around the digits of the checksum itself may change"
                assert table == whole


def test_no_flipped_bit_of_the_end_marker_goes_unnoticed(folder: Path) -> None:
    data = tar_bytes([("a", file(b"1"))])
    for at in range(len(data) - 1024, len(data), 37):
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        with pytest.raises(ImageError):
            scan(bytes(flipped), folder)


@given(st.data())
@example(None)
def test_damage_anywhere_is_read_alike_both_ways_and_never_an_error_that_is_not_ours(
    folder: Path, data: st.DataObject | None
) -> None:
    tar = bytearray(everything())
    positions = header_positions(bytes(tar))
    for _ in range(0 if data is None else data.draw(st.integers(1, 3))):
        assert data is not None
        start = data.draw(st.sampled_from(positions))
        at = data.draw(
            st.sampled_from((0, 100, 108, 124, 128, 136, 148, 156, 157, 257, 329, 345, 386, 482, 483, 512, 530))
        )
        new = data.draw(
            st.one_of(st.binary(min_size=1, max_size=13), st.sampled_from((b"\xff" * 12, b"9" * 11, b"S", b"x")))
        )
        tar[start + at : start + at + len(new)] = new
        if at < 512 and at != 148 and data.draw(st.booleans()):
            tar[start + 148 : start + 156] = b" " * 8
            tar[start + 148 : start + 156] = b"%06o\0 " % sum(tar[start : start + 512])
    refused: ImageError | None = None
    try:
        table = scan(bytes(tar), folder)
    except ImageError as error:
        refused = error
    else:
        assert all(math.isfinite(time) for time in table.mtime_s)
    if refused is not None:
        assert "\n" not in refused.message
        assert refused.hint
