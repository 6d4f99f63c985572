"""`layerscope history`."""

import io
import json
from dataclasses import replace

from layerscope.model.image import Note
from layerscope.model.inspection import Inspection
from layerscope.reports import Page
from layerscope.reports.layout import cell_width
from layerscope.reports.steps import write_steps, write_steps_json
from unit.reports.samples import wasteful


def table(inspection: Inspection, width: int = 200) -> list[str]:
    stream = io.StringIO()
    write_steps(inspection, stream, Page(width=width))
    return stream.getvalue().splitlines()


def test_each_step_stands_with_its_layer_its_bytes_and_its_instruction() -> None:
    assert table(wasteful()) == [
        "step layer  shipped   wasted line  instruction",
        "   0     0  55.0 kB  55.0 kB       ADD file:0123 in /",
        "   1     1  70.0 kB  70.0 kB       RUN apt-get update && apt-get install x",
        "   2     2  50.0 kB                RUN chmod +x /usr/bin/tool",
        "   3     3  75.0 kB                RUN rm -rf /var/cache",
        '   4     ·        ·        ·       CMD ["sh"]',
    ]


def test_layers_that_no_step_made_stand_where_they_are() -> None:
    whole = wasteful()
    steps = tuple(step for step in whole.steps if step.layer_index != 1)
    rows = table(replace(whole, steps=steps))
    assert [row[:10] for row in rows[1:]] == ["   0     0", "         1", "   2     2", "   3     3", "   4     ·"]


def test_an_image_without_history_lists_its_layers() -> None:
    assert len(table(replace(wasteful(), steps=()))) == 5


def test_notes_stand_below_the_table() -> None:
    assert table(replace(wasteful(), notes=(Note("n", "odd\x1b"),)))[-1] == r"note: odd\x1b"


def test_no_row_is_wider_than_the_page() -> None:
    assert max(map(cell_width, table(wasteful(), width=60))) <= 60


def test_json_is_one_object_a_line_with_the_bytes_of_the_layer() -> None:
    stream = io.StringIO()
    write_steps_json(wasteful(), stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(row["index"], row["layer_index"], row["content_bytes"], row["wasted_bytes"]) for row in rows] == [
        (0, 0, 55_000, 55_000), (1, 1, 70_000, 70_000), (2, 2, 50_000, 0), (3, 3, 75_000, 0), (4, None, None, None),
    ]  # fmt: skip
    assert rows[4]["instruction"]["keyword"] == "CMD"


def test_json_has_a_row_for_a_layer_that_no_step_made() -> None:
    stream = io.StringIO()
    write_steps_json(replace(wasteful(), steps=()), stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(row["index"], row["layer_index"]) for row in rows] == [(None, 0), (None, 1), (None, 2), (None, 3)]
