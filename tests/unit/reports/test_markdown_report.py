"""The report for pull requests, rendered by a Markdown parser that follows CommonMark and GitHub's tables."""

import io
import re
from dataclasses import replace
from html import unescape

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from layerscope.analysis.gate import facts_of
from layerscope.model.findings import Edit, Finding, Level, RuleResult, Status, Verdict
from layerscope.model.inspection import Inspection
from layerscope.reports import Page
from layerscope.reports.escaping import markdown_code, markdown_text
from layerscope.reports.markdown_report import write_markdown
from unit.reports.hostile import hostile
from unit.reports.samples import judged, wasteful, with_much_waste

FAILED = RuleResult("lowest-efficiency", Status.FAILED, 0.5, 0.9, "ratio")


def text(inspection: Inspection) -> str:
    stream = io.StringIO()
    write_markdown(inspection, stream, Page())
    return stream.getvalue()


def html(inspection: Inspection) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(text(inspection)))


def test_what_changed_since_the_baseline_comes_first() -> None:
    before = facts_of(wasteful())
    before = replace(before, ledger=replace(before.ledger, deleted_bytes=0))
    verdict = Verdict(status=Status.PASSED, rules=(), baseline=before)
    report = text(replace(wasteful(), verdict=verdict))
    assert "| shipped | 180 kB | 250 kB | +70.0 kB |" in report
    assert "| layers | 4 | 4 | +0 |" in report
    assert report.index("Against the baseline") < report.index("<summary>Layers")


def test_nothing_from_the_image_becomes_markup() -> None:
    page = html(hostile())
    allowed = r"h[23]|p|strong|table|thead|tbody|tr|th|td|code|pre|details|summary|ul|li|blockquote|br"
    assert [tag for tag in re.findall(r"<([a-zA-Z]\w*)", page) if re.fullmatch(allowed, tag) is None] == []
    assert "href" not in page
    assert not any("onerror" in tag for tag in re.findall(r"<[^>]*>", page))


def test_every_row_of_a_table_has_all_its_cells_whatever_the_names() -> None:
    for table in re.findall(r"<table>.*?</table>", html(hostile()), re.DOTALL):
        counts = {len(re.findall(r"<t[dh]", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)}
        assert len(counts) == 1


def test_a_fix_can_be_copied_as_it_stands() -> None:
    finding = Finding(rule="LS101", level=Level.ERROR, title="t", wasted_bytes=1, paths=(), path_count=0,
                      owner_layers=(), killer_layers=(), dockerfile_line=3, advice="a", saving_bytes=1,
                      edits=(Edit(("RUN a \\", " && b ```x```")),))  # fmt: skip
    report = text(replace(judged(Status.FAILED, FAILED), findings=(finding,)))
    assert "````\nRUN a \\\n && b ```x```\n````" in report
    assert "line 3" in report


def test_it_fits_into_a_comment_whatever_the_image() -> None:
    finding = replace(hostile().findings[0], advice="word " * 10_000)
    assert len(text(replace(with_much_waste(100_000), findings=(finding,) * 500))) < 65_536


_PIECES = st.sampled_from([
    "a", "b_c", "_", "__", "*", "**", "`", "``", "<b>", "&amp;", "[", "](x)", "![", "|", "\\", "\\|", "#", "# ", "- ",
    "-", "1. ", "1.", "+", "===", "---", "> ", ">", "~~", "$", "@me", "#12", "http://x.y", "www.x.y", ":tada:", ",",
    ".", "!", "(", ")", "é", "…", "/usr/lib", "'", '"', "=", "{", "}", "^", " ",
])  # fmt: skip


def rendered(source: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(source))


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_any_text_is_shown_as_it_is_and_only_what_is_code_looks_otherwise(text: str) -> None:
    said = " ".join(text.split())
    page = rendered(f"{markdown_text(said)}\n")
    assert set(re.findall(r"<(/?\w+)", page)) <= {"p", "/p", "code", "/code"}
    shown = unescape(re.sub(r"</?(?:p|code)>", "", page)).rstrip("\n")
    assert shown.replace("`", "") == said.replace("`", "")
    outside = re.sub(r"<code>.*?</code>", "", page)
    assert not re.search(r"@|#\d|://|www\.|:\w+:|\$", outside)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_any_text_stays_in_its_cell(text: str) -> None:
    said = " ".join(text.split())
    page = rendered(f"| x | y |\n|---|---|\n| {markdown_text(said, cell=True)} | {markdown_code(said, cell=True)} |\n")
    cells = re.findall(r"<td>(.*?)</td>", page)
    assert len(cells) == 2
    assert [unescape(re.sub(r"</?code>", "", cell)).replace("`", "") for cell in cells] == [said.replace("`", "")] * 2


def test_what_a_terminal_shows_is_readable() -> None:
    said = "end line 28 with `&& rm -rf /var/lib/apt/lists/*`; NOTES_KEY of 2 files under /srv, 40 % (line 3)"
    assert markdown_text(said) == (
        "end line 28 with `&& rm -rf /var/lib/apt/lists/*`; `NOTES_KEY` of 2 files under `/srv`, 40 % (line 3)"
    )
    assert "&#" not in text(wasteful())
