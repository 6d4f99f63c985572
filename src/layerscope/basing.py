"""How many of an image's layers are its base's: by what is written in the image, or by what the user says.

Owns reading the base image that the user names, no further than its list of layers.
"""

import contextlib

from layerscope.errors import ImageError, UsageError
from layerscope.frozen import replace
from layerscope.model.files import LayerTable
from layerscope.model.history import Step
from layerscope.model.image import Digest, Note, ProgressCallback, RawImage


def base_of(
    raw: RawImage, steps: tuple[Step, ...], named: str | None, progress: ProgressCallback
) -> tuple[int | None, tuple[Note, ...]]:
    """Say how many layers are the base's, and by what; `named` is what the user says: a number, or an image."""
    from layerscope.history.baselayers import base_layers

    if named is None:
        return base_layers(raw, steps)
    return named_base(named, raw, progress), ()


def named_base(base: str, raw: RawImage, progress: ProgressCallback) -> int:
    """Count the layers of the base that the user named; raises `UsageError` when it is no base of the image."""
    if base.isascii() and base.isdigit():
        count = int(base[:9])
        if count > len(raw.layers) or len(base) > 9:
            layers = f"{len(raw.layers)} layer{'s' * (len(raw.layers) != 1)}"
            raise UsageError(f"--base {base[:20]}: the image has {layers}")
        return count
    ours = [blob.diff_id for blob in raw.layers]
    theirs = _diff_ids(base, raw.platform, tuple(one for one in ours if one is not None), progress)
    if None in theirs or not theirs or ours[: len(theirs)] != theirs:
        same = next(
            (index for index, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
            min(len(ours), len(theirs)),
        )
        raise UsageError(f"{base} is not the base of {raw.reference}: they differ from layer {same} on")
    return len(theirs)


def _diff_ids(
    reference: str, platform: str, base_of: tuple[Digest, ...], progress: ProgressCallback
) -> list[Digest | None]:
    """Read which layers an image has, and nothing else; of several images, of the one that `base_of` is built on."""
    from layerscope.sources.base import Request
    from layerscope.sources.registry import open_image

    class _EnoughError(Exception):
        """The layers are known; what an engine would send now is not needed."""

    found: list[Digest | None] = []

    def ready(image: RawImage) -> None:
        found[:] = [blob.diff_id for blob in image.layers]
        raise _EnoughError

    request = Request(
        reference,
        lambda _stream, _name: LayerTable(),
        base_of=base_of,
        progress=progress,
        image_ready=ready,
    )
    with contextlib.suppress(_EnoughError):
        try:
            open_image(replace(request, platform=platform or None))
        except ImageError:  # it may not say its platform, or say it in more words
            open_image(request)
    return found
