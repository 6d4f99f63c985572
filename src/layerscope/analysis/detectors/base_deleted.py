"""LS110 Files of the base image deleted.

What: a RUN deletes files that the FROM image ships. They are hidden, not gone: everyone still pulls them.

Why: a layer cannot change the layers below it.

Bad:

    FROM debian:12
    RUN rm -rf /usr/share/doc /usr/share/man

Good:

    FROM debian:12-slim

or flatten once, in a stage of its own:

    FROM debian:12 AS fat
    RUN rm -rf /usr/share/doc /usr/share/man
    FROM scratch
    COPY --from=fat / /

Ignore it when: the files are deleted for what they do (a setuid bit, a default site), not for their size.
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
from layerscope.model.ledger import Fate


class BaseDeleted(WasteDetector):
    """See the module."""

    RULE = Rule("LS110", "base image's files deleted", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Take what the base shipped and a layer above it deleted."""
        return death.fate is Fate.DELETED and evidence.in_base(death.owner)

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each layer that deletes."""
        for group in grouped(deaths, "killer"):
            killer = next(iter(group)).killer
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"files of the base image are deleted by {evidence.script.where(killer)}: "
                f"{files_in(evidence, joined(group.values()))}",
                why="The bytes stay in the base image's layers, which everyone pulls.",
                remedy=Remedy("Unavoidable on this base: use a base image without them (a -slim or distroless one), or "
                              "flatten it once with `FROM scratch` and `COPY --from=… / /`.", saving_bytes=0),
            )  # fmt: skip
