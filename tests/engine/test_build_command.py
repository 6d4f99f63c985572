"""`layerscope build` with a real engine: builds, judges, and knows the Dockerfile."""

import subprocess
import sys
from pathlib import Path

from engine.engine import Dockerd


def _build(dockerd: Dockerd, folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "layerscope", "build", *args],
        cwd=folder, env=dockerd.environment({"CI": "true"}), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_build_is_judged_with_its_dockerfile_and_the_projects_rules(dockerd: Dockerd, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY file /a\nCOPY file /a\n")
    (tmp_path / ".layerscope.toml").write_text("[rules]\nhighest-layer-count = 1\nlowest-efficiency = false\n")
    done = _build(dockerd, tmp_path, "-t", "twice:1", ".")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("layerscope: FAILED  sha256:")
    assert "layers 2 > 1" in done.stdout
    assert "(Dockerfile line 2)" in done.stdout or "(Dockerfile line 3)" in done.stdout


def test_a_build_that_fails_is_no_image(dockerd: Dockerd, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY nothing /a\n")
    done = _build(dockerd, tmp_path, ".")
    assert (done.returncode, done.stdout) == (3, "")
    assert "build ended with exit code" in done.stderr.splitlines()[-1]
