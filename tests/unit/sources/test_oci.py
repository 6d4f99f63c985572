"""OCI layouts: nested indexes, platforms, attestations, and what is no image."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import Entry, ImageBuilder, Members, edit_json, image_members, sha256, write
from layerscope.errors import DamagedImageError, ImageError, LimitError, NotAnImageError, UnsupportedImageError
from layerscope.model.image import RawImage
from layerscope.sources import oci

Open = Callable[..., RawImage]
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def two_platforms() -> Members:
    amd, arm = ImageBuilder("a:1").layer({"a": b"1"}), ImageBuilder("a:1", platform="linux/arm64").layer({"a": b"2"})
    return image_members([amd, arm], "oci-archive")


def add_blob(members: Members, value: Any, media_type: str = MANIFEST) -> dict[str, Any]:
    """Put a JSON blob into a layout and give its descriptor."""
    data = json.dumps(value).encode()
    digest = sha256(data)
    members.append((f"blobs/sha256/{digest[7:]}", Entry(data=data)))
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def nested(members: Members, depth: int = 1) -> Members:
    """Move the index into a blob of its own, so many times."""
    for _ in range(depth):
        index = json.loads(dict(members)["index.json"].data)
        descriptor = add_blob(members, index, INDEX)
        members = [pair for pair in members if pair[0] != "index.json"]
        index = {"schemaVersion": 2, "manifests": [descriptor]}
        members.append(("index.json", Entry(data=json.dumps(index).encode())))
    return members


def opened_from(members: Members, tmp_path: Path, open_ref: Open, **options: Any) -> RawImage:
    return open_ref(write(tmp_path / "x.tar", members), **options)


def codes(image: RawImage) -> list[str]:
    return [note.code for note in image.notes]


def test_an_index_within_an_index_is_followed(tmp_path: Path, open_ref: Open) -> None:
    opened = opened_from(nested(two_platforms(), 3), tmp_path, open_ref, platform="linux/arm64")
    assert (opened.platform, len(opened.layers), opened.notes) == ("linux/arm64", 1, ())


def test_without_a_wish_the_choice_of_platform_is_noted(tmp_path: Path, open_ref: Open) -> None:
    opened = opened_from(nested(two_platforms()), tmp_path, open_ref)
    assert codes(opened) == ["several-platforms"]
    assert "--platform" in opened.notes[0].text


def test_indexes_nested_too_deeply_are_refused(tmp_path: Path, open_ref: Open) -> None:
    with pytest.raises(LimitError, match="9 indexes deep"):
        opened_from(nested(two_platforms(), 9), tmp_path, open_ref)


def test_more_manifests_than_any_image_has_are_refused(
    tmp_path: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oci, "MAX_IMAGES", 1)
    with pytest.raises(LimitError, match="more than 1 manifests"):
        opened_from(two_platforms(), tmp_path, open_ref)


def test_platforms_that_are_listed_and_not_there_are_not_chosen(tmp_path: Path, open_ref: Open) -> None:
    arm = ImageBuilder("a:1", platform="linux/arm64").layer({"a": b"2"})
    gone = {name for name, _entry in arm.members("oci-archive") if name.startswith("blobs/sha256/") and name[-1] != "/"}
    members = [pair for pair in two_platforms() if pair[0] not in gone]
    opened = opened_from(members, tmp_path, open_ref)
    assert (opened.platform, codes(opened)) == ("linux/amd64", ["not-in-archive"])
    assert "linux/arm64" in opened.notes[0].text
    with pytest.raises(DamagedImageError, match="is listed and is not there"):
        opened_from(members, tmp_path, open_ref, platform="linux/arm64")


def test_attestations_are_not_images(tmp_path: Path, open_ref: Open) -> None:
    members = ImageBuilder("a:1").layer({"a": b"1"}).members("oci-archive")
    attestation = add_blob(members, {"schemaVersion": 2, "config": {}, "layers": []})
    unknown = {"os": "unknown", "architecture": "unknown"}
    by_name = attestation | {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    edit_json(
        members,
        "index.json",
        lambda index: index["manifests"].extend([attestation | {"platform": unknown}, by_name]),
    )
    opened = opened_from(members, tmp_path, open_ref)
    assert (opened.tags, opened.notes) == (("a:1",), ())


def test_one_image_under_several_names_is_one_image(tmp_path: Path, open_ref: Open) -> None:
    opened = opened_from(ImageBuilder("a:1", "a:2").layer({"a": b"1"}).members("oci-archive"), tmp_path, open_ref)
    assert (opened.tags, opened.notes) == (("a:1", "a:2"), ())


def test_several_images_are_chosen_among_by_name_tag_or_digest(tmp_path: Path, open_ref: Open) -> None:
    one, two = ImageBuilder("one:1").layer({"a": b"1"}), ImageBuilder("two:2").layer({"b": b"2"})
    members = image_members([one, two], "oci-archive")
    assert codes(opened_from(members, tmp_path, open_ref)) == ["several-images"]
    for tag in ("two:2", "2", two.image_id):
        assert opened_from(members, tmp_path, open_ref, tag=tag).image_id == two.image_id


def test_annotations_of_the_manifest_are_kept(tmp_path: Path, open_ref: Open) -> None:
    members = ImageBuilder("a:1").layer({"a": b"1"}).members("docker25")
    index = json.loads(dict(members)["index.json"].data)
    old = index["manifests"][0]
    name = f"blobs/sha256/{old['digest'][7:]}"
    manifest = json.loads(dict(members)[name].data) | {"annotations": {"org.opencontainers.image.base.name": "base"}}
    new = old | add_blob(members, manifest)
    edit_json(members, "index.json", lambda value: value.update(manifests=[new]))
    assert opened_from(members, tmp_path, open_ref).annotations == {"org.opencontainers.image.base.name": "base"}


def only(value: Any, *, media_type: str = MANIFEST) -> Members:
    """Make a layout whose index lists one document."""
    members: Members = [("index.json", Entry())]
    index = {"manifests": [add_blob(members, value, media_type)]}
    members[0] = ("index.json", Entry(data=json.dumps(index).encode()))
    return members


DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("members", "error", "message"),
    [
        (only({"manifests": [], "layers": []}), DamagedImageError, "an index and an image at once"),
        (only({"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}}), UnsupportedImageError, "helm"),
        (only({"config": {}, "artifactType": "application/x-sbom"}), UnsupportedImageError, "no container image but"),
        (only({"schemaVersion": 1, "fsLayers": []}), UnsupportedImageError, "schema 1"),
        (only({"x": 1}, media_type="text/x"), UnsupportedImageError, "text/x"),
        (only({"config": {"digest": "sha256:../../x"}, "layers": []}), DamagedImageError, "is not a digest"),
        (only({"config": {"digest": DIGEST}, "layers": [7]}), DamagedImageError, r"layers\[0\] should be an object"),
        (only({"config": {"digest": DIGEST}, "layers": []}), DamagedImageError, "is listed and is not there"),
        ([("index.json", Entry(data=b'{"manifests": [{"digest": "x"}]}'))], DamagedImageError, "is not a digest"),
        ([("index.json", Entry(data=b'{"manifests": null}'))], NotAnImageError, "lists no image"),
        ([("index.json", Entry(data=b"foo"))], DamagedImageError, "is not JSON"),
    ],
)
@pytest.mark.parametrize("as_directory", [True, False])
def test_what_is_no_readable_image_is_refused_in_one_line(
    members: Members, error: type[ImageError], message: str, as_directory: bool, tmp_path: Path, open_ref: Open  # noqa: FBT001
) -> None:  # fmt: skip
    path = write(tmp_path / "x", members, as_directory=as_directory)
    with pytest.raises(error, match=message) as caught:
        open_ref(path)
    assert "\n" not in str(caught.value)


def test_artifacts_beside_an_image_are_noted(tmp_path: Path, open_ref: Open) -> None:
    members = ImageBuilder("a:1").layer({"a": b"1"}).members("oci-archive")
    chart = add_blob(members, {"config": {"mediaType": "application/vnd.cncf.helm.config.v1+json"}})
    edit_json(members, "index.json", lambda index: index["manifests"].append(chart))
    assert codes(opened_from(members, tmp_path, open_ref)) == ["other-artifacts"]


def with_layer(change: dict[str, Any]) -> Members:
    """Make an image whose layer descriptor says something else."""
    members = ImageBuilder("a:1").layer({"a": b"1"}).members("oci-archive")
    index = json.loads(dict(members)["index.json"].data)
    manifest = json.loads(dict(members)[f"blobs/sha256/{index['manifests'][0]['digest'][7:]}"].data)
    manifest["layers"][0] |= change
    descriptor = add_blob(members, manifest)
    edit_json(members, "index.json", lambda value: value.update(manifests=[descriptor]))
    return members


def test_a_layer_of_another_size_than_its_manifest_says_is_damage(tmp_path: Path, open_ref: Open) -> None:
    with pytest.raises(DamagedImageError, match="has 2,048 bytes where its manifest says 7"):
        opened_from(with_layer({"size": 7}), tmp_path, open_ref)


@pytest.mark.parametrize("size", [-5, 10**30])
def test_an_absent_layer_has_no_size_that_nothing_can_have(size: int, tmp_path: Path, open_ref: Open) -> None:
    media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    with pytest.raises(DamagedImageError, match=r"layers\[0\].size is no size"):
        opened_from(with_layer({"mediaType": media_type, "digest": DIGEST, "size": size}), tmp_path, open_ref)


def test_an_encrypted_layer_is_said_to_be_encrypted(tmp_path: Path, open_ref: Open) -> None:
    with pytest.raises(UnsupportedImageError, match="is encrypted"):
        opened_from(with_layer({"mediaType": "application/vnd.oci.image.layer.v1.tar+encrypted"}), tmp_path, open_ref)


def test_a_layer_that_is_not_distributed_is_absent(tmp_path: Path, open_ref: Open) -> None:
    media_type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    opened = opened_from(with_layer({"mediaType": media_type, "digest": DIGEST, "size": 5}), tmp_path, open_ref)
    assert opened.layers[0].absent_reason is not None
    assert opened.layers[0].stored_bytes == 5


def test_a_media_type_that_lies_about_compression_does_no_harm(tmp_path: Path, open_ref: Open) -> None:
    media_type = "application/vnd.oci.image.layer.v1.tar+gzip"
    opened = opened_from(with_layer({"mediaType": media_type}), tmp_path, open_ref)
    assert opened.layers[0].window is not None
    assert opened.layers[0].media_type == media_type


def test_a_manifest_that_was_changed_is_noted(tmp_path: Path, open_ref: Open) -> None:
    members = ImageBuilder("a:1").layer({"a": b"1"}).members("oci-archive")
    name = f"blobs/sha256/{json.loads(dict(members)['index.json'].data)['manifests'][0]['digest'][7:]}"
    edit_json(members, name, lambda manifest: manifest.update(annotations={"new": "one"}))
    assert codes(opened_from(members, tmp_path, open_ref)) == ["digest-mismatch"]


def test_an_index_that_is_a_directory_is_no_index(tmp_path: Path, open_ref: Open) -> None:
    (tmp_path / "x/index.json").mkdir(parents=True)
    with pytest.raises(NotAnImageError, match=r"neither manifest.json nor index.json"):
        open_ref(tmp_path / "x")
