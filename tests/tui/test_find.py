"""Finding: filters of the files pane, the search of all layers, and the palette."""

import re
import unicodedata

import pytest

from builder import ImageBuilder
from layerscope.tui.commands import commands_of
from tui.driver import Session, opened
from tui.looked_at import go, looked_at_image, names, point_at, said, to_layer

WIDE = (200, 60)


async def typed(session: Session, text: str) -> None:
    """Type a filter."""
    keys = {char: unicodedata.name(char).lower().replace(" ", "_").replace("-", "_") for char in text}
    keys |= {" ": "space", "-": "minus", "/": "slash"}
    await session.press(*(char if char.isalnum() else keys[char] for char in text))
    await session.until(lambda: not session.pane_lines("files")[-2].rstrip("│ ").endswith(" …"))


@pytest.mark.parametrize(
    ("layer", "query", "found"),
    [
        (0, "hos", ["hosts"]),
        (0, "*.so*", ["libbig.so", "libbig.so.1"]),
        (0, "/usr/**/lib*", ["lib", "libbig.so", "libbig.so.1"]),
        (0, "re:^t..l$", ["tool"]),
        (0, "~lbg", ["libbig.so", "libbig.so.1"]),
        (0, "lib !big", ["lib"]),
        (0, "size:>100k", ["libbig.so.1"]),
        (0, "kind:symlink", ["libbig.so"]),
        (1, "change:modified", ["app.conf"]),
        (1, "dead:yes", ["cache.bin", "main.py", "same.bin"]),
        (4, "change:removed size:>1k", ["cache.bin"]),
    ],
)
async def test_a_filter_understands_parts_globs_expressions_fuzzy_words_and_facts(
    layer: int, query: str, found: list[str]
) -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await to_layer(session, layer)
        await session.press("2", "slash")
        await typed(session, query)
        assert matches(session) == found


def matches(session: Session) -> list[str]:
    pane = session.pane("files")
    found = pane.found  # type: ignore[attr-defined]
    tree = found.arrangement.tree
    return [tree.name(found.arrangement.node(place)).decode() for place in found.matches]


async def test_layer_in_a_filter_means_who_shipped_it() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 4)
        await session.press("v", "2", "slash")
        await typed(session, "layer:2-3")
        assert matches(session) == ["hosts", "main.py"]


async def test_n_and_shift_n_go_from_match_to_match_and_round() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await session.press("2", "slash")
        await typed(session, "lib")
        await session.press("enter", "g", "n")
        assert session.row("files").endswith("lib")
        await session.press("n")
        assert "libbig.so →" in session.row("files")
        await session.press("n", "n")
        assert session.row("files").endswith("lib")
        await session.press("N")
        assert "libbig.so.1" in session.row("files")
        assert "3 matches" in session.pane_text("files")


async def test_n_without_a_filter_says_how_to_begin_one() -> None:
    async with opened(looked_at_image()) as session:
        await go(session, "files", "n")
        assert "There is no filter" in said(session)


async def test_the_cursor_stays_where_it_was_when_a_filter_is_given_up() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files", "G")
        before = session.row("files")
        await session.press("2", "slash")
        await typed(session, "hosts")
        assert "hosts" in session.row("files")
        await session.press("escape")
        assert session.row("files") == before


async def test_the_cursor_stays_on_what_was_found_when_all_files_are_shown_again() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files", "minus", "slash")
        await typed(session, "tool")
        await session.press("enter")
        assert "tool" in session.row("files")
        await session.press("escape")
        assert not session.app.view.query
        assert "tool" in session.row("files")


async def test_a_filter_that_finds_nothing_says_so_and_where_else_to_look() -> None:
    async with opened(ImageBuilder().layer({"a": b"1", "b": b"1"}).layer({"b": b"2"})) as session:
        await to_layer(session, 1)
        await session.press("2", "slash", "z")
        files = session.pane_text("files")
        assert "No path here matches “z”." in files
        assert "ctrl+f" in files
        assert "changes no files" not in files


@pytest.mark.parametrize(
    ("text", "said"),
    [("re:(", "missing ), as in re:^lib"), ("size:x", "as in >10M"), ("dead:perhaps", "dead:yes or dead:no"),
     ("layer:x", "as in 3 or 2-5"), ("kind:x", "file, hardlink"), ("change:x", "unmodified, modified")],
)  # fmt: skip
async def test_a_filter_that_is_not_understood_says_why_and_keeps_the_rows(text: str, said: str) -> None:
    async with opened(looked_at_image()) as session:
        await session.press("2", "slash")
        rows = session.list_of("files").row_count
        await typed(session, text)
        assert said in session.pane_lines("files")[-2]
        assert session.list_of("files").row_count == rows
        await session.press("space", *"tool")  # what is understood of it holds
        assert said in session.pane_lines("files")[-2]
        assert session.list_of("files").row_count < rows
        assert "tool" in session.row("files")


async def test_a_fact_that_there_is_not_says_which_there_are() -> None:
    async with opened(looked_at_image(), size=(80, 24)) as session:
        await session.press("2", "slash")
        await typed(session, "fate:dead")
        assert session.pane_text("files").count("no fact fate:, did you mean dead:?") == 2
        await session.press("ctrl+u")
        await typed(session, "foo:bar")
        assert session.pane_text("files").count("facts: size layer change dead kind") == 2
        await session.press("escape", "ctrl+f")
        await typed(session, "size:x")
        await session.until(lambda: "not understood" in session.text)
        assert session.text.count("as in >10M, <4k or 1k-2M") == 2


@pytest.mark.parametrize("size", [(80, 24), (90, 24), (120, 40), (140, 40)])
async def test_what_is_wrong_with_a_filter_is_said_in_full_however_narrow_the_pane(size: tuple[int, int]) -> None:
    async with opened(looked_at_image(), size=size) as session:
        await session.press("2", "slash")
        for text, fault in (
            ("size:x", "as in >10M, <4k or 1k-2M"),
            ("layer:x", "as in 3 or 2-5"),
            ("change:x", "unmodified, modified, added, removed"),
            ("kind:x", "file, hardlink, symlink, directory…"),
            ("change:removd", "removd is no change: removed?"),
            ("re:(a+)+", "nested repetitions take for ever"),
        ):
            await typed(session, text)
            assert fault in session.pane_text("files"), session.pane_text("files")
            await session.press("end", *["backspace"] * len(text))


async def test_a_word_that_is_no_change_is_named_and_a_layer_beyond_the_last_one_says_which_there_are() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await session.press("2", "slash")
        await typed(session, "change:removd")
        assert "removd is no change: removed?" in session.pane_text("files")
        await session.press("ctrl+u")
        await typed(session, "layer:99")
        assert session.pane_text("files").count("layers are 0 to 4") == 2
        await session.press("escape", "ctrl+f")
        await typed(session, "layer:5")
        await session.until(lambda: "No layer has a path" in session.text)
        assert "layers are 0 to 4" in session.text


async def test_all_layers_are_searched_deleted_files_too_and_enter_goes_to_layer_and_path() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await session.press("ctrl+f", *"cache")
        await session.until(lambda: "1 version" in session.text)
        assert "/srv/cache.bin" in session.text
        assert "✝ deleted by 4" in session.text
        await session.press("enter")
        assert (session.active, session.layer) == ("files", 1)
        assert "cache.bin" in session.row("files")


async def test_every_version_of_a_path_is_found_and_the_cursor_chooses_one() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await session.press("ctrl+f", *"hosts")
        await session.until(lambda: "3 versions" in session.text)
        await session.press("down", "down", "enter")
        assert session.layer == 3
        assert "hosts" in session.row("files")


async def test_the_search_of_all_layers_has_the_biggest_first_then_by_path() -> None:
    image = ImageBuilder().layer({"a.py": b"x" * 10, "b.py": b"x" * 99, "c.py": b"x" * 10}).layer({"a.py": b"x" * 50})
    async with opened(image, size=WIDE) as session:
        await session.press("ctrl+f", *"*.py")
        await session.until(lambda: "4 versions" in session.text)
        found = re.findall(r"(\d+) B +(\d) +/([abc]\.py)", session.text)
        assert found == [("99", "0", "b.py"), ("50", "1", "a.py"), ("10", "0", "a.py"), ("10", "0", "c.py")]


async def test_the_search_of_all_layers_begins_with_the_filter_and_explains_itself() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await session.press("ctrl+f")
        await session.until(lambda: "Type what to look for." in session.text)
        assert "size:>10M" in session.text
        await session.press("escape", "2", "slash", *"tool", "enter", "ctrl+f")
        await session.until(lambda: "1 version" in session.text)
        await session.press(*["backspace"] * 4, *"nowhere")
        await session.until(lambda: "No layer has a path that matches “nowhere”." in session.text)
        await session.press("escape")
        assert "tool" in "\n".join(names(session))


async def test_the_palette_holds_the_actions_of_panes_that_have_not_the_focus() -> None:
    async with opened(looked_at_image()) as session:
        commands = commands_of(session.app.screen)
        (wanted,) = (one for one in commands if one.row.text.startswith("sort by name, size or waste"))
        assert wanted.row.where == "Files"
        await wanted.run()
        await session.settle()
        assert session.active == "files"
        assert "by size" in session.pane_text("files")


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_details_say_that_nothing_is_selected_while_a_filter_finds_nothing(size: tuple[int, int]) -> None:
    async with opened(looked_at_image(), size=size) as session:
        await session.press("2", "slash")
        await typed(session, "tool")
        await session.press("enter", "3")
        assert "/usr/bin/tool" in session.pane_text("details")
        await session.press("2", "slash")
        await typed(session, "zzz")
        await session.press("enter", "3")
        assert "Nothing is selected." in session.pane_text("details")
        assert "No path matches “toolzzz”." in session.pane_text("details")
        assert "/usr/bin/tool" not in session.pane_text("details")
        await session.press("escape")
        assert "Nothing is selected." not in session.pane_text("details")


async def test_details_say_that_nothing_is_selected_where_a_layer_changes_nothing() -> None:
    async with opened(ImageBuilder().layer({"a": b"1"}).layer({}).layer({"b": b"2"})) as session:
        await session.press("2")
        await point_at(session, "/a")
        await session.press("3", "right_square_bracket")
        assert "Nothing is selected." in session.pane_text("details")
        await session.press("left_square_bracket")
        assert "/a" in session.pane_text("details")


async def test_where_a_filter_finds_nothing_keys_for_a_path_say_so() -> None:
    """The whole tree is not what one means who sees no path."""
    async with opened(ImageBuilder().layer({"a": b"x"}), size=(140, 40)) as session:
        await session.press("2", "slash", *"nowhere", "enter")
        for key in ("x", "o", "d", "y", "Y", "p", "w"):
            await session.press(key)
            assert said(session) == "There is no path here to do that with.", key
            assert session.app.screen is session.app.inspect_screen
            session.app.clear_notifications()
        await session.press("escape", "x")
        assert "Extract /" in session.text
