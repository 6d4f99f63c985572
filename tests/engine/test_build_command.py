"""`layerscope build` with real engines: builds, judges, and knows the Dockerfile."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.builders import busybox_missing_reason
from engine.engine import Dockerd
from engine.podman import Podman

_DOCKERFILE = "FROM scratch\nCOPY file /a\nCOPY file /a\n"


def _build(folder: Path, environment: Mapping[str, str], *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "layerscope", "build", *args],
        cwd=folder, env={**environment, "CI": "true"}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A context whose image wastes half of what it ships, and rules that it breaks."""
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE)
    rules = "highest-layer-count = 1\nlowest-efficiency = false\nhighest-user-wasted-percent = false\n"
    (tmp_path / ".layerscope.toml").write_text(f"[rules]\n{rules}")
    return tmp_path


def test_a_build_is_judged_with_its_dockerfile_and_the_projects_rules(dockerd: Dockerd, project: Path) -> None:
    done = _build(project, dockerd.environment({"DOCKER_BUILDKIT": "0"}), "-t", "twice:1", ".")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("layerscope: FAILED  twice:1  layers 2 > 1")
    assert "(Dockerfile line 2)" in done.stdout or "(Dockerfile line 3)" in done.stdout


def test_a_build_without_a_name_is_judged_by_its_id(dockerd: Dockerd, project: Path) -> None:
    done = _build(project, dockerd.environment({"DOCKER_BUILDKIT": "0"}), ".")
    assert done.stdout.startswith("layerscope: FAILED  sha256:"), done.stderr
    identity = project / "id"
    done = _build(project, dockerd.environment({"DOCKER_BUILDKIT": "0"}), "--iidfile", str(identity), ".")
    assert done.stdout.startswith(f"layerscope: FAILED  {identity.read_text()[:12]}"), done.stderr


def test_a_build_that_fails_is_no_image(dockerd: Dockerd, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY nothing /a\n")
    done = _build(tmp_path, dockerd.environment(), ".")
    assert (done.returncode, done.stdout) == (3, "")
    assert "docker build ended with exit code" in done.stderr.splitlines()[-1]


def test_podman_builds_too(podman: Podman, project: Path) -> None:
    if reason := busybox_missing_reason():
        pytest.skip(reason)
    (project / "Dockerfile").rename(project / "Containerfile")
    (project / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{podman.directory}/root"\nrunroot = "{podman.directory}/run"\n'
    )
    environment = {**os.environ, "CONTAINERS_STORAGE_CONF": str(project / "storage.conf")}
    more = ["--isolation=chroot", "--ulimit=nproc=4096:4096", "--ulimit=nofile=4096:4096"]
    with podman.service() as url:
        done = _build(project, {**environment, "CONTAINER_HOST": url}, "--engine", "podman", *more, "-t", "two:1", ".")
    assert done.stdout.startswith("layerscope: FAILED  two:1  layers 2 > 1"), done.stderr
    assert "(Dockerfile line 2)" in done.stdout or "(Dockerfile line 3)" in done.stdout


def test_buildx_builds_too(dockerd: Dockerd, project: Path) -> None:
    if subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode:
        pytest.skip("docker-buildx is not installed")
    done = _build(project, dockerd.environment(), "--engine", "buildx", "-t", "twice:2", ".")
    assert done.stdout.startswith("layerscope: FAILED  twice:2  layers 2 > 1"), done.stderr
    assert "(Dockerfile line 2)" in done.stdout or "(Dockerfile line 3)" in done.stdout
