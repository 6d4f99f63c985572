"""LS317 WORKDIR that depends on the one before.

What: a WORKDIR that is not absolute.

Why: what it means depends on a WORKDIR above it, perhaps in the base image, and changes with it.

Bad:

    WORKDIR app

Good:

    WORKDIR /srv/app

Ignore it when: it stands right below an absolute one, on purpose.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.model.findings import Edit, Finding, Level


class RelativeWorkdir(Detector):
    """See the module."""

    RULE = Rule("LS317", "relative WORKDIR", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report WORKDIRs of the Dockerfile; history has them made absolute by some builders."""
        for instruction in evidence.inputs.dockerfile:
            path = instruction.text.strip().strip('"')
            if instruction.keyword != "WORKDIR" or path[:1] in {"/", "$", ""} or path[1:2] == ":":
                continue
            line = instruction.dockerfile_line
            yield practice_finding(
                self.RULE, line=line,
                title=f"WORKDIR {safe(path)} is relative",
                why="What it means depends on a WORKDIR above it.",
                advice="Write the whole path.",
                edits=(Edit((f"WORKDIR /{safe(path.removeprefix('./'))}",), line, instruction.dockerfile_end_line),),
            )  # fmt: skip
