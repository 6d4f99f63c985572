"""Sizes, ratios and names, between what people type or read and what the program holds."""

import string
import sys
import unicodedata
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from layerscope.units import (
    decode,
    encode,
    format_percent,
    format_size,
    from_printable,
    json_name,
    parse_size,
    printable,
    prose,
)

quick = settings(max_examples=200, deadline=None, derandomize=True, database=None)
PIECES = [
    b"\\", b"\\\\", b"\\x41", b"\\u0041", b"\\U0001f600", b"a", b" ", b"\xff", b"\xc3", b"\xa9", b"\x1b[31m", b"\n",
    b"\xed\xa0\x80", b"\xed\xb3\xbf", *(char.encode() for char in "é\u202e\ufeff😀"),
]  # fmt: skip
NAMES = st.one_of(st.binary(max_size=30), st.lists(st.sampled_from(PIECES), max_size=8).map(b"".join))


# Names


@given(NAMES)
@example(bytes(range(256)))
@quick
def test_every_name_is_read_back_as_it_was_shown(raw: bytes) -> None:
    assert from_printable(printable(raw)) == raw


@given(NAMES, NAMES)
@quick
def test_two_names_never_look_the_same(one: bytes, other: bytes) -> None:
    assert (printable(one) == printable(other)) == (one == other)


@pytest.mark.parametrize("code", range(256))
def test_every_single_byte_is_read_back(code: int) -> None:
    assert from_printable(printable(bytes([code]))) == bytes([code])


DANGEROUS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u2800\u3164\uffa0\ufe0f\U000e0100\U000e0fff"


def test_nothing_survives_that_acts_on_a_terminal_reorders_hides_or_passes_for_a_blank() -> None:
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        kind = unicodedata.category(char)
        if kind in DANGEROUS or (kind == "Zs" and char != " ") or char in INVISIBLE:
            shown = printable(f"a{char}b")
            assert shown.startswith("a\\"), f"U+{code:04X} {kind}"
            assert shown.isascii()


@given(st.one_of(NAMES, st.text(max_size=20)))
@quick
def test_what_is_shown_is_one_line_that_can_be_written_anywhere(name: bytes | str) -> None:
    shown = printable(name)
    assert len(shown.splitlines()) <= 1
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert not {unicodedata.category(char) for char in shown} & DANGEROUS


def test_ordinary_names_of_all_scripts_are_shown_as_they_are() -> None:
    for name in (
        "etc/passwd",
        "a b",
        "naïve café",
        "名前",
        "имя",
        "اسم",
        "नाम",
        "😀",
        string.punctuation.replace("\\", ""),
    ):
        assert printable(name) == printable(name.encode()) == name


SHOWN = {
    b"\x1b[31m": r"\x1b[31m",
    b"a\nb\tc\r": r"a\x0ab\x09c\x0d",
    b"\x00\x7f": r"\x00\x7f",
    b"\xff\xfe": r"\xff\xfe",
    b"C:\\x41": r"C:\\x41",
    "\x85\x9b".encode(): r"\u0085\u009b",
    b"\x85\x9b": r"\x85\x9b",
    "abc\u202ecba".encode(): r"abc\u202ecba",
    "zero\u200bwidth".encode(): r"zero\u200bwidth",
    "a\u00a0b".encode(): r"a\u00a0b",
    "\U000e0041".encode(): r"\U000e0041",
    "\ud800": r"\ud800",
}


@pytest.mark.parametrize("name", SHOWN)
def test_dangerous_characters_are_written_as_escapes(name: bytes | str) -> None:
    assert printable(name) == SHOWN[name]
    assert printable(decode(name) if isinstance(name, bytes) else name) == SHOWN[name]


READ = {
    "etc/passwd": b"etc/passwd", r"\x41": b"A", r"\\x41": b"\\x41", r"\u00e9": "é".encode(),
    r"\U0001f600": "😀".encode(),
    r"\xFF\xff": b"\xff\xff", "\\": b"\\", r"\x4": rb"\x4", r"\q": rb"\q", r"\ud800": rb"\ud800",
    "\udcff": b"\xff",
    r"\U00110000": rb"\U00110000", r"\Uffffffff": rb"\Uffffffff", r"\u12": rb"\u12", "a\\": b"a\\", "": b"",
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_what_a_user_types_is_read_as_escapes_where_they_are_whole_and_as_it_stands_elsewhere(text: str) -> None:
    assert from_printable(text) == READ[text]


@given(st.text(alphabet=st.sampled_from("\\xuU0123456789abcdefABCDEF g\udcff"), max_size=24))
@quick
def test_nothing_that_a_user_types_is_an_error(text: str) -> None:
    assert isinstance(from_printable(text), bytes)


@given(st.binary(max_size=40))
@quick
def test_bytes_survive_as_text(raw: bytes) -> None:
    assert encode(decode(raw)) == raw


def test_a_message_is_one_line_and_names_in_it_stay_as_they_were_shown() -> None:
    assert prose("two\nlines  of\ttext") == "two lines of text"
    assert prose(f"no layer has {printable(b'a/x')}") == r"no layer has a/x"
    assert prose("C:\\temp \x1b[2J\u202e") == r"C:\temp \x1b[2J\u202e"


JSON_NAMES = {
    b"/etc/passwd": "/etc/passwd", "/é/😀".encode(): "/é/😀", b"/caf\xe9": r"/caf\xe9", b"\x00\x1b\n": "\x00\x1b\n",
    b"\xed\xa0\x80": r"\xed\xa0\x80", b"\xf5": r"\xf5",
}  # fmt: skip


@pytest.mark.parametrize("raw", JSON_NAMES)
def test_json_has_names_exactly_and_escapes_only_for_bytes_that_are_no_utf_8(raw: bytes) -> None:
    assert json_name(raw) == JSON_NAMES[raw]
    json_name(raw).encode("utf-8")


# Sizes that people type


SIZES = {
    "0": 0, "4096": 4096, "20MB": 20_000_000, "20mb": 20_000_000, "20 MB": 20_000_000, " 20M ": 20_000_000,
    "5KiB": 5120, "5 kib": 5120, "5Ki": 5120, "1.5g": 1_500_000_000, "1.5GiB": 3 << 29, ".5k": 500, "2.": 2, "7B": 7,
    "1TB": 10**12,
    "1TiB": 1 << 40, "3P": 3 * 10**15, "1PiB": 1 << 50, "8.2MB": 8_200_000, "1.001kB": 1001, "0.1kB": 100,
    "0.3GB": 300_000_000, "1.9": 1, "99999999999999999999MB": 99_999_999_999_999_999_999_000_000,
    "0.000001MB": 1,
}  # fmt: skip


@pytest.mark.parametrize("text", SIZES)
def test_sizes_are_read_exactly(text: str) -> None:
    assert parse_size(text) == SIZES[text]


@given(st.integers(0, 10**6), st.integers(0, 999_999), st.sampled_from(["kB", "MB", "GB", "KiB", "MiB", "GiB"]))
@quick
def test_fractions_of_a_unit_are_exact_and_rounded_down(whole: int, millionths: int, unit: str) -> None:
    factor = (1000 if len(unit) == 2 else 1024) ** (1 + "KMG".index(unit[0].upper()))
    exact = (whole + Fraction(millionths, 10**6)) * factor
    assert parse_size(f"{whole}.{millionths:06d}{unit}") == int(exact)


NO_SIZES = [
    "", " ", "MB", "x", "-1", "+1", "1e3", "1_000", "1,5MB", "0x10", "1 0", "5 K iB", "10 bytes", "1MBB", "1.2.3",
    "٣MB", "²", "1\n2", "∞", "nan", "inf", "20MB\x00", "9" * 5000, "9" * 400 + ".5", "0." + "0" * 4000 + "1TB",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_SIZES)
def test_anything_else_is_refused_with_an_example_of_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 20MB, 5KiB or plain bytes"):
        parse_size(text)


# Sizes that people read


FORMATTED = {
    0: "0 B", 1: "1 B", 999: "999 B", 1000: "1.0 kB", 1049: "1.0 kB", 1051: "1.1 kB", 9_949: "9.9 kB", 9_951: "10.0 kB",
    99_949: "99.9 kB", 99_950: "100 kB", 99_951: "100 kB", 100_499: "100 kB", 100_501: "101 kB", 983_900: "984 kB",
    999_499: "999 kB", 999_501: "1.0 MB", 999_949: "1.0 MB", 999_950: "1.0 MB", 1_000_000: "1.0 MB",
    56_200_000: "56.2 MB", 999_949_999: "1.0 GB", 999_499_999: "999 MB", 2_500_000_000: "2.5 GB",
    10**12: "1.0 TB", 10**15: "1.0 PB", 10**18: "1.0 EB",
}  # fmt: skip


@pytest.mark.parametrize("size", FORMATTED)
def test_sizes_are_written_in_si_units_with_three_digits_at_most(size: int) -> None:
    assert format_size(size) == FORMATTED[size]


UNITS = {"B": 0, "kB": 1, "MB": 2, "GB": 3, "TB": 4, "PB": 5, "EB": 6}


@given(st.one_of(st.integers(0, 10**18), st.integers(0, 17).flatmap(lambda n: st.integers(10**n - 60, 10**n + 60))))
@quick
def test_what_is_written_is_the_nearest_that_the_digits_allow(size: int) -> None:
    size = abs(size)
    number, unit = format_size(size).split(" ")
    step = Fraction(1000 ** UNITS[unit]) * (Fraction(1, 10) if "." in number else 1)
    assert abs(Fraction(number) * 1000 ** UNITS[unit] - size) <= (step / 2 if unit != "B" else 0)
    assert len(number.replace(".", "")) <= 3
    assert ("." in number) == (unit != "B" and Fraction(number) < 100)


def test_larger_sizes_never_look_smaller() -> None:
    sizes = sorted(
        {base * 10**power + delta for base in (1, 9, 99, 999) for power in range(15) for delta in range(-2, 3)}
    )
    shown = [format_size(size).split(" ") for size in sizes if size >= 0]
    values = [Fraction(number) * 1000 ** UNITS[unit] for number, unit in shown]
    assert values == sorted(values)


# Percentages


PERCENT = {
    (0.0, 1): "0.0 %", (1.0, 1): "100.0 %", (0.5, 1): "50.0 %", (0.57, 1): "57.0 %", (0.29, 1): "29.0 %",
    (0.9999, 1): "99.9 %", (0.99999, 1): "99.9 %", (1 - 1e-12, 1): "99.9 %", (0.0009, 1): "0.0 %", (0.001, 1): "0.1 %",
    (1.5, 1): "150.0 %", (1 / 3, 2): "33.33 %", (2 / 3, 0): "66 %", (0.999, 0): "99 %", (1.0, 0): "100 %",
    (0.7, 3): "70.000 %", (float("inf"), 1): "∞ %", (None, 1): "n/a",
}  # fmt: skip


@pytest.mark.parametrize(("ratio", "digits"), PERCENT)
def test_ratios_are_written_as_percentages_rounded_toward_zero(ratio: float | None, digits: int) -> None:
    assert format_percent(ratio, digits=digits) == PERCENT[ratio, digits]


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 4))
@example(10**12, 10**12 - 1, 1)
@quick
def test_only_a_whole_is_ever_100_percent(whole: int, part: int, digits: int) -> None:
    part = min(part, whole)
    shown = format_percent(part / whole, digits=digits)
    value = Fraction(shown.removesuffix(" %"))
    assert (value == 100) == (part == whole)
    assert value <= 100 * Fraction(part, whole) + Fraction(1, 10**6)  # a double has sixteen digits
    assert 100 * Fraction(part, whole) - value < Fraction(1, 10**digits) + Fraction(1, 10**6)
