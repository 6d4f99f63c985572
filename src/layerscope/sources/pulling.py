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


class Pull:
    """How far an engine is with fetching one image."""

    def __init__(self, name: str, progress: ProgressCallback) -> None:
        """`name` is how errors call what is going on."""
        self._name = name
        self._progress = progress
        self._layers: dict[str, tuple[int, int]] = {}

    def follow(self, stream: BinaryIO) -> None:
        """Read until the image is there; EngineError, in the engine's words, when it says that it could not."""
        for line in _lines(stream):
            error = line.get("error") or _object(line.get("errorDetail")).get("message")
            if error:
                raise EngineError(f"{self._name} failed: {' '.join(str(error).split())[:_MAX_SAID]}")
            self._count(line)
            self.report()

    def report(self) -> None:
        """Tell how far it is; what the callback raises is passed on."""
        done = sum(done for done, _total in self._layers.values())
        total = sum(total for _done, total in self._layers.values())
        self._progress(PHASE, done, total or None)

    def _count(self, line: dict[str, Any]) -> None:
        """Note how much of a layer has come. Engines name a layer by its ID; unpacking is counted anew: left out."""
        identifier, status = str(line.get("id") or ""), line.get("status")
        detail = _object(line.get("progressDetail"))
        done, total = detail.get("current"), detail.get("total")
        if status == "Downloading" and isinstance(done, int):
            self._layers[identifier] = done, max(total if isinstance(total, int) else 0, done)
        elif status in {"Download complete", "Pull complete"} and identifier in self._layers:
            size = self._layers[identifier][1]
            self._layers[identifier] = size, size


def _lines(stream: BinaryIO) -> Iterator[dict[str, Any]]:
    """Give the objects of a stream of JSON lines; podman writes what it fetched as plain lines, which say nothing."""
    while raw := stream.readline(_MAX_LINE_BYTES):
        try:
            yield _object(json.loads(raw))
        except (ValueError, RecursionError):
            continue


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
