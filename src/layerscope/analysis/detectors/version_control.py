"""LS206 Version control data in the image.

What: a `.git`, `.hg`, `.svn` or `.bzr` directory: the whole history of the sources.

Why: `COPY . .` copies all that `.dockerignore` does not name. History is often larger than the sources, and holds
everything that was ever committed, secrets that were taken out again included.

Bad:

    COPY . .

Good:

    # .dockerignore
    .git

    # Dockerfile
    COPY . .

Ignore it when: the image is a tool that works on its own history.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import ignore_edits, leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level


class VersionControl(Detector):
    """See the module."""

    RULE = Rule("LS206", "version control data in the image", Level.WARNING)
    KINDS = (
        PathKind("git", "git history", ("**/.git",)),
        PathKind("other-vcs", "version control data", ("**/.svn", "**/.hg", "**/.bzr", "**/CVS/Entries")),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=1,
            why="History is not needed to run, and may hold what was deleted from the sources.",
            advice=(
                "Add `.git` (and the like) to .dockerignore; after `git clone` in a RUN, delete it in the "
                "same RUN."
            ),
            edits=ignore_edits(evidence, self.KINDS),
        )  # fmt: skip
