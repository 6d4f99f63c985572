"""LS208 Leftovers of editors and tests in the image.

What: files that editors, operating systems, test runners and checkers leave beside sources: `.idea`, `.vscode`, swap
files, `.DS_Store`, `.pytest_cache`, `.mypy_cache`, `.tox`, coverage reports.

Why: `COPY . .` copies all that `.dockerignore` does not name.

Bad:

    COPY . .

Good:

    # .dockerignore
    .idea
    .vscode
    **/*.swp
    **/.DS_Store
    .pytest_cache
    .mypy_cache
    .tox
    htmlcov

Ignore it when: the image is for development.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import ignore_edits, leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level


class EditorLeftovers(Detector):
    """See the module."""

    RULE = Rule("LS208", "leftovers of editors and tests", Level.NOTE)
    KINDS = (
        PathKind("editor", "editors' files", (
            "**/.idea", "**/.vscode", "**/*.swp", "**/*.swo", "**/.DS_Store", "**/Thumbs.db",
            "**/.project", "**/.sublime-project", "**/.vs",
        )),
        PathKind("test-cache", "caches of test runners and checkers", (
            "**/.pytest_cache", "**/.mypy_cache", "**/.ruff_cache", "**/.tox", "**/.nox",
            "**/.hypothesis", "**/.coverage", "**/htmlcov", "**/.nyc_output", "**/.eslintcache",
            "**/.phpunit.result.cache", "**/.terraform", "**/.vagrant",
        )),
        PathKind("merge-leftover", "rejected and saved copies", ("**/*.rej", "**/*.orig")),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=1, what="leftovers of editors and tests",
            why="They belong to somebody's desk, not to the program.",
            advice="Name them in .dockerignore.",
            edits=ignore_edits(evidence, self.KINDS),
        )  # fmt: skip
