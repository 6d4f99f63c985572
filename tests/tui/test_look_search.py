"""Finding something in what is looked into: while it is typed, in text, in bytes, and in a difference."""

from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder import ImageBuilder
from layerscope.pipeline import inspect
from layerscope.tui.roles import Role
from layerscope.tui.viewer import document, seeking
from layerscope.tui.viewer.document import TextDocument
from layerscope.tui.viewer.screen import Viewer
from layerscope.tui.widgets.filterbar import FilterBar, FilterInput
from layerscope.tui.widgets.sought import marked, places_in
from tui.driver import Session, opened, started
from tui.looked_at import looked_at_image
from tui.test_look_inside import WIDE, look
from tui.test_viewer_parts import read_of


def sought_image() -> ImageBuilder:
    lines = [f"line {number}" for number in range(400)]
    lines[120] = "Needle in the hay"
    lines[250] = "x" * 900 + "needle" + "y" * 20
    return ImageBuilder().layer(
        {
            "hay.txt": "\n".join(lines).encode(),
            "prog.bin": b"\x7fELF" + b"\0" * 508 + b"\xbe\xef" + b"\0" * 100 + b"beef" + b"\0" * 90,
        }
    )


def looks(session: Session) -> bool:
    return isinstance(session.app.screen, Viewer)


async def found(session: Session, count: str) -> None:
    await session.until(lambda: count in session.lines[-2])


async def test_slash_finds_while_typing_and_n_goes_on() -> None:
    async with opened(sought_image(), size=WIDE) as session:
        await look(session, 0, "/hay.txt")
        await session.press("slash", *"NEEDLE")
        assert looks(session)
        await found(session, "1 of 2 matching lines")
        assert "121 Needle in the hay" in session.text
        await session.press("enter", "n")
        await found(session, "2 of 2 matching lines")
        await session.until(lambda: "xxxneedleyyy" in session.text)  # far to the right, and yet in sight
        await session.press("n")
        await found(session, "1 of 2 matching lines")
        assert "121 Needle in the hay" in session.text
        await session.press("N")
        await found(session, "2 of 2 matching lines")


async def test_escape_closes_the_search_only_and_gives_the_place_back() -> None:
    async with opened(sought_image(), size=WIDE) as session:
        await look(session, 0, "/hay.txt")
        await session.press("slash", *"needle")
        await found(session, "1 of 2")
        await session.press("escape")
        assert looks(session)
        assert "      1 line 0" in session.text  # it was given up while typing: back to where one was
        await session.press("slash", *"needle")
        await found(session, "1 of 2")
        await session.press("enter", "escape")
        assert looks(session)
        assert "matching" not in session.text
        assert "Needle in the hay" in session.text  # it was gone to, and stays
        await session.press("escape")
        assert not looks(session)


async def test_what_was_given_up_is_not_there_when_something_else_is_typed() -> None:
    async with opened(looked_at_image()) as session:
        await session.press("slash", *"ab", "escape", "slash", "c")
        assert session.pane("layers").query_one(FilterBar).text == "c"
        await session.press("escape", "2", "slash", *"ab", "escape", "slash", "c")
        assert session.pane("files").query_one(FilterBar).text == "c"


async def test_keys_of_the_viewer_are_text_while_something_is_typed() -> None:
    async with opened(sought_image(), size=WIDE) as session:
        await look(session, 0, "/hay.txt")
        await session.press("slash", *"dexq")
        field = session.app.screen.query_one(FilterInput)
        assert field.value == "dexq"
        await found(session, "0 matching lines")
        assert looks(session)


async def test_bytes_are_found_by_hexadecimal_digits_and_by_text_and_marked_in_both_columns() -> None:
    async with opened(sought_image(), size=WIDE) as session:
        await look(session, 0, "/prog.bin")
        await session.press("slash", *"beef")
        await found(session, "1 of 2 matches")
        assert "00000200  be ef" in session.text
        await session.press("enter", "n")
        await found(session, "2 of 2 matches")
        line = next(line for line in session.lines if line.startswith(" 00000260"))
        y = session.lines.index(line)
        strip = session.app.screen._compositor.render_strips()[y]
        under = "".join(part.text for part in strip if part.style and part.style.underline)
        assert under == "62656566beef"


async def test_a_difference_is_searched_and_other_views_are_with_the_same_word() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await look(session, 1, "/etc/app.conf", "d")
        await session.until(lambda: "one hundred" in session.text)
        await session.press("slash", *"hundred", "enter")
        await found(session, "1 of 1 matching line")
        await session.press("t")
        await found(session, "1 of 1 matching line")
        await session.until(lambda: "101 line one hundred" in session.text)
        await session.press("left_square_bracket")
        await found(session, "0 matching lines")


async def test_a_big_file_is_searched_to_its_end(tmp_path: Path) -> None:
    text = b"".join(b"%07d of many\n" % number for number in range(200_000)) + b"the end"
    path = tmp_path / "big.tar"
    ImageBuilder().layer({"big.log": text}).save(path)
    async with started(inspect, size=WIDE, reference=str(path)) as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await look(session, 0, "/big.log")
        await session.press("slash", *"END")
        await found(session, "1 of 1 matching line")
        await session.until(lambda: "200001 the end" in session.text)
        await session.press("escape", "slash", *"many")
        await found(session, "1 of 100,000 or more")


# --- parts


@given(
    st.lists(st.sampled_from([b"a", b"A", b"b", b"\n", b"ab", b"\xc3\xa9"]), max_size=60).map(b"".join),
    st.sampled_from(["a", "ab", "aa", "ba", "é", "É"]),
)
def test_lines_that_match_are_those_of_the_whole_text(data: bytes, needle: str) -> None:
    before, document.CHUNK = document.CHUNK, 8
    try:
        text = TextDocument(read_of(data), len(data))
        hits = [hit for sight in seeking.lines_with(text, read_of(data), needle) for hit in sight.hits]
        forms = seeking.texts_of(needle)
        lines = [line.lower() for line in data.split(b"\n")]
        wanted = [number for number, line in enumerate(lines) if any(form in line for form in forms)]
        assert [hit.at for hit in hits] == wanted
        places = [min(at for form in forms if (at := lines[number].find(form)) >= 0) for number in wanted]
        assert [hit.column for hit in hits] == places
    finally:
        document.CHUNK = before


@given(st.lists(st.sampled_from([b"\xbe", b"\xef", b"be", b"ef", b"B", b"\0"]), max_size=60).map(b"".join))
def test_bytes_that_match_are_those_of_the_whole_file(data: bytes) -> None:
    before, document.CHUNK = document.CHUNK, 8
    try:
        sights = list(seeking.bytes_with(read_of(data), len(data), "beef"))
        hits = [hit for sight in sights for hit in sight.hits]
        starts, at = [], 0
        while at < len(data):
            length = 4 if data[at : at + 4].lower() == b"beef" else 2 if data[at : at + 2] == b"\xbe\xef" else 0
            starts += [at] if length else []
            at += length or 1
        assert [hit.at for hit in hits] == starts
        assert not sights or sights[-1].done_bytes == len(data)
    finally:
        document.CHUNK = before


@pytest.mark.parametrize(
    ("typed", "read"),
    [*((one, b"\x7fE") for one in ("7f 45", "7F45", "\\x7f\\x45", "0x7f, 0x45")), ("7f4", None), ("ELF", None)],
)
def test_pairs_of_digits_are_bytes(typed: str, read: bytes | None) -> None:
    assert seeking.bytes_of(typed) == read


def test_what_matches_is_marked_across_colours_and_nothing_is_lost() -> None:
    line = (("ab", Role.FOCUS), ("cd", Role.TEXT), ("ef", Role.GOOD))
    assert marked(line, places_in(line, "BCDE")) == (
        ("a", Role.FOCUS), ("b", Role.MATCH), ("cd", Role.MATCH), ("e", Role.MATCH), ("f", Role.GOOD),
    )  # fmt: skip


@given(st.lists(st.text("abİß ", max_size=5), max_size=5), st.text("ab", min_size=1, max_size=3))
def test_marking_keeps_every_character(parts: list[str], needle: str) -> None:
    line = tuple((part, Role.TEXT) for part in parts)
    assert "".join(text for text, _role in marked(line, places_in(line, needle))) == "".join(parts)


def test_documents_know_lines_where_seeking_says_they_are() -> None:
    data = b"".join(b"%d\n" % number for number in range(50_000))
    text = TextDocument(read_of(data), len(data))
    hits = [hit for sight in seeking.lines_with(text, read_of(data), "4999") for hit in sight.hits]
    ends = [at for at, byte in enumerate(data) if byte == 10]
    assert [hit.at for hit in hits] == [4999, 14_999, 24_999, 34_999, 44_999, *range(49_990, 50_000)]
    for hit in hits:
        (line,) = text.lines(hit.at, 1)
        assert b"4999" in line.content
        assert bisect_right(ends, line.offset - 1) == hit.at
