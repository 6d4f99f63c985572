"""The real engine is the judge: what layerscope says of an image is what `docker export` gives."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pytest

from engine.engine import Dockerd
from engine.judge import (
    Tree,
    assert_same_files,
    content_bytes,
    layerscope_report,
    layerscope_tree,
    tree_of_export,
    without_container_files,
)


@pytest.fixture(scope="package")
def exported(dockerd: Dockerd, real_image: str, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    archive = tmp_path_factory.mktemp("export") / "rootfs.tar"
    container = dockerd.run_docker("create", real_image).stdout.decode().strip()
    dockerd.run_docker("export", "--output", archive, container)
    dockerd.run_docker("rm", "--volumes", container)
    tree = without_container_files(tree_of_export(archive))
    archive.unlink()
    return tree


def test_the_files_of_a_saved_image_are_those_docker_exports(real_archive: Path, exported: Tree) -> None:
    assert_same_files(exported, layerscope_tree(real_archive))


def test_the_files_of_an_image_in_the_engine_are_those_docker_exports(
    dockerd: Dockerd, real_image: str, exported: Tree
) -> None:
    ours = layerscope_tree(f"docker://{real_image}", env=dockerd.environment())
    assert_same_files(exported, ours)


def test_live_bytes_are_the_bytes_of_the_exported_files(real_archive: Path, exported: Tree) -> None:
    ours = layerscope_tree(real_archive)
    hidden_by_create = content_bytes(ours) - content_bytes(without_container_files(ours))
    live_bytes = layerscope_report(real_archive)["ledger"]["live_bytes"]
    assert live_bytes == content_bytes(exported) + hidden_by_create


def test_layer_sizes_are_those_of_docker_history(dockerd: Dockerd, real_image: str, real_archive: Path) -> None:
    report = layerscope_report(real_archive)
    layer_bytes = [
        layer["content_bytes"] + symlink_bytes
        for layer, symlink_bytes in zip(report["layers"], symlink_bytes_of_layers(real_archive), strict=True)
    ]
    ours = [0 if step["empty"] else layer_bytes[step["layer_index"]] for step in report["history"]]
    output = dockerd.run_docker("history", "--human=false", "--format={{.Size}}", real_image).stdout
    assert ours == [int(line) for line in reversed(output.split())]


def symlink_bytes_of_layers(archive: Path) -> list[int]:
    """Add up the lengths of link targets, which docker counts as the sizes of links."""
    with tarfile.open(archive) as outer:
        manifest = outer.extractfile("manifest.json")
        assert manifest is not None
        layers = [outer.extractfile(name) for name in json.load(manifest)[0]["Layers"]]
        return [
            sum(len(os.fsencode(member.linkname)) for member in tarfile.open(fileobj=layer) if member.issym())
            for layer in layers
        ]
