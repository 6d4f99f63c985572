"""LS310 Installs recommended packages, too.

What: `apt-get install` without `--no-install-recommends` (zypper: `--no-recommends`; dnf: `install_weak_deps=False`).

Why: apt installs what a package recommends as well: documentation, mail servers, compilers. Often half of the size.

Bad:

    RUN apt-get install -y git

Good:

    RUN apt-get install -y --no-install-recommends git

Ignore it when: the recommended packages are wanted; name them then.
"""

import re
from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe_lines
from layerscope.model.findings import Edit, Finding, Level
from layerscope.patterns import regex

_INSTALL = regex(r"\b((?:apt-get|apt|aptitude)\s(?:[^&;|]{0,300}?\s)?install)\b([^&;|]*)")
_WITHOUT = ("--no-install-recommends", "Install-Recommends", "--without-recommends")


class Recommends(Detector):
    """See the module."""

    RULE = Rule("LS310", "recommended packages installed", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report RUNs above the base; none where the image's apt is told not to."""
        for instruction, layer in evidence.script.above_base(evidence.base_count):
            if instruction.keyword != "RUN" or "pip" in instruction.text.split(" install", 1)[0]:
                continue
            lacking = [
                match for match in _INSTALL.finditer(instruction.text)
                if not any(word in match[0] for word in _WITHOUT)
            ]  # fmt: skip
            if not lacking or _WITHOUT[1] in instruction.text:
                continue
            line = instruction.dockerfile_line
            text = _INSTALL.sub(_told, instruction.text)
            yield practice_finding(
                self.RULE, layers=() if layer is None else (layer,), line=line,
                title=f"`{' '.join(lacking[0][1].split())}` without `--no-install-recommends`",
                why="apt installs what the packages recommend, too: documentation, mail servers, compilers.",
                advice="Add `--no-install-recommends`, and name what is really needed of it.",
                edits=(Edit(safe_lines((" ".join(("RUN", *instruction.flags, text)),)), line,
                            instruction.dockerfile_end_line),),
            )  # fmt: skip


def _told(match: re.Match[str]) -> str:
    if any(word in match[0] for word in _WITHOUT):
        return match[0]
    return f"{match[1]} --no-install-recommends{match[2]}"
