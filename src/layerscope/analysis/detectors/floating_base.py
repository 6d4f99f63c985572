"""LS307 FROM without a fixed tag.

What: a FROM with `latest`, or without a tag.

Why: the next build stands on another image than this one, and nobody can tell which.

Bad:

    FROM python

Good:

    FROM python:3.12-slim-bookworm
    # or, to the byte:
    FROM python:3.12-slim-bookworm@sha256:…

Ignore it when: something updates and tests the base on every build on purpose.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.model.findings import Finding, Level


class FloatingBase(Detector):
    """See the module."""

    RULE = Rule("LS307", "base image without a fixed tag", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report each FROM of the Dockerfile, stages and variables apart."""
        stages: set[str] = set()
        for instruction in evidence.inputs.dockerfile:
            if instruction.keyword != "FROM":
                continue
            words = instruction.text.split()
            name = words[0] if words else ""
            if _floats(name) and name.lower() not in stages:
                bare = safe(name.partition(":")[0])
                yield practice_finding(
                    self.RULE, line=instruction.dockerfile_line,
                    title=f"FROM {safe(name)} has no fixed tag",
                    why="The next build may stand on another image than this one did.",
                    advice=f"Name a version in line {instruction.dockerfile_line}: `FROM {bare}:VERSION`.",
                )  # fmt: skip
            if len(words) == 3:
                stages.add(words[2].lower())


def _floats(name: str) -> bool:
    if not name or "$" in name or "@" in name or name.lower() == "scratch":
        return False
    _, colon, tag = name.rpartition("/")[2].partition(":")
    return not colon or tag == "latest"
