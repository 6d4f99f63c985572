"""LS212 Compilers and headers in the final image.

What: compilers, headers, static libraries and toolchains in the image that is shipped.

Why: the program is built in the image that runs it. Besides its size, a compiler is a gift to whoever breaks in.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y gcc libc6-dev
    COPY . .
    RUN make install

Good:

    FROM debian:12 AS build
    RUN apt-get update && apt-get install -y gcc libc6-dev
    COPY . .
    RUN make install DESTDIR=/out

    FROM debian:12
    COPY --from=build /out /

Ignore it when: the image is a builder, or the program compiles at run time.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import leftover_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level


class BuildTools(Detector):
    """See the module."""

    RULE = Rule("LS212", "compilers and headers in the final image", Level.WARNING)
    KINDS = (
        PathKind("compiler", "compilers", (
            "/usr/lib/gcc", "/usr/libexec/gcc", "/usr/lib/gcc-cross", "/usr/local/lib/gcc",
            "/usr/local/libexec/gcc", "/usr/bin/x86_64-linux-gnu-lto-dump-12", "/usr/local/go",
            "/usr/lib/go", "/usr/local/rustup", "**/.rustup/toolchains", "/usr/share/cmake",
            "/usr/lib/llvm", "/usr/lib/ghc",
        )),
        PathKind("headers", "headers", (
            "/usr/include", "/usr/local/include", "/usr/share/gir-1.0",
        ), unless=("/usr/local/include/python", "/usr/local/include/node")),
        PathKind("static-libraries", "static libraries", (
            "/usr/lib/**/*.a", "/usr/local/lib/**/*.a", "/usr/lib/**/*.la",
        )),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report what layers above the base ship."""
        return leftover_findings(
            self.RULE, self.KINDS, evidence, least_bytes=5_000_000, what="compilers, headers and static libraries",
            why="They build the program; running it needs none of them.",
            advice=(
                "Build in a stage of its own (`FROM … AS build`) and take only the result: `COPY "
                "--from=build …`."
            ),
        )  # fmt: skip
