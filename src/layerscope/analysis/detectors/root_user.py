"""LS305 Runs as root.

What: the image has no USER, or USER root, and something to run.

Why: root in a container is root for the kernel; what breaks out of it, or writes into a mounted directory, does so as
root.

Bad:

    ENTRYPOINT ["/srv/app/server"]

Good:

    RUN useradd --system --no-create-home app
    USER app
    ENTRYPOINT ["/srv/app/server"]

Ignore it when: the entrypoint drops its rights itself, or the container must be root (and then say why).
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.model.findings import Edit, Finding, Level

_ROOT = frozenset({"", "0", "root"})


class RootUser(Detector):
    """See the module."""

    RULE = Rule("LS305", "runs as root", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report an image that starts a program as root."""
        if evidence.is_service and evidence.config.user.partition(":")[0] in _ROOT:
            lines = [
                instruction.dockerfile_line
                for instruction, _ in evidence.script.above_base(evidence.base_count)
                if instruction.keyword == "USER"
            ]
            yield practice_finding(
                self.RULE, line=lines[-1] if lines else None,
                title="the program of this image runs as root",
                why="The configuration has no USER, or root: what breaks out of the container does so as root.",
                advice="Make a user (or take one that the base has) and set it after the last RUN that needs root.",
                edits=(Edit(("RUN useradd --system --no-create-home app", "USER app")),),
            )  # fmt: skip
