"""The rules on the order of layers: what each says of real shapes, and that it is never mixed with waste."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.model.findings import Family, Finding
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect
from unit.detectors.images import MB, PAIRS, base, blob, found, inspected

ORDER = ["LS401", "LS402", "LS403", "LS404", "LS405"]


@pytest.mark.parametrize("rule", ORDER)
def test_what_a_better_order_saves_is_said_in_bytes_and_is_in_no_sum(rule: str, tmp_path: Path) -> None:
    pair = PAIRS[rule]
    inspection = inspected(pair.bad(), tmp_path)
    for finding in [one for one in inspection.findings if one.rule == rule]:
        assert finding.family is Family.ORDER
        assert finding.rebuild_content_bytes >= MB
        assert finding.rebuild_stored_bytes >= MB
        assert (finding.saving_bytes, finding.wasted_bytes, finding.live_bytes) == (0, 0, 0)
        assert "as stored" in finding.advice


def shop(*, apt_first: bool = False) -> ImageBuilder:
    """A web shop whose sources are copied first of all."""
    image = base().step("WORKDIR /srv")
    install = "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends git # buildkit"
    if apt_first:
        image.layer({"usr/bin/git": blob(3 * MB)}).run(install)
    image.layer({"srv/package.json": b"{}", "srv/package-lock.json": b"{}", "srv/src/index.js": b"main()"}).run(
        "COPY . . # buildkit"
    )
    if not apt_first:
        image.layer({"usr/bin/git": blob(3 * MB)}).run(install)
    image.layer({"srv/node_modules/a/index.js": blob(2 * MB, "a"), "srv/dist/shop.js": blob(MB, "dist")})
    return image.run("RUN /bin/sh -c npm ci --omit=dev && npm run build # buildkit")


SHOP = """\
FROM debian:12
WORKDIR /srv
COPY . .
RUN apt-get update && apt-get install -y --no-install-recommends git
RUN npm ci --omit=dev && npm run build
"""


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1
    return findings[0]


def test_an_install_goes_above_the_copy_and_the_edit_says_where(tmp_path: Path) -> None:
    finding = only(found(shop(), tmp_path, "LS401", SHOP))
    assert finding.rebuild_content_bytes == 3 * MB
    assert finding.dockerfile_line == 3
    assert [(edit.first_line, edit.last_line, edit.lines) for edit in finding.edits] == [
        (3, 2, ("RUN apt-get update \\", " && apt-get install -y --no-install-recommends git")),
        (4, 4, ()),
    ]


def test_manifests_are_copied_first_and_what_needs_the_sources_stays_behind(tmp_path: Path) -> None:
    finding = only(found(shop(apt_first=True), tmp_path, "LS402", "FROM debian:12\nWORKDIR /srv\nRUN apt-get update && "
                         "apt-get install -y --no-install-recommends git\nCOPY . .\nRUN npm ci --omit=dev && "
                         "npm run build\n"))  # fmt: skip
    assert finding.rebuild_content_bytes == 2 * MB  # dist/ is made from the sources
    assert "Copy package.json and package-lock.json first" in finding.advice
    assert [(edit.first_line, edit.last_line, edit.lines) for edit in finding.edits] == [
        (4, 3, ("COPY package.json package-lock.json ./", "RUN npm ci --omit=dev")),
        (5, 5, ("RUN npm run build",)),
    ]


def test_a_run_that_needs_what_was_copied_stays_where_it_is(tmp_path: Path) -> None:
    image = base().layer({f"srv/{number}.c": b"c" for number in range(9)}).run("COPY . /srv/ # buildkit")
    image.layer({"usr/bin/git": blob(2 * MB)}).run("RUN ./prepare.sh && apt-get install -y git # buildkit")
    image.layer({"srv/a.out": blob(2 * MB, "a")}).run("RUN make # buildkit")
    assert not [one for one in inspected(image, tmp_path).findings if one.rule in {"LS401", "LS402"}]


def test_a_copy_of_what_installing_looks_at_stays_above(tmp_path: Path) -> None:
    files = {"etc/apt/sources.list.d/own.sources": b"a"} | {f"etc/{number}.conf": b"c" for number in range(9)}
    image = base().layer(files).run("COPY . / # buildkit")
    image.layer({"usr/bin/git": blob(2 * MB)}).run("RUN apt-get update && apt-get install -y git # buildkit")
    assert not found(image, tmp_path, "LS401")


def test_a_copy_from_another_stage_is_no_source(tmp_path: Path) -> None:
    image = base().layer({f"srv/{number}.so": b"c" for number in range(9)}).run("COPY --from=0 /out /srv # buildkit")
    image.layer({"usr/bin/git": blob(2 * MB)}).run("RUN apt-get update && apt-get install -y git # buildkit")
    assert not found(image, tmp_path, "LS401")


def test_a_requirements_file_of_another_name_is_found(tmp_path: Path) -> None:
    files = {"srv/deploy/requirements.txt": b"a", "srv/main.py": b"main()"}
    image = base().step("WORKDIR /srv").layer(files).run("COPY . /srv # buildkit")
    image.layer({"usr/lib/python3/site-packages/a.py": blob(2 * MB)})
    image.run("RUN pip install --no-cache-dir -r deploy/requirements.txt # buildkit")
    assert "Copy deploy/requirements.txt first" in only(found(image, tmp_path, "LS402")).advice


HOSTILE = (
    "poetry install" + " --a" * 100,
    "pip install" + " -r" * 5000 + " x",
    "uv sync" + " --no-install-project" * 99 + "x",
    "npm ci" + " --a=" * 3000,
    "bundle install" + " --a b" * 2000 + " -",
    "apt-get" + " -o" * 5000 + " upd",
)


@pytest.mark.parametrize("command", HOSTILE, ids=lambda command: command[:9])
def test_hostile_commands_take_no_time(command: str, tmp_path: Path) -> None:
    image = base().step("WORKDIR /srv").layer({"srv/package.json": b"{}"}).run("COPY . . # buildkit")
    image.layer({"srv/a": blob(2 * MB)}).run(f"RUN {command} # buildkit").step("LABEL " + "VERSION=1 " * 1000)
    start = time.perf_counter()
    inspected(image, tmp_path)
    assert time.perf_counter() - start < 3


@pytest.mark.parametrize(
    "name", ["VERSION", "GIT_COMMIT", "BUILD_DATE", "BUILD_ID", "APP_VERSION", "VCS_REF", "CACHEBUST"]
)
def test_names_that_are_new_in_each_build_are_known(name: str, tmp_path: Path) -> None:
    image = base().step(f"ARG {name}").layer({"usr/bin/git": blob(2 * MB)}).run("RUN get git # buildkit")
    assert found(image, tmp_path, "LS404")


@pytest.mark.parametrize("name", ["NODE_VERSION", "PYTHON_VERSION", "DEBIAN_FRONTEND", "PATH", "TARGETARCH", "UID"])
def test_names_of_what_seldom_changes_are_left_alone(name: str, tmp_path: Path) -> None:
    image = base().step(f"ENV {name}=1").layer({"usr/bin/git": blob(2 * MB)}).run("RUN get git # buildkit")
    assert not found(image, tmp_path, "LS404")


def test_a_setting_counts_up_to_the_first_instruction_that_uses_it(tmp_path: Path) -> None:
    image = base().step("ARG VERSION=1").layer({"usr/bin/git": blob(2 * MB)}).run("RUN get git # buildkit")
    image.layer({"opt/app": blob(4 * MB, "app")}).run("RUN |1 VERSION=1 /bin/sh -c fetch app-$VERSION # buildkit")
    text = "FROM debian:12\nARG VERSION=1\nRUN get git\nRUN fetch app-$VERSION\n"
    finding = only(found(image, tmp_path, "LS404", text))
    assert finding.rebuild_content_bytes == 2 * MB
    assert [(edit.first_line, edit.last_line, edit.lines) for edit in finding.edits] == [
        (2, 2, ()), (4, 3, ("ARG VERSION=1",)),
    ]  # fmt: skip


def test_a_label_breaks_the_cache_of_the_classic_builder_and_not_that_of_buildkit(tmp_path: Path) -> None:
    def image(comment: str) -> ImageBuilder:
        built = base().step("LABEL org.opencontainers.image.revision=1", comment=comment)
        built.layer({"usr/bin/git": blob(2 * MB)}).run("RUN get git # buildkit", comment=comment)
        for record in built.history or []:
            record["comment"] = comment
        return built

    assert found(image(""), tmp_path, "LS404")
    assert not found(image("buildkit.dockerfile.v0"), tmp_path, "LS404")


def test_runs_that_do_not_touch_each_other_are_left_apart(tmp_path: Path) -> None:
    assert not found(PAIRS["LS405"].good(), tmp_path, "LS405")


def test_update_and_install_become_one_run_that_cleans_up(tmp_path: Path) -> None:
    text = "FROM debian:12\nWORKDIR /srv\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends git\n"
    finding = only(found(PAIRS["LS403"].bad(), tmp_path, "LS403", text))
    assert [(edit.first_line, edit.lines) for edit in finding.edits] == [
        (3, ("RUN apt-get update \\", " && apt-get install -y --no-install-recommends git \\",
             " && rm -rf /var/lib/apt/lists/*")),
        (4, ()),
    ]  # fmt: skip


def with_repository(tmp_path: Path, changes: list[str]) -> Inspection:
    """The shop beside a repository in which each commit changed one file."""

    def git(*words: str) -> None:
        settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=")
        subprocess.run(["git", "-C", tmp_path, *settings, *words], check=True, capture_output=True)

    git("init", "-q")
    for number, name in enumerate(changes):
        (tmp_path / name).write_text(str(number))
        git("add", name)
        git("commit", "-q", "-m", name)
    (tmp_path / "Dockerfile").write_text(SHOP)
    archive = shop().save(tmp_path / "image.tar")
    return inspect(archive, options=InspectOptions(dockerfile=tmp_path / "Dockerfile", git=tmp_path))


def test_git_says_how_often_a_copy_is_made_anew(tmp_path: Path) -> None:
    inspection = with_repository(tmp_path, ["a", "b", "a", "b"])
    assert inspection.dockerfile is not None
    assert {line: (one.changed_count, one.commit_count) for line, one in inspection.dockerfile.volatility.items()} == {
        3: (4, 4)
    }
    finding = only([one for one in inspection.findings if one.rule == "LS401"])
    assert "changed by 4 of 4 commits" in finding.why


def test_a_copy_of_what_never_changes_is_no_reason_to_move_anything(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("*.md\n")
    inspection = with_repository(tmp_path, ["a", *[f"{number}.md" for number in range(19)]])
    assert inspection.dockerfile is not None
    assert inspection.dockerfile.volatility[3].ratio == pytest.approx(0.05)
    assert not [one for one in inspection.findings if one.rule in {"LS401", "LS402"}]
