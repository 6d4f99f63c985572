"""LS113 Stored twice in one layer.

What: the tar of one layer holds the same path more than once; only the last one counts.

Why: the tool that wrote the layer appended a file again (build tools that assemble layers without a container do so).
No Dockerfile builder does.

Bad: a layer rule that lists a file in two of its inputs.

Good: list it once; the layer is then written without the first copy.

Ignore it when: never; but it is the build tool that must change, not a Dockerfile.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import joined
from layerscope.analysis.detecting import (
    Deaths,
    Remedy,
    Rule,
    WasteDetector,
    files_in,
    grouped,
    waste_finding,
)  # fmt: skip
from layerscope.analysis.evidence import Death, Evidence
from layerscope.model.findings import Finding, Level


class SameLayer(WasteDetector):
    """See the module."""

    RULE = Rule("LS113", "stored twice in one layer", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take what the same layer shipped and ended."""
        return death.owner == death.killer

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each layer."""
        for group in grouped(deaths, "owner"):
            owner = next(iter(group)).owner
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"layer {owner} stores files more than once: {files_in(evidence, joined(group.values()))}",
                why="Of several entries for one path in a layer's tar only the last one counts.",
                remedy=Remedy("Have the tool that writes the layer list each file once."),
            )  # fmt: skip
