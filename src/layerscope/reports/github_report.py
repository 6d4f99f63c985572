"""GitHub workflow commands: broken rules and findings as annotations of the Dockerfile.

GitHub shows ten annotations of a kind for each step; more than that are counted, not written.
"""

from collections import Counter
from typing import TextIO

from layerscope.model.findings import Level
from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import github_data, github_property
from layerscope.reports.problems import Problem, problems
from layerscope.units import printable

_COMMANDS = {Level.NOTE: "notice", Level.WARNING: "warning", Level.ERROR: "error"}
_MOST = 10


def write_github(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write one command a line."""
    name = printable(page.dockerfile.name)
    count: Counter[Level] = Counter()
    left_out = 0
    for problem in problems(inspection):
        count[problem.level] += 1
        # One notice is kept for the remark on what is left out.
        if count[problem.level] > _MOST - (problem.level is Level.NOTE):
            left_out += 1
        else:
            stream.write(_command(problem, name))
    if left_out:
        stream.write(f"::notice title=layerscope::{left_out} more in the other reports\n")


def _command(problem: Problem, name: str) -> str:
    place = f"file={github_property(name)},line={problem.line},endLine={problem.end_line}"
    title = github_property(f"{problem.rule} {problem.title}" if not problem.gate else problem.title)
    return f"::{_COMMANDS[problem.level]} {place},title={title}::{github_data(problem.message)}\n"


REPORT = Report("github", "GitHub annotations (workflow commands)", write_github)
