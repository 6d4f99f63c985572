"""Attestations: in-toto statements that BuildKit keeps beside an image, in manifests of their own.

Owns finding the statements in such a manifest (buildkit docs/attestations/attestation-storage.md) and reading one when
it is asked for. Does not know what a statement says: `history/provenance.py` does. Nothing of an image depends on
them, so that one that is missing or odd is left out, and said only to who reads it.
"""

from collections.abc import Iterable

from layerscope.errors import DamagedImageError, ImageError
from layerscope.model.image import Attestation, Digest
from layerscope.sources.manifest import Json
from layerscope.sources.store import Store, blob_path, read_json

MAX_ATTESTATIONS = 100
"""Of one image; BuildKit writes two or three."""
_MEDIA_TYPE = "application/vnd.in-toto+json"
_PREDICATE = "in-toto.io/predicate-type"


def read_attestations(manifests: Iterable[Digest], store: Store) -> tuple[Attestation, ...]:
    """List the statements of attestation manifests; what cannot be understood is none."""
    found: list[Attestation] = []
    for digest in manifests:
        try:
            layers = read_json(store, blob_path(digest))["layers"].at_most(MAX_ATTESTATIONS, "statements")
        except ImageError:
            continue
        found += (one for layer in layers if (one := _attestation(layer, store)) is not None)
    return tuple(found[:MAX_ATTESTATIONS])


def _attestation(layer: Json, store: Store) -> Attestation | None:
    try:
        if layer["mediaType"].text() != _MEDIA_TYPE:
            return None
        digest = layer["digest"].digest()
        size_bytes = store.size_of(blob_path(digest))
        predicate_type = layer["annotations"][_PREDICATE].text()
    except DamagedImageError:
        return None
    if size_bytes is None:
        return None
    return Attestation(predicate_type, digest, size_bytes, read=lambda: read_json(store, blob_path(digest)).value)
