"""How values are written."""

import pytest

from layerscope.config import parse_bytes, parse_ratio
from layerscope.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "ratio"),
    [("0.9", 0.9), ("0", 0.0), ("1", 1.0), ("1.0", 1.0), (".5", 0.5), (" 0.25 ", 0.25), ("5e-2", 0.05)],
)
def test_a_ratio_is_a_decimal_between_0_and_1(text: str, ratio: float) -> None:
    assert parse_ratio("rule", text) == ratio


@pytest.mark.parametrize("text", ["disabled", "off", "false", "Disabled", " OFF "])
def test_a_rule_is_turned_off_by_a_word(text: str) -> None:
    assert parse_ratio("rule", text) is None
    assert parse_bytes("rule", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "NaN",
        "inf",
        "-inf",
        "-0.1",
        "1.01",
        "90",
        "90%",
        "",
        " ",
        "0,9",
        "1_0",
        "0x1",
        "\u0660.\u0665",
        "none",
        "1e999",
        "9" * 5000,
    ],
)
def test_what_is_no_ratio_is_an_error_that_names_the_rule(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^lowest-efficiency: ") as caught:
        parse_ratio("lowest-efficiency", text)
    assert len(caught.value.message) < 120
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "size_bytes"), [("20MB", 20_000_000), ("5KiB", 5120), ("4096", 4096), ("0", 0), ("1.5 GB", 1_500_000_000)]
)
def test_a_size_has_si_or_iec_units_as_written(text: str, size_bytes: int) -> None:
    assert parse_bytes("rule", text) == size_bytes


@pytest.mark.parametrize("text", ["", "-1", "20XB", "nan", "MB", "1e3", "9" * 5000, "9" * 400 + ".5", "\x1b[31m"])
def test_what_is_no_size_is_an_error_that_names_the_rule(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^highest-wasted-bytes: ") as caught:
        parse_bytes("highest-wasted-bytes", text)
    assert "\x1b" not in caught.value.message
