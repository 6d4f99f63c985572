"""LS210 Log files in the image.

What: logs that build steps wrote below `/var/log`, or in a home directory.

Why: installers and programs that run during the build write logs as they always do.

Bad:

    RUN ./install.sh

Good:

    RUN ./install.sh && rm -f /var/log/*.log

Ignore it when: they are small.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level

_CLEANUP = "find /var/log -type f -exec rm -f {} +"


class Logs(Detector):
    """See the module."""

    RULE = Rule("LS210", "log files in the image", Level.NOTE)
    KINDS = (
        PathKind("logs", "log files", (
            "/var/log", "**/.npm-debug.log", "**/npm-debug.log", "**/yarn-error.log",
            "**/hs_err_pid.log",
        )),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=100_000,
            why="They tell of the build, not of the container.",
            advice=f"End the RUN that writes them with `&& {_CLEANUP}`.",
            cleanup=_CLEANUP,
        )  # fmt: skip
