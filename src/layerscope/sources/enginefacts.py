"""What an engine's API says of an image, before any of its bytes have come.

Owns turning `GET /images/NAME/json` and `…/history` (Docker Engine API) into a preliminary `RawImage`, so that its
layers can be listed while they stream. Knows nothing of sockets and streams; the real configuration comes with them.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from layerscope.frozen import dataclass
from layerscope.model.image import Digest, HistoryRecord, LayerBlob, RawImage
from layerscope.sources.imageconfig import read_container_config
from layerscope.sources.manifest import Json, Lenient

_NO_LAYER = ("ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL",
             "STOPSIGNAL", "USER", "VOLUME")  # fmt: skip


def preliminary_image(reference: str, source: str, inspected: object, history: object) -> RawImage:
    """Describe an image by what the engine says of it; layers have names and sizes, and cannot be opened yet."""
    lenient = Lenient()
    facts = lenient.object(Json(inspected, f"{source}: inspect"))
    records, sizes = _history(Json(history, f"{source}: history"), lenient)
    diff_ids = lenient.texts(lenient.object(facts["RootFS"])["Layers"])
    # The API does not say which records made a layer; sizes are shown only where a count of them fits.
    sizes = sizes if len(sizes) == len(diff_ids) else [0] * len(diff_ids)
    return RawImage(
        reference=reference,
        source=source,
        layers=tuple(
            LayerBlob(name=f"{source}: layer {index}", diff_id=Digest(diff_id), stored_bytes=size)
            for index, (diff_id, size) in enumerate(zip(diff_ids, sizes, strict=True))
        ),
        image_id=Digest(lenient.text(facts["Id"])),
        tags=lenient.texts(facts["RepoTags"]),
        os=lenient.text(facts["Os"]),
        architecture=lenient.text(facts["Architecture"]),
        variant=lenient.text(facts["Variant"]),
        created=lenient.text(facts["Created"]) or None,
        author=lenient.text(facts["Author"]),
        config=read_container_config(lenient.object(facts["Config"]), lenient),
        history=records,
    )


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the platforms that an engine has of an image (Docker since 28, with the containerd image store)."""

    platform: str
    content_bytes: int
    """What its blobs take; about the length of its export."""
    available: bool
    """All its blobs are there. Layers that were unpacked for another image are not fetched (moby/moby#49473)."""


def variants(inspected: object) -> tuple[Variant, ...]:
    """List the platforms whose bytes are there; none where the engine keeps one image a name."""
    return tuple(one for one in _variants(inspected) if one.available)


def only_unpacked(inspected: object) -> bool:
    """Say whether the engine has the image to run it only: not all blobs, of which an export is made, are there."""
    found = _variants(inspected)
    return bool(found) and not any(one.available for one in found)


def _variants(inspected: object) -> list[Variant]:
    lenient = Lenient()
    found = []
    for item in lenient.items(lenient.object(Json(inspected, "inspect"))["Manifests"]):
        manifest = lenient.object(item)
        if lenient.text(manifest["Kind"]) == "image":
            platform = lenient.object(lenient.object(manifest["ImageData"])["Platform"])
            parts = (lenient.text(platform[name]) for name in ("os", "architecture", "variant"))
            size = lenient.number(lenient.object(manifest["Size"])["Content"])
            text = "/".join(part for part in parts if part)
            found.append(Variant(text, size or 0, lenient.truth(manifest["Available"])))
    return found


def total_bytes(inspected: object, platform: str) -> int | None:
    """Estimate the length of an export: what the blobs take, or the engine's own size of the image.

    With the containerd image store the latter counts blobs and unpacked files together.
    """
    blobs = [one.content_bytes for one in variants(inspected) if one.platform == platform]
    return max(blobs, default=0) or Lenient().number(Json(inspected, "inspect")["Size"]) or None


def same_image(one: object, other: object) -> bool:
    """Say whether two engines mean the same image. Their IDs differ where one keeps images as containerd does."""
    first, second = (preliminary_image("", "", inspected, []) for inspected in (one, other))
    if first.image_id == second.image_id:
        return True
    layers = [blob.diff_id for blob in first.layers]
    return layers == [blob.diff_id for blob in second.layers] and all(
        getattr(first, name) == getattr(second, name) for name in ("created", "os", "architecture", "author", "config")
    )


def base_among(diff_ids: Sequence[str | None], others: Iterable[object]) -> tuple[int, str] | None:
    """Find the image that another one stands on: of those whose layers are its first ones, the one with the most.

    `others` are what the engine says of its other images, of any shape. Returns the number of layers and a tag.
    """
    best: tuple[int, str] | None = None
    for inspected in others:
        lenient = Lenient()
        facts = lenient.object(Json(inspected, "inspect"))
        layers = lenient.texts(lenient.object(facts["RootFS"])["Layers"])
        tags = [tag for tag in lenient.texts(facts["RepoTags"]) if not tag.startswith("<none>")]
        count = len(layers)
        if tags and 0 < count < len(diff_ids) and list(diff_ids[:count]) == list(layers):
            best = max(best or (0, ""), (count, min(tags)))
    return best


def _history(node: Json, lenient: Lenient) -> tuple[tuple[HistoryRecord, ...], list[int]]:
    """Read the records, oldest first, and the sizes of those that probably made a layer."""
    records: list[HistoryRecord] = []
    sizes = []
    for index, item in enumerate(reversed(lenient.items(node))):
        record = lenient.object(item)
        created_by, size = lenient.text(record["CreatedBy"]), lenient.number(record["Size"]) or 0
        empty = not size and _makes_no_layer(created_by)
        if not empty:
            sizes.append(size)
        records.append(
            HistoryRecord(
                index=index,
                created=_time(lenient.number(record["Created"])),
                created_by=created_by,
                comment=lenient.text(record["Comment"]),
                author="",
                empty=empty,
            )
        )
    return tuple(records), sizes


def _makes_no_layer(created_by: str) -> bool:
    words = created_by.partition("#(nop)")[2].split() or created_by.split()
    return bool(words) and words[0] in _NO_LAYER


def _time(seconds: int | None) -> str | None:
    """Write Unix time as RFC 3339."""
    try:
        return datetime.fromtimestamp(seconds or 0, UTC).isoformat().replace("+00:00", "Z") if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
