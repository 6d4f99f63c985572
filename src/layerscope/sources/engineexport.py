"""An image on its way out of an engine: fetched where it has to be, announced, streamed, and read as it passes.

Owns the order of these steps, and what is said when the engine breaks off. Knows nothing of how engines are reached,
nor of what is in the stream: `archive.py` reads it like any archive.
"""

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from layerscope.errors import (
    AmbiguousImageError,
    Choice,
    DamagedImageError,
    EngineError,
    ImageError,
)
from layerscope.frozen import replace
from layerscope.model.image import Note, RawImage
from layerscope.sources.archive import open_store, pass_through
from layerscope.sources.base import Request
from layerscope.sources.blobs import buffered
from layerscope.sources.engineclient import Client, Found, NoAnswerError
from layerscope.sources.enginefacts import base_among, only_unpacked, preliminary_image, total_bytes, variants
from layerscope.sources.export import ExportStream
from layerscope.sources.metering import Metered
from layerscope.sources.outertar import drain
from layerscope.sources.pulling import Pull
from layerscope.sources.waiting import patiently

_ERROR_IN_STREAM = b'{"errorDetail":'


def export(found: Found, request: Request, notes: tuple[Note, ...] = ()) -> RawImage:
    """Stream an image out of its engine, scanning its layers as they pass; `notes` are added to its own.

    `request.image_ready` gets the image as the engine describes it, with all diff IDs, before a byte is asked for.
    """
    request, variant_notes = _one_platform(found, request)
    variant = _variant(found, request)
    try:
        history = patiently(lambda: found.client.history(found.image_id, variant), _waiting(request))
    except NoAnswerError as error:
        raise _broke_off(found, request, error.text) from error
    first = preliminary_image(request.reference, found.engine, found.inspected, history)
    request.image_ready(first)
    image = request.recall(found.place, first, lambda: _exported(found, first, request))
    # Saved by ID, an image has no name in its archive.
    image = replace(image, reference=request.reference, source=found.engine, tags=first.tags or image.tags)
    image = replace(image, notes=(*notes, *variant_notes, *image.notes))
    request.image_ready(image)
    return image


def _exported(found: Found, first: RawImage, request: Request) -> RawImage:
    """Have the engine send the image, and look for its base meanwhile: some prepare for a minute before they send."""
    target, variant = _export_name(request.reference, found.inspected), _variant(found, request)
    with ExportStream(lambda: found.client.export(target, variant)) as stream:
        base = patiently(lambda: _base(found, first), _waiting(request))
        request.meanwhile()
        image = _read(stream, found, request, total_bytes(found.inspected, first.platform))
    return image if base is None else _on_base(image, *base)


def pull(engine: str, client: Client, request: Request) -> dict[str, Any]:
    """Have an engine fetch an image, and give its description of it."""
    name = f"{engine} pull {request.reference}"
    try:
        with ExportStream(lambda: client.pull(request.reference, request.platform)) as stream:
            pulling = Pull(name, request.progress)
            stream.waiting = pulling.report
            pulling.follow(io.BufferedReader(stream))
        return patiently(lambda: client.inspect(request.reference, request.platform), _waiting(request))
    except NoAnswerError as error:
        raise EngineError(f"{name} failed: {error.text}") from error


def _waiting(request: Request) -> Callable[[], None]:
    return lambda: request.progress("waiting for the engine", 0, None)


def _variant(found: Found, request: Request) -> str | None:
    """Say which platform the engine has to be told, if it has several."""
    return request.platform if len(variants(found.inspected)) > 1 else None


def _one_platform(found: Found, request: Request) -> tuple[Request, tuple[Note, ...]]:
    """Settle which platform is meant where the engine has several of one image."""
    platforms = [one.platform for one in variants(found.inspected)]
    if request.platform is not None or len(platforms) < 2:
        return request, ()
    chosen = preliminary_image("", "", found.inspected, []).platform
    others = [one for one in platforms if one != chosen]
    if request.ask:
        raise AmbiguousImageError(
            f"{found.place} has {request.reference} for {len(platforms)} platforms",
            choices=(chosen, *others),
            candidates=tuple(Choice(one, "platform", one) for one in (chosen, *others)),
            hint="choose with --platform",
        )
    text = f"the image for {chosen} of several; others: {', '.join(sorted(others))} (choose with --platform)"
    return replace(request, platform=chosen), (Note("several-platforms", text),)


def _base(found: Found, first: RawImage) -> tuple[int, str] | None:
    """Look for the base among the engine's other images; nothing where it will not say: it is for a score."""
    with suppress(NoAnswerError):
        return base_among([blob.diff_id for blob in first.layers], found.client.others(found.image_id))
    return None


def _on_base(image: RawImage, count: int, tag: str) -> RawImage:
    many = f"whose layers are the first {count} of this image" if count > 1 else "1 layer"
    note = Note("base-known", f"the base is {tag}, {many}")
    return replace(image, base_layer_count=count, notes=(*image.notes, note))


def _read(stream: ExportStream, found: Found, request: Request, estimate: int | None) -> RawImage:
    name = f"export of {request.reference}"
    meter = Metered(stream, "export", estimate, request.progress)

    def waiting() -> None:
        if stream.begun:
            meter.report()
        else:
            request.progress("waiting for the engine", 0, estimate)

    stream.waiting = waiting
    with buffered(meter) as metered:
        try:
            store = pass_through(metered, name, request, to_its_end=False)
            if not stream.ends_alone:
                drain(metered, name)
            image = open_store(store, request)
        except NoAnswerError as error:
            raise _broke_off(found, request, error.text) from error
        except DamagedImageError as error:
            with suppress(DamagedImageError, NoAnswerError):
                drain(metered, name)  # it may say why
            raise _ended_early(stream, found, request, error) from error
        meter.finish()
        if stream.ends_alone:
            stream.release()
        return image


def _ended_early(stream: ExportStream, found: Found, request: Request, error: DamagedImageError) -> ImageError:
    """Say why an export is no whole archive: engines write what went wrong at the end of what they sent."""
    said = stream.tail.partition(_ERROR_IN_STREAM)
    if said[1]:
        text = (said[1] + said[2]).decode(errors="replace").strip()
        return EngineError(f"{found.place} could not export {request.reference}: {text}")
    if only_unpacked(found.inspected):
        return EngineError(
            f"{found.place} has {request.reference} unpacked, but not all of its blobs, and cannot export it",
            hint="its layers came with another image: remove both and fetch this one again, or save the other",
        )
    return EngineError(f"{found.place} broke off: {error.message}", hint="try again")


def _broke_off(found: Found, request: Request, text: str) -> EngineError:
    return EngineError(f"{found.place} broke off the export of {request.reference}: {text}", hint="try again")


def _export_name(reference: str, inspected: dict[str, Any]) -> str:
    """Choose what to ask for: the full name, as a bare one would export all its tags; else the ID."""
    tags = inspected.get("RepoTags") or []
    wanted = {reference, f"{reference}:latest"}
    return next((tag for tag in tags if tag in wanted), str(inspected.get("Id") or reference))
