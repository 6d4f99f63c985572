"""An engine fetching an image, as it tells of it: the JSON lines of `POST /images/create`, added up to bytes.

Owns reading those lines. Fetches nothing itself: only the engine talks to registries, with its own settings.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from layerscope.errors import EngineError
from layerscope.model.image import ProgressCallback

PHASE = "pull"
_MAX_LINE_BYTES = 1 << 20
_MAX_SAID = 500


def follow(stream: BinaryIO, name: str, progress: ProgressCallback) -> None:
    """Read until the engine has fetched the image; EngineError, in its words, when it says that it could not.

    `name` is how errors call what is going on.
    """
    layers: dict[str, tuple[int, int]] = {}
    for line in _lines(stream):
        error = line.get("error") or _object(line.get("errorDetail")).get("message")
        if error:
            raise EngineError(f"{name} failed: {' '.join(str(error).split())[:_MAX_SAID]}")
        _count(layers, line)
        done = sum(done for done, _total in layers.values())
        total = sum(total for _done, total in layers.values())
        progress(PHASE, done, max(done, total) or None)


def _count(layers: dict[str, tuple[int, int]], line: dict[str, Any]) -> None:
    """Note how much of a layer has come. Engines name a layer by its ID, and unpacking is counted anew: left out."""
    identifier, status = str(line.get("id") or ""), line.get("status")
    detail = _object(line.get("progressDetail"))
    done, total = detail.get("current"), detail.get("total")
    known = layers.get(identifier, (0, 0))
    if status == "Downloading" and isinstance(done, int):
        layers[identifier] = done, max(total if isinstance(total, int) else 0, done)
    elif status in {"Download complete", "Pull complete"} and identifier in layers:
        layers[identifier] = known[1], known[1]


def _lines(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Give the objects of a stream of JSON lines; podman writes what it fetched as plain lines, which say nothing."""
    while raw := stream.readline(_MAX_LINE_BYTES):
        try:
            yield _object(json.loads(raw))
        except (ValueError, RecursionError):
            continue


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
