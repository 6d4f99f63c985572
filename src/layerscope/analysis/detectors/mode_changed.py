"""LS106 Files shipped again because their mode or attributes changed.

What: `chmod`, `setcap` or `setfacl` in a later layer than the one that made the files: all of them are shipped twice.

Why: a layer stores whole files; a changed mode is a changed file.

Bad:

    COPY tool /usr/local/bin/tool
    RUN chmod +x /usr/local/bin/tool

Good:

    COPY --chmod=0755 tool /usr/local/bin/tool

or keep the mode in the build context (`git update-index --chmod=+x tool`), or change it in the RUN that makes the file.

Ignore it when: the files are small.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Deaths, Rule, WasteDetector
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.reshipping import Change, reship_findings
from layerscope.model.files import Aspect
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate


class ModeChanged(WasteDetector):
    """See the module."""

    RULE = Rule("LS106", "shipped again by chmod", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:  # noqa: ARG002 - one signature
        """Take what was shipped again with another mode or other extended attributes."""
        return death.fate is Fate.RESHIPPED and death.aspect in {Aspect.MODE, Aspect.XATTRS}

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each layer that changes modes."""
        return reship_findings(self.RULE, deaths, evidence, Change("chmod", "--chmod", "mode"))
