"""What a real squash leaves is what the ledger called live: efficiency is what squashing would save, exactly."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.builders import CONTEXTS, BuildOnce
from engine.engine import Dockerd
from engine.judge import content_bytes, layerscope_report, layerscope_tree, without_container_files
from engine.podman import Podman


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_build_squashed_by_docker_ships_the_live_bytes_and_wastes_none(build_once: BuildOnce, context: str) -> None:
    layered = layerscope_report(build_once("classic", context).archive)
    squashed = layerscope_report(build_once("squashed", context).archive)
    assert layered["ledger"]["wasted_bytes"] > 0
    assert squashed["ledger"]["total_bytes"] == layered["ledger"]["live_bytes"]
    assert squashed["scores"]["efficiency"] == 1


@pytest.mark.parametrize("context", CONTEXTS)
def test_an_image_squashed_by_buildah_ships_the_live_bytes_and_wastes_none(
    podman: Podman, build_once: BuildOnce, context: str, tmp_path: Path
) -> None:
    layered = build_once("buildah", context)
    squashed = tmp_path / "squashed-by-buildah.tar"
    container = podman.run_buildah("from", "--pull-never", layered.name).stdout.decode().strip()
    podman.run_buildah("commit", "--squash", container, f"oci-archive:{squashed}")
    podman.run_buildah("rm", container)
    ours, theirs = layerscope_report(layered.archive), layerscope_report(squashed)
    assert ours["ledger"]["wasted_bytes"] > 0
    assert theirs["ledger"]["total_bytes"] == ours["ledger"]["live_bytes"]
    assert theirs["scores"]["efficiency"] == 1
    assert theirs["image"]["layer_count"] == 1


def test_the_real_image_imported_from_its_export_ships_the_live_bytes(
    dockerd: Dockerd, real_image: str, real_archive: Path, tmp_path: Path
) -> None:
    rootfs, imported = tmp_path / "rootfs.tar", tmp_path / "imported.tar"
    container = dockerd.run_docker("create", real_image).stdout.decode().strip()
    dockerd.run_docker("export", "--output", rootfs, container)
    dockerd.run_docker("rm", "--volumes", container)
    dockerd.run_docker("import", rootfs, "imported:1")
    dockerd.run_docker("save", "--output", imported, "imported:1")
    files = layerscope_tree(real_archive)
    hidden_by_create = content_bytes(files) - content_bytes(without_container_files(files))
    report = layerscope_report(imported)
    live_bytes = layerscope_report(real_archive)["ledger"]["live_bytes"]
    assert report["ledger"]["total_bytes"] == live_bytes - hidden_by_create
    assert report["scores"]["efficiency"] == 1
