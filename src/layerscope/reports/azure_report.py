"""Azure Pipelines logging commands: broken rules and findings as issues of the run.

Azure knows errors and warnings only.
"""

from typing import TextIO

from layerscope.model.findings import Level
from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import azure_data, azure_property
from layerscope.reports.problems import problems
from layerscope.units import printable

_MOST = 20


def write_azure(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write one command a line; notes are left to the other reports."""
    name = azure_property(printable(page.dockerfile.name))
    chosen = [problem for problem in problems(inspection) if problem.level is not Level.NOTE]
    for problem in chosen[:_MOST]:
        kind = "error" if problem.level is Level.ERROR else "warning"
        place = f"type={kind};sourcepath={name};linenumber={problem.line};code={azure_property(problem.rule)}"
        stream.write(f"##vso[task.logissue {place}]{azure_data(problem.message)}\n")


REPORT = Report("azure", "Azure Pipelines issues (logging commands)", write_azure)
