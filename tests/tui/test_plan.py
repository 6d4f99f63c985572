"""What if: planning from every pane, the numbers at once, and a plan that leaves the screen."""

from dataclasses import replace
from pathlib import Path

import pytest

from builder import ImageBuilder, hardlink
from layerscope.analysis.plan import Planner
from layerscope.analysis.planall import every_fix
from layerscope.analysis.planedits import foresee, foresee_file
from layerscope.model.plan import Costlier, FileOutlook, Plan
from layerscope.pipeline import inspect
from layerscope.reports.planpage import plan_diff, plan_dockerfile, plan_markdown, plan_text
from layerscope.sources.base import Request
from layerscope.sources.demo import DEMO
from layerscope.tui import planrows
from layerscope.tui.roles import width_of_line
from layerscope.tui.state import ViewState, plan_squash
from layerscope.tui.viewer.planned import difference_of, whole_of
from layerscope.tui.viewer.plansheet import PlanSheet
from tui.driver import SIZES, Session, opened, started
from tui.looked_at import go, point_at, said
from tui.wasteful import FINDINGS, wasteful_image

WIDE = (200, 60)


def strip(session: Session) -> str:
    return next((line.strip() for line in session.lines if line.startswith(" plan: ")), "")


async def test_p_on_a_finding_plans_to_fix_it_and_the_numbers_are_there_at_once() -> None:
    async with opened(wasteful_image(), size=WIDE, findings=FINDINGS) as session:
        assert strip(session) == ""
        await session.press("6", "j", "p")
        assert strip(session).startswith("plan: 1 change   630 kB → 540 kB   69.8 % → 81.4 % efficient")
        await session.press("p")
        assert strip(session) == ""


async def test_p_on_a_layer_squashes_it_with_the_one_below_and_p_again_leaves_them_apart() -> None:
    async with opened(wasteful_image(), size=WIDE) as session:
        await session.press("G", "k", "p")
        assert session.app.inspect_screen.view.plan.squashes == ((4, 5),)
        assert "plan: 1 change" in strip(session)
        await session.press("p")
        assert not session.app.inspect_screen.view.plan


async def test_a_marked_range_is_squashed_as_a_whole() -> None:
    async with opened(wasteful_image(), size=WIDE) as session:
        await session.press("j", "j", "m", "j", "j", "j", "j", "p")
        assert session.app.inspect_screen.view.plan.squashes == ((1, 5),)
        assert "what layer 5 did" in session.pane_text("files")  # the range is done with
        await go_to_plan(session)
        text = session.pane_text("plan")
        assert "squash layers 1-5" in text
        assert "99.9 %" in text  # the 11 bytes that die in the base are not in the range


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (("1", "p"), "Layer 0 cannot be squashed: there is no layer below it."),
        (("1", "j", "j", "m", "p"), "Layer 1 cannot be squashed: a range of one layer."),
        (("2", "p"), "The whole tree cannot be left out"),
        (("4", "p"), "Lines cannot be planned"),
        (("4", "x"), "Only files can be extracted"),
        (("5", "x"), "It is extracted in Files"),
        (("6", "x"), "Only files can be extracted"),
        (("6", "d"), "Only files can be compared"),
        (("5", "d"), "compared in Files: enter goes to it"),
        (("9", "x"), "extracted in Files: f goes to it"),
        (("9", "d"), "compared in Files: f goes to it"),
        (("3", "p"), "1 goes to Layers, 2 to Files"),
        (("3", "d"), "compared in Files: 2 goes there"),
        (("3", "x"), "extracted in Files: 2 goes there"),
        (("3", "y"), "copied where it is chosen"),
    ],
)
async def test_what_cannot_be_planned_or_extracted_says_why(keys: tuple[str, ...], why: str) -> None:
    async with opened(wasteful_image(), size=WIDE, findings=FINDINGS) as session:
        await session.press(*keys)
        assert why in said(session)
        assert not session.app.inspect_screen.view.plan


async def test_p_on_a_file_drops_it_and_the_plan_pane_says_what_that_saves() -> None:
    async with opened(wasteful_image(), size=WIDE) as session:
        await session.press("5", "j", "p")  # model.bin, 60 kB shipped twice
        await go_to_plan(session)
        text = session.pane_text("plan")
        assert "drop /srv/app/model.bin" in text
        assert "\N{MINUS SIGN}120 kB" in text
        await session.press("space")
        assert "Nothing is planned." in session.pane_text("plan")
        assert strip(session) == ""


async def test_enter_on_a_change_goes_to_the_file_or_the_layers_that_it_is_about() -> None:
    async with opened(wasteful_image(), size=(80, 24), findings=FINDINGS) as session:
        for keys, pane, layer, row in (
            (("6", "j", "p"), "files", 1, "main"),
            (("5", "j", "p"), "files", 4, "model.bin"),
            (("1", "G", "k", "p"), "layers", 4, "chown"),
        ):
            await session.press(*keys)
            await go_to_plan(session)
            await session.press("enter")
            assert (session.active, session.layer, row in session.row(pane)) == (pane, layer, True), session.text
            await session.press("8", "D")


async def go_to_plan(session: Session) -> None:
    while session.active != "plan":
        await session.press("shift+tab")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
async def test_the_plan_is_exported_as_markdown_and_never_over_another_file(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "layerscope-plan.md").write_text("mine")
    async with opened(wasteful_image(), size=size, findings=FINDINGS) as session:
        await session.press("G", "k", "p")
        await go_to_plan(session)
        await session.press("x")
        page = (tmp_path / "layerscope-plan-2.md").read_text()
        assert "squash layers 4-5" in page
        assert "| shipped | 630 kB |" in page
        assert (tmp_path / "layerscope-plan.md").read_text() == "mine"


async def test_all_findings_can_be_planned_at_once_and_all_forgotten() -> None:
    async with opened(wasteful_image(), size=WIDE, findings=FINDINGS) as session:
        await go_to_plan(session)
        await session.press("a")
        assert "LS101 apt lists deleted" in session.pane_text("plan")
        assert "LS201" not in session.pane_text("plan")  # it saves nothing
        await session.press("D")
        assert "Nothing is planned." in session.pane_text("plan")
        told = [one.message for one in session.app._notifications]
        assert any("out of the plan; D brings back what was planned" in message for message in told), told
        await session.press("D")
        assert "LS101 apt lists deleted" in session.pane_text("plan")


async def test_the_key_line_of_an_empty_plan_names_what_fills_it() -> None:
    async with opened(wasteful_image(), findings=FINDINGS, size=(120, 40)) as session:
        await session.press("8")
        assert "a fix all" in session.lines[-1]
        assert not any(word in session.lines[-1] for word in ("take out", "Dockerfile", "export"))
        await session.press("a")
        assert all(word in session.lines[-1] for word in ("take out", "Dockerfile", "export"))
        assert "fix all" not in session.lines[-1]


async def test_why_a_change_is_left_to_people_is_said_below_where_there_is_room() -> None:
    async with started(inspect, size=WIDE, reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press(*"1jjjmjjp8z")
        said = " ".join(session.pane_text("plan").replace("│", " ").split())
        assert "it has to be done by hand" in said
        assert "Not all of them are RUNs" in said
        assert "so that one layer is left." in said


async def test_lines_fit_the_screen_with_the_strip_at_every_size() -> None:
    from rich.cells import cell_len

    for size in ((40, 10), (80, 24), (90, 24), (140, 40)):
        async with opened(wasteful_image(), size=size) as session:
            await session.press("G", "k", "p")
            assert strip(session).startswith("plan: 1 change")
            assert len(session.lines) == size[1]
            assert {cell_len(line) for line in session.lines} == {size[0]}


def test_the_strip_says_as_much_as_fits() -> None:
    from layerscope.pipeline import inspect_raw

    planner = Planner(inspect_raw(wasteful_image().raw_image()))
    plan = Plan().squashed(1, 5)
    texts, file = [], FileOutlook(2, planner.outcome(plan), {})
    for width in (20, 40, 60, 80, 150):
        line = planrows.strip(plan, planner.now, planner.outcome(plan), 3, width, file=file)
        assert width_of_line(line) <= width
        texts.append("".join(text for text, _role in line))
    assert sorted(texts, key=len) == texts
    assert "pull after a change of layer 3" in texts[-1]


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (100, "84.8 MB → 38.5 MB · 39.8 MB by the new Dockerfile"),
        (54, "84.8 MB → 38.5 MB · 39.8 MB built"),
        (45, "84.8 MB → 39.8 MB built"),
    ],
)
def test_the_strip_has_what_the_new_dockerfile_makes_last_of_all_to_go(width: int, said: str) -> None:
    image = inspect("demo")
    planner = Planner(image)
    plan = Plan(fixed=every_fix(image, planner).fixed)
    file = foresee_file(image, planner, plan)
    line = planrows.strip(plan, planner.now, planner.outcome(plan), 3, width, file=file)
    assert said in "".join(text for text, _role in line)
    assert width_of_line(line) <= width
    lines = list(planrows.outcome_lines(planner.now, planner.outcome(plan), 3, width, file=file))
    assert all(width_of_line(line) <= width for line in lines)
    (made,) = ["".join(text for text, _role in line) for line in lines if "new Dockerfile" in line[0][0]]
    assert "39.8 MB" in made
    text = plan_text(image, foresee(image, planner, plan))
    assert text.splitlines()[2].startswith("by new Dockerfile      39.8 MB  ")


def test_where_no_change_is_in_a_dockerfile_the_numbers_say_that() -> None:
    image = inspect("demo")
    planner, node = Planner(image), image.tree.find(b"/usr")
    assert node is not None
    plan = Plan(dropped=frozenset({node}))
    file, then = foresee_file(image, planner, plan), planner.outcome(plan)
    line = planrows.strip(plan, planner.now, then, 3, 100, file=file)
    assert "61.6 MB · none by the new Dockerfile" in "".join(text for text, _role in line)
    texts = [
        "".join(text for text, _role in one) for one in planrows.outcome_lines(planner.now, then, 3, 60, file=file)
    ]
    assert texts[2].split() == ["by", "new", "Dockerfile", "none"]
    foreseen = foresee(image, planner, plan)
    assert plan_text(image, foreseen).splitlines()[2].split() == ["by", "new", "Dockerfile", "none"]
    assert "| by new Dockerfile | | none |  |" in plan_markdown(image, foreseen)


def test_a_lone_base_layer_is_not_squashed() -> None:
    view = ViewState()
    assert plan_squash(view, 5) is view


async def test_layers_that_are_planned_to_be_one_are_marked() -> None:
    async with opened(wasteful_image(), size=(80, 24)) as session:
        await session.press("G", "k", "p")
        marked = [line for line in session.pane_lines("layers") if "┃" in line]
        assert ["chown" in marked[0], "rm -rf" in marked[1], len(marked)] == [True, True, 2]


def test_the_numbers_fit_the_narrowest_pane() -> None:
    from layerscope.pipeline import inspect_raw

    planner = Planner(inspect_raw(wasteful_image().raw_image()))
    then = planner.outcome(Plan().squashed(1, 5))
    file = FileOutlook(2, then, {}, (Costlier(7, (5, 6), 3_000_000, 4_000_000, 5_000_000),))
    for width in (24, 30, 31, 34, 40, 80):
        lines = list(planrows.outcome_lines(planner.now, then, 12, width, file=file))
        assert len(lines) == 7
        assert all(width_of_line(line) <= width for line in lines)
        assert "440 kB" in "".join(text for line in lines for text, _role in line)


@pytest.mark.parametrize("path", ["/usr", "/etc", "/var"])
async def test_the_key_that_drops_a_whole_directory_of_the_system_says_that_no_dockerfile_can(path: str) -> None:
    image = inspect("demo")
    node = image.tree.find(path.encode())
    assert node is not None
    raw = DEMO.load(Request("demo", scan=lambda *_tar: pytest.fail("nothing is scanned")))
    async with opened(raw, size=(120, 40), findings=image.findings) as session:
        await session.press("2")
        session.pane("files").ask_for_path(node, path)
        await session.settle()
        assert f"No Dockerfile can leave out {path}: the system and later steps need it" in said(session)
        assert strip(session).startswith("plan: 1 change")
        session.pane("files").ask_for_path(node, path)
        await session.settle()
        assert "No Dockerfile" not in said(session), "not when it is taken back"


async def test_a_plan_that_saves_nothing_says_so() -> None:
    async with opened(wasteful_image(), size=(120, 40)) as session:
        await session.press("j", "j", "j", "p")
        assert strip(session).startswith("plan: 1 change   nothing saved   pull after")


async def test_the_pane_says_what_is_not_in_the_new_dockerfile_and_export_writes_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    raw = DEMO.load(Request("demo", scan=lambda *_tar: pytest.fail("nothing is scanned")))
    findings = inspect("demo").findings
    useful = tuple(one for one in findings if one.rule in {"LS101", "LS109"})
    async with opened(raw, size=(120, 40), findings=useful) as session:
        await go_to_plan(session)
        await session.press("a")
        pane = session.pane_text("plan")
        assert "4 changes · 3 in the new Dockerfile" in pane
        assert "LS109 by hand: /srv/notes/db.sqlite3" in pane
        assert " layers               15        13" in pane
        await session.press("x")
        assert "1 change left out" in said(session)
    text = (tmp_path / "layerscope-plan.Dockerfile").read_text()
    assert "FROM debian:bookworm-slim\n" in text
    assert "+RUN apt-get update" in (tmp_path / "layerscope-plan.md").read_text()


async def test_v_shows_what_changes_in_the_dockerfile_and_the_whole_of_it() -> None:
    async with started(inspect, size=(100, 50), reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press("8", "v")
        assert "Nothing is planned." in said(session)
        await session.press("a")
        await session.until(lambda: "in the new Dockerfile" in session.pane_text("plan"))
        await session.press("v")
        assert "The new Dockerfile" in session.lines[0]
        assert "9 planned changes, 1 not in it" in session.lines[1]
        assert "- RUN apt-get update" in session.text
        assert "+ COPY --chown=999:999 . ." in session.text
        await session.press("G")
        assert "it has to be done by hand: Write them once" in session.text
        await session.press("g")
        strips = session.app.screen._compositor.render_strips()
        colours = {
            strip.text.strip(" ▐")[:9]: {
                str(part.style.color) for part in strip if part.style and part.text.strip(" ▐")
            }
            for strip in strips
        }
        assert colours["- RUN apt"] != colours["+ COPY --"]
        await session.press("t")
        assert "- RUN apt-get update" not in session.text
        assert "\n FROM debian:bookworm-slim" in session.text
        await session.press("slash", *"collectstatic", "enter")
        assert "1 of 1 matching line" in session.text
        await session.press("escape", "l")
        assert "M debian:bookworm-slim" not in session.text  # long lines move to the left
        await session.press("h")
        assert "FROM debian:bookworm-slim" in session.text
        await session.press("v", "escape")
        assert session.active == "plan"


async def test_x_in_the_sheet_of_a_plan_exports_as_in_the_pane(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(wasteful_image(), size=WIDE) as session:
        await session.press("5", "j", "p")
        await go_to_plan(session)
        await session.press("v", "x")
        assert isinstance(session.app.screen, PlanSheet)
        assert "x export" in session.lines[-1]
        assert "The plan is in layerscope-plan" in said(session)
    assert written_in(tmp_path)


def written_in(directory: Path) -> list[Path]:
    return list(directory.glob("layerscope-plan*.md"))


async def test_the_sheet_of_a_plan_has_what_the_command_writes() -> None:
    planned = inspect("demo")
    planner = Planner(planned)
    fixed = frozenset(at for at, finding in enumerate(planned.findings) if finding.saving_bytes)
    foreseen = foresee(planned, planner, Plan(fixed=fixed))
    for write, text in ((difference_of, plan_diff(foreseen)), (whole_of, plan_dockerfile(foreseen))):
        shown = ["".join(part for part, _role in line) for line in write(foreseen, 2000)]
        signs = ("- ", "+ ", "  ")
        plain = [line[0] + line[2:] if line.startswith(signs) and write is difference_of else line for line in shown]
        lines = text.splitlines()
        if write is difference_of:  # what is said of it stands below
            begins = lines.index("--- a/Dockerfile")
            lines = [*lines[begins:], "", *lines[:begins]]
        assert plain == lines


def test_a_dockerfile_of_very_many_lines_is_shown_too() -> None:
    planned = inspect("demo")
    foreseen = foresee(planned, Planner(planned), Plan().squashed(9, 10))
    file = foreseen.file
    assert file is not None
    many = ("# \x1b",) * 20_100
    file = replace(file, before=("a", *many, *file.before), lines=("b", *many, *file.lines, "LABEL last=1"))
    shown = ["".join(part for part, _role in line) for line in whole_of(replace(foreseen, file=file), 2000)]
    assert len(shown) > 20_100
    assert shown[-1] == "LABEL last=1"
    assert not any("\x1b" in line for line in shown)
    shown = ["".join(part for part, _role in line) for line in difference_of(replace(foreseen, file=file), 2000)]
    assert "+ LABEL last=1" in shown


async def test_where_no_dockerfile_is_known_the_sheet_has_the_lines_to_change() -> None:
    async with opened(wasteful_image(), size=(100, 40), findings=FINDINGS) as session:
        await session.press("6", "j", "p", "8", "v")
        assert "The lines to change" in session.lines[0]
        assert FINDINGS[0].fix in session.text.replace("\n ", "\n")
        await session.press("d")
        assert "The Dockerfile is not known" in said(session)


async def test_the_row_under_the_cursor_is_said_in_full_with_the_reason_why_it_is_not_in_the_file() -> None:
    async with started(inspect, size=(80, 24), reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press("8", "a", "G", "k", "k", "k", "k")
        await session.until(lambda: "by hand" in session.row("plan"))
        text = " ".join(session.pane_text("plan").split())
        assert "overwritten by layer 9 (line 23) it has to be done by hand" in text


async def test_a_says_what_it_leaves_out_and_the_last_rows_of_the_plan_say_why() -> None:
    async with started(inspect, size=(80, 24), reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press("8", "a")
        assert "9 of 19 findings planned; left out: LS103 (installs anew), 9 by hand." in said(session)
        await session.press("escape", "G")
        assert "9 findings not planned: mended by hand" in session.row("plan")
        text = " ".join(session.pane_text("plan").split())
        assert "9 of 19 findings are not planned, 2 of them errors" in text
        assert "take out" not in session.lines[-1]  # there is nothing to take out
        await session.press("space")
        assert "It is about the plan as a whole" in said(session)
        await session.press("k")
        assert "LS103 not planned: packages installed by layer 2" in session.row("plan")
        text = " ".join(session.pane_text("plan").split())
        assert "would be saved, but it would join what lines 9 and 13 install below line 16" in text.replace(" │", "")
        assert "plan it" in session.lines[-1]
        await session.press("space")
        assert strip(session).startswith("plan: 10 changes")
        assert "LS103 not planned" not in session.pane_text("plan")


async def test_what_several_changes_save_together_is_a_row_so_that_rows_add_up_to_the_sum() -> None:
    async with started(inspect, size=(120, 40), reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press("8", "a")
        screen = session.app.inspect_screen
        inspection, planner = screen.inspection, Planner(inspect("demo"))
        assert inspection
        shared = foresee(inspection, planner, screen.view.plan).shared_bytes
        assert round(shared, -5) == 5_300_000
        assert "\N{MINUS SIGN}5.3 MB  shared by several, counted once" in session.pane_text("plan")


async def test_a_plan_of_some_findings_says_nothing_of_others() -> None:
    async with started(inspect, size=(120, 40), reference="demo") as session:
        await session.until(lambda: session.app.inspect_screen.complete)
        await session.press("6", "j", "j", "p", "8")
        assert "1 change" in session.pane_text("plan")
        assert "not planned" not in session.pane_text("plan")


async def test_what_two_dropped_names_of_one_file_save_together_is_a_row() -> None:
    image = ImageBuilder().layer({"a/one": b"x" * 70_000, "b/two": hardlink("a/one"), "c": b"y" * 500})
    async with opened(image, size=(80, 24)) as session:
        for path in ("/a/one", "/b/two"):
            await go(session, "files")
            await point_at(session, path)
            await session.press("p")
        await go_to_plan(session)
        rows = [line.strip() for line in session.pane_lines("plan")]
        assert any(line.endswith("+70.0 kB  shared by several, counted once") for line in rows), rows
        assert any("500 B" in line and line.endswith("\N{MINUS SIGN}70.0 kB") for line in rows), rows
        await session.press("G")
        assert "each because the others go, too" in " ".join(session.pane_text("plan").split())
        await session.press("enter")
        assert "It is about the plan as a whole" in said(session)
        assert session.active == "plan"


async def test_a_big_screen_shows_more_of_the_plan_than_of_what_is_beside_it() -> None:
    async with opened(wasteful_image(), findings=FINDINGS, size=(200, 60)) as session:
        await session.press("8", "a")
        others = [session.pane(name) for name in ("waste", "findings") if session.pane(name).display]
        assert others
        assert all(session.pane("plan").size.height >= 2 * pane.size.height - 4 for pane in others)


async def test_the_cursor_stays_on_its_change_when_another_comes_above_it() -> None:
    async with opened(wasteful_image(), findings=FINDINGS, size=(120, 40)) as session:
        await session.press("8", "a")
        assert "LS101" in session.row("plan")
        await session.press("5", "j", "p", "8")
        assert session.list_of("plan").cursor > 0
        assert "LS101" in session.row("plan")
