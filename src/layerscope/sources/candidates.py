"""The images that an archive lists, and making a `RawImage` of the one that is meant.

Owns the checks that hold for every layout. Knows nothing of how a layout names its files (`dockersave.py` and `oci.py`
make the candidates), nor of which one is meant (`choosing.py`).
"""

import hashlib
from collections.abc import Mapping

from layerscope.errors import DamagedImageError, ImageError, LimitError, UnsupportedImageError
from layerscope.frozen import dataclass, field, replace
from layerscope.model.image import Compression, Digest, LayerBlob, Note, RawImage
from layerscope.sources.attestations import read_attestations
from layerscope.sources.base import Request
from layerscope.sources.imageconfig import ConfigDocument, read_config
from layerscope.sources.manifest import Json
from layerscope.sources.store import LayerRef, Store, label, make_layer, read_json

MAX_LAYERS = 1_000
"""Docker builds at most 127."""
MAX_IMAGES = 1_000
"""Of one archive or layout: indexes and attestations included."""
MAX_CONFIG_BYTES = 64 * 1024 * 1024
"""Of all configurations that are read to choose among images."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image that a manifest lists."""

    config_path: str
    """"" when the manifest itself is not there."""
    layers: tuple[LayerRef, ...]
    tags: tuple[str, ...] = ()
    """Full names first, then bare tags."""
    manifest_digest: Digest | None = None
    absent: str | None = None
    """Path of the first file that the image needs and that is not there."""
    platform: str = ""
    """As the index says; "" to ask the configuration."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    attested_by: tuple[Digest, ...] = ()
    """Attestation manifests that say they are about this image."""


class Configs:
    """Platforms and diff IDs of a store's images, each configuration being read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[str, tuple[Digest, ...]]] = {}
        self._read_bytes = 0

    def platform(self, path: str) -> str:
        """Say `os/arch[/variant]`; "" where the configuration cannot be read: that matters if it is chosen."""
        return self._brief(path)[0]

    def diff_ids(self, path: str) -> tuple[Digest, ...]:
        """List the layers' digests; none where the configuration cannot be read."""
        return self._brief(path)[1]

    def _brief(self, path: str) -> tuple[str, tuple[Digest, ...]]:
        if path not in self._known:
            self._read_bytes += self._store.size_of(path) or 0
            if self._read_bytes > MAX_CONFIG_BYTES:
                raise LimitError(
                    f"{self._store.name}: the configurations of its images have more than {MAX_CONFIG_BYTES:,} bytes",
                    hint="choose with --tag",
                )
            try:
                config = read_config(read_json(self._store, path))
                self._known[path] = config.platform, config.diff_ids
            except ImageError:
                self._known[path] = "", ()
        return self._known[path]


def is_foreign(media_type: str | None) -> bool:
    """Say whether a layer's bytes may be missing on purpose (image-spec layer.md, non-distributable layers)."""
    return media_type is not None and ("foreign" in media_type or "nondistributable" in media_type)


def layers_of(node: Json) -> list[Json]:
    """Give the layers that a manifest lists."""
    return node.at_most(MAX_LAYERS, "layers")


def schema_1(where: str) -> UnsupportedImageError:
    """Make the error for a manifest that Docker wrote until 2017."""
    return UnsupportedImageError(
        f"{where} is a manifest of schema 1, which layerscope does not read",
        hint="re-save it: skopeo copy --format oci SOURCE oci-archive:image.tar",
    )


def check_presence(candidate: Candidate, store: Store) -> Candidate:
    """Find out whether all files of a candidate are there."""
    needed = [candidate.config_path, *(layer.path for layer in candidate.layers if not layer.foreign)]
    return replace(candidate, absent=next((path for path in needed if store.size_of(path) is None), None))


def is_there_in_part(candidate: Candidate, store: Store) -> bool:
    """Say whether some layer of a candidate is there, and what is needed to know which."""
    if not candidate.config_path or store.size_of(candidate.config_path) is None:
        return False
    return any(store.size_of(layer.path) is not None for layer in candidate.layers)


def build(candidate: Candidate, store: Store, request: Request, source: str) -> RawImage:
    """Read the configuration and make every layer of the chosen image."""
    document = read_json(store, candidate.config_path)
    config = read_config(document)
    image_id = Digest("sha256:" + hashlib.sha256(store.read(candidate.config_path)).hexdigest())
    refs, notes = _with_diff_ids(candidate.layers, config, document.where)
    if image_id.removeprefix("sha256:") not in candidate.config_path and _names_a_digest(candidate.config_path):
        notes += (
            Note("digest-mismatch", f"{label(store, candidate.config_path)} is not what its name says: {image_id}"),
        )
    if not store.complete:
        notes += (Note("no-end-marker", f"{store.name} ends without the marker that ends a tar; the image is whole"),)
    return RawImage(
        reference=request.reference,
        source=source,
        layers=_layers(refs, store),
        image_id=image_id,
        tags=_full_tags(candidate.tags),
        os=config.os,
        architecture=config.architecture,
        variant=config.variant,
        created=config.created,
        author=config.author,
        config=config.config,
        history=config.history,
        annotations=candidate.annotations,
        notes=(*candidate.notes, *config.notes, *notes),
        attestations=read_attestations(candidate.attested_by, store),
    )


def _layers(refs: tuple[LayerRef, ...], store: Store) -> tuple[LayerBlob, ...]:
    """Make every layer; one that is damaged is absent with its reason, as long as there is another that is not."""
    layers: list[LayerBlob] = []
    first: ImageError | None = None
    for ref in refs:
        name = label(store, ref.path)
        reason = None
        try:
            layers.append(_layer(ref, store, name))
        except (DamagedImageError, UnsupportedImageError) as error:
            first = first or error
            reason = error.message
        if reason is not None:
            size_bytes = store.size_of(ref.path) or ref.size_bytes or 0
            layers.append(_absent(ref, name, size_bytes, reason))
    if first is not None and all(layer.absent_reason is not None for layer in layers):
        raise first
    return tuple(layers)


def _layer(ref: LayerRef, store: Store, name: str) -> LayerBlob:
    size_bytes = store.size_of(ref.path)
    if size_bytes is None:
        reason = "its bytes are not distributed with the image (foreign layer)"
        return _absent(ref, name, ref.size_bytes or 0, reason if ref.foreign else f"{name} is not there")
    if ref.media_type is not None and ref.media_type.endswith("+encrypted"):
        raise UnsupportedImageError(f"{name} is encrypted", hint="decrypt the image with the tool that made it")
    if ref.size_bytes is not None and ref.size_bytes != size_bytes:
        raise DamagedImageError(f"{name} has {size_bytes:,} bytes where its manifest says {ref.size_bytes:,}")
    return store.layer(ref)


def _absent(ref: LayerRef, name: str, size_bytes: int, reason: str) -> LayerBlob:
    return replace(make_layer(ref, name, size_bytes, Compression.NONE), table=None, absent_reason=reason)


def _with_diff_ids(
    refs: tuple[LayerRef, ...], config: ConfigDocument, where: str
) -> tuple[tuple[LayerRef, ...], tuple[Note, ...]]:
    if len(config.diff_ids) == len(refs):
        return tuple(replace(ref, diff_id=diff_id) for ref, diff_id in zip(refs, config.diff_ids, strict=True)), ()
    text = f"{where} has {len(config.diff_ids)} diff IDs for {len(refs)} layers; they are not assigned"
    return refs, (Note("diff-ids-mismatch", text),)


def _names_a_digest(path: str) -> bool:
    stem = path.rpartition("/")[2].removeprefix("sha256:").removesuffix(".json")
    return len(stem) == 64 and all(char in "0123456789abcdef" for char in stem)


def _full_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out bare tags where full names say the same."""
    return tuple(tag for tag in tags if ":" in tag or "/" in tag) or tags
