"""What the findings pane says, and where it leads."""

from dataclasses import replace

import pytest

from layerscope.model.findings import Finding, Level
from layerscope.pipeline import inspect
from layerscope.sources.base import Request
from layerscope.sources.demo import DEMO
from layerscope.tui.filerows import end_of
from layerscope.tui.findingrows import finding_line
from layerscope.tui.panes.base import Subject
from layerscope.tui.places import to_finding
from layerscope.tui.rows import inspected_rows
from layerscope.tui.state import ViewState
from tui.driver import opened
from tui.looked_at import go, said
from tui.wasteful import FINDINGS, wasteful_image


async def test_findings_say_what_to_save_why_and_what_to_write() -> None:
    async with opened(wasteful_image(), size=(120, 40), findings=FINDINGS) as session:
        assert "1 error in 2 findings" in session.lines[0]
        await session.press("6", "j")
        findings = session.pane_text("findings")
        assert "LS101 · 1 → 5 · lines 3 → 9" in findings
        for part in ("90.0 kB", "apt lists deleted", "hides files", "+ RUN apt-get update"):
            assert part in findings, findings
        await session.press("k")
        assert "[red]a title[/] that is \\x1b[31m" in session.pane_text("findings")


async def test_errors_stand_first_among_the_findings_and_the_title_counts_levels() -> None:
    async with opened(wasteful_image(), size=(80, 24), findings=FINDINGS) as session:
        await session.press("6")
        assert "[red]a title[/]" in session.row("findings")
        assert "90.0 kB to save · 1 error, 1 warning" in session.pane_lines("findings")[0]


@pytest.mark.parametrize(
    ("size", "said"),
    [((40, 10), "190 kB wasted  1 error"), ((80, 24), "wasted   1 ✗ 2 findings"), ((140, 40), "1 error in 2 findings")],
)
async def test_the_headline_counts_errors_apart(size: tuple[int, int], said: str) -> None:
    async with opened(wasteful_image(), size=size, findings=FINDINGS) as session:
        assert said in "\n".join(session.lines[:2]), session.text


async def test_what_live_files_would_save_is_told_apart_from_waste_where_both_are_counted() -> None:
    live = replace(FINDINGS[0], rule="LS203", saving_bytes=10_000, wasted_bytes=0, live_bytes=10_000)
    async with opened(wasteful_image(), size=(80, 24), findings=(*FINDINGS, live)) as session:
        await session.press("6")
        title, header, *_rows = session.pane_lines("findings")
        assert "100 kB to save" in title
        assert "90.0 kB wasted + 10.0 kB live" in header


async def test_enter_on_a_finding_goes_to_its_file() -> None:
    async with opened(wasteful_image(), size=(80, 24), findings=FINDINGS) as session:
        await session.press("6", "j", "enter")
        assert session.active == "files"
        assert session.layer == 1
        assert " main " in session.row("files")


def test_enter_on_a_finding_of_several_layers_goes_to_the_one_that_shipped_its_file_then_to_the_one_that_ended_it() -> (
    None
):
    inspection = inspect("demo")
    tree, subject = inspection.tree, Subject(inspected_rows(inspection), inspection)
    several = [one for one in inspection.findings if one.nodes and len(one.owner_layers) > 1]
    assert {"LS101", "LS203"} <= {one.rule for one in several}
    for finding in several:
        going = to_finding(subject, finding, "findings")
        assert going is not None
        first = going(ViewState())
        shipped = [entry for entry in tree.entries_at(first.node) if tree.layer_of(entry) == first.layer]
        assert first.node == finding.nodes[0]
        assert shipped, (finding.rule, finding.paths[0], first.layer)
        ended = end_of(tree, shipped[-1])
        assert going(first).layer == (ended[1] if ended else first.layer)
        assert ended is None or ended[1] in finding.killer_layers


async def test_a_finding_in_the_plan_has_a_mark_until_it_is_taken_out_again() -> None:
    async with opened(wasteful_image(), size=(140, 40), findings=FINDINGS) as session:
        await session.press("6", "j")
        assert "┃" not in session.row("findings")
        await session.press("p")
        assert "▲┃" in session.row("findings")
        await session.press("k")
        assert "┃" not in session.row("findings")
        await session.press("j", "p")
        assert "┃" not in session.row("findings")


async def test_enter_on_a_finding_about_nothing_that_can_be_shown_says_so_and_stays() -> None:
    async with opened(wasteful_image(), size=(80, 24), findings=FINDINGS) as session:
        await session.press("6", "enter")
        assert session.active == "findings"
        assert "It is about the image as a whole" in said(session)


async def test_enter_on_a_finding_without_files_goes_to_its_line_of_the_dockerfile_or_to_its_layer() -> None:
    raw = DEMO.load(Request("demo", scan=lambda *_tar: pytest.fail("nothing is scanned")))
    about = Finding(
        "LS302", Level.NOTE, "no files", 0, (), 0, owner_layers=(7,), killer_layers=(), dockerfile_line=34,
        advice="x", saving_bytes=0,
    )  # fmt: skip
    known = (about, replace(about, dockerfile_line=None, title="no line"))
    async with opened(raw, size=(80, 24), findings=known) as session:
        await session.press("6", "enter")
        assert session.active == "dockerfile"
        assert "CMD" in session.row("dockerfile")
        await session.press("6", "j", "enter")
        assert (session.active, session.layer) == ("layers", 7)


async def test_an_image_with_nothing_to_change_says_so() -> None:
    async with opened(wasteful_image()) as session:
        await session.press("6", "enter", "j")
        assert "Nothing to change was found." in session.pane_text("findings")


async def test_a_long_finding_is_read_on_while_the_cursor_stays_in_the_list() -> None:
    async with opened(wasteful_image(), size=(80, 21), findings=FINDINGS) as session:
        await session.press("6", "j")
        assert "take it out" not in session.pane_text("findings")
        await session.press(*["J"] * 12)
        assert "take it out" in session.pane_text("findings")
        assert "apt lists" in session.row("findings")


@pytest.mark.parametrize(("size", "least"), [((80, 24), 5), ((120, 40), 8)])
async def test_the_list_has_what_the_chosen_finding_needs_not(size: tuple[int, int], least: int) -> None:
    """Many short findings: more than half of the pane is the list."""
    many = tuple(replace(FINDINGS[0], title=f"finding {number}", paths=(), edits=()) for number in range(19))
    async with opened(wasteful_image(), size=size, findings=many) as session:
        await go(session, "findings")
        assert session.list_of("findings").page_height // 2 >= least
        assert "rule" in session.pane_text("findings")


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (80, "LS105 · 4, 6 → 7 · lines 12, 16 → 19"),
        (46, "LS105 · 4, 6 → 7 · line 12"),
        (32, "LS105 · line 12"),
    ],
)
def test_a_row_has_the_lines_of_all_its_layers_or_as_many_as_are_whole(width: int, said: str) -> None:
    finding = next(one for one in inspect("demo").findings if one.rule == "LS105")
    line = "".join(text for text, _role in finding_line(finding, 1, width))
    assert line.strip() == said
    assert len(line) == width


def test_a_line_of_neither_layer_is_the_one_to_look_at() -> None:
    """Where a fix is written elsewhere than what it is about."""
    finding = replace(FINDINGS[0], dockerfile_line=2)
    assert "".join(text for text, _role in finding_line(finding, 1, 80)).strip() == "LS101 · 1 → 5 · line 2"
