"""LS309 Upgrades all packages of the base.

What: `apt-get upgrade`, `apt-get dist-upgrade`, `apk upgrade`, `dnf upgrade` or `yum update` in a RUN.

Why: every upgraded file is shipped beside the old one in the base image, and the result depends on the day.

Bad:

    FROM debian:12.1
    RUN apt-get update && apt-get dist-upgrade -y

Good:

    FROM debian:12.8

Ignore it when: the base is rebuilt less often than fixes come, and you accept the size.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_UPGRADE = regex(
    r"\b(?:apt-get|apt|aptitude)\s(?:-\S{1,60}\s){0,9}(?:upgrade|dist-upgrade|full-upgrade)\b|\bapk\s(?:-\S{1,60}\s){0,9}upgrade\b"
    r"|\b(?:dnf|microdnf|yum|tdnf)\s(?:-\S{1,60}\s){0,9}(?:upgrade|update)(?:\s+-\S{1,60}){0,9}\s*(?:&&|;|$)|\bzypper\s[^&;|]{0,300}\b(?:up|dup|update)\b"
)


class Upgrades(Detector):
    """See the module."""

    RULE = Rule("LS309", "upgrades the base's packages", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report RUNs above the base."""
        for instruction, layer in evidence.script.above_base(evidence.base_count):
            match = _UPGRADE.search(instruction.text) if instruction.keyword == "RUN" else None
            if match:
                yield practice_finding(
                    self.RULE, layers=() if layer is None else (layer,), line=instruction.dockerfile_line,
                    title=f"`{match[0].strip(' &;')}` ships packages of the base image a second time",
                    why="The old files stay in the base image's layers, and the result depends on the day.",
                    advice="Take a newer base image, or install only the packages that need a fix.",
                )  # fmt: skip
