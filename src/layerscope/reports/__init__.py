"""Reports: each turns an `Inspection` into text on a stream; `KINDS` lists them.

A report is a module of this package, `KIND_report.py`, with a `REPORT`; it is loaded when it is asked for. The other
modules here are what reports share.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from layerscope.reports.base import Dockerfile, Page, Report

if TYPE_CHECKING:
    REPORTS: tuple[Report, ...]
    """All of them, loaded."""

# For people first, then for programs, then for code hosts: the order of `--help`.
KINDS = ("text", "markdown", "html", "json", "csv", "csv-files", "sarif", "junit", "gitlab", "github", "azure")

__all__ = ["KINDS", "REPORTS", "Dockerfile", "Page", "Report", "report_of"]


def report_of(kind: str) -> Report:
    """Load the report of one of `KINDS`."""
    found = import_module(f"layerscope.reports.{kind.replace('-', '_')}_report").REPORT
    assert isinstance(found, Report)
    return found


def __getattr__(name: str) -> Any:
    if name == "REPORTS":
        return tuple(map(report_of, KINDS))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
