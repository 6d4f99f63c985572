"""Which of the images in an archive is meant, and making a `RawImage` of it.

Owns the choice by tag and platform, what is said about the ones not chosen, and the checks that hold for every
layout. Knows nothing of how a layout names its files: `dockersave.py` and `oci.py` make the candidates.
"""

import hashlib
import platform as machine
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from layerscope.errors import DamagedImageError, ImageError, ImageNotFoundError, LimitError, UnsupportedImageError
from layerscope.model.image import Compression, Digest, LayerBlob, Note, RawImage
from layerscope.sources.attestations import read_attestations
from layerscope.sources.base import Request
from layerscope.sources.imageconfig import ConfigDocument, read_config
from layerscope.sources.store import LayerRef, Store, label, make_layer, missing, read_json

MAX_LAYERS = 1_000
"""Docker builds at most 127."""
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386", "i386": "386"}


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


def is_foreign(media_type: str | None) -> bool:
    """Say whether a layer's bytes may be missing on purpose (image-spec layer.md, non-distributable layers)."""
    return media_type is not None and ("foreign" in media_type or "nondistributable" in media_type)


def check_presence(candidate: Candidate, store: Store) -> Candidate:
    """Find out whether all files of a candidate are there."""
    needed = [candidate.config_path, *(layer.path for layer in candidate.layers if not layer.foreign)]
    return replace(candidate, absent=next((path for path in needed if store.size_of(path) is None), None))


def choose(candidates: Sequence[Candidate], store: Store, request: Request) -> tuple[Candidate, tuple[Note, ...]]:
    """Pick the image that `--tag` and `--platform` ask for, or the most likely one with a note on the others."""
    left = list(candidates)
    if request.tag is not None:
        left = [one for one in left if _has_name(one, request.tag)]
        if not left:
            raise _nothing(store, f"no image called {request.tag}", [_title(one) for one in candidates], "--tag")
    if request.platform is not None:
        platforms = [(one, _platform(one, store)) for one in left]
        left = [one for one, found in platforms if _fits(found, request.platform)]
        if not left:
            found = [found for _one, found in platforms]
            raise _nothing(store, f"no image for {request.platform}", found, "--platform")
    there = [one for one in left if one.absent is None]
    if not there:
        raise missing(store, left[0].absent or "")
    chosen, notes = _preferred(there, store, request)
    if hidden := [one.platform or _title(one) for one in left if one.absent is not None]:
        # Docker saves the whole index of an image that it pulled for one platform (moby/moby#49473).
        notes.append(Note("not-in-archive", f"listed, with files that are not in the archive: {_listed(hidden)}"))
    return chosen, tuple(notes)


def _preferred(there: list[Candidate], store: Store, request: Request) -> tuple[Candidate, list[Note]]:
    """Choose among images that are all there, and all that was asked for."""
    notes: list[Note] = []
    images = {(one.config_path, tuple(layer.path for layer in one.layers)) for one in there}
    if len(images) == 1:
        return replace(there[0], tags=tuple(dict.fromkeys(tag for one in there for tag in one.tags))), notes
    first = there[0]
    siblings = [one for one in there if set(one.tags) == set(first.tags)]
    platforms = {_platform(one, store): one for one in reversed(siblings)}
    if len(siblings) > 1 and len(platforms) > 1 and request.platform is None:
        name = machine.machine().lower()
        here = f"linux/{_MACHINES.get(name, name)}"
        chosen = next((found for found in platforms if _fits(found, here)), _platform(first, store))
        others = ", ".join(sorted(found or "unknown" for found in platforms if found != chosen))
        text = f"the image for {chosen} of several; others: {others} (choose with --platform)"
        notes.append(Note("several-platforms", text))
        first = platforms[chosen]
    strangers = [one for one in there if set(one.tags) != set(first.tags)]
    if strangers or len(siblings) > len(platforms):
        others = _listed([_title(one) for one in strangers or siblings if one is not first])
        notes.append(
            Note("several-images", f"{_title(first)} of {len(there)} images; others: {others} (choose with --tag)")
        )
    return first, notes


def build(candidate: Candidate, store: Store, request: Request, source: str) -> RawImage:
    """Read the configuration and make every layer of the chosen image."""
    document = read_json(store, candidate.config_path)
    config = read_config(document)
    image_id = Digest("sha256:" + hashlib.sha256(store.read(candidate.config_path)).hexdigest())
    if len(candidate.layers) > MAX_LAYERS:
        raise LimitError(f"{store.name}: {len(candidate.layers):,} layers; {MAX_LAYERS:,} are read")
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
        layers=tuple(_layer(ref, store) for ref in refs),
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


def _layer(ref: LayerRef, store: Store) -> LayerBlob:
    name = label(store, ref.path)
    size_bytes = store.size_of(ref.path)
    if size_bytes is None:
        reason = "its bytes are not distributed with the image (foreign layer)"
        return replace(make_layer(ref, name, ref.size_bytes or 0, Compression.NONE), absent_reason=reason)
    if ref.media_type is not None and ref.media_type.endswith("+encrypted"):
        raise UnsupportedImageError(f"{name} is encrypted", hint="decrypt the image with the tool that made it")
    if ref.size_bytes is not None and ref.size_bytes != size_bytes:
        raise DamagedImageError(f"{name} has {size_bytes:,} bytes where its manifest says {ref.size_bytes:,}")
    return store.layer(ref)


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


def _platform(candidate: Candidate, store: Store) -> str:
    if candidate.platform or not candidate.config_path:
        return candidate.platform
    try:
        return read_config(read_json(store, candidate.config_path)).platform
    except ImageError:  # the choice must not fail over an image that may not be chosen
        return ""


def _fits(found: str, wanted: str) -> bool:
    """Compare `os/arch[/variant]`; a wish without variant fits every variant."""
    return found == wanted or found.startswith(wanted + "/")


def _has_name(candidate: Candidate, wanted: str) -> bool:
    names = set(candidate.tags) | {_full_name(tag) for tag in candidate.tags}
    if wanted in names or _full_name(wanted) in names or any(tag.endswith(f":{wanted}") for tag in candidate.tags):
        return True
    wanted_hex = wanted.removeprefix("sha256:")
    digests = (candidate.manifest_digest or "", candidate.config_path.rpartition("/")[2])
    return len(wanted_hex) >= 7 and any(digest.removeprefix("sha256:").startswith(wanted_hex) for digest in digests)


def _full_name(name: str) -> str:
    """Complete a name as Docker does: `alpine` is `docker.io/library/alpine:latest`."""
    if ":" not in name.rpartition("/")[2]:
        name += ":latest"
    first, slash, _rest = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in first or ":" in first or first == "localhost" else f"docker.io/{name}"


def _full_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out bare tags where full names say the same."""
    return tuple(tag for tag in tags if ":" in tag or "/" in tag) or tags


def _title(candidate: Candidate) -> str:
    if candidate.tags:
        return candidate.tags[0]
    digest = candidate.manifest_digest or candidate.config_path.rpartition("/")[2]
    return digest.removeprefix("sha256:")[:12] or "an image without a name"


def _listed(names: Sequence[str]) -> str:
    shown = list(dict.fromkeys(name or "unknown" for name in names))
    return ", ".join(shown[:10]) + (f" and {len(shown) - 10} more" if len(shown) > 10 else "")


def _nothing(store: Store, what: str, there: Sequence[str], option: str) -> ImageNotFoundError:
    return ImageNotFoundError(f"{store.name} holds {what}", hint=f"it holds {_listed(there)}; choose with {option}")
