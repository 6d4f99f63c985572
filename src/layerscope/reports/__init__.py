"""Reports: each turns an `Inspection` into text on a stream; `REPORTS` lists them.

A report is a module of this package with a `REPORT`; the other modules here are what reports share.
"""

from layerscope.reports import json_report, text_report
from layerscope.reports.base import Page, Report

# For people first: the order of `--help`.
REPORTS: tuple[Report, ...] = (text_report.REPORT, json_report.REPORT)

__all__ = ["REPORTS", "Page", "Report"]
