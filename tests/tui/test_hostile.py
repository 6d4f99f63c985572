"""Names and histories that want to do harm are shown as what they are.

Textual#6155, Textual#5581: "[/" and "[00]" ended an application, even where they had been escaped.
"""

import pytest
from rich.cells import cell_len

from builder import ImageBuilder, hardlink, symlink
from tui.driver import SIZES, Session, opened

MARKUP = ("[00]", "a[", "b]c", "[red]", "[bold]x[", "[@click=app.quit]x", "$primary", "[link=x]y")
DANGEROUS = {
    b"esc\x1b[31mred\x1b]0;title\x07": "esc\\x1b[31mred\\x1b]0;title\\x07",
    b"new\nline": "new\\x0aline",
    b"tab\there": "tab\\x09here",
    "rtl\u202egnp.exe".encode(): "rtl\\u202egnp.exe",
    b"not utf-8 \xff\xfe": "not utf-8 \\xff\\xfe",
    "zero\u200bwidth".encode(): "zero\\u200bwidth",
    b"c1 \xc2\x9b31m": "c1 \\u009b31m",
}


async def shown_at(session: Session, size: tuple[int, int]) -> None:
    for line in session.lines:
        assert cell_len(line) == size[0]
        assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in line)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_names_that_look_like_markup_are_shown_letter_by_letter(size: tuple[int, int]) -> None:
    image = ImageBuilder().layer(dict.fromkeys(MARKUP, b"x")).layer(remove=MARKUP)
    async with opened(image, size=size) as session:
        await session.press("2")
        for name in MARKUP:
            assert name in session.pane_text("files")
        await session.press("5")
        for name in MARKUP:
            assert name in session.pane_text("waste")
        await shown_at(session, size)


async def test_a_slash_in_something_like_markup_is_a_directory_and_nothing_else() -> None:
    async with opened(ImageBuilder().layer({"a[/b]c": b"x"})) as session:
        await session.press("2", "plus")
        assert "▾ a[" in session.pane_text("files")
        assert "b]c" in session.pane_text("files")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_control_characters_in_names_are_written_out(size: tuple[int, int]) -> None:
    image = ImageBuilder().layer(dict.fromkeys(DANGEROUS, b"x")).layer(remove=list(DANGEROUS))
    async with opened(image, size=size) as session:
        await session.press("2")
        if size[0] != 120:  # elsewhere there is room for whole names
            for shown in DANGEROUS.values():
                assert shown in session.pane_text("files") or size[0] == 80
        await shown_at(session, size)
        await session.press("5")
        await shown_at(session, size)


async def test_link_targets_are_written_out_too() -> None:
    image = ImageBuilder().layer(
        {"f": b"x", "s": symlink(b"/t\x1b[0m[/red]"), "h": hardlink("f"), b"\xff": symlink("f")}
    )
    async with opened(image, size=(200, 40)) as session:
        await session.press("2")
        assert "s → /t\\x1b[0m[/red]" in session.pane_text("files")
        await shown_at(session, (200, 40))


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_history_with_markup_control_codes_and_megabytes_is_shown_and_cut(size: tuple[int, int]) -> None:
    image = (
        ImageBuilder()
        .layer({"a": b"x"})
        .run("RUN /bin/sh -c echo '[/red] [bold]x' \x1b[2J\x07 # buildkit")
        .layer({"b": b"x"})
        .run("RUN /bin/sh -c " + "echo [/]\n" * 100_000)
        .step("LABEL x=[/b]\u202e")
    )
    async with opened(image, size=size) as session:
        for keys in (("1",), ("3",), ("1", "j"), ("3", "G"), ("1", "j"), ("3",)):
            await session.press(*keys)
            await shown_at(session, size)
        await session.press("1", "g", "3")
        assert "[/red] [bold]x" in session.pane_text("details")


async def test_a_reference_with_markup_is_shown_letter_by_letter() -> None:
    async with opened(ImageBuilder("[red]x[/nope]").layer({"a": b"x"}), reference="[/x]\x1b[2J.tar") as session:
        assert "[/x]\\x1b[2J.tar" in session.lines[0]
        await session.press("7")
        assert "[red]x[/nope]" in session.pane_text("image")


async def test_a_filter_with_markup_finds_what_it_says() -> None:
    async with opened(ImageBuilder().layer(dict.fromkeys(MARKUP, b"x"))) as session:
        await session.press("2", "slash", "left_square_bracket", *"red", "right_square_bracket")
        assert "1 match" in session.pane_text("files")
        assert "[red]" in session.pane_text("files")


async def test_a_tree_of_hostile_depth_and_names_of_hostile_length_fit_the_screen() -> None:
    deep = "/".join(["d"] * 120 + ["x" * 250])
    async with opened(ImageBuilder().layer({deep: b"x", "語" * 80: b"y"}), size=(80, 24)) as session:
        await session.press("2", "plus", "G", "k")
        await shown_at(session, (80, 24))
        assert "xxx" in session.row("files")
        await session.press("5", "4", "3", "2", "v", "s")
        await shown_at(session, (80, 24))
