"""BuildKit's own word on which lines made a layer: SLSA provenance with `mode=max`, as attestations carry it.

Owns the reading of the in-toto statement (buildkit docs/attestations/slsa-provenance.md and slsa-definitions.md; v0.2
and v1 of the predicate). Does not know where the statement was found, nor what the lines say. Input is untrusted:
what has another shape than expected is not there.
"""

import binascii
from collections.abc import Sequence
from typing import Any

from layerscope.frozen import dataclass, replace
from layerscope.history.dockerfile import Dockerfile
from layerscope.model.history import Confidence, Step

_METADATA_V02 = "https://mobyproject.org/buildkit@v1#metadata"
_METADATA_V1 = "buildkit_metadata"
_MAX_LINE = 1_000_000


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a statement tells about the layers of an image."""

    dockerfile: str | None
    """The text of the Dockerfile that was built."""
    filename: str | None
    chains: tuple[tuple[tuple[str, ...], tuple[int, int] | None], ...]
    """For each build step: the digests of all layers up to its own, and its first and last line, if it has any."""

    def lines_of(self, layers: Sequence[str]) -> dict[int, tuple[int, int]]:
        """Find the lines of each layer of an image, whose layers have these digests (of the blobs), lowest first."""
        exact = {chain: lines for chain, lines in self.chains if lines is not None}
        last: dict[str, set[tuple[int, int]]] = {}
        for chain, lines in exact.items():
            last.setdefault(chain[-1], set()).add(lines)
        found: dict[int, tuple[int, int]] = {}
        base_count = self.base_layer_count(layers)
        for index, digest in enumerate(layers):
            if index < base_count:
                continue
            whole = exact.get(tuple(layers[: index + 1]))
            alone = last.get(digest, set())  # COPY --link makes a layer apart from those below
            if whole is not None:
                found[index] = whole
            elif len(alone) == 1:
                found[index] = next(iter(alone))
        return found

    def base_layer_count(self, layers: Sequence[str]) -> int:
        """Count the layers that came with the image that the final stage is FROM."""
        sources = [chain for chain, lines in self.chains if lines is None]
        return max((len(chain) for chain in sources if chain == tuple(layers[: len(chain)])), default=0)


def read_provenance(statement: object) -> Provenance | None:
    """Read an in-toto statement (parsed JSON); None where it is no BuildKit provenance with lines and layers."""
    metadata = _metadata(_dict(_dict(statement).get("predicate")))
    source = _dict(metadata.get("source"))
    layers = _dict(metadata.get("layers"))
    locations = _dict(source.get("locations"))
    if not layers or not locations:
        return None
    chains: list[tuple[tuple[str, ...], tuple[int, int] | None]] = []
    known: dict[str, tuple[int, int] | None] = {}
    for name, value in layers.items():
        step = name.rpartition(":")[0]  # of many outputs, whose lines are the same
        if step not in known:
            known[step] = _lines(locations.get(step))
        lines = known[step]
        for chain in _list(value):
            digests = tuple(str(_dict(layer).get("digest")) for layer in _list(chain))
            if digests:
                chains.append((digests, lines))
    filename, text = _file(source)
    return Provenance(text, filename, tuple(chains))


def with_provenance(
    steps: Sequence[Step], provenance: Provenance, layers: Sequence[str], dockerfile: Dockerfile
) -> tuple[Step, ...]:
    """Give the steps that made a layer the lines that the provenance names, as exact.

    `layers` are the digests of the image's layer blobs, lowest first; `dockerfile` is the text that was built.
    Triggers of ONBUILD are on the line of the FROM for BuildKit: a better line that a step has already stays.
    """
    lines = provenance.lines_of(layers)
    stages = {found.dockerfile_line: found for found in dockerfile.instructions}
    result: list[Step] = []
    for step in steps:
        found = None if step.layer_index is None or step.record.empty else lines.get(step.layer_index)
        if found is None or step.instruction is None:
            result.append(step)
            continue
        origin = stages.get(found[0])
        if step.instruction.dockerfile_line is not None and origin is not None and origin.keyword == "FROM":
            found = (step.instruction.dockerfile_line, step.instruction.dockerfile_end_line or found[1])
        known = step.instruction
        same = origin is not None and origin.keyword == known.keyword
        instruction = replace(
            known,
            dockerfile_line=found[0],
            dockerfile_end_line=found[1],
            stage=origin.stage if origin is not None else None,
            confidence=Confidence.EXACT,
            written=origin.line if origin is not None and same and origin.line != known.line else known.written,
        )
        result.append(replace(step, instruction=instruction))
    return tuple(result)


def _metadata(predicate: dict[str, Any]) -> dict[str, Any]:
    old = _dict(_dict(predicate.get("metadata")).get(_METADATA_V02))
    details = _dict(predicate.get("runDetails"))
    return old or _dict(_dict(details.get("metadata")).get(_METADATA_V1))


def _lines(value: object) -> tuple[int, int] | None:
    """Read the first and the last line of a step's locations."""
    numbers: list[int] = []
    for location in _list(_dict(value).get("locations")):
        for part in _list(_dict(location).get("ranges")):
            for end in ("start", "end"):
                line = _dict(_dict(part).get(end)).get("line")
                if isinstance(line, int) and 0 < line < _MAX_LINE:
                    numbers.append(line)
    return (min(numbers), max(numbers)) if numbers else None


def _file(source: dict[str, Any]) -> tuple[str | None, str | None]:
    """Read name and text of the Dockerfile."""
    for info in map(_dict, _list(source.get("infos"))):
        data, name = info.get("data"), info.get("filename")
        if isinstance(data, str):
            import base64

            try:
                text = base64.b64decode(data, validate=True).decode("utf-8", "surrogateescape")
            except (binascii.Error, ValueError):
                continue
            return (name if isinstance(name, str) else None), text
    return None, None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
