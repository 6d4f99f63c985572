"""The advice, applied as given and built again, saves the bytes that the finding says."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from engine.builders import buildkit_missing_reason, busybox_missing_reason
from engine.builders import write_context as write_rootfs
from engine.conftest import SAVING
from engine.engine import Dockerd
from engine.realimage import import_base, real_image_missing_reason
from layerscope.model.findings import Edit, Finding
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect
from layerscope.units import parse_size

_BASE = "savings-base:1"
_DEBIAN = "debian"
_PACKAGE = "manual_1_all.deb"
"""Made here: a program with 9 MB of documentation and 4 MB of translations."""
_MOUNTED = {b"/dev", b"/proc", b"/sys"}
"""BuildKit leaves these where any RUN was."""
_ALSO = re.compile(r"With it go ([\d.,]+ \w+) that other findings count")
_BOTH = ("classic", "buildkit")
_CLASSIC, _BUILDKIT = ("classic",), ("buildkit",)


@dataclass(frozen=True, slots=True)
class Case:
    """A Dockerfile with a fault, and the rule that must find it."""

    name: str
    rule: str
    dockerfile: str
    files: dict[str, int] = field(default_factory=dict)
    """Path in the context → size of what is in it."""
    builders: tuple[str, ...] = _BOTH
    base: str = _BASE
    """Or `_DEBIAN`: a minimal one with apt and dpkg, and `_PACKAGE` in the context."""


@dataclass(frozen=True, slots=True)
class Row:
    """What was promised, and what was measured."""

    rule: str
    name: str
    builder: str
    promised_bytes: int
    saved_bytes: int

    def __str__(self) -> str:
        off = abs(self.saved_bytes - self.promised_bytes) / self.promised_bytes
        sizes = f"{self.promised_bytes:>12,} {self.saved_bytes:>12,}"
        return f"{self.rule}  {self.name:20} {self.builder:9} {sizes} {off:8.3%}"


CASES = (
    Case("package-index", "LS101", """
        RUN echo apk update && mkdir -p /var/cache/apk && head -c 3000000 /dev/urandom > /var/cache/apk/index
        RUN echo apk add a && head -c 900000 /dev/urandom > /var/cache/apk/a.apk && head -c 50000 /dev/urandom > /a
        RUN echo apk add b && head -c 700000 /dev/urandom > /var/cache/apk/b.apk
        RUN rm -rf /var/cache/apk/*
    """),
    Case("pip-cache", "LS101", """
        RUN echo pip install x && mkdir -p /root/.cache/pip && head -c 2000000 /dev/urandom > /root/.cache/pip/x
        RUN rm -rf /root/.cache/pip
    """, builders=_BUILDKIT),
    Case("deleted-sources", "LS102", """
        WORKDIR /src
        RUN head -c 4000000 /dev/urandom > big.c
        RUN md5sum * > /sum
        RUN rm -rf /src/big.c
    """, builders=_CLASSIC),
    Case("deleted-file", "LS102", """
        RUN head -c 4000000 /dev/urandom > /opt.bin
        RUN md5sum /opt.bin > /sum
        RUN rm /opt.bin
    """),
    Case("deleted-copy", "LS102", """
        COPY big.bin /big.bin
        RUN rm /big.bin
    """, {"big.bin": 3_000_000}, _CLASSIC),
    Case("mounted-copy", "LS102", """
        COPY source.tar /tmp/source.tar
        RUN wc -c /tmp/source.tar > /size
        RUN rm /tmp/source.tar
    """, {"source.tar": 3_000_000}, _BUILDKIT),
    Case("ignored-part", "LS102", """
        COPY app /srv/app
        RUN rm -rf /srv/app/tests
    """, {"app/main": 100_000, "app/tests/data/one": 2_000_000, "app/tests/two": 1_000_000}, _BUILDKIT),
    Case("package-removed", "LS103", """
        RUN echo apk add gcc && head -c 6000000 /dev/urandom > /cc1
        RUN wc -c /cc1 > /made
        RUN echo apk del gcc && rm /cc1
    """),
    Case("debian-purged", "LS103", """
        RUN --mount=type=bind,source=manual_1_all.deb,target=/p.deb apt-get install -y --no-install-recommends /p.deb
        RUN manual > /made
        RUN apt-get purge -y manual
    """, builders=_BUILDKIT, base=_DEBIAN),
    Case("directory-replaced", "LS104", """
        WORKDIR /srv
        RUN mkdir static && head -c 2500000 /dev/urandom > static/old
        RUN rm -rf static && mkdir static && echo new > static/new
    """, builders=_BUILDKIT),
    Case("owner", "LS105", """
        WORKDIR /srv/app
        COPY app/ /srv/app/
        RUN mkdir data && chown -R 1000:1000 /srv/app
    """, {"app/main": 2_000_000, "app/lib/part": 1_500_000}),
    Case("mode-of-copy", "LS106", """
        COPY tool /usr/local/bin/
        RUN chmod 0755 /usr/local/bin/tool
    """, {"tool": 2_000_000}, _BUILDKIT),
    Case("mode-of-run", "LS106", """
        RUN head -c 2000000 /dev/urandom > /tool
        RUN chmod +x /tool
    """, builders=_CLASSIC),
    Case("touched", "LS107", """
        COPY model.bin /model.bin
        RUN touch /model.bin
    """, {"model.bin": 2_000_000}, _CLASSIC),
    Case("databases", "LS108", """
        RUN echo apk add a && mkdir -p /lib/apk/db && head -c 1200000 /dev/urandom > /lib/apk/db/installed
        RUN echo apk add b && head -c 1300000 /dev/urandom > /lib/apk/db/installed
        RUN echo apk add c && head -c 1400000 /dev/urandom > /lib/apk/db/installed
    """),
    Case("overwritten-copy", "LS109", """
        COPY one.bin /etc/settings
        COPY two.bin /etc/settings
    """, {"one.bin": 2_000_000, "two.bin": 1_000}, _BUILDKIT),
    Case("overwritten-run", "LS109", """
        RUN head -c 2000000 /dev/urandom > /db
        RUN head -c 1000000 /dev/urandom >> /db
    """, builders=_CLASSIC),
    Case("live-index", "LS201", """
        RUN echo apk update && mkdir -p /var/cache/apk && head -c 3000000 /dev/urandom > /var/cache/apk/index
        RUN echo apk add a && head -c 50000 /dev/urandom > /a
    """, builders=_CLASSIC),
    Case("live-npm-cache", "LS202", """
        RUN echo npm ci && mkdir -p /root/.npm/_cacache && head -c 1500000 /dev/urandom > /root/.npm/_cacache/x
    """, builders=_BUILDKIT),
    Case("bytecode", "LS203", """
        RUN mkdir -p /srv/app/__pycache__ && head -c 1500000 /dev/urandom > /srv/app/__pycache__/a.pyc
    """, builders=_CLASSIC),
    Case("log", "LS210", """
        RUN mkdir -p /var/log && head -c 1500000 /dev/urandom > /var/log/build.log
    """, builders=_CLASSIC),
    Case("temporary", "LS211", """
        RUN mkdir -p /tmp/work && head -c 1500000 /dev/urandom > /tmp/work/a && echo made > /made
    """, builders=_BUILDKIT),
    Case("documentation", "LS204", """
        RUN --mount=type=bind,source=manual_1_all.deb,target=/p.deb apt-get install -y --no-install-recommends /p.deb
    """, builders=_BUILDKIT, base=_DEBIAN),
    Case("translations", "LS205", """
        RUN --mount=type=bind,source=manual_1_all.deb,target=/p.deb apt-get install -y --no-install-recommends /p.deb
    """, builders=_BUILDKIT, base=_DEBIAN),
    Case("git-history", "LS206", """
        WORKDIR /srv
        COPY . .
    """, {"main": 10_000, ".git/objects/pack/one": 2_000_000}, _BUILDKIT),
    Case("editor", "LS208", """
        COPY src /srv
    """, {"src/main": 10_000, "src/.idea/workspace.xml": 1_000_000, "src/lib/.mypy_cache/x": 500_000}, _CLASSIC),
    Case("database-backups", "LS216", """
        RUN echo apt-get install a && mkdir -p /var/cache/debconf && head -c 1500000 /dev/urandom \\
         > /var/cache/debconf/templates.dat-old
    """),
)  # fmt: skip
_RUNS = [pytest.param(case, builder, id=f"{case.name}-{builder}") for case in CASES for builder in case.builders]


@pytest.fixture(scope="module")
def base(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base image with busybox only."""
    if reason := busybox_missing_reason():
        pytest.skip(reason)
    context = write_rootfs("steps", tmp_path_factory.mktemp("base"))
    dockerd.run_docker("import", context / "rootfs.tar", _BASE)
    return _BASE


@pytest.fixture(scope="module")
def debian(dockerd: Dockerd) -> str:
    """A base image with apt and dpkg."""
    if reason := real_image_missing_reason():
        pytest.skip(reason)
    if shutil.which("dpkg-deb") is None:
        pytest.skip("dpkg-deb is not installed")
    return import_base(dockerd)


@pytest.mark.parametrize(("case", "builder"), _RUNS)
def test_what_a_finding_promises_is_saved(
    case: Case,
    builder: str,
    dockerd: Dockerd,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
    tmp_path: Path,
) -> None:
    if builder == "buildkit" and (reason := buildkit_missing_reason(dockerd)):
        pytest.skip(reason)
    base = request.getfixturevalue("debian" if case.base == _DEBIAN else "base")
    context = _write(case, base, tmp_path / "context")
    before = _built(dockerd, builder, context, tmp_path / "before.tar")
    findings = [one for one in before.findings if one.rule == case.rule and one.edits]
    assert findings, [(one.rule, one.title) for one in before.findings]
    finding = max(findings, key=lambda one: one.saving_bytes)
    _apply(finding, context)
    after = _built(dockerd, builder, context, tmp_path / "after.tar")
    saved = before.ledger.total_bytes - after.ledger.total_bytes
    promised = sum(one.saving_bytes for one in before.findings if one.edits == finding.edits)
    promised += sum(map(parse_size, _ALSO.findall(finding.advice)))
    record_property(SAVING, str(Row(case.rule, case.name, builder, promised, saved)))
    assert saved == pytest.approx(promised, rel=0.01), (context / "Dockerfile").read_text()
    assert _paths(after) >= _paths(before) - set(_gone(finding, before)) - _MOUNTED
    # Small files of the base change with every step; the finding itself must be gone.
    assert not [one for one in after.findings if one.rule == case.rule and one.saving_bytes > promised / 100]


def _write(case: Case, base: str, directory: Path) -> Path:
    noise = Random(case.name)
    directory.mkdir()
    for name, size in case.files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(noise.randbytes(size))
    lines = [line.removeprefix("        ") for line in case.dockerfile.strip("\n").split("\n")]
    (directory / "Dockerfile").write_text("\n".join([f"FROM {base}", *lines]))
    if case.base == _DEBIAN:
        _write_package(directory / _PACKAGE, noise)
    return directory


def _write_package(path: Path, noise: Random) -> None:
    """Make a package as Debian's are, with what nobody needs in a container."""
    root = path.parent.parent / "package"
    control = "Package: manual\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.com>\nDescription: a manual\n"
    files: dict[str, tuple[bytes, int]] = {
        "DEBIAN/control": (control.encode(), 0o644),
        "usr/bin/manual": (b"#!/bin/sh\necho made\n", 0o755),
        "usr/share/doc/manual/copyright": (b"free\n", 0o644),
        "usr/share/doc/manual/manual.html": (noise.randbytes(6_000_000), 0o644),
        "usr/share/man/man1/manual.1": (noise.randbytes(3_000_000), 0o644),
        "usr/share/locale/de/LC_MESSAGES/manual.mo": (noise.randbytes(4_000_000), 0o644),
    }
    for name, (content, mode) in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        (root / name).chmod(mode)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, path], check=True, capture_output=True)


def _built(dockerd: Dockerd, builder: str, context: Path, archive: Path) -> Inspection:
    name = f"savings:{builder}"
    options = ["--network=host", "--no-cache", f"--tag={name}"]
    dockerd.run_docker("build", *options, context, env={"DOCKER_BUILDKIT": str(int(builder == "buildkit"))})
    dockerd.run_docker("save", "--output", archive, name)
    return inspect(archive, options=InspectOptions(dockerfile=context / "Dockerfile"))


def _apply(finding: Finding, context: Path) -> None:
    """Do what the edits say, last line first."""
    lines = (context / "Dockerfile").read_text().split("\n")
    for edit in sorted(finding.edits, key=_first, reverse=True):
        if edit.file == ".dockerignore":
            (context / ".dockerignore").write_text("\n".join(edit.lines) + "\n")
        else:
            assert edit.first_line is not None
            assert edit.last_line is not None
            lines[edit.first_line - 1 : edit.last_line] = edit.lines
    (context / "Dockerfile").write_text("\n".join(lines))


def _first(edit: Edit) -> int:
    return edit.first_line or 0


def _paths(inspection: Inspection) -> set[bytes]:
    tree = inspection.tree
    return {tree.path(node) for node in range(tree.node_count) if tree.live[node] >= 0}


def _gone(finding: Finding, before: Inspection) -> Iterator[bytes]:
    """Give the paths that the advice takes out of the image: of live bytes, and the directories above them."""
    if finding.live_bytes:
        for node in finding.nodes:
            above = node
            while above > 0:
                yield before.tree.path(above)
                above = before.tree.parent[above]
