"""The report for logs."""

import io
import re
from dataclasses import replace

import pytest

from layerscope.model.findings import Finding, Level, RuleResult, Status
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection
from layerscope.model.rules import NO_WORSE
from layerscope.reports import Page
from layerscope.reports.counts import wasted_path_count
from layerscope.reports.layout import cell_width
from layerscope.reports.text_report import write_text
from unit.reports.samples import judged, wasteful, with_much_waste

EFFICIENCY = RuleResult("lowest-efficiency", Status.FAILED, 0.5, 0.9, "ratio")
WASTED = RuleResult("highest-wasted-bytes", Status.PASSED, 125_000, 125_000, "bytes")
USER = RuleResult("highest-user-wasted-percent", Status.SKIPPED, None, 0.1, "ratio", "nobody knows the base")
OFF = RuleResult("highest-wasted-bytes", Status.SKIPPED, 125_000, None, "bytes", "disabled")


def lines(inspection: Inspection, page: Page | None = None) -> list[str]:
    stream = io.StringIO()
    write_text(inspection, stream, page or Page())
    assert stream.getvalue().endswith("\n")
    return stream.getvalue().split("\n")[:-1]


def test_the_verdict_is_the_first_and_the_last_line() -> None:
    report = lines(judged(Status.FAILED, EFFICIENCY, WASTED, USER))
    assert report[0] == report[-1] == (
        "layerscope: FAILED  bad:1  efficiency 50.0 % < 90.0 %  (user waste not judged)"
    )  # fmt: skip


def test_a_passed_verdict_says_what_was_measured() -> None:
    report = lines(judged(Status.PASSED, WASTED))
    assert report[-1] == "layerscope: PASSED  bad:1  wasted 125 kB ≤ 125 kB"


def test_a_verdict_without_rules_says_so() -> None:
    assert "(no rule is on)" in lines(judged(Status.PASSED, OFF))[0]


def test_a_rule_that_warns_or_is_no_worse_than_before_is_told_in_the_verdict() -> None:
    count = RuleResult("highest-layer-count", Status.WARNED, 9, 3, "count")
    before = replace(EFFICIENCY, status=Status.PASSED, reason=NO_WORSE)
    assert lines(judged(Status.PASSED, before, count))[-1] == (
        "layerscope: PASSED  bad:1  efficiency 50.0 % < 90.0 %  (no worse than the baseline)  (warning: layers 9 > 3)"
    )
    assert lines(judged(Status.PASSED, count, count))[-1] == "layerscope: PASSED  bad:1  (2 warnings)"


def test_a_skipped_rule_is_listed_with_its_reason() -> None:
    report = lines(judged(Status.PASSED, WASTED, USER))
    assert any("SKIPPED" in line and "(nobody knows the base)" in line for line in report)


@pytest.mark.parametrize(
    ("measured", "limit", "shown"), [(0.89999, 0.9, "89.9 % < 90.0 %"), (0.9, 0.900001, "90.0000 % < 90.0001 %")]
)
def test_a_failed_rule_never_shows_two_equal_numbers(measured: float, limit: float, shown: str) -> None:
    result = RuleResult("lowest-efficiency", Status.FAILED, measured, limit, "ratio")
    assert shown in lines(judged(Status.FAILED, result))[0]


def test_bytes_that_round_to_the_same_are_shown_in_full() -> None:
    result = RuleResult("highest-wasted-bytes", Status.FAILED, 20_000_001, 20_000_000, "bytes")
    assert "wasted 20000001 B > 20000000 B" in lines(judged(Status.FAILED, result))[0]


def test_without_a_verdict_the_first_and_last_line_say_the_sums() -> None:
    report = lines(wasteful())
    assert report[0] == report[-1] == "layerscope: bad:1  250 kB shipped  50.0 % efficient  125 kB wasted"


def test_the_worst_files_stand_with_their_fate_owner_and_killer() -> None:
    report = "\n".join(lines(wasteful()))
    assert (
        "   50.0 kB  /usr/bin/tool\n"
        "            shipped by layer 0 ADD file:0123 in /, shipped again by layer 2 RUN chmod +x /usr/bin/tool\n"
    ) in report
    assert "shipped by layer 1 RUN apt-get update && apt-get install x, deleted by layer 3 RUN rm" in report


def test_names_from_the_image_cannot_act_on_the_terminal() -> None:
    report = "\n".join(lines(wasteful()))
    assert r"caf\xe9 \x1b[31m[red]\x0a\u202e.deb" in report
    assert "\x1b" not in report


ADVICE = " ".join(f"word{number}" for number in range(60))
FINDING = Finding(
    "LS101", Level.NOTE, f"a long title that goes on and on until {ADVICE[:100]}", 0, (), 0, owner_layers=(),
    killer_layers=(), dockerfile_line=7, advice=ADVICE, saving_bytes=50_000,
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 80, 120])
def test_titles_and_advice_are_broken_into_lines_not_cut(width: int) -> None:
    report = lines(replace(wasteful(), findings=(FINDING,)), Page(width=width))
    text = " ".join(" ".join(report).split())
    assert f"{FINDING.title} (Dockerfile line 7) {ADVICE} All, with the changes to make" in text
    assert max(map(cell_width, report)) <= width


def test_no_total_is_cut_in_a_narrow_terminal() -> None:
    text = " ".join(" ".join(lines(wasteful(), Page(width=60))).split())
    assert "wasted 125 kB: 5.0 kB overwritten, 50.0 kB shipped again unchanged, 70.0 kB deleted efficiency" in text


def test_errors_come_first_then_what_saves_most_and_all_are_counted() -> None:
    most = replace(FINDING, title="most", advice="", saving_bytes=90_000)
    error = replace(FINDING, title="error", advice="", level=Level.ERROR, saving_bytes=0)
    live = replace(FINDING, rule="LS203", title="live", advice="", saving_bytes=10_000)
    report = lines(replace(wasteful(), findings=(FINDING, live, most, error)))
    assert "Findings: 1 error, 3 notes; 150 kB to save (140 kB wasted + 10.0 kB live)" in report
    starts = ("error (Docker", "most (Docker", "a long title", "live (Docker")
    found = ["\n".join(report).index(start) for start in starts]
    assert found == sorted(found)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_report_is_longer_than_60_lines_or_wider_than_its_page(width: int) -> None:
    notes = tuple(Note("long", f"{number} {'word ' * 100}") for number in range(50))
    findings = tuple(replace(FINDING, title=f"{number} {FINDING.title}") for number in range(30))
    crowded = replace(
        with_much_waste(100_000),
        notes=notes,
        findings=findings,
        verdict=judged(Status.FAILED, EFFICIENCY, USER, OFF).verdict,
    )
    report = lines(crowded, Page(width=width))
    assert len(report) < 60
    assert max(map(cell_width, report)) <= width


def test_a_long_reference_is_shortened_so_that_the_numbers_fit() -> None:
    wasted = replace(WASTED, status=Status.FAILED, limit=1)
    user = replace(USER, status=Status.FAILED, measured=0.5, reason="")
    failed = judged(Status.FAILED, EFFICIENCY, wasted, user)
    first = lines(replace(failed, image=replace(failed.image, reference="/builds/" + "long/" * 50 + "image.tar")))[0]
    assert cell_width(first) == 120
    assert first.startswith("layerscope: FAILED  /builds…")
    assert first.endswith("/image.tar  efficiency 50.0 % < 90.0 %  wasted 125 kB > 1 B  user waste 50.0 % > 10.0 %")


def test_what_is_left_out_is_counted() -> None:
    notes = tuple(Note("n", f"note {number}") for number in range(20))
    report = lines(replace(with_much_waste(1_000), notes=notes))
    paths = wasted_path_count(wasteful().tree)
    assert re.search(rf"Most wasted: \d+ of 1,000 rows \({paths} paths\), ", "\n".join(report))
    assert "  … 12 more in the JSON report" in report


def test_partial_totals_are_called_lower_bounds() -> None:
    whole = wasteful()
    layers = (replace(whole.layers[0], absent_reason="foreign layer"), *whole.layers[1:])
    assert any(line.startswith("  wasted      at least 125 kB") for line in lines(replace(whole, layers=layers)))


def test_colour_is_written_only_for_a_page_that_wants_it() -> None:
    coloured = lines(judged(Status.FAILED, EFFICIENCY), Page(colour=True))
    assert coloured[0].startswith("\x1b[1;31mlayerscope: FAILED")
    plain = [line.replace("\x1b[1;31m", "").replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "")
             for line in coloured]  # fmt: skip
    assert plain == lines(judged(Status.FAILED, EFFICIENCY))
