"""Inspections for tests of what is shown: one made by the pipeline, and variations that no pipeline makes easily."""

from dataclasses import replace
from functools import cache

from builder import ImageBuilder, directory, file, hardlink, symlink
from layerscope.model.findings import RuleResult, Status, Verdict
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate, Waste
from layerscope.pipeline import InspectOptions, inspect_raw

HOSTILE = b"caf\xe9 \x1b[31m[red]\n\xe2\x80\xae.deb"


@cache
def wasteful(base_layer_count: int | None = 1) -> Inspection:
    """An image whose layers delete, overwrite and re-ship: 250 kB shipped, 125 kB live."""
    tool = b"t" * 50_000
    builder = (
        ImageBuilder("bad:1")
        .layer({"etc": directory(), "etc/passwd": file(b"root\n" * 1_000), "usr/bin/tool": file(tool, mode=0o644)})
        .run("ADD file:0123 in / ")
        .layer({b"var/cache/" + HOSTILE: b"d" * 70_000, "var/cache/lists": b"l" * 0})
        .run("RUN /bin/sh -c apt-get update\n && apt-get install x # buildkit")
        .layer({"usr/bin/tool": file(tool, mode=0o755), "usr/bin/again": hardlink("usr/bin/tool", mode=0o755)})
        .run("RUN /bin/sh -c chmod +x /usr/bin/tool # buildkit")
        .layer({"etc/passwd": file(b"user\n" * 15_000), "tool": symlink("usr/bin/tool")}, remove=["var/cache"])
        .run("RUN /bin/sh -c rm -rf /var/cache # buildkit")
        .step('CMD ["sh"]')
    )
    return inspect_raw(
        builder.raw_image("bad:1"),
        options=InspectOptions(base=None if base_layer_count is None else str(base_layer_count)),
    )


def judged(status: Status, *rules: RuleResult) -> Inspection:
    """The wasteful image with a verdict of the test's choice."""
    return replace(wasteful(), verdict=Verdict(status=status, rules=rules))


def with_much_waste(count: int) -> Inspection:
    """The wasteful image with `count` rows of waste."""
    rows = tuple(
        Waste(path=b"/very/long/" + b"directory/" * 20 + b"%d" % number, wasted_bytes=count - number,
              fate=Fate.DELETED, owners=(0, 1, 2, 3, 0, 1), killer=3, node=1)
        for number in range(count)
    )  # fmt: skip
    return replace(wasteful(), waste=rows)
