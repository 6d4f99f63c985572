"""What a person does with the keys, and what the screen answers."""

import pytest

from builder import ImageBuilder
from layerscope.tui.panes import PANES
from tui.driver import SIZES, opened
from tui.wasteful import wasteful_image


async def test_the_first_screen_lists_every_layer_with_size_waste_and_instruction() -> None:
    async with opened(wasteful_image()) as session:
        layers = session.pane_text("layers")
        assert "6 layers █▄▂▂▂·" in layers
        assert " 1  130 kB ━━━━  130 kB RUN apt-get" in layers
        assert "ends 60.0 kB RUN chown" in layers
        assert "ENV APP" in layers


async def test_steps_without_a_layer_stand_where_they_happened_and_have_no_number() -> None:
    async with opened(wasteful_image()) as session:
        rows = session.pane_lines("layers")
        env = next(number for number, row in enumerate(rows) if "ENV APP" in row)
        assert "·" in rows[env]
        assert " 0 " in rows[env - 1]
        assert " 1 " in rows[env + 1]


async def test_moving_down_in_layers_shows_what_that_layer_did() -> None:
    async with opened(wasteful_image()) as session:
        assert "what layer 0 did" in session.pane_text("files")
        await session.press("j", "j", "down")
        assert session.layer == 2
        files = session.pane_text("files")
        assert "what layer 2 did" in files
        assert "libc.so" not in files
        assert "python3.11" in files
        assert "layer 2" in session.pane_text("details")


async def test_an_empty_step_shows_its_own_details_and_keeps_the_layer_below() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("j")
        assert session.layer == 0
        assert "only changes the" in session.pane_text("details")


async def test_enter_on_a_layer_goes_to_its_files() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("enter")
        assert session.active == "files"
        assert session.app.focused is session.list_of("files")


async def test_a_changed_file_carries_its_sign_mode_owner_and_size() -> None:
    async with opened(wasteful_image(), size=(200, 40)) as session:
        await session.press("j", "j", "j", "j", "j")
        row = next(line for line in session.pane_lines("files") if "model.bin" in line)
        assert row.split()[1:6] == ["~", "60.0", "kB", "-rw-r--r--", "1000:1000"]


async def test_a_file_that_a_later_layer_ends_says_so() -> None:
    async with opened(wasteful_image(), size=(200, 60)) as session:
        await session.press("j", "j")
        assert "✝ deleted by 5" in next(line for line in session.pane_lines("files") if "pkgcache.bin" in line)
        await session.press("j", "j")
        assert "= reshipped by 4" in next(line for line in session.pane_lines("files") if "model.bin" in line)


async def test_a_removed_file_says_which_layer_had_shipped_it() -> None:
    async with opened(wasteful_image(), size=(200, 60)) as session:
        await session.press("G", "k")
        row = next(line for line in session.pane_lines("files") if "pkgcache.bin" in line)
        assert row.split()[1] == "-"
        assert "from 1" in row


async def test_space_folds_the_directory_under_the_cursor_and_unfolds_it() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "g", "j", "j")
        assert session.row("files").endswith("▾ etc")
        await session.press("space")
        assert "passwd" not in "\n".join(session.pane_lines("files")[:6])
        assert session.row("files").endswith("▸ etc")
        await session.press("space")
        assert session.row("files").endswith("▾ etc")


async def test_h_closes_then_goes_to_the_parent_and_l_opens_then_goes_in() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "g", "j", "j", "l")
        assert " passwd" in session.row("files")
        await session.press("h")
        assert session.row("files").endswith("▾ etc")
        await session.press("h")
        assert session.row("files").endswith("▸ etc")
        await session.press("h")
        assert session.row("files").endswith("▾ /")
        await session.press("j", "j", "right", "right")
        assert " passwd" in session.row("files")


async def test_minus_closes_all_directories_and_plus_opens_all() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "minus")
        assert session.list_of("files").row_count == 4
        await session.press("plus")
        assert session.list_of("files").row_count == 10


async def test_folds_survive_a_walk_through_the_layers() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "g", "j", "j", "space", "right_square_bracket", "right_square_bracket")
        assert session.layer == 2
        assert "▸ etc" in session.pane_text("files")
        await session.press("left_square_bracket", "left_square_bracket")
        assert session.layer == 0
        assert "▸ etc" in session.pane_text("files")


async def test_v_switches_to_everything_up_to_the_layer_and_back() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("j", "j", "v", "v")
        files = session.pane_text("files")
        assert "all up to layer 1" in files
        assert "libc.so" in files
        assert "pkgcache.bin" in files
        await session.press("v")
        assert "what layer 1 did" in session.pane_text("files")


async def test_everything_up_to_a_layer_tells_which_layer_each_file_comes_from() -> None:
    async with opened(wasteful_image(), size=(200, 60)) as session:
        await session.press("j", "j", "v", "v")
        row = {line.split()[-1]: line for line in session.pane_lines("files") if "▸" not in line and "▾" not in line}
        assert " 0 " in next(line for line in session.pane_lines("files") if "libc.so" in line)
        pkgcache = next(line for line in session.pane_lines("files") if "pkgcache.bin" in line)
        assert " 1 " in pkgcache
        assert pkgcache.split()[1] == "+"
        assert row


async def test_s_puts_the_biggest_entries_first() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "s")
        files = session.pane_text("files")
        assert "by size" in files
        assert files.index("▾ usr") < files.index("▾ etc")
        assert files.index("libc.so") < files.index(" sh")
        await session.press("s")
        assert session.pane_text("files").index("▾ etc") < session.pane_text("files").index("▾ usr")


async def test_slash_filters_while_typing_and_counts_the_matches() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "slash", "P", "a", "s", "s")
        files = session.pane_text("files")
        assert session.active == "files"
        assert "2 matches" in files
        assert "libc.so" not in files
        assert files.count("passwd") == 2


async def test_a_filter_stays_while_the_cursor_walks_and_goes_with_escape() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "slash", "l", "i", "b", "c", "enter")
        assert session.app.focused is session.list_of("files")
        assert session.row("files").endswith("libc.so")
        assert "1 match" in session.pane_text("files")
        await session.press("escape")
        assert session.list_of("files").row_count == 10
        assert session.row("files").endswith("libc.so")


async def test_escape_while_typing_shows_all_files_again() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "slash", "z", "z", "z")
        assert "0 matches" in session.pane_text("files")
        assert "No path here matches “zzz”." in session.pane_text("files")
        await session.press("escape")
        assert session.list_of("files").row_count == 10
        assert "matches" not in session.pane_text("files")


async def test_keys_are_typed_into_the_filter_and_do_nothing_else() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "slash", "q", "1", "question_mark", "v")
        assert session.active == "files"
        assert "/q1?v" in session.pane_text("files")


async def test_enter_in_waste_goes_to_the_file_in_the_layer_that_shipped_it() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("5")
        assert session.row("waste").startswith("90.0 kB")
        await session.press("enter")
        assert session.active == "files"
        assert session.layer == 1
        assert session.row("files").split("✝")[0].split()[-1] == "main"


async def test_going_from_waste_to_a_file_leaves_other_views_and_filters_behind() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("v", "2", "slash", "z", "enter", "2", "minus", "5", "enter")
        assert "what layer 1 did" in session.pane_text("files")
        assert session.row("files").split("✝")[0].split()[-1] == "main"


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_number_keys_and_tab_reach_every_pane_at_every_size(size: tuple[int, int]) -> None:
    names = [pane.SPEC.name for pane in PANES]
    async with opened(wasteful_image(), size=size) as session:
        for number, name in enumerate(names, start=1):
            await session.press(str(number))
            assert session.active == name
            assert session.pane(name).display
            focused = session.app.focused
            assert focused is not None
            assert session.pane(name) in focused.ancestors
        for name in names:
            await session.press("tab")
            assert session.active == name
        await session.press("shift+tab")
        assert session.active == names[-2]


async def test_the_cursor_goes_to_the_ends_by_pages_and_half_pages() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        await session.press("2", "plus", "G")
        last = session.list_of("files").row_count - 1
        assert session.list_of("files").cursor == last
        await session.press("g")
        assert session.list_of("files").cursor == 0
        await session.press("ctrl+d")
        half = session.list_of("files").cursor
        assert 0 < half <= last
        await session.press("ctrl+u")
        assert session.list_of("files").cursor == 0
        await session.press("pagedown", "pagedown", "pageup", "pageup", "k")
        assert session.list_of("files").cursor == 0


async def test_question_mark_shows_the_keys_of_the_focused_pane_first() -> None:
    async with opened(wasteful_image(), size=(120, 50)) as session:
        await session.press("2", "question_mark")
        assert session.text.index("Files (here)") < session.text.index("Everywhere")
        assert "open or close the directory" in session.text
        await session.press("pagedown")
        assert "Layers" in session.text
        await session.press("escape")
        assert session.app.screen is session.app.inspect_screen
        assert session.active == "files"


@pytest.mark.parametrize("width", [80, 90, 100, 110, 120, 140, 160, 200])
async def test_the_row_of_bars_in_a_title_is_shown_whole_or_smaller_but_never_cut(width: int) -> None:
    image = ImageBuilder()
    for number in range(30):
        image.layer({f"f{number}": b"x" * (number + 1)}).run(f"RUN step {number}")
    async with opened(image, size=(width, 40)) as session:
        title = session.pane_lines("layers")[0]
        assert "1 Layers · 30 layers" in title
        assert "…" not in title


async def test_an_instruction_is_shown_with_its_backslashes_as_they_are_written() -> None:
    image = ImageBuilder().layer({"f": b"x"}).run(r"RUN printf 'a\.b\w' > /f # buildkit")
    async with opened(image, size=(200, 60)) as session:
        assert r"printf 'a\.b\w' > /f" in session.pane_text("layers")
        assert r"printf 'a\.b\w' > /f" in session.pane_text("details")
        assert r"\\" not in session.text


async def test_the_screen_shines_through_behind_a_question() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "x")
        assert "Extract /" in session.text
        assert "Layers" in session.lines[1]
        await session.press("escape", "question_mark")
        assert "Files (here)" in session.text
        assert "efficient" in session.lines[0]


async def test_q_leaves_and_nothing_went_wrong() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("q")
        assert session.app.ended_by is None
    assert not session.app.is_running


async def test_details_hold_the_whole_instruction_wrapped_at_its_commands() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("j", "j", "j", "3")
        details = session.pane_text("details")
        assert "RUN apt-get install" in details
        assert "&& useradd app" in details
        assert "sha256:" in details
        assert "shipped     70.0 kB in 3 entries" in details


async def test_the_image_pane_shows_totals_and_what_was_guessed() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("7")
        image = session.pane_text("image")
        assert "1 note" in image
        assert "efficiency" in image
        assert "live" in image


@pytest.mark.parametrize("size", [(40, 10), (60, 20), *SIZES.values()], ids=str)
async def test_the_headline_answers_how_big_how_efficient_how_much_wasted_and_how_many_findings(
    size: tuple[int, int],
) -> None:
    async with opened(wasteful_image(), size=size) as session:
        headline = "\n".join(session.lines[:2])
        for part in ("shop:1", "630 kB", "69.8 %", "190 kB", "0 findings"):
            assert part in headline, headline


async def test_an_image_without_waste_says_so() -> None:
    from builder import ImageBuilder

    async with opened(ImageBuilder().layer({"a": b"1"})) as session:
        await session.press("5", "enter")
        assert session.active == "waste"
        assert "Nothing is wasted" in session.pane_text("waste"), session.pane_text("waste")


async def test_a_layer_that_changes_no_files_says_so() -> None:
    from builder import ImageBuilder

    async with opened(ImageBuilder().layer({"a": b"1"}).layer()) as session:
        await session.press("j", "2", "space", "enter", "l", "h", "s", "slash", "a", "enter")
        assert "This layer changes no files." in session.pane_text("files")


async def test_however_fast_panes_are_changed_the_keys_go_to_the_last_one() -> None:
    async with opened(wasteful_image()) as session:
        screen = session.app.inspect_screen
        for name in ("files", "layers", "image", "waste", "layers", "waste"):
            screen.action_pane(name)
        await session.settle()
        assert session.active == "waste"
        assert session.app.focused is session.list_of("waste")
