"""Where the base image ends, as far as the image itself says so. Never a guess: unknown stays unknown.

What is believed: the run image's top layer in a buildpacks label (buildpacks platform spec, "Labels"), and buildah's
and podman's history, where the first step on a base has the comment `FROM <name of the base>` and every further step
`FROM <id>`. An annotation with the base's name (image-spec annotations.md) does not say how many layers it has.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from layerscope.model.history import Step
from layerscope.model.image import Note, RawImage
from layerscope.patterns import regex

_BUILDPACKS = "io.buildpacks.lifecycle.metadata"
_BASE_NAME = "org.opencontainers.image.base.name"
_INTERMEDIATE = regex(r"[0-9a-f]{12,64}")


def base_layers(raw: RawImage, steps: Sequence[Step]) -> tuple[int | None, tuple[Note, ...]]:
    """Say how many of the layers are the base image's, and by what; None with what to do when nothing says it."""
    if raw.base_layer_count is not None:
        return min(raw.base_layer_count, len(raw.layers)), ()
    count = _of_buildpacks(raw)
    if count is not None:
        return count, (Note("base-known", f"the base is the run image of the buildpacks: {_layers(count)}"),)
    count, name = _of_buildah(steps)
    if count is not None:
        return count, (Note("base-known", f"the base is {name}, as the history says: {_layers(count)}"),)
    named = raw.annotations.get(_BASE_NAME)
    told = f" (it is {named})" if named else ""
    return None, (
        Note("base-unknown", f"which layers are the base image's is not known{told}: say it with --base N or IMAGE"),
    )


def _layers(count: int) -> str:
    return f"{count} layer{'s' * (count != 1)}"


def _of_buildpacks(raw: RawImage) -> int | None:
    text = raw.config.labels.get(_BUILDPACKS, "")
    try:
        metadata: Any = json.loads(text) if text else {}
        top = metadata["runImage"]["topLayer"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    found = [index for index, blob in enumerate(raw.layers) if blob.diff_id == top]
    return found[-1] + 1 if found else None


def named_base(steps: Sequence[Step], known: int | None, annotations: Mapping[str, str]) -> tuple[str, int]:
    """Give the name of the FROM image and how many of the first steps are its; ("", 0) where either is not known.

    `known` is how many layers are its.
    """
    count, name = _of_buildah(steps)
    if count is None and known:
        name = annotations.get(_BASE_NAME, "")
        count = known
    if not count or not name:
        return "", 0
    below = [index for index, step in enumerate(steps) if step.layer_index is not None and step.layer_index < count]
    return name, max(below, default=-1) + 1


def _of_buildah(steps: Sequence[Step]) -> tuple[int | None, str]:
    """Find the last step that was made on a named image; the layers before it are that image's."""
    for position in range(len(steps) - 1, -1, -1):
        comment = steps[position].record.comment
        name = comment.removeprefix("FROM ")
        if name == comment or not name or _INTERMEDIATE.fullmatch(name) or name == "scratch":
            continue
        before = [step.layer_index for step in steps[:position] if step.layer_index is not None]
        after = [step.layer_index for step in steps[position:] if step.layer_index is not None]
        if after and (not before or max(before) < min(after)):
            return min(after), name
        return None, ""
    return None, ""
