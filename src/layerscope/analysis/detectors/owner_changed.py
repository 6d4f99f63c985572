"""LS105 Files shipped again because their owner changed.

What: files are copied or made in one layer, and `chown` in a later one ships all of them again, byte for byte.

Why: a layer stores whole files; a changed owner is a changed file.

Bad:

    COPY app/ /srv/app/
    RUN useradd --system app && chown -R app:app /srv/app

Good:

    RUN useradd --system app
    COPY --chown=app:app app/ /srv/app/

Ignore it when: the owner is not known before, and the files are small.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Deaths, Rule, WasteDetector
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.reshipping import Change, reship_findings
from layerscope.model.files import Aspect
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate


class OwnerChanged(WasteDetector):
    """See the module."""

    RULE = Rule("LS105", "shipped again by chown", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take what was shipped again with another owner."""
        return death.fate is Fate.RESHIPPED and death.aspect is Aspect.OWNER

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each layer that changes owners."""
        return reship_findings(self.RULE, deaths, evidence, Change("chown", "--chown", "owner"))
