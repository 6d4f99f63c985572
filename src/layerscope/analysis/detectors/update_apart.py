r"""LS403 Package lists fetched in a RUN of their own.

What: `apt-get update` in one RUN, `apt-get install` in a later one.

Why: the cache keeps the RUN that fetched the lists: a rebuild after a change of the install uses old lists, finds
packages that are gone, or versions without their fixes; and the lists are a layer of their own to pull.

Bad:

    RUN apt-get update
    RUN apt-get install -y --no-install-recommends curl

Good:

    RUN apt-get update \
     && apt-get install -y --no-install-recommends curl \
     && rm -rf /var/lib/apt/lists/*

Ignore it when: never; it is one line either way.
"""

from collections.abc import Iterator

from layerscope.analysis import shelltext
from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.layerorder import Cost, Place, order_finding, places
from layerscope.analysis.remedies import merged_runs
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_OPTIONS = r"(?:\s+-\S{1,80}){0,9}"
_UPDATE = regex(rf"\b(?:apt-get|apt|aptitude){_OPTIONS}\s+update\b")
_INSTALL = regex(rf"\b(?:apt-get|apt|aptitude){_OPTIONS}\s+(?:install|upgrade|dist-upgrade|full-upgrade|build-dep)\b")
_CLEAN_UP = "rm -rf /var/lib/apt/lists/*"


class UpdateApart(Detector):
    """See the module."""

    RULE = Rule("LS403", "package lists fetched apart from their use", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report each RUN that only fetches lists, with the first install that uses them."""
        order = [place for place in places(evidence) if place.instruction.keyword == "RUN"]
        for place in order:
            if place.layer is None or not _UPDATE.search(place.text) or _INSTALL.search(place.text):
                continue
            user = next((one for one in order[order.index(place) + 1 :] if _INSTALL.search(one.text)), None)
            if user is None or user.layer is None or _UPDATE.search(user.text):
                continue
            yield self._finding(evidence, place, user)

    def _finding(self, evidence: Evidence, place: Place, user: Place) -> Finding:
        script = evidence.script
        assert place.layer is not None
        assert user.layer is not None
        saved = Cost.of([evidence.inputs.layers[place.layer]])
        lists = f"{saved} of lists are " if saved.content_bytes else "The lists are "
        pieces = shelltext.pieces(script.run(user.layer) or "") or []
        extra = () if any("/var/lib/apt/lists" in piece for piece in pieces) else (_CLEAN_UP,)
        return order_finding(
            self.RULE,
            title=f"`apt-get update` runs apart from the install in {script.place(user.layer)}",
            why=f"{lists}fetched once and used for as long as the cache has them, however old they are.",
            advice=f"Fetch, install and delete the lists in one RUN; each rebuild then makes {saved} less.",
            layers=(place.layer, user.layer),
            line=place.instruction.dockerfile_line,
            saved=saved,
            edits=merged_runs(script, (place.layer, user.layer), extra),
        )
