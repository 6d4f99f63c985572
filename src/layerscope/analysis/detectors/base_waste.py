"""LS112 The base image wastes bytes of its own.

What: layers of the FROM image ship bytes that other layers of the FROM image delete or replace.

Why: whoever made the base image cleaned up, or changed files, in a later layer.

Bad:

    FROM somebody/base-with-a-big-history

Good:

    FROM a-smaller-base          # or: have the base image rebuilt as one layer

    # or take what is needed only
    FROM scratch
    COPY --from=somebody/base-with-a-big-history / /

Ignore it when: all your images share this base, so that it is pulled and stored once.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import joined
from layerscope.analysis.detecting import Deaths, Remedy, Rule, WasteDetector, waste_finding
from layerscope.analysis.evidence import Death, Evidence
from layerscope.model.findings import Finding, Level
from layerscope.units import format_size


class BaseWaste(WasteDetector):
    """See the module."""

    RULE = Rule("LS112", "waste within the base image", Level.NOTE)

    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Take what the base image both shipped and ended."""
        return evidence.in_base(death.killer)

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write one finding for the whole base."""
        size = format_size(joined(deaths.values()).size_bytes)
        yield waste_finding(
            self.RULE, deaths, evidence,
            title=f"the base image wastes {size} in its own {evidence.base_count} layers",
            why="Layers of the base image delete or replace files of layers below them.",
            remedy=Remedy("Nothing in this Dockerfile changes it: use another base image, or have this one rebuilt.",
                          saving_bytes=0),
        )  # fmt: skip
