"""LS104 Directories emptied and filled again.

What: a layer deletes a directory that a lower layer filled and puts new files, or something else, in its place.

Why: the files of the lower layer are hidden, and still shipped.

Bad:

    COPY public/ /srv/public/
    RUN rm -rf /srv/public && build --output /srv/public

Good: put there only what stays,

    COPY public/ /tmp/public/      # in a build stage
    RUN build --input /tmp/public --output /srv/public

Ignore it when: the directory is small.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import joined
from layerscope.analysis.deletions import deletion_remedy
from layerscope.analysis.detecting import Deaths, Rule, WasteDetector, files_in, grouped, waste_finding
from layerscope.analysis.evidence import Death, Evidence
from layerscope.model.files import Aspect
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate


class DirectoryReplaced(WasteDetector):
    """See the module."""

    RULE = Rule("LS104", "directory replaced in a later layer", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take what went with a directory that was made anew."""
        return death.fate is Fate.DELETED and death.aspect is Aspect.KIND

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each owner and killer."""
        for group in grouped(deaths, "pair"):
            death, whole = next(iter(group)), joined(group.values())
            where = evidence.script.where
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"a directory of {where(death.owner)} is replaced by {where(death.killer)}: "
                f"{files_in(evidence, whole)}",
                why="What was in it is hidden by the new one, and is still in the layer that shipped it.",
                remedy=deletion_remedy(evidence, death.owner, death.killer, whole),
            )  # fmt: skip
