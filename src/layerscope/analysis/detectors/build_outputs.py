"""LS215 Intermediate files of a build in the image.

What: object files, incremental state and caches of a build: cargo's `target`, CMake's `CMakeFiles`, `.next/cache`,
`*.o`.

Why: the build ran in the image that is shipped.

Bad:

    RUN cargo build --release

Good:

    FROM rust:1 AS build
    RUN cargo build --release

    FROM debian:12-slim
    COPY --from=build /src/target/release/app /usr/local/bin/

Ignore it when: the image is a builder.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level


class BuildOutputs(Detector):
    """See the module."""

    RULE = Rule("LS215", "intermediate files of a build", Level.WARNING)
    KINDS = (
        PathKind("cargo-target", "cargo's target", (
            "**/target/release/deps", "**/target/release/build", "**/target/release/incremental",
            "**/target/release/.fingerprint", "**/target/release/examples", "**/target/debug/deps",
            "**/target/debug/build", "**/target/debug/incremental", "**/target/debug/.fingerprint",
            "**/target/debug/examples",
        )),
        PathKind("cmake", "CMake's files", ("**/CMakeFiles",)),
        PathKind("objects", "object files", ("**/*.o", "**/*.obj")),
        PathKind("web-cache", "caches of web builds", (
            "**/.next/cache", "**/.nuxt/cache", "**/.parcel-cache", "**/.angular/cache", "**/.turbo",
            "**/.svelte-kit/output", "**/.vite",
        )),
        PathKind("gradle-build", "gradle's intermediate files", ("**/build/intermediates", "**/build/tmp/compileJava")),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=100_000, what="intermediate files of a build",
            why="Only the next build would use them.",
            advice=(
                "Build in a stage of its own and take the result: `COPY --from=build …`; or "
                "`--mount=type=cache` on the directory."
            ),
        )  # fmt: skip
