"""Every layer that a real builder makes here and now finds the line of the Dockerfile that made it.

Each Dockerfile of `unit/history/histories` is built by one of the builders in turn, so that all of both are seen in
half a minute; `LAYERSCOPE_ALL_BUILDERS=1` builds each by every one that understands it. What all of them wrote once is
stored, and judged in `unit/history/test_align.py`.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from engine.builders import buildkit_missing_reason as docker_buildkit_missing_reason
from engine.builders import busybox_missing_reason
from engine.engine import Dockerd, docker_missing_reason
from engine.linebuilders import (
    BASE,
    BASE_STEPS,
    Build,
    base_image,
    buildkit_builder,
    buildkit_missing_reason,
    docker_builder,
    podman_builder,
    write_context,
)
from engine.podman import Podman, podman_missing_reason
from layerscope.model.history import Confidence
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, inspect
from unit.history.stored import HERE, names
from unit.history.stored import Build as StoredBuild

ON_ANOTHER_BASE = {"onbuild"}


def builders_of(name: str) -> list[str]:
    """List the builders that understood a Dockerfile when it was stored."""
    return [build["builder"] for build in json.loads((HERE / f"{name}.json").read_text())]


def chosen(available: dict[str, Build]) -> list[tuple[str, str]]:
    """List what to build: (Dockerfile, builder)."""
    pairs: list[tuple[str, str]] = []
    seen: Counter[str] = Counter()
    for name in names():
        able = [builder for builder in builders_of(name) if builder in available]
        if name in ON_ANOTHER_BASE or not able:
            continue
        fewest = min(able, key=lambda builder: seen[builder])
        seen[fewest] += 1
        pairs += [(name, builder) for builder in (able if os.environ.get("LAYERSCOPE_ALL_BUILDERS") else [fewest])]
    return pairs


def judged(name: str, builder: str, inspection: Inspection) -> Counter[str]:
    history = tuple(step.record for step in inspection.steps)
    base = 0 if name == "scratch" else BASE_STEPS
    truth = StoredBuild(name, builder, RawImage(name, "engine", (), history=history), base, 0).true_lines
    counts: Counter[str] = Counter()
    for step, right in zip(inspection.steps, truth, strict=True):
        got = step.instruction.dockerfile_line if step.instruction else None
        if right is not None or got is not None:
            counts["right" if got == right else "unanswered" if got is None else "wrong"] += 1
    return counts


@pytest.fixture(scope="module")
def builders(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Build]]:
    """All builders that are installed, each with the base image."""
    if reason := busybox_missing_reason():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("base")
    archive = base_image().save(folder / "base.tar")
    found: dict[str, Build] = {}
    if not docker_missing_reason():
        dockerd: Dockerd = request.getfixturevalue("dockerd")
        dockerd.run_docker("load", "-i", archive)
        found["classic"] = docker_builder(dockerd, buildkit=False)
        if not docker_buildkit_missing_reason(dockerd):
            found["bk20"] = docker_builder(dockerd, buildkit=True)
    if not podman_missing_reason():
        podman: Podman = request.getfixturevalue("podman")
        pulled = podman.run_buildah("pull", "-q", f"docker-archive:{archive}").stdout.decode().strip()
        podman.run_buildah("tag", pulled, f"localhost/{BASE}")
        found |= {kind: podman_builder(podman, kind) for kind in ("buildah", "buildah-flat", "podman")}
    with ExitStack() as stack:
        if not buildkit_missing_reason():
            layout = base_image().save(folder / "base-oci", layout="oci")
            found["bk25"] = stack.enter_context(buildkit_builder(layout))
        if not found:
            pytest.skip("no builder is installed")
        yield found


def test_no_step_of_a_fresh_build_gets_a_wrong_line_and_hardly_any_gets_none(
    builders: dict[str, Build], tmp_path: Path
) -> None:
    context = write_context(tmp_path / "context")
    total: Counter[str] = Counter()
    exact = 0
    print(f"\n{'Dockerfile':14}{'builder':14}{'right':>6}{'wrong':>6}{'unanswered':>11}")
    for name, builder in chosen(builders):
        archive = builders[builder](name, context)
        inspection = inspect(archive, options=InspectOptions(dockerfile=context / f"{name}.Dockerfile"))
        counts = judged(name, builder, inspection)
        total += counts
        print(f"{name:14}{builder:14}{counts['right']:6}{counts['wrong']:6}{counts['unanswered']:11}")
        if builder == "bk25":
            exact += lines_are_exact(inspect(archive), inspection)
        archive.unlink()
    print(f"{'all':28}{total['right']:6}{total['wrong']:6}{total['unanswered']:11}")
    assert total["wrong"] == 0
    assert total["right"] > 0
    assert total["unanswered"] <= 0.05 * total.total()
    assert exact or "bk25" not in builders


def lines_are_exact(alone: Inspection, with_file: Inspection) -> int:
    """Count the layers whose lines the archive itself names, and see that these are the same with the file given."""
    own = [layer.instruction for layer in alone.layers[alone.image.base_layer_count or 0 :]]
    same = [layer.instruction for layer in with_file.layers[alone.image.base_layer_count or 0 :]]
    assert own == same
    assert all(one is not None and one.confidence is Confidence.EXACT for one in own)
    return len(own)
