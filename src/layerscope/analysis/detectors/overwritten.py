"""LS109 Files overwritten in a later layer.

What: a file is shipped, and a later layer ships another version of it: configuration that is copied and then edited, a
database that each step fills further, a build output that is built twice.

Why: a layer stores a changed file whole. Only the last version is in the image; all are pulled.

Bad:

    COPY app.conf /etc/app.conf
    RUN sed -i s/DEBUG/INFO/ /etc/app.conf
    RUN ./manage.py migrate
    RUN ./manage.py loaddata

Good: write the final version at once,

    RUN --mount=type=bind,source=app.conf,target=/tmp/app.conf sed s/DEBUG/INFO/ /tmp/app.conf > /etc/app.conf
    RUN ./manage.py migrate && ./manage.py loaddata

Ignore it when: the file is small.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import joined
from layerscope.analysis.deletions import overwriting_remedy
from layerscope.analysis.detecting import Deaths, Rule, WasteDetector, files_in, grouped, waste_finding
from layerscope.analysis.evidence import Death, Evidence
from layerscope.model.findings import Finding, Level


class Overwritten(WasteDetector):
    """See the module."""

    RULE = Rule("LS109", "overwritten in a later layer", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take all the rest, so that no dead byte is without a finding."""
        return True

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each owner and killer."""
        for group in grouped(deaths, "pair"):
            death, whole = next(iter(group)), joined(group.values())
            where = evidence.script.where
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"{files_in(evidence, whole)} of {where(death.owner)} overwritten by {where(death.killer)}",
                why="Only the last version is in the image; the one before is still in its layer.",
                remedy=overwriting_remedy(evidence, death.owner, death.killer, whole),
            )  # fmt: skip
