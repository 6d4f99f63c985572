"""`index.json`: OCI layouts, in a directory or an archive, with their nested indexes and several platforms.

Owns walking from the index to image manifests (OCI image-spec image-layout.md, image-index.md, manifest.md, and
Docker's schema 2 of the same shape), and keeping apart what is no image: attestations, signatures, charts. Knows
nothing of tars, manifest.json, or which image is meant.
"""

import contextlib
import hashlib
from typing import Final

from layerscope.errors import DamagedImageError, LimitError, NotAnImageError, UnsupportedImageError
from layerscope.frozen import dataclass, field, replace
from layerscope.model.image import Digest, Note
from layerscope.sources.candidates import MAX_IMAGES, Candidate, check_presence, is_foreign, layers_of, schema_1
from layerscope.sources.manifest import Json, Lenient
from layerscope.sources.store import LayerRef, Store, blob_path, label, read_json

INDEX: Final = "index.json"
MAX_DEPTH = 8
"""Indexes within indexes; real ones have two."""
_CONFIG_TYPES = {
    "",
    "application/octet-stream",
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
}
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
_ATTESTATION = "vnd.docker.reference.type"
_ATTESTED = "vnd.docker.reference.digest"


@dataclass(slots=True)
class _Walk:
    """What is gathered on the way through the indexes."""

    store: Store
    found: list[Candidate] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """What was no image: artifact types and unknown media types."""
    old: UnsupportedImageError | None = None
    count: int = 0
    seen: set[Digest] = field(default_factory=set)
    attestations: dict[str, list[Digest]] = field(default_factory=dict)
    """Digest of an image's manifest → attestation manifests about it."""


def oci_candidates(store: Store) -> tuple[list[Candidate], tuple[Note, ...]]:
    """List the images of index.json and notes on what is left out; NotAnImageError when it lists none."""
    document = read_json(store, INDEX)
    walk = _Walk(store)
    _walk_index(walk, document, (), 0)
    others = ", ".join(dict.fromkeys(walk.others))
    if not walk.found and walk.old is not None:
        raise walk.old
    if not walk.found:
        if others:
            raise UnsupportedImageError(f"{document.where} lists no container image but {others}")
        raise NotAnImageError(f"{document.where} lists no image")
    notes = (Note("other-artifacts", f"{document.where} lists more than images: {others}"),) if others else ()
    return [_attested(walk, candidate) for candidate in walk.found], notes


def _walk_index(walk: _Walk, document: Json, above: tuple[str, ...], depth: int) -> None:
    """Go through one index; `above` holds the digests and names that lead to it."""
    if depth > MAX_DEPTH:
        raise LimitError(f"{document.where} is {depth} indexes deep; {MAX_DEPTH} are read")
    if "layers" in document.fields() and "manifests" in document.fields():  # CVE-2021-41190
        raise DamagedImageError(f"{document.where} claims to be an index and an image at once")
    listed = document["manifests"]
    walk.count += len(listed.value) if isinstance(listed.value, list) else 0
    if walk.count > MAX_IMAGES:
        raise LimitError(f"{walk.store.name} lists more than {MAX_IMAGES:,} manifests")
    for descriptor in listed.items():
        if _is_attestation(descriptor):
            _note_attestation(walk, descriptor)
        else:
            _walk_descriptor(walk, descriptor, above, depth)


def _note_attestation(walk: _Walk, descriptor: Json) -> None:
    with contextlib.suppress(DamagedImageError):  # no image depends on it
        about, digest = descriptor["annotations"][_ATTESTED].text(), descriptor["digest"].digest()
        walk.attestations.setdefault(about, []).append(digest)


def _attested(walk: _Walk, candidate: Candidate) -> Candidate:
    about = walk.attestations.get(candidate.manifest_digest or "", [])
    return replace(candidate, attested_by=tuple(dict.fromkeys(about))) if about else candidate


def _walk_descriptor(walk: _Walk, descriptor: Json, above: tuple[str, ...], depth: int) -> None:
    digest = descriptor["digest"].digest()
    path = blob_path(digest)
    names = tuple(name for key in _NAMES if (name := descriptor["annotations"][key].text())) or above
    if walk.store.size_of(path) is None:
        walk.found.append(Candidate("", (), names, manifest_digest=digest, absent=path, platform=_platform(descriptor)))
        return
    if digest in walk.seen:  # one image under several names
        walk.found = [_renamed(known, names) if known.manifest_digest == digest else known for known in walk.found]
        return
    walk.seen.add(digest)
    document = read_json(walk.store, path)
    fields = document.fields()
    if "manifests" in fields:
        _walk_index(walk, document, names, depth + 1)
    elif "config" in fields or "layers" in fields:
        _add_image(walk, descriptor, document, names)
    elif document["schemaVersion"].value == 1 or "fsLayers" in fields:
        walk.old = walk.old or schema_1(document.where)
        walk.others.append("an image of schema 1")
    else:
        walk.others.append(descriptor["mediaType"].text() or "a document of unknown type")


def _add_image(walk: _Walk, descriptor: Json, document: Json, names: tuple[str, ...]) -> None:
    config_type = document["config"]["mediaType"].text()
    artifact = document["artifactType"].text()
    if config_type not in _CONFIG_TYPES or artifact:
        walk.others.append(artifact or config_type)
        return
    digest = descriptor["digest"].digest()
    lenient = Lenient()
    annotations = lenient.mapping(document["annotations"])
    candidate = Candidate(
        config_path=blob_path(document["config"]["digest"].digest()),
        layers=tuple(_layer(layer) for layer in layers_of(document["layers"])),
        tags=names,
        manifest_digest=digest,
        platform=_platform(descriptor),
        annotations=annotations,
        notes=(*_alteration(walk.store, descriptor), *lenient.notes),
    )
    walk.found.append(check_presence(candidate, walk.store))


def _renamed(candidate: Candidate, names: tuple[str, ...]) -> Candidate:
    return replace(candidate, tags=tuple(dict.fromkeys((*candidate.tags, *names))))


def _layer(descriptor: Json) -> LayerRef:
    digest = descriptor["digest"].digest()
    media_type = descriptor["mediaType"].text() or None
    return LayerRef(
        path=blob_path(digest),
        digest=digest,
        media_type=media_type,
        size_bytes=descriptor["size"].size(),
        foreign=is_foreign(media_type) or bool(descriptor["urls"].items()),
    )


def _alteration(store: Store, descriptor: Json) -> tuple[Note, ...]:
    """Compare a manifest with its digest: it is small, and everything else hangs on it."""
    digest = descriptor["digest"].digest()
    algorithm, _colon, expected = digest.partition(":")
    actual = hashlib.new(algorithm, store.read(blob_path(digest))).hexdigest()
    if actual == expected:
        return ()
    text = f"{label(store, blob_path(digest))} is not what its name says: {algorithm}:{actual}"
    return (Note("digest-mismatch", text),)


def _is_attestation(descriptor: Json) -> bool:
    """Recognise BuildKit's provenance and SBOM manifests, which stand in the index beside the images."""
    annotations = descriptor["annotations"]
    return annotations[_ATTESTATION].text() == "attestation-manifest" or _platform(descriptor) == "unknown/unknown"


def _platform(descriptor: Json) -> str:
    platform = descriptor["platform"]
    parts = (platform["os"].text(), platform["architecture"].text(), platform["variant"].text())
    return "/".join(part for part in parts if part)
