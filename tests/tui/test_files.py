"""The files pane: views, folds, what is left out, columns, orders, and going to what matters."""

from builder import ImageBuilder
from layerscope.tui.rows import PLANNED, PLANNED_TOO
from layerscope.tui.state import Scope
from tui.driver import opened
from tui.looked_at import go, looked_at_image, names, point_at, said, to_layer
from tui.wasteful import FINDINGS, wasteful_image

WIDE = (200, 60)


async def test_v_goes_through_what_a_layer_did_that_within_all_below_and_all_up_to_it() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 4)
        files = session.pane_text("files")
        assert "what layer 4 did" in files
        assert "app.conf" not in files
        await session.press("v")
        files = session.pane_text("files")
        assert "layer 4 and all below" in files
        assert "app.conf" in files
        row = next(line for line in session.pane_lines("files") if " cache.bin" in line)
        assert row.split()[1] == "-"
        await session.press("v")
        files = session.pane_text("files")
        assert "all up to layer 4" in files
        row = next(line for line in session.pane_lines("files") if "main.py" in line)
        assert row.split()[1] == "+"  # since the base image
        await session.press("v")
        assert "what layer 4 did" in session.pane_text("files")


async def test_a_range_of_layers_is_marked_and_follows_the_cursor() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await to_layer(session, 1)
        await session.press("m")
        await to_layer(session, 4)
        files = session.pane_text("files")
        assert "what layers 1-4 did together" in files
        assert "range 1-4: m ends it" in session.pane_lines("layers")[0]
        assert "cache.bin" not in files  # it came and went within the range
        assert "new.txt" in files
        await go(session, "files")
        assert "range 1-4: M ends it" in session.pane_lines("layers")[0]
        await session.press("v")
        assert session.app.view.scope is Scope.LAYER
        await session.press("v", "v", "v")
        assert "what layers 1-4 did together" in session.pane_text("files")
        await session.press("M")
        assert "what layer 4 did" in session.pane_text("files")
        assert "range" not in session.pane_lines("layers")[0]


async def test_escape_ends_a_marked_range_but_a_filter_first() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await to_layer(session, 1)
        await session.press("m")
        await to_layer(session, 4)
        await go(session, "files", "slash", *"new", "enter")
        await session.press("escape")
        assert not session.app.view.query
        assert "what layers 1-4 did together" in session.pane_text("files")
        assert "esc end range" in session.lines[-1]
        await session.press("escape")
        assert session.app.view.mark is None
        assert "what layer 4 did" in session.pane_text("files")
        assert "end range" not in session.lines[-1]
        await go(session, "layers", "m", "escape")
        assert session.app.view.scope is Scope.LAYER


async def test_w_on_a_directory_goes_to_what_is_wasted_most_below_it() -> None:
    async with opened(wasteful_image(), size=WIDE) as session:
        await session.press("j", "j", "2", "w")
        assert (session.layer, "main" in session.row("files")) == (1, True)
        await session.press("w")
        assert session.layer == 5


async def test_added_modified_removed_and_unmodified_paths_are_left_out_and_shown_by_a_key_each() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 1)
        await session.press("a")
        assert "no added" in session.pane_text("files")
        assert "main.py" not in session.pane_text("files")
        assert "app.conf" in session.pane_text("files")
        await session.press("m")
        assert "6 changed paths are left out." in session.pane_text("files")
        await session.press("a", "m")
        assert "main.py" in session.pane_text("files")
        await to_layer(session, 4)
        await session.press("r")
        assert "cache.bin" not in session.pane_text("files")
        await session.press("r", "u")
        assert "hosts" in session.pane_text("files")
        await session.press("u")
        assert "hosts" not in session.pane_text("files")


async def test_when_all_is_left_out_the_pane_says_so_and_by_which_keys_it_comes_back() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 1)
        await session.press("a", "m")
        files = session.pane_text("files")
        assert "left out" in files
        assert "a       shows added paths again" in files
        assert "m       shows modified paths again" in files


async def test_t_leaves_out_changes_of_times_and_then_of_all_attributes() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 3)
        assert "hosts" in session.pane_text("files")
        await session.press("t")
        assert "left out" in session.pane_text("files")
        assert "ends “no mtime-only”" in session.pane_text("files")
        await to_layer(session, 2)
        assert "main.py" in session.pane_text("files")
        await session.press("t")
        assert "main.py" not in session.pane_text("files")
        await session.press("t")
        assert "main.py" in session.pane_text("files")


async def test_columns_are_turned_on_and_off_in_a_list() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 2)
        assert "Mode" in session.pane_text("files")
        await session.press("C")
        assert "[x] mode" in session.text
        await session.press("j", "j", "j", "j", "space")
        assert "[ ] mode" in session.text
        await session.press("escape")
        assert "Mode" not in session.pane_text("files")
        assert "Owner" in session.pane_text("files")


async def test_the_change_column_says_in_what_a_path_differs_from_below() -> None:
    async with opened(looked_at_image(), size=(240, 60)) as session:
        await go(session, "files")
        await to_layer(session, 2)
        rows = session.pane_lines("files")
        assert "mode" in next(line for line in rows if "main.py" in line)
        assert "owner" in next(line for line in rows if "hosts" in line)
        await to_layer(session, 1)
        rows = session.pane_lines("files")
        assert "+8 B" in next(line for line in rows if "app.conf" in line)
        assert " new " in next(line for line in rows if "logo.png" in line)


async def test_s_sorts_by_size_and_by_waste() -> None:
    async with opened(wasteful_image(), size=WIDE) as session:
        await go(session, "files", "s")
        assert "by size" in session.pane_text("files")
        assert names(session)[1].endswith("usr")
        await session.press("s")
        assert "by waste" in session.pane_text("files")
        assert names(session)[1].endswith("etc")


async def test_levels_are_opened_and_closed_one_by_one() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files", "minus")
        closed = session.list_of("files").row_count
        assert closed == 3
        await session.press("L")
        assert session.list_of("files").row_count > closed
        assert "▸ bin" in session.pane_text("files")
        await session.press("L")
        assert "▾ bin" in session.pane_text("files")
        whole = session.list_of("files").row_count
        await session.press("L")
        assert session.list_of("files").row_count == whole
        await session.press("H")
        assert "▸ bin" in session.pane_text("files")
        await session.press("H", "H", "H")
        assert session.list_of("files").row_count == closed


async def test_what_is_not_in_the_image_is_struck_through_with_who_ended_it() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 1)
        row = next(line for line in session.pane_lines("files") if " cache.bin" in line)
        assert "✝ deleted by 4 RUN rm /srv" in row
        y = session.pane("files").region.y + session.pane_lines("files").index(row.rstrip())
        strips = session.app.screen._compositor.render_strips()
        struck = "".join(segment.text for segment in strips[y] if segment.style and segment.style.strike)
        assert struck.strip() == "cache.bin"
        assert "= reshipped by 2" in next(line for line in session.pane_lines("files") if "main.py" in line)


async def test_full_stop_and_comma_go_to_the_next_change_and_the_one_before() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 2)
        await session.press("v", "minus", "g", "full_stop")
        assert " hosts" in session.row("files")
        await session.press("full_stop")
        assert " main.py" in session.row("files")
        await session.press("comma")
        assert " hosts" in session.row("files")
        await session.press("comma")
        assert " hosts" in session.row("files")
        assert "no changed path above" in said(session)


async def test_angle_brackets_go_to_the_next_big_file_and_backspace_to_the_directory_above() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files", "minus", "g", "greater_than_sign")
        assert " tool" in session.row("files")
        await session.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        assert "libbig.so.1" in session.row("files")
        await session.press("less_than_sign", "backspace")
        assert session.row("files").endswith("▾ bin")


async def test_a_big_file_has_its_share_of_all_that_is_shown_however_few_files_there_are() -> None:
    """Small files of an image with few big ones are none of them, and what counts is said."""
    small = {f"etc/{name}": b"x" * 300 for name in ("a", "b", "c", "z")}
    image = ImageBuilder("big:1").layer({**small, "opt/first": b"\1" * 90_000, "opt/second": b"\2" * 1_000})
    async with opened(image, size=WIDE) as session:
        await go(session, "files", "g", "greater_than_sign")
        assert " first" in session.row("files")
        await session.press("greater_than_sign")
        assert " second" in session.row("files")
        await session.press("greater_than_sign")
        assert " second" in session.row("files")
        assert "There is no big file (922 B or more) below." in said(session)


async def test_where_no_file_has_a_share_the_twenty_biggest_are_the_big_ones() -> None:
    image = ImageBuilder("many:1").layer({f"many/{number:03}": b"x" * (1000 + number) for number in range(300)})
    async with opened(image, size=WIDE) as session:
        await go(session, "files", "g", "greater_than_sign")
        assert " 280" in session.row("files")


async def test_what_is_left_out_stays_in_the_title_where_little_fits_and_is_told_with_its_key() -> None:
    async with opened(looked_at_image(), size=(40, 18)) as session:
        await go(session, "files", "a")
        assert "no added" in session.pane_lines("files")[0]
        assert "Paths that were added are left out: a shows them again." in said(session)


async def test_details_tell_everything_about_the_file_under_the_cursor_and_its_timeline() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await to_layer(session, 2)
        await point_at(session, "/etc/hosts")
        details = session.pane_text("details")
        for part in (
            "/etc/hosts",
            "kind        file",
            "layer 2: RUN chmod +x /srv/main.py",
            "20 B (20 bytes)",
            "-rw-r--r-- (0644)",
            "owner       7:0",
            "= reshipped",
            "layer 3: RUN touch /etc/hosts",
            "0 + added",
            "2 ~ modified: owner",
            "3 ~ modified: mtime",
        ):
            assert part in details, (part, details)
        await session.press("i")
        assert session.active == "details"
        await go(session, "layers")
        assert "layer 2" in session.pane_text("details")


async def test_details_of_a_link_and_of_a_file_with_two_names_say_where_they_lead() -> None:
    async with opened(looked_at_image(), size=WIDE) as session:
        await go(session, "files")
        await point_at(session, "/usr/lib/libbig.so")
        assert "target      libbig.so.1" in session.pane_text("details")
        await to_layer(session, 1)
        await point_at(session, "/srv/same.bin")
        assert "also named  /srv/cache.bin" in session.pane_text("details")


async def test_enter_in_waste_goes_to_the_owner_again_to_the_killer_and_escape_back() -> None:
    async with opened(wasteful_image()) as session:
        await go(session, "waste", "enter")
        assert (session.active, session.layer) == ("files", 1)
        await session.press("enter")
        assert (session.active, session.layer) == ("files", 5)
        assert " main " in session.row("files")
        await session.press("escape")
        assert session.active == "waste"
        await session.press("enter")
        assert session.layer == 1


async def test_enter_on_a_finding_goes_to_the_owner_and_again_to_the_killer() -> None:
    async with opened(wasteful_image(), findings=FINDINGS) as session:
        await go(session, "findings", "j", "enter")
        assert (session.active, session.layer) == ("files", 1)
        await session.press("enter")
        assert (session.active, session.layer) == ("files", 5)


async def test_w_goes_from_a_wasted_file_to_who_ended_it_and_back() -> None:
    async with opened(looked_at_image()) as session:
        await go(session, "files")
        await to_layer(session, 1)
        await point_at(session, "/srv/cache.bin")
        await session.press("w")
        assert session.layer == 4
        await session.press("w")
        assert session.layer == 1
        await point_at(session, "/srv/logo.png")
        await session.press("w")
        assert "Nothing of it is wasted" in said(session)


async def test_the_waste_pane_counts_paths_once_however_often_they_died() -> None:
    from builder import ImageBuilder

    image = ImageBuilder().layer({"a": b"1"}).layer({"a": b"22"}).layer({"a": b"333"}).layer({"b": b"1"}, remove=["b"])
    async with opened(image, size=WIDE) as session:
        await go(session, "waste")
        assert "2 rows (1 path)" in session.pane_text("waste")


async def test_bytes_that_are_shipped_again_unchanged_stand_in_the_files_of_the_layer() -> None:
    from builder import ImageBuilder

    image = ImageBuilder().layer({"etc/a": b"a" * 4000, "b": b"b"}).layer({"etc/a": b"a" * 4000})
    async with opened(image, size=(120, 40)) as session:
        await session.press("j", "2", "j", "j")
        assert session.row("files").startswith("= ")
        assert "4.0 kB" in session.row("files")
        assert "4.0 kB" in session.pane_lines("files")[2], "and the sum of them is what the layer ships"


async def test_the_columns_are_closed_by_the_key_that_opened_them() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("2", "C")
        assert "Columns" in session.text
        await session.press("C")
        assert "Columns" not in session.text


async def test_a_directory_that_no_entry_mentions_has_no_time() -> None:
    async with opened(ImageBuilder().layer({"a/b": b"x"}), size=(140, 40)) as session:
        await session.press("2", "d")
        assert "that no entry mentions" in " ".join(session.pane_text("details").replace("│", " ").split())
        assert "modified" not in session.pane_text("details")
        assert "1970" not in session.pane_text("details")


async def test_p_marks_the_row_and_what_is_below_it_and_says_what_is_planned_or_no_longer() -> None:
    async with opened(looked_at_image(), size=(80, 24)) as session:
        await to_layer(session, 1)
        await go(session, "files")
        await point_at(session, "/srv/main.py")
        assert PLANNED not in session.row("files")
        await session.press("p")
        assert session.row("files").startswith(f"+{PLANNED}")
        assert "Planned: to leave out /srv/main.py." in said(session)
        await session.press("p")
        assert PLANNED not in session.pane_text("files")
        assert "No longer planned: to leave out /srv/main.py." in said(session)
        await session.press("backspace", "p")
        marked = [line for line in session.pane_lines("files") if PLANNED in line]
        assert [line.split()[-1] for line in marked] == ["srv"], session.text
        below = [line for line in session.pane_lines("files") if PLANNED_TOO in line]
        assert any("main.py" in line for line in below), session.text
        assert not any("etc" in line or "app.conf" in line for line in below)


async def test_rows_of_planned_paths_are_marked_in_every_layer_and_when_the_plan_is_forgotten_no_more() -> None:
    async with opened(looked_at_image(), size=(200, 60)) as session:
        await to_layer(session, 1)
        await go(session, "files")
        await point_at(session, "/etc/app.conf")
        await session.press("p", "left_square_bracket")
        assert any(PLANNED in line and "app.conf" in line for line in session.pane_lines("files")), session.text
        await session.press("8", "D")
        assert PLANNED not in session.pane_text("files")
