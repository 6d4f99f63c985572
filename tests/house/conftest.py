"""One worker parses all sources, and runs all tests that look at them."""

from pathlib import Path

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep every test of this folder together."""
    if Path(__file__).parent in item.path.parents:
        item.add_marker(pytest.mark.xdist_group("house"))
