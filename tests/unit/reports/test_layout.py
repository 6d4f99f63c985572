"""Widths and shortening."""

from hypothesis import given
from hypothesis import strategies as st

from layerscope.reports.layout import cell_width, fit, fit_path, wrap
from layerscope.units import printable

texts = st.text().map(printable)
widths = st.integers(min_value=2, max_value=50)


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert [cell_width(text) for text in ("abc", "日本", "e\u0301", "")] == [3, 4, 1, 0]


def test_a_path_is_shortened_in_its_middle_and_keeps_more_of_its_end() -> None:
    assert fit_path("/usr/lib/python3/site-packages/module.py", 20) == "/usr/l…ges/module.py"
    assert fit_path("/short", 20) == "/short"


def test_text_is_cut_at_its_end() -> None:
    assert fit("RUN apt-get update", 8) == "RUN apt…"


def test_words_that_are_longer_than_a_line_are_broken() -> None:
    assert wrap("a long-word b", 4) == ["a", "long", "-wor", "d b"]


@given(texts, widths)
def test_nothing_is_ever_wider_than_asked(text: str, width: int) -> None:
    assert cell_width(fit(text, width)) <= width
    assert cell_width(fit_path(text, width)) <= width
    assert all(cell_width(line) <= width for line in wrap(text, width))


@given(texts, widths)
def test_wrapping_loses_nothing_but_blanks(text: str, width: int) -> None:
    assert "".join(wrap(text, width)).replace(" ", "") == text.replace(" ", "")
