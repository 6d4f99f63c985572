"""An image whose names, instructions and findings try to act on whoever shows them."""

from dataclasses import replace
from functools import cache

from builder import ImageBuilder
from layerscope.model.findings import Edit, Finding, Level, RuleResult, Status, Verdict
from layerscope.model.inspection import Inspection
from layerscope.pipeline import inspect_raw

NAMES = (
    b"=cmd|'/C calc'!A0",
    b"+1+1",
    b"@SUM(A1)",
    b"</script><script>window.hacked=1</script>",
    b"<!--<script>",
    b"<img src=x onerror=window.hacked=1>",
    b"a|b`c`*d*_e_[x](http://evil.example)",
    b"line\n::error::injected",
    b"##vso[task.setvariable variable=PATH]evil",
    b"##[error]evil",
    b"caf\xe9\x00"[:4] + b"\x01\x0b\x1b[31m",
    b"\xe2\x80\xaertl",
    b"]]>&amp;&#x0;",
    b"%0A::warning::x",
    b"\xff\xfe",
    "\u2028sep\ufffe".encode(),
    b"@everyone www.evil.example",
)
EVIL = "".join(name.decode("utf-8", "replace") for name in NAMES if b"/" not in name)


@cache
def hostile() -> Inspection:
    """Every name is shipped, deleted, and in a finding; the verdict fails."""
    names = {
        b"d/" + name.replace(b"/", b"_").replace(b"\x00", b""): b"x" * (index + 1) for index, name in enumerate(NAMES)
    }
    builder = (
        ImageBuilder("bad\n::error::x</title>:1")
        .layer(names)
        .run("RUN echo '</script><script>window.hacked=1</script>' | tee \n::error::instr @x `x` =1")
        .layer({**names, b"keep/" + NAMES[3].replace(b"/", b"_"): b"y"}, remove=["d"])
        .run("RUN rm -rf d ##vso[x]y")
    )
    inspection = inspect_raw(builder.raw_image("bad\n::error::x</title>:1"))
    finding = Finding(
        rule="LS101", level=Level.ERROR, title=EVIL, wasted_bytes=5,
        paths=tuple(b"/d/" + name.replace(b"/", b"_") for name in NAMES), path_count=99, owner_layers=(0,),
        killer_layers=(1,), dockerfile_line=3, advice=EVIL, saving_bytes=5, why="because\n" + EVIL,
        edits=(Edit(("RUN `x` ```", "</script>")),),
    )  # fmt: skip
    second = replace(finding, level=Level.NOTE, dockerfile_line=None)
    failed = RuleResult("forbidden-paths", Status.FAILED, 1, 0, "count", EVIL, details=(EVIL,))
    return replace(inspection, findings=(finding, second), verdict=Verdict(status=Status.FAILED, rules=(failed,)))
