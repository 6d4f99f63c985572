"""LS319 MAINTAINER is deprecated.

What: a MAINTAINER instruction.

Why: it has been deprecated since Docker 1.13; a label says the same, and more.

Bad:

    MAINTAINER me@example.com

Good:

    LABEL org.opencontainers.image.authors="me@example.com"

Ignore it when: never; it is one line.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.model.findings import Edit, Finding, Level


class Maintainer(Detector):
    """See the module."""

    RULE = Rule("LS319", "MAINTAINER is deprecated", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report it above the base."""
        for instruction, _ in evidence.script.above_base(evidence.base_count):
            if instruction.keyword == "MAINTAINER":
                name = safe(instruction.text).replace('"', "'")
                yield practice_finding(
                    self.RULE, line=instruction.dockerfile_line,
                    title="MAINTAINER is deprecated",
                    why="A label says the same, and tools read it.",
                    advice="Write a label.",
                    edits=(Edit((f'LABEL org.opencontainers.image.authors="{name}"',), instruction.dockerfile_line,
                                instruction.dockerfile_end_line),),
                )  # fmt: skip
