"""LS308 ADD where COPY serves.

What: an ADD of local files that are no archive.

Why: ADD unpacks what looks like an archive, and fetches URLs: a reader cannot tell what ends up in the image.

Bad:

    ADD app/ /srv/app/

Good:

    COPY app/ /srv/app/

Ignore it when: it unpacks a local archive, or fetches with `--checksum`; then this rule says nothing anyway.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.remedies import copy_words
from layerscope.analysis.script import safe, safe_lines
from layerscope.model.findings import Edit, Finding, Level
from layerscope.patterns import regex

_SPECIAL = regex(r"^(?:https?|ftp|git|ssh)://|^git@|\.git(?:#.*)?$|\.(?:tar|tgz|tbz2?|txz|tar\.\w+|zst)$|[*?$]|^\s*$")


class AddForCopy(Detector):
    """See the module."""

    RULE = Rule("LS308", "ADD where COPY serves", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report ADDs above the base whose sources are plain files."""
        for instruction, layer in evidence.script.above_base(evidence.base_count):
            sources, _ = copy_words(instruction)
            if instruction.keyword != "ADD" or not sources or any(_SPECIAL.search(source) for source in sources):
                continue
            line = instruction.dockerfile_line
            text = " ".join(("COPY", *instruction.flags, instruction.text))
            yield practice_finding(
                self.RULE, layers=() if layer is None else (layer,), line=line,
                title=f"ADD {safe(sources[0])} copies plain files",
                why="ADD also unpacks archives and fetches URLs; COPY says that it does neither.",
                advice="Write COPY.",
                edits=(Edit(safe_lines((text,)), line, instruction.dockerfile_end_line),),
            )  # fmt: skip
