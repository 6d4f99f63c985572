"""Plans held against real builds: the new Dockerfile of varied ones makes the same files, and the bytes it promises."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.builders import buildkit_missing_reason
from engine.conftest import SAVING
from engine.engine import Dockerd
from engine.test_savings import Case, Row, _built, _write, base
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.model.files import Kind
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Plan
from layerscope.reports.planpage import plan_dockerfile

__all__ = ["base"]

_BOTH, _BUILDKIT = ("classic", "buildkit"), ("buildkit",)
_APP = {"app/main": 900_000, "app/lib/part": 700_000, "app/tests/one": 400_000, "app/.git/pack": 600_000}
CASES = (
    Case("multi-stage", "plan", """
        RUN head -c 2000000 /dev/urandom > /made
        FROM savings-base:1
        COPY --from=0 /made /opt/made
        RUN head -c 1500000 /dev/urandom > /scratch
        RUN wc -c /scratch > /count
        RUN rm /scratch
        RUN chmod 0600 /count
    """, builders=_BUILDKIT),
    Case("installs", "plan", """
        RUN echo apk update && mkdir -p /var/cache/apk && head -c 1000000 /dev/urandom > /var/cache/apk/index
        RUN echo apk add a && head -c 900000 /dev/urandom > /var/cache/apk/a.apk && head -c 800000 /dev/urandom > /a
        RUN echo apk add b && head -c 700000 /dev/urandom > /var/cache/apk/b.apk && head -c 600000 /dev/urandom > /b
        RUN wc -c /a /b > /sum
        RUN rm -rf /var/cache/apk/*
    """),
    Case("copy-chown", "plan", """
        WORKDIR /srv/app
        COPY --chown=1000:1000 app/ /srv/app/
        RUN rm -rf /srv/app/tests && chown -R 2000:2000 /srv/app
        RUN chmod -R 0755 /srv/app/lib
    """, _APP, _BUILDKIT),
    Case("exec-form", "plan", """
        RUN ["/bin/sh", "-c", "head -c 1500000 /dev/urandom > /raw"]
        RUN wc -c /raw > /count
        RUN rm /raw
        RUN head -c 1100000 /dev/urandom > /tool
        RUN chmod +x /tool
    """),
    Case("onbuild-shell", "plan", """
        ONBUILD RUN echo later
        SHELL ["/bin/sh", "-e", "-c"]
        RUN head -c 1200000 /dev/urandom > /one && echo "a b" > /note
        RUN rm /one
        SHELL ["/bin/sh", "-c"]
        RUN head -c 900000 /dev/urandom > /two
        RUN rm /two && echo done > /done
    """),
    Case("users", "plan", """
        RUN mkdir /home1 && chown 1000:1000 /home1
        COPY app/ /srv/app/
        RUN chown -R 1000:1000 /srv/app
        USER 1000:1000
        RUN head -c 1300000 /dev/urandom > /home1/cache
        RUN rm /home1/cache && echo made > /home1/made
        USER 0:0
        RUN chmod 0700 /home1
    """, _APP, _BUILDKIT),
    Case("windows-lines", "plan", """
        WORKDIR /w
        RUN head -c 1000000 /dev/urandom > big && echo x > small
        RUN md5sum big > sum
        RUN rm big
    """),
    Case("escape", "plan", """
        WORKDIR /w
        RUN head -c 1000000 /dev/urandom > big `
         && echo x > small
        RUN md5sum big > sum
        RUN rm big
    """, builders=_BUILDKIT),
    Case("arguments", "plan", """
        ARG SIZE=1400000
        ENV WHERE=/opt
        RUN mkdir -p $WHERE && head -c $SIZE /dev/urandom > $WHERE/file
        RUN wc -c $WHERE/file > /count
        RUN rm $WHERE/file
        COPY app/main /opt/main
        RUN chmod 0755 /opt/main
    """, _APP, _BUILDKIT),
    Case("emptied-copy", "plan", """
        RUN mkdir /srv
        COPY app/ /srv/app/
        RUN rm -rf /srv/app/tests /srv/app/.git
        RUN rm -rf /srv/app/lib
        RUN rm /srv/app/main
        COPY tool /usr/bin/tool
        COPY tool /usr/bin/tool
    """, {**_APP, "tool": 500_000}, _BUILDKIT),
    Case("directories", "plan", """
        COPY app /opt/app
        RUN rm -rf /opt/app/tests/one
        RUN mkdir -p /opt/data && head -c 1000000 /dev/urandom > /opt/data/a
        WORKDIR /opt/data
        RUN head -c 800000 /dev/urandom > b && rm a
        RUN head -c 700000 /dev/urandom > b
        RUN touch b
    """, _APP, _BUILDKIT),
    Case("deleted-again", "plan", """
        COPY app /opt/app
        RUN chmod 0640 /opt/app/main
        RUN rm /opt/app/main
        COPY tool /opt/tool
        RUN chown 7:7 /opt/tool
        RUN chmod 0755 /opt/tool
    """, {**_APP, "tool": 500_000}, _BUILDKIT),
)  # fmt: skip
_BUILDERS = slice(None) if os.environ.get("LAYERSCOPE_ALL_BUILDERS") else slice(1)
"""One builder makes each Dockerfile, the classic one where it can; with the variable, every one that can."""
_RUNS = [
    pytest.param(case, builder, id=f"{case.name}-{builder}")
    for case in CASES
    for builder in sorted(case.builders, reverse=True)[_BUILDERS]
]


@pytest.mark.parametrize(("case", "builder"), _RUNS)
def test_a_plan_of_all_fixes_builds_what_it_promises(
    case: Case,
    builder: str,
    dockerd: Dockerd,
    base: str,
    record_property: Callable[[str, object], None],
    tmp_path: Path,
) -> None:
    if builder == "buildkit" and (reason := buildkit_missing_reason(dockerd)):
        pytest.skip(reason)
    context = _write(case, base, tmp_path / "context")
    file = context / "Dockerfile"
    _as_the_case_has_it(case, file, base)
    before = _built(dockerd, builder, context, tmp_path / "before.tar")
    useful = frozenset(at for at, finding in enumerate(before.findings) if finding.saving_bytes)
    foreseen = foresee(before, Planner(before), Plan(fixed=useful))
    assert foreseen.file is not None
    text = plan_dockerfile(foreseen)
    assert len(foreseen.left_out) < len(foreseen.changes), text
    file.write_bytes(text.encode())
    (context / ".dockerignore").write_text("".join(f"{line}\n" for line in foreseen.file.ignored))
    after = _built(dockerd, builder, context, tmp_path / "after.tar")
    promised, total = foreseen.file.outcome.total_bytes, before.ledger.total_bytes
    saved = total - after.ledger.total_bytes
    record_property(SAVING, str(Row("plan", case.name, builder, total - promised, saved)))
    assert after.ledger.total_bytes == pytest.approx(promised, rel=0.01), text
    assert saved == pytest.approx(total - promised, rel=0.01), text
    # The classic builder makes no layer of a RUN that leaves nothing behind.
    assert len(after.layers) in {foreseen.file.layer_count, foreseen.file.layer_count - (builder == "classic")}, text
    gone = {path for at in useful if before.findings[at].live_bytes for path in before.findings[at].paths}
    left = {path: one for path, one in _files(before).items() if not _is_of(path, gone)}
    assert _files(after) == left, text


def _is_of(path: bytes, gone: set[bytes]) -> bool:
    """Tell whether a path is one that is taken out, or a directory that was there for it alone."""
    return any(one == path or (one.startswith(path + b"/") and path.endswith(b".git")) for one in gone)


def _as_the_case_has_it(case: Case, file: Path, base: str) -> None:
    text = file.read_text()
    if case.name == "windows-lines":
        file.write_bytes(text.replace("\n", "\r\n").encode())
    elif case.name == "escape":
        file.write_text(f"# escape=`\n{text}")
    elif case.name == "arguments":
        file.write_text(text.replace(f"FROM {base}", f"ARG BASE={base}\nFROM ${{BASE}}"))


def _files(inspection: Inspection) -> dict[bytes, tuple[object, ...]]:
    """Give kind, mode, owner and size of all that is in an image; of directories that builders mount on, nothing."""
    tree = inspection.tree
    found: dict[bytes, tuple[object, ...]] = {}
    for node in range(1, tree.node_count):
        if tree.live[node] >= 0 and not tree.path(node).startswith((b"/dev", b"/proc", b"/sys")):
            entry = tree.entry(tree.live[node])
            size = 0 if entry.kind is Kind.DIRECTORY else entry.size_bytes
            found[entry.path] = entry.kind, entry.mode, entry.uid, entry.gid, size
    return found
