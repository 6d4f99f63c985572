"""LS316 sudo in the image.

What: `sudo` is installed above the base, or used in a RUN.

Why: build steps are root already, and a container that must become root should start as root or not at all.

Bad:

    RUN apt-get install -y sudo && echo 'app ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/app

Good: do what needs root before `USER`, or use `gosu` in the entrypoint.

Ignore it when: it is an image to work in (a development container).
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.model.filetree import NONE
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_PATHS = (b"/usr/bin/sudo", b"/bin/sudo", b"/usr/local/bin/sudo")
_USES = regex(r"(?:^|[;&|(]\s*)sudo\s")


class SudoInstalled(Detector):
    """See the module."""

    RULE = Rule("LS316", "sudo in the image", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report sudo above the base, and RUNs that use it."""
        tree, script = evidence.tree, evidence.script
        for path in _PATHS:
            node = tree.find(path)
            entry = NONE if node is None else tree.live[node]
            if node is None or entry == NONE or evidence.in_base(tree.layer_of(entry)):
                continue
            layer = tree.layer_of(entry)
            yield practice_finding(
                self.RULE, layers=(layer,), line=script.line(layer), paths=(path,), nodes=(node,),
                title=f"sudo is installed by {script.where(layer)}",
                why="Build steps are root already; in a container it is a way to become root.",
                advice=f"Leave it out of {script.place(layer)}; do what needs root before USER.",
            )  # fmt: skip
            return
        for instruction, number in script.above_base(evidence.base_count):
            if instruction.keyword == "RUN" and _USES.search(instruction.text):
                yield practice_finding(
                    self.RULE, layers=() if number is None else (number,), line=instruction.dockerfile_line,
                    title="a RUN uses sudo",
                    why="Build steps run as the USER in force, root unless it was changed.",
                    advice="Put `USER root` before the step and the other user back after it.",
                )  # fmt: skip
                return
