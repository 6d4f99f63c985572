"""The table of what hadolint and dockle check names every published rule of theirs, and rules of ours that exist."""

import re
from pathlib import Path

import pytest

from layerscope.analysis.pages import rules

_TABLE = Path(__file__).with_name("coverage.md").read_text(encoding="utf-8")
_ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in _TABLE.splitlines()
    if re.match(r"\| (?:DL|CIS|DKL)", line)
]
_PUBLISHED = {
    *(f"DL{number}" for number in (1001, 4000, 4001, 4003, 4004, 4005, 4006)),
    *(f"DL{number}" for number in range(3000, 3063) if number not in {3031, 3039}),
    *(f"CIS-DI-{number:04}" for number in range(1, 12)), *(f"DKL-DI-{number:04}" for number in range(1, 7)),
    *(f"DKL-LI-{number:04}" for number in range(1, 4)),
}  # fmt: skip
"""hadolint's README and dockle's CHECKPOINT.md; hadolint took DL3031 and DL3039 back."""
_TO = "\N{EN DASH}"


def named(text: str) -> set[str]:
    """Give the rules of a cell: of a first and a last one with a dash between, all."""
    rule = r"((?:DL|LS|CIS-DI-|DKL-DI-|DKL-LI-)\d+)"
    found: set[str] = set()
    for first, last in re.findall(rf"{rule}(?:{_TO}{rule})?", text):
        prefix, digits = first.rstrip("0123456789"), re.sub(r"\D", "", first)
        end = int(re.sub(r"\D", "", last)) if last else int(digits)
        found |= {f"{prefix}{number:0{len(digits)}}" for number in range(int(digits), end + 1)}
    return found


def test_every_published_rule_has_a_row() -> None:
    listed = set().union(*(named(row[0]) for row in _ROWS))
    assert _PUBLISHED - listed == set()


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[0][:20])
def test_a_row_names_a_rule_of_ours_or_says_why_not(row: list[str]) -> None:
    _, what, ours, why = row
    known = {rule.id for rule in rules()}
    assert what
    assert named(ours) & known or (ours == _TO and why)


def test_the_table_names_only_rules_that_exist() -> None:
    known = {rule.id for rule in rules()}
    single = set(re.findall(r"LS\d{3}", _TABLE))
    assert single - known == set()
