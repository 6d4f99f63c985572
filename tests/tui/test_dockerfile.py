"""The Dockerfile pane: its lines beside the layers, and how the two move together."""

import time
from dataclasses import replace

import pytest
from textual.message import Message

from builder import ImageBuilder
from layerscope.model.history import Confidence, DockerfileOrigin
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import inspect_raw
from layerscope.tui.dockerfilerows import coloured_dockerfile, dockerfile_header, dockerfile_line, dockerfile_view
from layerscope.tui.panes import PANES
from layerscope.tui.roles import Role, width_of_line
from layerscope.tui.rows import inspected_rows
from layerscope.tui.wishes import Copy
from tui.driver import opened
from tui.wasteful import wasteful_image

DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM golang AS builder
RUN go build \\
 -o /app

FROM debian AS last
ENV APP=/srv/app
RUN apt-get update
RUN apt-get install -y --no-install-recommends python3 \\
# who runs it
 && useradd app
COPY --chown=0:0 app "$APP"
RUN chown app /srv/app/model.bin
RUN rm -rf /var/lib/apt/lists/* /var/cache/apt
CMD ["python3", "/srv/app/main.py"]
"""
KEY = str([pane.TITLE for pane in PANES].index("Dockerfile") + 1)


def image(dockerfile: str | None = DOCKERFILE) -> RawImage:
    return replace(wasteful_image().raw_image("shop:1"), dockerfile=dockerfile)


def inspected(dockerfile: str | None = DOCKERFILE) -> Inspection:
    return inspect_raw(image(dockerfile))


def row_at(inspection: Inspection, line: int, width: int = 80) -> str:
    view = dockerfile_view(inspection, inspected_rows(inspection))
    return "".join(text for text, _ in dockerfile_line(view.lines[line - 1], width, 2, marked=False)).rstrip()


# --- rows


def test_each_instruction_has_the_bytes_that_it_shipped_and_those_that_are_dead() -> None:
    inspection = inspected()
    assert row_at(inspection, 8) == " 8  130 kB       130 kB │ RUN apt-get update"
    assert row_at(inspection, 7) == " 7                      │ ENV APP=/srv/app"
    assert row_at(inspection, 14) == "14     0 B  ends 130 kB │ RUN rm -rf /var/lib/apt/lists/* /var/cache/apt"


def test_the_base_image_stands_at_the_from_that_names_it() -> None:
    inspection = inspected()
    base = inspection.layers[0]
    assert row_at(inspection, 6) == " 6  306 kB         11 B │ FROM debian AS last"
    assert base.content_bytes == 306_011
    view = dockerfile_view(inspection, inspected_rows(inspection))
    assert view.spans[0] == range(5, 6)
    assert view.lines[5].row == 0


def test_only_the_first_line_of_an_instruction_has_bytes_and_all_of_them_lead_to_its_layer() -> None:
    inspection = inspected()
    view = dockerfile_view(inspection, inspected_rows(inspection))
    assert [line.size_bytes is not None for line in view.lines[8:11]] == [True, False, False]
    assert len({line.row for line in view.lines[8:11]}) == 1


def test_lines_of_other_stages_are_faint_and_stand_for_nothing() -> None:
    inspection = inspected()
    view = dockerfile_view(inspection, inspected_rows(inspection))
    for number in (2, 3, 4):
        line = view.lines[number - 1]
        assert {role for _, role in line.text} == {Role.FAINT}
        assert (line.row, line.size_bytes) == (None, None)
    assert view.lines[5].text[0] == ("FROM", Role.KEYWORD)


def test_keywords_flags_strings_variables_and_comments_have_their_colours() -> None:
    inspection = inspected()
    view = dockerfile_view(inspection, inspected_rows(inspection))
    assert view.lines[0].text == (("# syntax=docker/dockerfile:1", Role.DIM),)
    assert view.lines[9].text == (("# who runs it", Role.DIM),)
    copy = view.lines[11].text
    assert copy[0] == ("COPY", Role.KEYWORD)
    assert ("--chown=0:0", Role.LINK) in copy
    assert ('"$APP"', Role.ADDED) in copy
    assert view.lines[8].text[-2] == ("\\", Role.DIM)


def test_nothing_in_a_here_document_is_a_comment_or_a_keyword() -> None:
    text = (
        "FROM debian AS last\nRUN <<EOF\n# shell\nRUN me\nEOF\nRUN apt-get update\n" + DOCKERFILE.split("update\n")[1]
    )
    inspection = inspected(text)
    view = dockerfile_view(inspection, inspected_rows(inspection))
    assert [line.text for line in view.lines[2:5]] == [
        (("# shell", Role.TEXT),), (("RUN me", Role.TEXT),), (("EOF", Role.TEXT),),
    ]  # fmt: skip


def test_a_line_that_is_only_likely_says_so() -> None:
    inspection = inspected(DOCKERFILE.replace("useradd app", "useradd --system app"))
    likely = [
        step for step in inspection.steps if step.instruction and step.instruction.confidence is Confidence.LIKELY
    ]
    assert [step.instruction.dockerfile_line for step in likely if step.instruction] == [9]
    assert "~ RUN apt-get install" in row_at(inspection, 9)


def test_without_a_dockerfile_the_history_gives_one_and_it_is_said() -> None:
    inspection = inspected(None)
    assert inspection.dockerfile is not None
    assert inspection.dockerfile.origin is DockerfileOrigin.RECONSTRUCTED
    view = dockerfile_view(inspection, inspected_rows(inspection))
    assert view.title == "reconstructed from the history"
    assert view.text.startswith("# Written by layerscope from the history of shop:1.\n")
    rows = inspected_rows(inspection)
    assert all(span for span, row in zip(view.spans, rows, strict=True) if row.step)
    assert {line.row for line in view.lines} >= set(range(len(rows)))


@pytest.mark.parametrize("width", range(8, 130))
def test_every_line_fills_its_width_exactly(width: int) -> None:
    wide = DOCKERFILE.replace("useradd app", "useradd 日本語日本語日本語日本語日本語日本語 && useradd app")
    view = dockerfile_view(inspected(wide), inspected_rows(inspected(wide)))
    assert {width_of_line(dockerfile_line(line, width, 2, marked=True)) for line in view.lines} <= {
        width,
        max(width, 5),
    }
    assert width_of_line(dockerfile_header(width, 2)) == width


def test_no_control_code_of_a_dockerfile_reaches_the_screen_or_the_clipboard() -> None:
    hostile = DOCKERFILE.replace("# who runs it", "# \x1b[31mred \u202e\x07")
    inspection = inspected(hostile)
    view = dockerfile_view(inspection, inspected_rows(inspection))
    shown = "".join(text for line in view.lines for text, _ in line.text)
    assert "\\x1b[31mred" in shown
    for text in (shown, view.text, view.title):
        assert not {"\x1b", "\u202e", "\x07"} & set(text)


def test_what_is_copied_is_the_file_with_its_tabs() -> None:
    tabs = DOCKERFILE.replace(" && useradd", "\t&& useradd")
    inspection = inspected(tabs)
    assert dockerfile_view(inspection, inspected_rows(inspection)).text == tabs


def test_of_a_file_that_nobody_wrote_the_beginning_is_shown_at_once() -> None:
    inspection = inspected(DOCKERFILE + "#\n" * 40_000)
    start = time.perf_counter()
    view = dockerfile_view(inspection, inspected_rows(inspection))
    assert time.perf_counter() - start < 2
    assert view.lines[-1].text == (("… 20,015 more lines", Role.DIM),)


@pytest.mark.parametrize(
    ("line", "said"), [("RUN true " + "x" * 5_000, "… 4,009 more characters"), ("# " + "y" * 999, "… 1 more character")]
)
def test_of_a_very_long_line_it_is_said_how_much_is_not_shown(line: str, said: str) -> None:
    """In the pane, in the new Dockerfile of a plan, and beyond the lines that are coloured."""
    inspection = inspected(f"{DOCKERFILE}\n{line}\n")
    assert dockerfile_view(inspection, inspected_rows(inspection)).lines[-1].text[-1] == (said, Role.FOCUS)
    for lines in ([line], ["#"] * 20_000 + [line]):
        assert coloured_dockerfile(lines)[-1][-1] == (said, Role.FOCUS)
    assert all(text != said for text, _role in coloured_dockerfile([line[:1000]])[-1])


# --- journeys


async def test_moving_through_the_layers_moves_the_line() -> None:
    async with opened(image(), size=(140, 60)) as session:
        await session.press(KEY, "1", "j", "j")
        assert "apt-get" in session.row("layers")
        assert "RUN apt-get update" in session.row("dockerfile")
        await session.press("j")
        assert session.list_of("dockerfile").cursor == 8


async def test_moving_through_the_lines_moves_the_layer_and_the_files() -> None:
    async with opened(image(), size=(140, 60)) as session:
        await session.press(KEY, "g", *["j"] * 7)
        assert session.layer == 1
        assert "apt-get" in session.row("layers")
        assert "layer 1" in session.pane_lines("files")[0]
        await session.press("G")
        assert "CMD" in session.row("layers")


async def test_a_line_that_made_nothing_leaves_the_layer_where_it_is() -> None:
    async with opened(image(), size=(140, 60)) as session:
        await session.press("1", "j", "j", "j", KEY, "g", "j", "j")
        assert session.list_of("dockerfile").cursor == 2
        assert session.layer == 2


async def test_the_cursor_can_walk_through_all_lines_of_one_instruction() -> None:
    async with opened(image(), size=(140, 60)) as session:
        await session.press(KEY, "g", *["j"] * 10)
        assert session.list_of("dockerfile").cursor == 10
        assert session.layer == 2


async def test_enter_goes_to_the_files_of_the_layer() -> None:
    async with opened(image(), size=(80, 24)) as session:
        await session.press(KEY, "g", *["j"] * 7, "enter")
        assert session.active == "files"
        assert session.layer == 1


async def test_the_title_says_which_file_it_is_and_how_sure_that_is() -> None:
    async with opened(image(), size=(80, 24)) as session:
        await session.press(KEY)
        assert "Dockerfile · 100 % fits · carried by the image" in session.pane_lines("dockerfile")[0]
    async with opened(image(None), size=(80, 24)) as session:
        await session.press(KEY)
        assert "Dockerfile · reconstructed from the history" in session.pane_lines("dockerfile")[0]


async def test_an_image_without_history_says_that_there_is_nothing_to_write_from() -> None:
    bare = replace(ImageBuilder().layer({"a": b"a"}).raw_image("x"), history=())
    async with opened(bare, size=(80, 24)) as session:
        await session.press(KEY)
        assert "There is no history to write a Dockerfile from." in session.pane_text("dockerfile")


async def test_the_whole_text_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(image(None), size=(80, 24)) as session:
        asked: list[str] = []
        pane = session.pane("dockerfile")
        post = pane.post_message

        def listen(message: Message) -> bool:
            if isinstance(message, Copy):
                asked.append(message.text)
            return post(message)

        monkeypatch.setattr(pane, "post_message", listen)
        await session.press(KEY, "y")
        assert asked[0].startswith("# Written by layerscope")
        assert "RUN apt-get update\n" in asked[0]


async def test_long_lines_move_to_the_left_as_far_as_they_go_and_back() -> None:
    text = DOCKERFILE.replace("# who runs it", f"# {'x' * 90}END")
    async with opened(image(text), size=(80, 24)) as session:
        await session.press(KEY)
        assert "END" not in session.pane_text("dockerfile")
        await session.press(*["right"] * 20)
        shown = session.pane_text("dockerfile")
        assert "xEND" in shown
        assert "RUN apt-get update" in shown  # what is seen as a whole stays
        await session.press(*["left"] * 20)
        assert "# xxx" in session.pane_text("dockerfile")
