"""LS306 No HEALTHCHECK for a service.

What: the image exposes a port and does not say how to tell whether the service works.

Why: without it an engine knows only that the process lives. (Kubernetes has probes of its own and ignores this.)

Bad:

    EXPOSE 8080

Good:

    EXPOSE 8080
    HEALTHCHECK --interval=30s --timeout=3s CMD ["/srv/app/server", "--check"]

Ignore it when: it runs under an orchestrator with probes.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.model.findings import Finding, Level


class NoHealthcheck(Detector):
    """See the module."""

    RULE = Rule("LS306", "no HEALTHCHECK", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report a service without a health check."""
        config = evidence.config
        if config.exposed_ports and config.healthcheck is None:
            yield practice_finding(
                self.RULE,
                title=f"a service (port {safe(config.exposed_ports[0])}) without a HEALTHCHECK",
                why="The engine knows only that its process lives, not whether it answers.",
                advice="Add a HEALTHCHECK that asks the service itself; leave it out where an orchestrator has probes.",
            )  # fmt: skip
