"""One image gives one inspection: out of an engine, and out of every file that a tool here writes of it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.containerd import Containerd, containerd_missing_reason
from engine.engine import Dockerd
from engine.formats import FORMATS, NAME, Workshop, image, import_into_containerd, programs_missing_reason
from engine.podman import Podman
from layerscope import inspect
from layerscope.model.inspection import Inspection
from layerscope.reports import REPORTS
from layerscope.reports.base import Page

_OF_THE_FILE = ("reference", "source", "image_id", "stored_bytes")
_OF_THE_BLOB = ("digest", "media_type", "stored_bytes", "rebuilt_stored_bytes")
"""What differs between formats by right: names, and how layers are stored."""


@pytest.fixture(scope="package")
def workshop(dockerd: Dockerd, podman: Podman, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """The image in docker, podman and containerd."""
    if reason := containerd_missing_reason() or programs_missing_reason():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("formats")
    built = image()
    archive = built.save(folder / "image.tar", "legacy")
    layers = []
    for number, tar in enumerate(built.tars):
        layers.append(folder / f"{number}.tar")
        layers[-1].write_bytes(tar)
    dockerd.run_docker("load", "--input", archive)
    podman.run_podman("load", "--quiet", "--input", archive)
    with Containerd() as containerd:
        import_into_containerd(containerd, archive)
        yield Workshop(archive, folder, dockerd, podman, containerd, layers)


@pytest.fixture(scope="package")
def expected(workshop: Workshop) -> dict[str, Any]:
    return essence(inspect(workshop.archive))


def essence(inspection: Inspection) -> dict[str, Any]:
    """Give the JSON report without what is of the file, and the files of the final image."""
    report = next(report for report in REPORTS if report.name == "json")
    stream = io.StringIO()
    report.write(inspection, stream, Page())
    found: dict[str, Any] = json.loads(stream.getvalue())
    for name in _OF_THE_FILE:
        del found["image"][name]
    for layer in found["layers"]:
        for name in _OF_THE_BLOB:
            del layer[name]
    tree = inspection.tree
    live = [entry for entry in tree.live if entry >= 0]
    found["files"] = [(one.path, one.kind, one.size_bytes, one.mode, one.mtime_s) for one in map(tree.entry, live)]
    found["dockerfile"]["text"] = found["dockerfile"]["text"].partition("\n")[2]  # the first line names the file
    del found["notes"]
    return found


def without_history(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is in the configuration, of which umoci makes its own."""
    layers = [{name: value for name, value in layer.items() if name not in {"created_by", "instruction"}}
              for layer in found["layers"]]  # fmt: skip
    return {"layers": layers, **{name: found[name] for name in ("ledger", "files", "waste")}}


def test_the_image_is_what_it_is_said_to_be(expected: dict[str, Any]) -> None:
    ledger = expected["ledger"]
    assert (ledger["live_bytes"], ledger["overwritten_bytes"]) == (60_000 + 1_024 + 90_000, 300_000 + 500)
    assert (ledger["reshipped_bytes"], ledger["deleted_bytes"]) == (90_000, 40_000)


@pytest.mark.parametrize(("tool", "layout"), FORMATS, ids=lambda text: text.replace(" ", "-"))
def test_every_file_of_an_image_gives_the_same_inspection(
    tool: str, layout: str, workshop: Workshop, expected: dict[str, Any], tmp_path: Path
) -> None:
    target = tmp_path / "image"
    FORMATS[tool, layout](workshop, target)
    inspection = inspect(target)
    found = essence(inspection)
    if tool.startswith("umoci"):
        assert without_history(found) == without_history(expected)
    else:
        assert found == expected
    if "layers" in layout:
        word = "zstd" if "zstd" in layout else "gzip"
        assert all(word in str(layer.media_type) for layer in inspection.layers)
    if "chunked" in layout:
        assert any(b"zstd-chunked.manifest-position" in path.read_bytes() for path in target.glob("blobs/sha256/*"))


@pytest.mark.parametrize("kind", ["name", "ID", "prefix"])
def test_docker_gives_the_same_inspection(
    kind: str, workshop: Workshop, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", workshop.dockerd.socket_url)
    name = {"name": NAME, "ID": image().image_id, "prefix": image().image_id[7:19]}[kind]
    inspection = inspect(f"docker://{name}")
    assert essence(inspection) == expected
    assert inspection.image.image_id == image().image_id


def test_docker_29_gives_the_same_inspection_and_so_do_its_saves(
    dockerd29: Dockerd, workshop: Workshop, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dockerd29.run_docker("load", "--input", workshop.archive)
    monkeypatch.setenv("DOCKER_HOST", dockerd29.socket_url)
    identifier = dockerd29.run_docker("image", "inspect", "--format={{.Id}}", NAME).stdout.decode().strip()
    for reference in (NAME, identifier, identifier[7:19], f"formats@{identifier}"):
        if "@" in reference and not dockerd29.run_docker("images", "--digests", "--quiet", reference).stdout:
            continue  # only the containerd store has digests of what was loaded
        inspection = inspect(f"docker://{reference}")
        assert essence(inspection) == expected, reference
        assert inspection.image.image_id == image().image_id
    dockerd29.run_docker("save", "--output", tmp_path / "save", NAME)
    assert essence(inspect(tmp_path / "save")) == expected
    dockerd29.run_docker("save", "--output", tmp_path / "by-id", identifier)
    assert essence(inspect(tmp_path / "by-id")) == expected


def test_podmans_service_gives_the_same_inspection(
    workshop: Workshop, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with workshop.podman.service() as url:
        monkeypatch.setenv("CONTAINER_HOST", url)
        for reference in (NAME, image().image_id[7:19]):
            assert essence(inspect(f"podman://{reference}")) == expected


def test_podmans_command_gives_the_same_inspection_and_leaves_nothing(
    workshop: Workshop, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", f"{workshop.podman.command_directory()}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("CONTAINER_HOST", raising=False)
    digest = workshop.podman.run_podman("image", "inspect", "--format={{.Digest}}", NAME).stdout.decode().strip()
    for reference in (NAME, image().image_id, image().image_id[7:19], f"docker.io/library/formats@{digest}"):
        assert essence(inspect(f"podman://{reference}")) == expected
    assert list(tmp_path.iterdir()) == []


def test_the_same_image_in_docker_and_podman_is_no_choice(
    workshop: Workshop, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", workshop.dockerd.socket_url)
    with workshop.podman.service() as url:
        monkeypatch.setenv("CONTAINER_HOST", url)
        inspection = inspect(NAME)
    assert (inspection.image.source, essence(inspection)) == ("docker", expected)
