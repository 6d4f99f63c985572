"""`manifest.json`: how `docker save` and the many tools that imitate it say what is in an archive.

Owns that one document, before and since Docker 25 (moby image/tarexport/{save,load}.go). Knows nothing of tars,
index.json, or which image is meant.
"""

from typing import Final

from layerscope.errors import NotAnImageError
from layerscope.model.image import Digest
from layerscope.sources.candidates import (
    MAX_IMAGES,
    Candidate,
    Configs,
    check_presence,
    is_foreign,
    layers_of,
    schema_1,
)
from layerscope.sources.manifest import Json
from layerscope.sources.store import LayerRef, Store, read_json

MANIFEST: Final = "manifest.json"
MAX_TAGS = 10_000
"""Of one image."""


def docker_candidates(store: Store, configs: Configs) -> list[Candidate]:
    """List the images of manifest.json; NotAnImageError when it lists none."""
    document = read_json(store, MANIFEST)
    if isinstance(document.value, dict) and document["schemaVersion"]:
        return [check_presence(_directory_candidate(document), store)]
    images = document.at_most(MAX_IMAGES, "images")
    if not images:
        raise NotAnImageError(f"{document.where} lists no image")
    return [check_presence(_candidate(image, store, configs), store) for image in images]


def _candidate(image: Json, store: Store, configs: Configs) -> Candidate:
    config_path = _config_path(image["Config"], store)
    paths = tuple(item.text() for item in layers_of(image["Layers"]))
    sources = image["LayerSources"]
    diff_ids = configs.diff_ids(config_path) if sources else ()
    described = sources.fields() if len(diff_ids) == len(paths) else {}
    return Candidate(
        config_path=config_path,
        layers=tuple(
            _layer(path, Json(described.get(diff_ids[index]) if described else None, sources.where))
            for index, path in enumerate(paths)
        ),
        tags=tuple(tag.text() for tag in image["RepoTags"].at_most(MAX_TAGS, "tags")),
    )


def _directory_candidate(document: Json) -> Candidate:
    """Read what `skopeo copy … dir:X` and `podman save --format docker-dir` write: files named by their hex digests."""
    if document["schemaVersion"].value == 1 or document["fsLayers"]:
        raise schema_1(document.where)
    layers = [(item["digest"].digest(), item) for item in layers_of(document["layers"])]
    return Candidate(
        config_path=document["config"]["digest"].digest().partition(":")[2],
        layers=tuple(
            LayerRef(
                path=digest.partition(":")[2],
                digest=digest,
                media_type=item["mediaType"].text() or None,
                size_bytes=item["size"].size(),
                foreign=is_foreign(item["mediaType"].text()) or bool(item["urls"].items()),
            )
            for digest, item in layers
        ),
    )


def _config_path(node: Json, store: Store) -> str:
    """Find the configuration: as named (`<hex>.json`, `blobs/sha256/<hex>`, crane's `sha256:<hex>`)."""
    name = node.text()
    if not name:
        raise node.unexpected("the name of the configuration")
    hex_digest = name.removeprefix("sha256:")
    others = (f"{hex_digest}.json", f"blobs/sha256/{hex_digest}") if hex_digest != name else ()
    return next((path for path in (name, *others) if store.size_of(path) is not None), name)


def _layer(path: str, descriptor: Json) -> LayerRef:
    media_type = descriptor["mediaType"].text() or None
    blob, _slash, hex_digest = path.rpartition("/")
    return LayerRef(
        path=path,
        digest=Digest(f"sha256:{hex_digest}") if blob == "blobs/sha256" and len(hex_digest) == 64 else None,
        media_type=media_type,
        foreign=is_foreign(media_type) or bool(descriptor["urls"].items()),
    )
