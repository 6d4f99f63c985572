"""Reports: each turns an `Inspection` into text on a stream; `REPORTS` lists them.

A report is a module of this package with a `REPORT`; the other modules here are what reports share.
"""

from layerscope.reports import (
    azure_report,
    csv_files_report,
    csv_report,
    github_report,
    gitlab_report,
    html_report,
    json_report,
    junit_report,
    markdown_report,
    sarif_report,
    text_report,
)
from layerscope.reports.base import Dockerfile, Page, Report

# For people first, then for programs, then for code hosts: the order of `--help`.
REPORTS: tuple[Report, ...] = (
    text_report.REPORT,
    markdown_report.REPORT,
    html_report.REPORT,
    json_report.REPORT,
    csv_report.REPORT,
    csv_files_report.REPORT,
    sarif_report.REPORT,
    junit_report.REPORT,
    gitlab_report.REPORT,
    github_report.REPORT,
    azure_report.REPORT,
)

__all__ = ["REPORTS", "Dockerfile", "Page", "Report"]
