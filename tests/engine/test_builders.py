"""Whatever built an image, layerscope sees the files its engine sees and accounts for each byte of each layer."""

from __future__ import annotations

import os

import pytest

from engine.builders import CONTEXTS, DOCKER_BUILDERS, PODMAN_BUILDERS, BuildOnce, BuiltImage
from engine.judge import (
    assert_same_files,
    content_bytes,
    layerscope_report,
    layerscope_tree,
)
from engine.podman import Podman

_CASES = [(builder, context) for context in CONTEXTS for builder in (*DOCKER_BUILDERS, *PODMAN_BUILDERS)]


@pytest.fixture(params=_CASES, ids="-".join)
def built(request: pytest.FixtureRequest, build_once: BuildOnce) -> BuiltImage:
    """An image of each context by each builder."""
    builder, name = request.param
    return build_once(builder, name)


def test_the_files_are_those_the_engine_shows(built: BuiltImage) -> None:
    assert_same_files(built.tree, layerscope_tree(built.archive))


def test_every_byte_of_every_layer_has_one_fate(built: BuiltImage) -> None:
    report = layerscope_report(built.archive)
    fates = ("live_bytes", "overwritten_bytes", "reshipped_bytes", "deleted_bytes")
    for layer in report["layers"]:
        assert sum(layer[fate] for fate in fates) == layer["content_bytes"], layer
    for fate in fates:
        assert sum(layer[fate] for layer in report["layers"]) == report["ledger"][fate]


def test_live_bytes_are_the_bytes_of_the_files_the_engine_shows(built: BuiltImage) -> None:
    assert layerscope_report(built.archive)["ledger"]["live_bytes"] == content_bytes(built.tree)


def test_podman_gives_an_image_over_its_api(podman: Podman, build_once: BuildOnce) -> None:
    built = build_once("podman", "special")
    with podman.service() as url:
        ours = layerscope_tree(f"podman://{built.name}", env=os.environ | {"CONTAINER_HOST": url})
    assert_same_files(built.tree, ours)


def test_every_layer_has_a_step(built: BuiltImage) -> None:
    report = layerscope_report(built.archive)
    owners = [step["layer_index"] for step in report["history"] if step["layer_index"] is not None]
    assert sorted(set(owners)) == [layer["index"] for layer in report["layers"]]
