"""LS107 Files shipped again though nothing in them changed.

What: a layer ships files that a lower layer already has, with the same bytes, owner and mode: `touch`, a second COPY,
a tool that writes its output again, a package that is installed again.

Why: what a step writes is in its layer, changed or not.

Bad:

    COPY . .
    RUN make
    COPY . .

Good:

    COPY . .
    RUN make

Ignore it when: the time stamp itself is needed (then `touch` it in the step that makes it).
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Deaths, Rule, WasteDetector
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.reshipping import Change, reship_findings
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate


class RewrittenUnchanged(WasteDetector):
    """See the module."""

    RULE = Rule("LS107", "shipped again unchanged", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take what else was shipped again."""
        return death.fate is Fate.RESHIPPED

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each layer that ships files again."""
        return reship_findings(self.RULE, deaths, evidence, Change("touch", "", "time"))
