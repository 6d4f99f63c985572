"""LS111 Files of the base image changed.

What: a layer replaces files of the FROM image: package databases that any installation rewrites, configuration that
is edited, packages that are upgraded. Both copies are shipped.

Why: a layer stores changed files whole.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get dist-upgrade -y

Good:

    FROM debian:12.8      # a newer base image has the upgrades in its own layers

Ignore it when: it is small: package databases are a few hundred kilobytes, and every installation rewrites them.
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

_UPGRADES = ("upgrade", "update -y", "dist-upgrade")


class BaseChanged(WasteDetector):
    """See the module."""

    RULE = Rule("LS111", "base image's files changed", Level.NOTE)

    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Take what the base shipped and a layer above it replaced with something else."""
        return death.fate is Fate.OVERWRITTEN and evidence.in_base(death.owner)

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each layer that changes them."""
        for group in grouped(deaths, "killer"):
            killer = next(iter(group)).killer
            upgrade = any(word in (evidence.script.run(killer) or "") for word in _UPGRADES)
            advice = (
                "Use a newer base image, which has the upgrades in its own layers, and leave the upgrade out."
                if upgrade
                else "Unavoidable on this base for package databases and edited configuration; a base image that "
                "already has these packages or settings ships them once."
            )
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"files of the base image are replaced by {evidence.script.where(killer)}: "
                f"{files_in(evidence, joined(group.values()))}",
                why="A layer stores a changed file whole, and the base image's copy is still pulled.",
                remedy=Remedy(advice, saving_bytes=0),
            )  # fmt: skip
