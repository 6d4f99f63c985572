"""LS203 Compiled Python bytecode in the image.

What: `.pyc` files in `__pycache__` directories: what Python compiled while packages were installed or while the build
ran them.

Why: pip compiles what it installs, and Python writes bytecode for what it imports. It is made again at the first
start where it is missing; shipping it makes that start faster, and the image about a third of the Python code larger.

Bad:

    RUN pip install -r requirements.txt

Good:

    ENV PYTHONDONTWRITEBYTECODE=1
    RUN pip install --no-compile --no-cache-dir -r requirements.txt

Ignore it when: start-up time matters (functions, short-lived containers): then bytecode is worth its bytes.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level

_CLEANUP = "find / -xdev -name __pycache__ -prune -exec rm -rf {} +"


class Bytecode(Detector):
    """See the module."""

    RULE = Rule("LS203", "Python bytecode in the image", Level.NOTE)
    KINDS = (
        PathKind("bytecode", "Python bytecode", ("**/__pycache__", "**/*.pyc", "**/*.pyo")),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=500_000,
            why="Python writes it again when it is missing.",
            advice=(
                "Install with `pip install --no-compile` and set `ENV PYTHONDONTWRITEBYTECODE=1` before "
                f"it; or end the RUN with `&& {_CLEANUP}`."
            ),
            cleanup=_CLEANUP,
        )  # fmt: skip
