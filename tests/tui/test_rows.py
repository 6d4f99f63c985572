"""From the model to cells: every row has the width it was asked for, whatever is in it."""

from dataclasses import replace

import pytest

from builder import ImageBuilder, device, directory, fifo, symlink
from layerscope.history.align import steps_of
from layerscope.model.findings import Edit, Finding, Level
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate, Waste
from layerscope.pipeline import inspect_raw
from layerscope.tui import facts, headline, rows, words
from layerscope.tui.arrange import arrange
from layerscope.tui.comparisons import Comparisons
from layerscope.tui.filerows import FileView, file_header, file_line, owner_width
from layerscope.tui.findingrows import finding_lines, fix_of
from layerscope.tui.looks import Column, Looks, Sort
from layerscope.tui.roles import Line, width_of_line
from layerscope.tui.state import Scope, ViewState
from layerscope.tui.wanted import Wanted
from tui.wasteful import wasteful_image


@pytest.fixture(scope="module")
def inspection() -> Inspection:
    return inspect_raw(wasteful_image().raw_image())


def text_of(line: Line) -> str:
    return "".join(text for text, _role in line)


@pytest.mark.parametrize("width", [*range(30, 60), 80, 120, 300])
def test_rows_of_layers_waste_and_files_are_exactly_as_wide_as_asked(inspection: Inspection, width: int) -> None:
    steps = rows.inspected_rows(inspection)
    columns = rows.LayerColumns.of(steps, width)
    assert width_of_line(rows.layer_header(columns)) == width
    assert {width_of_line(rows.layer_line(step, columns, compared=True)) for step in steps} == {width}
    known = rows.WasteColumns.of(inspection.waste, inspection.layers)
    lined = replace(known, lines=tuple(range(8, 8 + len(inspection.layers))), from_to=11)
    for waste in (known, lined):
        assert width_of_line(rows.waste_header(width, waste)) == width
        for part in range(rows.waste_height(width)):
            assert {width_of_line(rows.waste_line(one, part, width, waste)) for one in inspection.waste} == {width}
    comparisons = Comparisons(inspection.tree, lambda _fault: None)
    for scope in Scope:
        for layer in range(inspection.image.layer_count):
            shown = ViewState(layer=layer, scope=scope, mark=2, unmodified=layer % 2 == 0)
            arrangement = comparisons.get(Wanted.of(shown))
            assert arrangement is not None
            columns_wanted = frozenset(list(Column)[layer % 3 :])
            view = FileView(
                arrangement, owner_width(inspection.tree), columns_wanted, layer % 2 == 0, ["RUN x"] * 6, needle="a"
            )
            file_columns = view.columns(width)
            assert width_of_line(file_header(file_columns)) == width
            for place in range(len(arrangement)):
                assert width_of_line(file_line(view, file_columns, place, is_open=True)) == width


@pytest.mark.parametrize("width", [20, 30, 38, 60, 100])
def test_facts_are_never_wider_than_asked(inspection: Inspection, width: int) -> None:
    image = inspection.image
    for layer in inspection.layers:
        lines = facts.layer_lines(layer, image.layer_count, image.base_layer_count, width)
        assert max(map(width_of_line, lines)) <= max(width, 32)
    assert max(map(width_of_line, facts.image_lines(inspection, width))) <= max(width, 32)


@pytest.mark.parametrize("width", [40, 60, 89, 90, 120, 200])
def test_the_headline_is_exactly_as_wide_as_asked(inspection: Inspection, width: int) -> None:
    for line in headline.headline(inspection, width):
        assert width_of_line(line) == width


def test_every_kind_of_entry_has_its_letter_and_special_bits_are_seen() -> None:
    image = ImageBuilder().layer(
        {
            "b": device("b", 7, 0),
            "c": device("c", 1, 3),
            "d": directory(mode=0o1777),
            "l": symlink("x"),
            "p": fifo(),
            "s": b"",
        }
    )
    inspection = inspect_raw(image.raw_image())
    arrangement = Comparisons(inspection.tree, lambda _fault: None).get(Wanted.of(ViewState()))
    assert arrangement is not None
    view = FileView(arrangement, 5)
    columns = view.columns(80)
    shown = [text_of(file_line(view, columns, place, is_open=True)) for place in range(1, 7)]
    for letter, line in zip("bcdlp-", shown, strict=True):
        assert f" {letter}r" in line
    assert "drwxrwxrwt" in shown[2]


def test_layers_without_any_history_are_all_listed() -> None:
    image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).without_history()
    steps = rows.inspected_rows(inspect_raw(image.raw_image()))
    assert [row.layer for row in steps] == [0, 1]
    line = text_of(rows.layer_line(steps[0], rows.LayerColumns.of(steps, 60), compared=False))
    assert line.rstrip().endswith("(no history)")


def test_layers_come_first_where_history_does_not_match_them() -> None:
    image = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).step("RUN extra", empty=False)
    steps = rows.inspected_rows(inspect_raw(image.raw_image()))
    assert [row.layer for row in steps] == [0, 1, None, None, None]
    assert "RUN" in {row.keyword for row in steps[2:]}


def test_before_anything_is_read_rows_have_stored_sizes_and_no_waste() -> None:
    raw = wasteful_image().raw_image()
    announced = rows.announced_rows(raw, steps_of(raw)[0])
    read = rows.inspected_rows(inspect_raw(raw))
    assert [row.layer for row in announced] == [row.layer for row in read]
    assert [row.text for row in announced] == [row.text for row in read]
    assert all(row.wasted_bytes is None for row in announced)
    assert announced[0].size_bytes == raw.layers[0].stored_bytes


@pytest.mark.parametrize("width", [60, 46, 30])
def test_bytes_wasted_stand_with_their_bar_and_bytes_ended_with_that_word(inspection: Inspection, width: int) -> None:
    steps = rows.inspected_rows(inspection)
    columns = rows.LayerColumns.of(steps, width)
    shown = {row.layer: text_of(rows.layer_line(row, columns, compared=False)) for row in steps}
    assert "━━━  130 kB R" in shown[1]
    assert "ends 130 kB R" in shown[5]


@pytest.mark.parametrize(("edits", "copied"), [
    ((Edit(("RUN a \\", " && b"), 2, 2),), ["RUN a \\", " && b"]),
    ((Edit((), 4, 4),), ["# fix LS102 t", "# Dockerfile, line 4: take it out"]),
    ((), ["Do b."]),
])  # fmt: skip
def test_a_fix_is_copied_with_all_that_it_asks_for(edits: tuple[Edit, ...], copied: list[str]) -> None:
    finding = Finding("LS102", Level.WARNING, "t", 9, (), 0, (1,), (2,), None, "Do b.", 9, edits=edits)
    assert fix_of(finding)[0].splitlines() == copied


def test_lines_to_write_are_shown_as_they_are_to_be_written() -> None:
    edit = Edit(("RUN printf 'a\\n' \\", " && b\x1b"), 2, 2)
    finding = Finding("LS102", Level.WARNING, "t", 9, (), 0, (1,), (2,), None, "Do b.", 9, edits=(edit,))
    shown = [text_of(line) for line in finding_lines(finding, 60)]
    assert "+ RUN printf 'a\\n' \\" in shown
    assert "+  && b\\x1b" in shown


def test_many_owners_are_counted_not_listed() -> None:
    waste = Waste(b"/a", 10, Fate.OVERWRITTEN, (1, 2, 3, 4, 5), 6, 0)
    assert "1, 2, 3 +2 → 6" in text_of(rows.waste_line(waste, 0, 80, rows.WasteColumns.of([waste], ())))


def test_waste_names_the_lines_of_the_dockerfile_where_they_are_known_and_there_is_room() -> None:
    waste = Waste(b"/a", 10, Fate.OVERWRITTEN, (0, 2, 3), 4, 0)
    columns = rows.WasteColumns(11, (None, None, 8, 9, 29), 9)
    assert text_of(rows.waste_header(90, columns)).endswith("Layers      Lines")
    assert text_of(rows.waste_line(waste, 0, 90, columns)).endswith("0, 2, 3 → 4  8, 9 → 29")
    assert "29" not in text_of(rows.waste_line(waste, 0, 60, columns))
    assert text_of(rows.waste_header(50, columns)).endswith("Layers/lines")
    assert text_of(rows.waste_line(waste, 0, 50, columns)).endswith("  0, 2, 3 → 4")
    assert text_of(rows.waste_line(waste, 1, 50, columns)).endswith("  8, 9 → 29")
    of_base = Waste(b"/a", 10, Fate.DELETED, (0,), 4, 0)
    assert text_of(rows.waste_line(of_base, 1, 50, columns)).endswith("  base → 29")
    assert "29" not in text_of(rows.waste_line(of_base, 1, 38, columns))


def test_times_that_no_calendar_holds_are_shown_as_numbers() -> None:
    assert words.time_text(0.0) == "1970-01-01 00:00:00 UTC"
    assert words.time_text(-1e300) == "-1e+300 s since 1970"
    assert words.time_text(float("nan")) == "nan s since 1970"
    assert words.created_text("0001-01-01T00:00:00Z") == "0001-01-01 00:00:00 UTC"
    assert words.created_text("2026-11-20T01:02:03.123456789+02:00") == "2026-11-20 01:02:03 +02:00"
    assert words.created_text("\x1b[2Jsoon") == "\\x1b[2Jsoon"
    assert words.created_text(None) == "not recorded"


def test_an_instruction_breaks_where_its_author_broke_it() -> None:
    image = (
        ImageBuilder().layer({"a": b""}).run("RUN /bin/sh -c apt-get update     && apt-get install -y \tx # buildkit")
    )
    (layer,) = inspect_raw(image.raw_image()).layers
    lines = [text_of(line).strip() for line in facts.instruction_lines(layer.instruction, "", 60)]
    assert lines[0] == "RUN apt-get update"
    assert lines[1].startswith("&& apt-get install -y")


def test_a_comparison_is_made_once_and_reordered_from_what_is_known(inspection: Inspection) -> None:
    comparisons = Comparisons(inspection.tree, lambda _fault: None)
    by_name = comparisons.get(Wanted(1, 1, unmodified=False, looks=Looks(Sort.NAME)))
    by_size = comparisons.get(Wanted(1, 1, unmodified=False, looks=Looks(Sort.SIZE)))
    assert by_name is not None
    assert by_size is not None
    assert by_size.diff is by_name.diff
    assert comparisons.get(Wanted(1, 1, unmodified=False, looks=Looks(Sort.NAME))) is by_name
    assert list(arrange(inspection.tree, by_name.diff, Looks()).row) == list(range(len(by_name)))
