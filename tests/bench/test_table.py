import pytest
from markdown_it import MarkdownIt

from bench.table import Line, as_markdown, as_text, columns_of, number
from bench.targets import AtMost, LittleMore, Target, TimesLess

_LINES = [
    Line("ci, big", "wall", "s", {"layerscope": 0.5, "Dive": 6.0}, TimesLess("Dive", 10)),
    Line("ci | big", "peak", "MB", {"layerscope": 150.0, "xray": 30.0}, AtMost(120)),
    Line("slopes", "CPU", "", {"layerscope": 1.02}),
]


@pytest.mark.parametrize(
    ("target", "figures", "met"),
    [
        (AtMost(0.7), {"layerscope": 0.7}, True),
        (AtMost(0.7), {"layerscope": 0.71}, False),
        (AtMost(0.7), {"Dive": 0.1}, None),
        (TimesLess("Dive", 10), {"layerscope": 0.5, "Dive": 5.0}, True),
        (TimesLess("Dive", 10), {"layerscope": 0.5, "Dive": 4.9}, False),
        (TimesLess("Dive", 10), {"layerscope": 0.5}, None),
        (LittleMore("docker save", 1.05, 0.5), {"layerscope": 21.5, "docker save": 20.0}, True),
        (LittleMore("docker save", 1.05, 0.5), {"layerscope": 21.6, "docker save": 20.0}, False),
        (LittleMore("docker save", 1.05, 0.5), {"layerscope": 21.6}, None),
    ],
)
def test_a_target_is_met_missed_or_not_to_be_told(
    target: Target,
    figures: dict[str, float],
    met: bool | None,  # noqa: FBT001 - an expectation
) -> None:
    assert Line("work", "wall", "s", figures, target).met is met


def test_ratios_say_how_many_times_ours_a_peer_takes() -> None:
    assert _LINES[0].ratio("Dive") == 12
    assert _LINES[0].ratio("xray") is None


def test_our_column_comes_first_and_each_program_once() -> None:
    assert columns_of(_LINES) == ["layerscope", "Dive", "xray"]


def test_the_text_has_a_line_each_with_ratio_target_and_verdict() -> None:
    head, ci, peak, slopes = as_text(_LINES).splitlines()
    assert " ".join(head.split()) == "work figure layerscope Dive xray target"
    assert " ".join(ci.split()) == "ci, big wall 0.50 s 6.00 s (12 x) ≤ Dive / 10 met"
    assert " ".join(peak.split()) == "ci | big peak 150 MB 30.0 MB (0.2 x) ≤ 120 MB MISSED"
    assert " ".join(slopes.split()) == "slopes CPU 1.02"


def test_the_markdown_is_a_table_with_a_row_a_line() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(as_markdown(_LINES))
    rows = [token for token in tokens if token.type == "tr_open"]
    text = [token.content for token in tokens if token.type == "inline"]
    assert len(rows) == 1 + len(_LINES)
    assert "ci | big" in text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0123, "0.012"), (0.5, "0.50"), (9.994, "9.99"), (12.34, "12.3"), (1320.4, "1,320"), (0, "0.00")],
)
def test_figures_have_three_digits_that_count(value: float, text: str) -> None:
    assert number(value) == text
