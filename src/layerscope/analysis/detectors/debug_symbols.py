"""LS213 Debug symbols in the image.

What: separate debug files: `/usr/lib/debug`, `.debug`, `.pdb`, `.dSYM`, and source maps of JavaScript.

Why: `-dbg` and `-dbgsym` packages, or a build that keeps them beside the program.

Bad:

    RUN dotnet publish -o /app

Good:

    RUN dotnet publish -o /app -p:DebugType=none

    # C, C++, Go, Rust
    RUN strip --strip-unneeded /app/server

Ignore it when: stack traces of this image must have line numbers.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level


class DebugSymbols(Detector):
    """See the module."""

    RULE = Rule("LS213", "debug symbols in the image", Level.NOTE)
    KINDS = (
        PathKind("debug-symbols", "debug symbols", (
            "/usr/lib/debug", "**/*.debug", "**/*.pdb", "**/*.dSYM", "**/*.dwo",
        )),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=1_000_000,
            why="Only a debugger reads them.",
            advice=(
                "Leave them out of the build (`strip`, `-p:DebugType=none`, `go build -ldflags=-s`), or "
                "keep them in an image of their own."
            ),
        )  # fmt: skip
