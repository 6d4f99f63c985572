"""The files of each image layout, as Docker before 25, Docker since 25 and OCI tools write them.

Owns names, order and cross references of the members; `builder.py` owns what is in an image.
"""

import json
from collections.abc import Sequence
from typing import Any

from builder import Compression, Entry, ImageBuilder, Members, compress, directory, sha256, symlink

_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
_SUFFIX: dict[Compression, str] = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def legacy_members(images: Sequence[ImageBuilder], compression: Compression) -> Members:
    """`<id>/layer.tar`, the same layer a second time as a symlink (moby 1.10 to 24, image/tarexport/save.go)."""
    members: Members = []
    written: dict[str, str] = {}
    manifest = []
    repositories: dict[str, dict[str, str]] = {}
    configs: Members = []
    for image in images:
        paths = []
        v1_id = ""
        for index, (tar, diff_id) in enumerate(zip(image.tars, image.diff_ids, strict=True)):
            v1_id = sha256(f"{v1_id}{index}{diff_id}".encode()).removeprefix("sha256:")
            name = f"{v1_id}/layer.tar"
            paths.append(name)
            if any(member == name for member, _entry in members):
                continue
            blob = Entry(data=compress(tar, compression))
            if diff_id in written:
                blob = symlink(f"../{written[diff_id]}")
            written.setdefault(diff_id, name)
            members += [(f"{v1_id}/", directory()), (f"{v1_id}/VERSION", Entry(data=b"1.0")),
                        (f"{v1_id}/json", Entry(data=_json({"id": v1_id}))), (name, blob)]  # fmt: skip
        config = image.image_id.removeprefix("sha256:") + ".json"
        configs.append((config, Entry(data=image.config_json)))
        manifest.append({"Config": config, "RepoTags": list(image.tags), "Layers": paths})
        for tag in image.tags:
            repository, _colon, version = tag.rpartition(":")
            repositories.setdefault(repository, {})[version] = v1_id
    members += configs
    return [*members, ("manifest.json", Entry(data=_json(manifest))), ("repositories", Entry(data=_json(repositories)))]


def oci_members(images: Sequence[ImageBuilder], compression: Compression, *, with_manifest_json: bool) -> Members:
    """`blobs/sha256/…` with index.json, and manifest.json as Docker since 25 adds it."""
    blobs: dict[str, bytes] = {}

    def put(data: bytes, media_type: str) -> dict[str, Any]:
        digest = sha256(data)
        blobs["blobs/sha256/" + digest.removeprefix("sha256:")] = data
        return {"mediaType": media_type, "digest": digest, "size": len(data)}

    index, docker = [], []
    for image in images:
        layer_type = _LAYER_TYPE + _SUFFIX[compression]
        layers = [put(compress(tar, compression), layer_type) for tar in image.tars]
        config = put(image.config_json, "application/vnd.oci.image.config.v1+json")
        manifest = {"schemaVersion": 2, "mediaType": _MANIFEST_TYPE, "config": config, "layers": layers}
        descriptor = put(_json(manifest), _MANIFEST_TYPE)
        platform = {"os": image.os, "architecture": image.architecture}
        if image.variant:
            platform["variant"] = image.variant
        for tag in image.tags:
            names = {"org.opencontainers.image.ref.name": tag.rpartition(":")[2], "io.containerd.image.name": tag}
            index.append(descriptor | {"platform": platform, "annotations": names})
        docker.append({
            "Config": _path(config), "RepoTags": list(image.tags), "Layers": [_path(layer) for layer in layers],
            "LayerSources": dict(zip(image.diff_ids, layers, strict=True)),
        })  # fmt: skip
    members: Members = [("blobs/", directory()), ("blobs/sha256/", directory())]
    members += [(name, Entry(data=data)) for name, data in sorted(blobs.items())]
    members.append(("index.json", Entry(data=_json({"schemaVersion": 2, "manifests": index}))))
    if with_manifest_json:
        members.append(("manifest.json", Entry(data=_json(docker))))
    return [*members, ("oci-layout", Entry(data=b'{"imageLayoutVersion":"1.0.0"}'))]


def _path(descriptor: dict[str, Any]) -> str:
    return "blobs/sha256/" + str(descriptor["digest"]).removeprefix("sha256:")
