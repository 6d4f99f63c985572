"""What is read out of the headers of a layer's tar: names, links, numbers, sparse maps, and where contents lie."""

from collections.abc import Callable
from typing import Any

import pytest

from builder import END, Entry, device, directory, entry_bytes, fifo, file, hardlink, sparse, symlink, tar_bytes
from layerscope.filesystem import tarscan
from layerscope.filesystem.hashes import content_hash
from layerscope.model.files import Kind, LayerTable, SparseMap
from unit.filesystem.scanning import Scan, by_stream
from unit.filesystem.tarmaking import MAGIC, PREFIX, SIZE, old_sparse, patched, pax

LONG = "d/" * 70 + "name"


def names(table: LayerTable) -> list[str]:
    """Give the paths of the entries."""
    return [key.replace(b"\0", b"/").decode() for key in table.keys]


ENTRIES = {
    "file": file(b"x"), "directory": directory(), "symlink": symlink("t"), "hard link": hardlink("t"),
    "device": device("c", 1, 3), "pipe": fifo(), "file with an extended header": file(b"x", pax={"comment": "c"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", ENTRIES)
def test_a_name_goes_on_in_the_prefix_of_every_kind_of_entry(kind: str, scan: Scan) -> None:
    whole = entry_bytes("name", ENTRIES[kind])
    extended, entry = (whole[:1024], whole[1024:]) if whole[156:157] == b"x" else (b"", whole)
    assert names(scan(extended + patched(entry, PREFIX, b"some/dir") + END)) == ["some/dir/name"]
    gnu = patched(patched(entry, PREFIX, b"00000000000\x0000000000000\0"), MAGIC, b"ustar  \0")
    assert names(scan(extended + gnu + END)) == ["name"]


@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("gnu", [True, False])
def test_a_long_name_comes_before_every_kind_of_entry(kind: str, gnu: bool, scan: Scan) -> None:  # noqa: FBT001
    entry = ENTRIES[kind]
    if entry.pax:
        gnu = False
    tar = tar_bytes(
        [(LONG, Entry(entry.data, entry.type, link=entry.link, device=entry.device, pax=entry.pax, gnu=gnu))]
    )
    assert names(scan(tar)) == [LONG]


@pytest.mark.parametrize("gnu", [True, False])
@pytest.mark.parametrize("make", [symlink, hardlink])
def test_a_link_may_have_a_long_target(make: Callable[..., Entry], gnu: bool, scan: Scan) -> None:  # noqa: FBT001
    table = scan(tar_bytes([("l", make(LONG, gnu=gnu))]))
    assert table.link[0].replace(b"\0", b"/").decode() == LONG


def test_gnu_names_win_over_pax_and_pax_over_the_plain_header(scan: Scan) -> None:
    gnu = entry_bytes("n" * 200, Entry(gnu=True))[:1024]
    plain = entry_bytes("plain", file(b"x"))
    assert names(scan(gnu + pax(path="pax") + plain + END)) == ["n" * 200]
    assert names(scan(pax(path="pax") + gnu + plain + END)) == ["n" * 200]
    assert names(scan(pax(path="pax") + plain + plain + END)) == ["pax", "plain"]


def test_an_empty_gnu_name_counts_as_none(scan: Scan) -> None:
    empty = entry_bytes("././@LongLink", Entry(data=b"\0", type=b"L"))
    assert names(scan(empty + entry_bytes("plain", file(b"x")) + END)) == ["plain"]


def test_a_global_header_changes_nothing_and_ends_what_came_before_it(scan: Scan) -> None:
    everywhere = entry_bytes("g", Entry(data=b"12 path=all\n", type=b"g"))
    plain = entry_bytes("plain", file(b"x"))
    table = scan(everywhere + plain + pax(path="pax") + everywhere + plain + END)
    assert names(table) == ["plain", "plain"]
    assert table.remarks == ["it has a global PAX header, which engines ignore"]


def test_every_kind_is_told_and_only_files_have_content(scan: Scan) -> None:
    kinds = {b"0": Kind.FILE, b"\0": Kind.FILE, b"7": Kind.FILE, b"1": Kind.HARDLINK, b"2": Kind.SYMLINK,
             b"3": Kind.CHARACTER, b"4": Kind.BLOCK, b"5": Kind.DIRECTORY, b"6": Kind.FIFO}  # fmt: skip
    entries = [(f"n{number}", Entry(type=type_, link="t", device=(1, 3))) for number, type_ in enumerate(kinds)]
    table = scan(b"".join(patched(entry_bytes(*one), SIZE, b"00000001000\0") + bytes(512) * (one[1].type in b"0\x007")
                          for one in entries) + END)  # fmt: skip
    assert [Kind(kind) for kind in table.kind] == list(kinds.values())
    assert list(table.size) == [512, 512, 512, 0, 0, 0, 0, 0, 0]
    assert (len(table), table.entry_count, table.content_bytes) == (9, 9, 1536)


def test_contents_lie_where_the_table_says_and_streams_are_hashed(scan: Scan) -> None:
    contents = [bytes([number]) * (number * 301) for number in range(8)]
    tar = tar_bytes([(f"f{number}", file(data, gnu=bool(number % 2))) for number, data in enumerate(contents)])
    table = scan(tar)
    assert [tar[at : at + size] for at, size in zip(table.offset, table.size, strict=True)] == contents
    if table.digest is not None:
        assert table.digest == {row: content_hash(data).digest() for row, data in enumerate(contents) if data}


@pytest.mark.parametrize("gnu", [True, False])
def test_large_numbers_come_in_base_256_or_as_records(gnu: bool, scan: Scan) -> None:  # noqa: FBT001
    records = {} if gnu else {"uid": "3000000000", "gid": "4000000000", "mtime": "-1.5"}
    big = file(b"x", uid=3_000_000_000, gid=4_000_000_000, mtime=-2, gnu=gnu, pax=records)
    table = scan(tar_bytes([("a", big)]))
    assert (table.uid[0], table.gid[0], table.mtime_s[0]) == (3_000_000_000, 4_000_000_000, -2 if gnu else -1.5)


def test_ids_beyond_32_bits_are_told(scan: Scan) -> None:
    table = scan(tar_bytes([("a", file(b"", uid=2**40)), ("b", file(b"", pax={"gid": str(2**40)}))]))
    assert max(*table.uid, *table.gid) <= 0xFFFFFFFF
    assert len(table.remarks) == 2


def test_a_pax_size_moves_what_follows_for_known_and_unknown_types(scan: Scan) -> None:
    """Data that an entry claims can never pass for entries (CVE-2025-62518)."""
    hidden = entry_bytes("hidden", file(b""))
    for type_ in (b"0", b"Z"):
        claims = pax(size="512") + patched(entry_bytes("claims", Entry(type=type_)), SIZE, b"00000000000\0")
        assert "hidden" not in names(scan(claims + hidden + entry_bytes("next", file(b"")) + END))
        assert names(scan(claims + hidden + entry_bytes("next", file(b"")) + END))[-1] == "next"


# Sparse files


def test_sparse_files_of_all_formats_have_their_map_and_their_data(scan: Scan) -> None:
    data = b"a" * 600 + b"b" * 5
    old = old_sparse(0, 600, 5000, 5, real=10_000, stored=data)
    records = {"GNU.sparse.map": "0,600,5000,5", "GNU.sparse.size": "10000", "GNU.sparse.name": "sparse"}
    pax_0_1 = entry_bytes("GNUSparseFile/x", file(data, pax=records))
    pax_1_0 = entry_bytes("sparse", sparse(10_000, [(0, b"a" * 600), (5000, b"b" * 5)]))
    for entry in (old, pax_0_1, pax_1_0):
        tar = entry + entry_bytes("next", file(b"n")) + END
        table = scan(tar)
        assert names(table) == ["sparse", "next"]
        assert table.sparse == {0: SparseMap(10_000, ((0, 600), (5000, 5)))}
        assert tar[table.offset[0] : table.offset[0] + table.size[0]] == data


def test_an_old_sparse_map_goes_on_in_further_blocks(scan: Scan) -> None:
    runs = [(10 * number, 1) for number in range(30)]
    more = b"".join(b"%011o\0%011o\0" % run for run in runs[4:])
    blocks = more[: 21 * 24].ljust(504, b"\0") + b"\1".ljust(8, b"\0") + more[21 * 24 :].ljust(512, b"\0")
    head = old_sparse(*(number for run in runs[:4] for number in run), real=300, more=True)
    head = patched(head, SIZE, b"%011o\0" % 30)
    table = scan(head + blocks + (b"x" * 30).ljust(512, b"\0") + entry_bytes("next", file(b"n")) + END)
    assert table.sparse[0] == SparseMap(300, tuple(runs))
    assert (names(table), table.size[0]) == (["sparse", "next"], 30)


def test_a_record_of_a_sparse_name_renames_only_what_is_sparse(scan: Scan) -> None:
    assert names(scan(tar_bytes([("f", file(b"x", pax={"GNU.sparse.name": "other"}))]))) == ["f"]


def test_sparse_contents_are_hashed_as_a_reader_sees_them() -> None:
    table = by_stream(tar_bytes([("s", sparse(1000, [(10, b"data")]))]))
    assert table.digest == {0: content_hash(bytes(10) + b"data" + bytes(986)).digest()}


def test_headers_that_the_compiled_loop_leaves_one_after_the_other_are_read_many_at_a_time(
    scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kaniko writes absolute names: to stop at each took four times as long as without the loop."""
    calls: list[int] = []
    take = tarscan._Scan.take

    def counted(reading: tarscan._Scan, headers: Any) -> bool:
        calls.append(reading.position)
        return take(reading, headers)

    monkeypatch.setattr(tarscan._Scan, "take", counted)
    table = scan(tar_bytes((f"/d/{number:04}", file(b"x")) for number in range(5000)))
    assert names(table) == [f"d/{number:04}" for number in range(5000)]
    assert len(calls) < 40


# Markers and what is left out


def test_markers_and_what_means_no_path_are_counted_but_are_no_rows(scan: Scan) -> None:
    table = scan(tar_bytes([
        ("a/.wh.b", file(b"123")), ("a/.wh..wh..opq", Entry()), (".wh..wh.plnk", Entry()), (".wh.", Entry()),
        ("f", file(b"4567")), ("v", Entry(type=b"V")),
    ]))  # fmt: skip
    assert (names(table), table.whiteouts, table.opaques) == (["f"], [b"a\0b"], [b"a"])
    assert (table.entry_count, table.content_bytes, len(table.quarantined)) == (6, 4, 2)
    if table.digest is not None:
        assert table.digest == {0: content_hash(b"4567").digest()}
