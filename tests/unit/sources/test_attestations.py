"""Attestations: found beside the image they are about, whatever the layout, and read only when asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import Compression, Entry, ImageBuilder, Layout, Members, edit_json, image_members, sha256, write
from layerscope.errors import DamagedImageError, LimitError
from layerscope.model.image import RawImage

Open = Callable[..., RawImage]
SLSA, SPDX = "https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document"
STATEMENT = {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": SLSA, "predicate": {"builder": {"id": ""}}}


def put(members: Members, value: Any) -> dict[str, Any]:
    data = json.dumps(value).encode()
    digest = sha256(data)
    members.append((f"blobs/sha256/{digest[7:]}", Entry(data=data)))
    return {"digest": digest, "size": len(data)}


def attest(members: Members, image: int, statements: dict[str, Any]) -> Members:
    """Add an attestation manifest about the image at a place of the index, as BuildKit writes it."""
    index = json.loads(dict(members)["index.json"].data)
    layers = [
        put(members, statement)
        | {"mediaType": "application/vnd.in-toto+json", "annotations": {"in-toto.io/predicate-type": predicate}}
        for predicate, statement in statements.items()
    ]
    manifest = put(members, {"schemaVersion": 2, "config": put(members, {"architecture": "unknown"}), "layers": layers})
    descriptor = manifest | {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": index["manifests"][image]["digest"],
        },
    }
    return edit_json(members, "index.json", lambda value: value["manifests"].append(descriptor))


@pytest.mark.parametrize(
    ("layout", "outer"),
    [("docker25", "none"), ("docker25", "gzip"), ("oci-archive", "none"), ("oci-archive", "zstd"), ("oci", "none")],
)
def test_statements_about_the_image_can_be_read(
    layout: Layout, outer: Compression, tmp_path: Path, open_ref: Open
) -> None:
    members = ImageBuilder("a:1").layer({"a": b"1"}).members(layout)
    attest(members, 0, {SLSA: STATEMENT, SPDX: {"predicate": {}}})
    opened = open_ref(write(tmp_path / "x", members, outer=outer, as_directory=layout == "oci"))
    assert opened.notes == ()
    assert [one.predicate_type for one in opened.attestations] == [SLSA, SPDX]
    assert opened.attestations[0].read() == STATEMENT
    assert opened.attestations[0].size_bytes == len(json.dumps(STATEMENT))


@pytest.mark.parametrize("layout", ["docker25", "oci-archive"])
def test_each_platform_has_the_statements_about_itself(layout: Layout, tmp_path: Path, open_ref: Open) -> None:
    amd, arm = ImageBuilder("a:1").layer({"a": b"1"}), ImageBuilder("a:1", platform="linux/arm64").layer({"a": b"2"})
    members = image_members([amd, arm], layout)
    for place, name in enumerate(("amd64", "arm64")):
        attest(members, place, {SLSA: {"predicate": name}})
    path = write(tmp_path / "x.tar", members)
    for name in ("amd64", "arm64"):
        opened = open_ref(path, platform=f"linux/{name}")
        assert [one.read() for one in opened.attestations] == [{"predicate": name}]


def test_an_image_without_attestations_has_none(tmp_path: Path, open_ref: Open) -> None:
    assert open_ref(ImageBuilder("a:1").layer({"a": b"1"}).save(tmp_path / "x.tar")).attestations == ()


@pytest.mark.parametrize(
    "change",
    [
        {"digest": "sha256:../../etc/passwd"},
        {"digest": "sha256:" + "0" * 64},
        {"digest": 7},
        {"annotations": {"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": ["x"]}},
    ],
)
def test_an_attestation_that_makes_no_sense_costs_nothing_of_the_image(
    change: dict[str, Any], tmp_path: Path, open_ref: Open
) -> None:
    members = attest(ImageBuilder("a:1").layer({"a": b"1"}).members("oci-archive"), 0, {SLSA: STATEMENT})
    edit_json(members, "index.json", lambda value: value["manifests"][1].update(change))
    opened = open_ref(write(tmp_path / "x.tar", members))
    assert (opened.tags, opened.attestations) == (("a:1",), ())


def test_a_statement_that_is_no_json_is_an_error_only_to_who_reads_it(tmp_path: Path, open_ref: Open) -> None:
    members = attest(ImageBuilder("a:1").layer({"a": b"1"}).members("oci-archive"), 0, {SLSA: STATEMENT})
    name = f"blobs/sha256/{sha256(json.dumps(STATEMENT).encode())[7:]}"
    for data, error in ((b"{", DamagedImageError), (b" " * (4 * 1024 * 1024 + 1), LimitError)):
        changed = [(path, Entry(data=data) if path == name else entry) for path, entry in members]
        opened = open_ref(write(tmp_path / "x.tar", changed))
        with pytest.raises(error):
            opened.attestations[0].read()
