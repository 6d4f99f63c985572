"""Every file that adds something is in the registry of its folder."""

from collections.abc import Iterable
from importlib import import_module
from typing import Any

import pytest

from house.source_tree import files, files_defining, files_with_class
from layerscope.analysis import gate
from layerscope.cli import COMMANDS
from layerscope.reports import KINDS, REPORTS


def test_every_command_is_registered() -> None:
    assert files_defining("cli", "command") == set(COMMANDS)


def test_a_command_has_the_name_of_its_file() -> None:
    assert {import_module(f"layerscope.cli.{name}").command.name for name in COMMANDS} == set(COMMANDS)


def test_every_report_is_registered() -> None:
    assert files_defining("reports", "REPORT") == _stems(report.write for report in REPORTS)
    assert tuple(report.name for report in REPORTS) == KINDS


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in gate.RULES}) == len(gate.RULES)


def test_every_source_is_registered() -> None:
    from layerscope.sources.registry import SOURCES

    assert files_with_class("sources", method="claims") - {"base"} == _stems(SOURCES)


def test_every_pane_is_registered() -> None:
    from layerscope.tui.panes import PANES

    assert files("tui/panes") - {"base"} == _stems(PANES)


def test_every_detector_is_registered() -> None:
    found = files("analysis/detectors") - {"base"}
    if not found:
        pytest.skip("there are no detectors yet")
    assert _stems(import_module("layerscope.analysis.detectors").DETECTORS) == found


def _stems(things: Iterable[Any]) -> set[str]:
    """Name the files that registered classes, functions or objects come from."""
    return {(getattr(thing, "__module__", None) or type(thing).__module__).rpartition(".")[2] for thing in things}
