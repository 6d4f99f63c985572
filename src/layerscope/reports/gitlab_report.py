"""GitLab Code Quality: broken rules and findings, for the merge request's widget.

GitLab wants a path without a leading `./`, drops entries whose fingerprint occurs twice, and compares fingerprints
between branches; the Dockerfile's name is part of ours, so that two images of one pipeline do not hide each other.
"""

import json
from typing import TextIO

from layerscope.model.findings import Level
from layerscope.model.identity import name_fingerprint
from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import log_json
from layerscope.reports.problems import problems
from layerscope.units import printable

_SEVERITIES = {Level.NOTE: "info", Level.WARNING: "minor", Level.ERROR: "major"}


def write_gitlab(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write the list."""
    path = printable(page.dockerfile.name.removeprefix("./"))
    rows = [
        {
            "description": problem.message,
            "check_name": problem.rule,
            "fingerprint": name_fingerprint(path, problem.fingerprint),
            "severity": "critical" if problem.gate and problem.level is Level.ERROR else _SEVERITIES[problem.level],
            "location": {"path": path, "lines": {"begin": problem.line}},
        }
        for problem in problems(inspection)
    ]
    stream.write(log_json(json.dumps(rows, indent=1)))
    stream.write("\n")


REPORT = Report("gitlab", "GitLab Code Quality", write_gitlab)
