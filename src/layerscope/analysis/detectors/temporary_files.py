"""LS211 Temporary files in the image.

What: files below `/tmp` and `/var/tmp` in the final image.

Why: a build step unpacked, downloaded or compiled there and did not clean up.

Bad:

    RUN curl -o /tmp/tool.tgz https://example.com/tool.tgz && tar -xf /tmp/tool.tgz -C /opt

Good:

    RUN curl https://example.com/tool.tgz | tar -xz -C /opt

    # or
    RUN --mount=type=tmpfs,target=/tmp ./install.sh

Ignore it when: the program expects files there (unusual: `/tmp` is often a mount).
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level

_CLEANUP = "rm -rf /tmp/* /var/tmp/*"


class TemporaryFiles(Detector):
    """See the module."""

    RULE = Rule("LS211", "temporary files in the image", Level.WARNING)
    KINDS = (
        PathKind("temporary", "temporary files", ("/tmp", "/var/tmp")),  # noqa: S108 - names in an image
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=100_000,
            why="Nobody looks for files there when the container runs.",
            advice=(
                f"End the RUN that writes them with `&& {_CLEANUP}`, or give it "
                "`--mount=type=tmpfs,target=/tmp`."
            ),
            cleanup=_CLEANUP,
        )  # fmt: skip
