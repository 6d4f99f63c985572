r"""LS314 No OCI labels.

What: the image says neither where its sources are nor which version it is.

Why: scanners, update bots and people find the sources of an image by `org.opencontainers.image.source` and
`org.opencontainers.image.version`.

Bad: an image without labels.

Good:

    LABEL org.opencontainers.image.source="https://example.com/me/app" \
          org.opencontainers.image.version="1.2.3"

Ignore it when: the image never leaves the machine.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.model.findings import Edit, Finding, Level

_PREFIX = "org.opencontainers.image."
_WANTED = ("source", "version")


class MissingLabels(Detector):
    """See the module."""

    RULE = Rule("LS314", "no OCI labels", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report an image to run that has none of the labels and annotations."""
        image = evidence.inputs.image
        known = {*evidence.config.labels, *image.annotations}
        if not evidence.is_service or any(name.startswith(_PREFIX) or "label-schema" in name for name in known):
            return
        yield practice_finding(
            self.RULE,
            title="the image does not say where its sources are",
            why="Scanners, update bots and people find the sources of an image by its labels.",
            advice="Add labels at the end of the Dockerfile, so that they do not spoil the build cache.",
            edits=(Edit((f'LABEL {_PREFIX}source="https://…" \\', f'      {_PREFIX}version="…"')),),
        )  # fmt: skip
