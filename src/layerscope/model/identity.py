"""What makes a finding the same one in the next build: its fingerprint.

Made of the rule and of the instructions that it is about; never of sizes, layer numbers or line numbers, so that a
finding keeps its fingerprint when lines move and when files grow.
"""

import hashlib
from collections import Counter

from layerscope.model.findings import Finding
from layerscope.model.inspection import Inspection
from layerscope.patterns import regex

_SEPARATOR = "\0"
_NUMBER = regex(r"\d+")
"""Of a title: a line, a count or a size."""


def fingerprints(inspection: Inspection) -> tuple[str, ...]:
    """Give each finding, in order, 32 hex digits that no other finding of the image has."""
    seen: Counter[str] = Counter()
    found = []
    for finding in inspection.findings:
        print_ = _hash(*_parts(inspection, finding))
        seen[print_] += 1
        found.append(print_ if seen[print_] == 1 else _hash(print_, str(seen[print_])))
    return tuple(found)


def name_fingerprint(*names: str) -> str:
    """Give the same names the same 32 hex digits."""
    return _hash(*names)


def _parts(inspection: Inspection, finding: Finding) -> list[str]:
    layers = sorted({*finding.owner_layers, *finding.killer_layers})
    parts = [finding.rule, finding.kind]
    for index in layers:
        if index < len(inspection.layers):
            layer = inspection.layers[index]
            parts.append(layer.instruction.line if layer.instruction else layer.created_by or "")
    if finding.path_count == 1 and finding.paths:
        parts.append(finding.paths[0].decode("utf-8", "backslashreplace"))
    if not layers and not finding.paths:
        parts.append(_NUMBER.sub("#", finding.title))
    return parts


def _hash(*parts: str) -> str:
    text = _SEPARATOR.join(parts)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]
