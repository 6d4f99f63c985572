"""`layerscope history`."""

import io
import json
from dataclasses import replace

from layerscope.model.history import Confidence, DockerfileOrigin, DockerfileText, Instruction, Step, Volatility
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection
from layerscope.reports import Page
from layerscope.reports.layout import cell_width
from layerscope.reports.steps import write_steps, write_steps_json, write_steps_markdown
from unit.reports.samples import wasteful


def table(inspection: Inspection, width: int = 200) -> list[str]:
    stream = io.StringIO()
    write_steps(inspection, stream, Page(width=width))
    return stream.getvalue().splitlines()


def test_each_step_stands_with_its_layer_its_bytes_and_its_instruction() -> None:
    assert table(wasteful()) == [
        "step layer created              shipped   wasted  rebuilt  line  instruction",
        "   0     0 2024-05-01 12:00:00  55.0 kB  55.0 kB   250 kB  base  ADD file:0123 in /",
        "   1     1 2024-05-01 12:00:00  70.0 kB  70.0 kB   195 kB        RUN apt-get update && apt-get install x",
        "   2     2 2024-05-01 12:00:00  50.0 kB            125 kB        RUN chmod +x /usr/bin/tool",
        "   3     3 2024-05-01 12:00:00  75.0 kB           75.0 kB        RUN rm -rf /var/cache",
        '   4     · 2024-05-01 12:00:00        ·        ·        ·        CMD ["sh"]',
        "rebuilt: what a change of this layer makes anew, it and all above; line: of the Dockerfile, ~ if only likely",
        "Dockerfile: not known; --reconstruct writes one from the history",
    ]


def test_layers_that_no_step_made_stand_where_they_are() -> None:
    whole = wasteful()
    steps = tuple(step for step in whole.steps if step.layer_index != 1)
    rows = table(replace(whole, steps=steps))
    assert [row[:10] for row in rows[1:]] == [
        "   0     0", "         1", "   2     2", "   3     3", "   4     ·", "rebuilt: w", "Dockerfile",
    ]  # fmt: skip


def test_an_image_without_history_lists_its_layers() -> None:
    rows = table(replace(wasteful(), steps=(), dockerfile=None))
    assert [row[:11] for row in rows[1:5]] == ["         0 ", "         1 ", "         2 ", "         3 "]
    assert rows[-1] == "Dockerfile: not known, and there is no history to write one from"


def test_notes_are_in_no_table_but_in_markdown_which_is_read_elsewhere() -> None:
    odd = replace(wasteful(), notes=(Note("n", "odd\x1b"),))
    assert "odd" not in "\n".join(table(odd))
    stream = io.StringIO()
    write_steps_markdown(odd, stream, Page())
    assert "> `odd\\x1b`" in stream.getvalue()


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


def lined() -> Inspection:
    """The wasteful image with a Dockerfile beside it: line 2 made step 1, line 4 step 2, less certainly."""
    whole = wasteful()

    def with_line(step: Step, line: int, confidence: Confidence, written: str | None) -> Step:
        assert step.instruction is not None
        instruction = replace(step.instruction, dockerfile_line=line, confidence=confidence, written=written)
        return replace(step, instruction=instruction)

    steps = list(whole.steps)
    steps[1] = with_line(steps[1], 2, Confidence.EXACT, "RUN apt-get update && apt-get install $X")
    steps[2] = with_line(steps[2], 4, Confidence.LIKELY, None)
    text = DockerfileText(
        "Doc\x1bkerfile", ("FROM x",), DockerfileOrigin.FOUND, (), fit=0.75, base_step_count=1,
        volatility={2: Volatility(7, 9)},
    )  # fmt: skip
    return replace(whole, steps=tuple(steps), dockerfile=text)


def test_a_line_is_that_of_the_dockerfile_in_its_own_words_and_says_how_sure_it_is() -> None:
    rows = table(lined())
    assert rows[1].split("  ")[-2:] == ["base", "ADD file:0123 in /"]
    assert rows[2].endswith("     2  RUN apt-get update && apt-get install $X  (changed by 7 of 9 commits)")
    assert rows[3].endswith("    ~4  RUN chmod +x /usr/bin/tool")
    assert rows[-1] == r"Dockerfile: Doc\x1bkerfile, found here; 75.0 % of it is in the history"


def test_json_says_what_a_change_costs_and_how_often_it_happens() -> None:
    stream = io.StringIO()
    write_steps_json(lined(), stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [row["rebuilt_content_bytes"] for row in rows] == [250_000, 195_000, 125_000, 75_000, None]
    stored = [row["stored_bytes"] for row in rows[:4]]
    assert [row["rebuilt_stored_bytes"] for row in rows[:4]] == [sum(stored[index:]) for index in range(4)]
    assert [row["base"] for row in rows] == [True, False, False, False, False]
    assert (rows[1]["changed_commits"], rows[1]["commits"]) == (7, 9)
    assert rows[1]["instruction"]["dockerfile_text"] == "RUN apt-get update && apt-get install $X"


def test_markdown_is_a_table_in_which_nothing_of_the_image_is_markup() -> None:
    whole = lined()
    steps = list(whole.steps)
    assert steps[3].instruction is not None
    steps[3] = replace(steps[3], instruction=replace(steps[3].instruction, text="a | b <b>*x*</b>\n| c"))
    stream = io.StringIO()
    write_steps_markdown(replace(whole, steps=tuple(steps)), stream, Page())
    lines = stream.getvalue().splitlines()
    assert lines[0] == "| step | layer | created | shipped | wasted | rebuilt | line | instruction |"
    assert [line.count(" | ") for line in lines[:7]] == [7, 0, *[7] * 5]
    assert "<code>RUN a &#124; b &#60;b&#62;&#42;x&#42;&#60;/b&#62; &#124; c</code>" in lines[5]


def test_what_a_tool_says_beside_its_name_is_shown() -> None:
    whole = wasteful()
    steps = list(whole.steps)
    record = replace(steps[0].record, created_by="jib-maven-plugin:3.4.0", comment="classes")
    steps[0] = Step(record, 0, Instruction("", "jib-maven-plugin:3.4.0"))
    assert table(replace(whole, steps=tuple(steps)))[1].endswith("jib-maven-plugin:3.4.0 (classes)")
