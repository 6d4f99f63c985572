"""A path's timeline, one line a layer: `layerscope timeline` as text and as JSON (README)."""

import json
from collections.abc import Sequence
from typing import TextIO

from layerscope.model.files import Aspect
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Fate
from layerscope.model.timeline import TimelineEvent
from layerscope.reports.escaping import log_json, log_line
from layerscope.units import format_size, json_bytes, json_name, printable

_GLYPHS = {"unmodified": "=", "modified": "~", "added": "+", "removed": "-"}


def aspect_words(aspects: Aspect) -> list[str]:
    """Name what differs, in a fixed order: `kind`, `content`, `mode`, `owner`, `link`, `device`, `xattrs`, `mtime`."""
    return [aspect.name.lower() for aspect in Aspect if aspect in aspects and aspect.name]


def write_timeline(
    inspection: Inspection, node: int, events: Sequence[TimelineEvent], stream: TextIO, *, as_json: bool
) -> None:
    """Write what every layer did to a path, base first."""
    path = inspection.tree.path(node)
    stream.writelines(_json_line(path, event) if as_json else _text_line(inspection, event) for event in events)


def _json_line(path: bytes, event: TimelineEvent) -> str:
    row = {
        "path": json_name(path),
        "layer_index": event.layer_index,
        "change": event.change.label,
        "aspects": aspect_words(event.aspects),
        "size_bytes": event.size_bytes,
        "stored_bytes": event.stored_bytes,
        "fate": event.fate.label,
        "killer": event.killer,
    }
    raw = json_bytes(path)
    return log_json(json.dumps(row if raw is None else row | {"path_base64": raw})) + "\n"


def _text_line(inspection: Inspection, event: TimelineEvent) -> str:
    layer = inspection.layers[event.layer_index]
    words = event.change.label
    if event.aspects:
        words += f" {', '.join(aspect_words(event.aspects))}"
    shipped = f"ships {format_size(event.stored_bytes)}" if event.stored_bytes else ""
    if shipped and event.fate is not Fate.LIVE:
        shipped += f", {event.fate.label} by {event.killer}"
    step = layer.instruction.shown if layer.instruction else ""
    glyph = _GLYPHS[event.change.label]
    said = printable(step.split(chr(10))[0])[:50]
    return log_line(f"{event.layer_index:>4} {glyph} {words:<28} {shipped:<34} {said}".rstrip()) + "\n"
