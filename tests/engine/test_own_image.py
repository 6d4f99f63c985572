"""The image of the tool is what the tool asks of others: small layers, no waste, nobody's root."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.engine import Dockerd
from engine.ownimage import BASE, IMAGE, build_own_image, own_image_missing_reason
from layerscope.model.findings import Level
from layerscope.pipeline import InspectOptions, inspect

_DOCKERFILE = Path(__file__).parents[2] / ".ci" / "Dockerfile"


@pytest.fixture(scope="module")
def own_image(dockerd: Dockerd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The image as `docker save` writes it."""
    if reason := own_image_missing_reason():
        pytest.skip(reason)
    try:
        build_own_image(dockerd)
    except LookupError as error:
        pytest.skip(str(error))
    archive = tmp_path_factory.mktemp("own") / "layerscope.tar"
    dockerd.run_docker("save", "--output", archive, IMAGE)
    yield archive
    archive.unlink()


def test_layerscope_finds_nothing_above_a_note_in_its_own_image(dockerd: Dockerd, own_image: Path) -> None:
    inspected = dockerd.run_docker("image", "inspect", "--format={{len .RootFS.Layers}}", BASE).stdout.decode()
    found = inspect(own_image, options=InspectOptions(dockerfile=_DOCKERFILE, base=inspected.strip()))
    assert [(one.rule, one.title) for one in found.findings if one.level is not Level.NOTE] == []
    assert found.scores.user_efficiency is not None
    assert found.scores.user_efficiency >= 0.99
    own = sum(layer.content_bytes for layer in found.layers[int(inspected) :])
    print(f"{own:,} bytes above the base, {found.scores.user_efficiency:.4f} efficient")
    assert own < 40_000_000


def test_it_runs_without_root_and_judges(dockerd: Dockerd, own_image: Path) -> None:
    del own_image
    user = dockerd.run_docker("run", "--rm", "--network=host", "--entrypoint=id", IMAGE, "-u").stdout
    assert user == b"65532\n"
    report = dockerd.run_docker("run", "--rm", "--network=host", IMAGE, "report", "demo", "--format=json").stdout
    assert json.loads(report)["image"]["source"] == "demo"
