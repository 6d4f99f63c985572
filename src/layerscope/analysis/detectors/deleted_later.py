r"""LS102 Files deleted in a later layer.

What: one layer ships files and a later one deletes them: sources after a build, archives after unpacking, secrets.

Why: deleting in a later layer hides files. The bytes stay, everyone pulls them, and anyone can read them.

Bad:

    COPY source.tar.gz /tmp/
    RUN tar -xf /tmp/source.tar.gz -C /srv
    RUN rm /tmp/source.tar.gz

Good:

    ADD source.tar.gz /srv/                                     # unpacks, ships the result only

or

    RUN --mount=type=bind,source=source.tar.gz,target=/tmp/source.tar.gz \
        tar -xf /tmp/source.tar.gz -C /srv

or list in `.dockerignore` what `COPY . .` should not take.

Ignore it when: the stage is never shipped.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import joined
from layerscope.analysis.deletions import deletion_remedy
from layerscope.analysis.detecting import Deaths, Rule, WasteDetector, files_in, grouped, waste_finding
from layerscope.analysis.evidence import Death, Evidence
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate


class DeletedLater(WasteDetector):
    """See the module."""

    RULE = Rule("LS102", "deleted in a later layer", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take all that was deleted and that no narrower rule took."""
        return death.fate is Fate.DELETED

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each owner and killer."""
        for group in grouped(deaths, "pair"):
            death, whole = next(iter(group)), joined(group.values())
            where = evidence.script.where
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"{files_in(evidence, whole)} shipped by {where(death.owner)}, deleted by {where(death.killer)}",
                why="Deleting in a later layer hides files; the bytes stay in the layer that shipped them.",
                remedy=deletion_remedy(evidence, death.owner, death.killer, whole),
            )  # fmt: skip
