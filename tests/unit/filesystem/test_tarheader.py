"""Numbers, PAX records and sparse maps of tar headers, read as container engines read them (Go's archive/tar)."""

import pytest

from builder import pax_record
from layerscope.filesystem.tarheader import (
    MAX_NUMBER,
    MAX_SPARSE_RUNS,
    Extension,
    HeaderError,
    checksum_matches,
    number,
    old_sparse_numbers,
    pax_records,
    pax_sparse_numbers,
    read_pax,
    runs_of,
    uses_prefix,
)
from layerscope.model.files import SparseMap


def base256(value: int, width: int = 12) -> bytes:
    """Write a number as GNU tar does where octal is too short."""
    raw = bytearray((value % (1 << 8 * width)).to_bytes(width, "big"))
    raw[0] |= 0x80
    return bytes(raw)


NUMBERS = {
    b"00000000644\0": 0o644,
    b"0000644 ": 0o644,
    b"   644 \0": 0o644,
    b"644": 0o644,
    b"\x00644": 0o644,
    b"7\x00garbage": 7,
    b"": 0,
    b"\0\0\0\0": 0,
    b"        ": 0,
    b"777777777777": 0o777777777777,
    base256(0): 0,
    base256(1): 1,
    base256(2**33): 2**33,
    base256(MAX_NUMBER): MAX_NUMBER,
    base256(-1): -1,
    base256(-(2**40)): -(2**40),
    base256(2**21, 8): 2**21,
    base256(-2, 8): -2,
}


@pytest.mark.parametrize("field", NUMBERS)
def test_numbers_are_octal_or_base_256(field: bytes) -> None:
    assert number(field) == NUMBERS[field]


@pytest.mark.parametrize("field", [b"8", b"-1", b"+1", b"1_0", b"0o7", b"0x1", b"1 1", b"12a", b"zzz", b"\x7f", b"1.5"])
def test_what_is_no_number_is_refused(field: bytes) -> None:
    with pytest.raises(HeaderError, match="a number is b'"):
        number(field)


@pytest.mark.parametrize("field", [base256(2**63), base256(-(2**63)), base256(2**90), b"\xff" + bytes(11), b"7" * 24])
def test_numbers_beyond_63_bits_are_refused(field: bytes) -> None:
    with pytest.raises(HeaderError, match="beyond 63 bits"):
        number(field)


def test_checksums_are_taken_of_unsigned_bytes_or_as_historic_tars_did_of_signed_ones() -> None:
    block = bytearray(b"\xe9name".ljust(512, b"\0"))
    unsigned = sum(block[:148]) + sum(block[156:]) + 8 * 32
    assert checksum_matches(bytes(block), unsigned)
    assert checksum_matches(bytes(block), unsigned - 256)
    assert not checksum_matches(bytes(block), unsigned + 1)
    assert not checksum_matches(bytes(block), unsigned - 512)


PREFIXES = {
    "ustar": (b"ustar\x0000", b"some/dir", True),
    "ustar of another version": (b"ustar\0\0\0", b"some/dir", True),
    "GNU, with access and change times": (b"ustar  \0", b"14371441634\x0014371441634\0", False),
    "GNU, with nothing": (b"ustar  \0", b"", False),
    "what Go before 1.8 called GNU": (b"ustar  \0", b"some/dir", True),
    "GNU, with bytes that are no text": (b"ustar  \0", b"some/\xff", False),
    "V7": (bytes(8), b"some/dir", False),
}


@pytest.mark.parametrize("writer", PREFIXES)
def test_a_name_goes_on_in_the_prefix_field_of(writer: str) -> None:
    magic, prefix, expected = PREFIXES[writer]
    assert uses_prefix(magic, prefix.ljust(155, b"\0")) is expected


# PAX records


def test_records_count_their_own_length() -> None:
    body = pax_record("path", "a/b") + pax_record("key", "x" * 90) + pax_record("k", "") + pax_record("n", "a=b\nc")
    assert pax_records(body) == [(b"path", b"a/b"), (b"key", b"x" * 90), (b"k", b""), (b"n", b"a=b\nc")]
    assert pax_records(body + bytes(100)) == pax_records(body)
    assert pax_records(b"") == []


BROKEN = {
    b"path=a\n": "has no valid length",
    b"x path=a\n": "has no valid length",
    b"-9 path=a\n": "has no valid length",
    b"0 k=v\n": "has no valid length",
    b"3 k\n": "has no valid length",
    b"99 k=v\n": "is longer than its header",
    b"5 k=v\n": "is longer than its header",
    b"6 k=v ": "is longer than its header",
    b"6 kkk\n": "has no equals sign",
    b"5 =v\n": "has no equals sign",
    b" 6 k=v\n": "has no valid length",
    b"9" * 30 + b" k=v\n": "has no valid length",
    pax_record("path", b"a\0b"): "has a NUL in its key or in a name",
    pax_record(b"SCHILY.xattr.a\0b", "v"): "has a NUL in its key or in a name",
}


@pytest.mark.parametrize("body", BROKEN)
def test_records_that_make_no_sense_are_refused(body: bytes) -> None:
    with pytest.raises(HeaderError, match=BROKEN[body]):
        pax_records(body)


def read(**records: str | bytes) -> Extension:
    """Read an `x` header; keys with "__" for dots."""
    body = b"".join(pax_record(key.replace("__", "."), value) for key, value in records.items())
    return read_pax(body, Extension())


def test_records_say_what_a_plain_header_cannot() -> None:
    found = read(path="p", linkpath="l", size="9999999999", uid="4000000000", gid="7", mtime="1.5", atime="no number")
    assert (found.path, found.link, found.size, found.uid, found.gid, found.mtime_s) == (
        b"p", b"l", 9_999_999_999, 4_000_000_000, 7, 1.5,
    )  # fmt: skip


def test_an_empty_value_takes_a_setting_back() -> None:
    found = read(path="", linkpath="", size="", uid="", mtime="")
    assert (found.path, found.link, found.size, found.uid, found.mtime_s) == (None,) * 5


def test_a_second_header_replaces_the_first_but_not_gnu_names() -> None:
    first = read(path="one", mtime="5")
    first.long_name = b"gnu"
    second = read_pax(pax_record("size", "3"), first)
    assert (second.path, second.mtime_s, second.size, second.long_name) == (None, None, 3, b"gnu")


def test_extended_attributes_are_bytes_in_both_dialects() -> None:
    found = read(SCHILY__xattr__user__a=b"\0\xff=\n", LIBARCHIVE__xattr__user__b="AP8")
    assert found.xattrs == {b"user.a": b"\0\xff=\n", b"user.b": b"\0\xff"}
    both = read(LIBARCHIVE__xattr__user__a="AP8=", SCHILY__xattr__user__a="plain")
    assert both.xattrs == {b"user.a": b"plain"}
    assert read_pax(pax_record("LIBARCHIVE.xattr.user%2Ea%3D", "AA=="), Extension()).xattrs == {b"user.a=": b"\0"}


TIMES = {"0": 0, "1700000000": 1_700_000_000, "-5.25": -5.25, "+3": 3, "12.": 12, "1.000000000000000000001": 1}


@pytest.mark.parametrize("text", TIMES)
def test_times_have_fractions_and_signs(text: str) -> None:
    assert read(mtime=text).mtime_s == TIMES[text]


@pytest.mark.parametrize("text", ["x", "1_0", "1e3", " 3", "nan", "inf", "0x1", "1,5", "--1", ".5", "9" * 300, "1 "])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(HeaderError, match="PAX mtime is b'"):
        read(mtime=text)


def test_an_owner_may_have_a_sign_and_a_size_may_not() -> None:
    assert read(uid="-1", gid="+3").uid == -1
    with pytest.raises(HeaderError, match="PAX size is b'-1'"):
        read(size="-1")


@pytest.mark.parametrize("key", ["size", "uid", "gid"])
@pytest.mark.parametrize("text", ["x", "--1", "1.0", "1_0", "0x1", " 1", str(MAX_NUMBER + 1), "9" * 5000, "\u0663"])
def test_what_is_no_size_or_id_is_refused(key: str, text: str) -> None:
    with pytest.raises(HeaderError, match=f"PAX {key} is b'"):
        read(**{key: text})


def test_an_attribute_that_is_no_base64_is_refused() -> None:
    with pytest.raises(HeaderError, match="not base64"):
        read(LIBARCHIVE__xattr__user__a="!!!")


# Sparse maps


def test_a_sparse_map_is_its_runs_and_its_real_size() -> None:
    assert runs_of([0, 2, 5, 3, 10, 0], 10, 5) == SparseMap(10, ((0, 2), (5, 3)))
    assert runs_of([], 10, 0) == SparseMap(10, ())
    assert runs_of([0, 5, 5, 5], 10, 10) == SparseMap(10, ((0, 5), (5, 5)))


MISFITS: dict[str, tuple[list[int], int, int]] = {
    "an odd number of values": ([1], 10, 0),
    "more runs than are read": ([0, 0] * (MAX_SPARSE_RUNS + 1), 10, 0),
    "a negative size": ([], -1, 0),
    "a size beyond 63 bits": ([], MAX_NUMBER + 1, 0),
    "a run beyond the end": ([8, 3], 10, 3),
    "a run of negative length": ([5, -1], 10, -1),
    "a run at a negative offset": ([-1, 1], 10, 1),
    "runs that overlap": ([0, 5, 4, 2], 10, 7),
    "runs out of order": ([5, 2, 0, 2], 10, 4),
    "more data than is stored": ([0, 5], 10, 4),
    "less data than is stored": ([0, 5], 10, 6),
}


@pytest.mark.parametrize("what", MISFITS)
def test_a_sparse_map_is_refused_that_has(what: str) -> None:
    with pytest.raises(HeaderError, match=r"a sparse (map|file)"):
        runs_of(*MISFITS[what])


def test_an_old_gnu_map_ends_at_an_empty_pair() -> None:
    pairs = b"00000000010\x0000000000002\0" + base256(2**40) + b"00000000003\0" + bytes(48)
    assert old_sparse_numbers(b"header" + pairs, 6, 4) == [8, 2, 2**40, 3]
    assert old_sparse_numbers(b"header" + pairs, 6, 1) == [8, 2]


def test_pax_maps_come_as_one_record_or_as_many() -> None:
    assert pax_sparse_numbers(read(GNU__sparse__map="0,5,10,2")) == [0, 5, 10, 2]
    assert pax_sparse_numbers(read(GNU__sparse__map="")) is None
    assert pax_sparse_numbers(read(GNU__sparse__realsize="5")) is None
    many = b"".join(pax_record(f"GNU.sparse.{key}", value) for key, value in [("offset", "1"), ("numbytes", "2")] * 2)
    assert pax_sparse_numbers(read_pax(many, Extension())) == [1, 2, 1, 2]


@pytest.mark.parametrize("text", ["x", "0,,1", "0,-1", "1_0,0", "9" * 21 + ",0", ",", "0,1,"])
def test_a_pax_map_of_something_else_than_numbers_is_refused(text: str) -> None:
    with pytest.raises(HeaderError, match="not made of numbers"):
        pax_sparse_numbers(read(GNU__sparse__map=text))
