"""The report for programs: everything, in the form that the README promises under "The JSON report".

Owns the keys and their order; adds no number. Writes list rows one a line, as they are made, so that 10⁵ rows
of waste cost no memory and two reports can be compared with `diff`.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TextIO

from layerscope import __version__
from layerscope.model.findings import Finding, Verdict
from layerscope.model.history import DockerfileText, Instruction, Step
from layerscope.model.identity import fingerprints
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection, Layer
from layerscope.model.ledger import Ledger, Scores, Waste
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import log_json
from layerscope.reports.words import verdict_notes
from layerscope.units import encode, json_name

SCHEMA_VERSION = 1

_Row = Mapping[str, object]


def write_json(inspection: Inspection, stream: TextIO, _page: Page) -> None:
    """Write the report; text that UTF-8 cannot hold is escaped, so that any reader takes the result."""
    separator = "{\n"
    for key, value in _sections(inspection):
        stream.write(f"{separator} {dump(key)}: ")
        separator = ",\n"
        if isinstance(value, Iterator):
            _write_rows(value, stream)
        else:
            stream.write(dump(value))
    stream.write("\n}\n")


def dump(value: object) -> str:
    """Write one value on one line; ValueError on NaN, which JSON does not have."""
    return log_json(json.dumps(value, allow_nan=False))  # ASCII alone: no control code reaches a terminal


def json_text(text: str) -> str:
    """Keep text as it is, but for what no UTF-8 stream takes: undecodable bytes and lone surrogates are escaped."""
    try:
        return json_name(encode(text))
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()


def _write_rows(rows: Iterable[_Row], stream: TextIO) -> None:
    separator = "[\n  "
    for row in rows:
        stream.write(separator + dump(row))
        separator = ",\n  "
    stream.write("[]" if separator.startswith("[") else "\n ]")


def _sections(inspection: Inspection) -> Iterator[tuple[str, object]]:
    yield "schema_version", SCHEMA_VERSION
    yield "tool", {"name": "layerscope", "version": __version__}
    yield "image", _image(inspection)
    yield (
        "ledger",
        {"total_bytes": inspection.ledger.total_bytes}
        | _fates(inspection.ledger)
        | {"wasted_bytes": inspection.ledger.wasted_bytes},
    )
    yield "scores", _scores(inspection.scores)
    yield "layers", map(_layer, inspection.layers)
    yield "history", map(step_row, inspection.steps)
    yield "dockerfile", _dockerfile(inspection.dockerfile)
    yield "waste", map(_waste, inspection.waste)
    yield "findings", map(_finding, inspection.findings, fingerprints(inspection))
    yield "verdict", _verdict(inspection.verdict)
    yield "notes", map(_note, (*inspection.notes, *verdict_notes(inspection.verdict)))


def _image(inspection: Inspection) -> _Row:
    image = inspection.image
    return {
        "reference": json_text(image.reference),
        "source": image.source,
        "image_id": image.image_id,
        "platform": json_text(image.platform),
        "created": _optional_text(image.created),
        "layer_count": image.layer_count,
        "base_layer_count": image.base_layer_count,
        "content_bytes": image.content_bytes,
        "stored_bytes": image.stored_bytes,
        "partial": inspection.partial,
    }


def _fates(ledger: Ledger) -> dict[str, int]:
    return {
        "live_bytes": ledger.live_bytes,
        "overwritten_bytes": ledger.overwritten_bytes,
        "reshipped_bytes": ledger.reshipped_bytes,
        "deleted_bytes": ledger.deleted_bytes,
    }


def _scores(scores: Scores) -> _Row:
    return {
        "efficiency": scores.efficiency,
        "user_efficiency": scores.user_efficiency,
        "user_wasted_ratio": scores.user_wasted_ratio,
        "dive": {
            "efficiency": scores.dive.efficiency,
            "wasted_bytes": scores.dive.wasted_bytes,
            "user_wasted_ratio": _finite(scores.dive.user_wasted_ratio),
        },
    }


def _finite(ratio: float | None) -> float | None:
    """JSON has no infinity; Dive divides by zero where nothing is shipped above layer 0."""
    return None if ratio is None or math.isinf(ratio) else ratio


def _layer(layer: Layer) -> _Row:
    return {
        "index": layer.index,
        "diff_id": layer.diff_id,
        "digest": layer.digest,
        "media_type": _optional_text(layer.media_type),
        "content_bytes": layer.content_bytes,
        "stored_bytes": layer.stored_bytes,
        "entry_count": layer.entry_count,
        **_fates(layer.ledger),
        "added_count": layer.added_count,
        "modified_count": layer.modified_count,
        "removed_count": layer.removed_count,
        "created_by": _optional_text(layer.created_by),
        "instruction": _instruction(layer.instruction),
        "rebuilt_content_bytes": layer.rebuilt_content_bytes,
        "rebuilt_stored_bytes": layer.rebuilt_stored_bytes,
        "absent_reason": _optional_text(layer.absent_reason),
    }


def step_row(step: Step) -> dict[str, object]:
    """Make the row of one history step."""
    record = step.record
    return {
        "index": record.index,
        "created": _optional_text(record.created),
        "created_by": json_text(record.created_by),
        "comment": json_text(record.comment),
        "empty": record.empty,
        "layer_index": step.layer_index,
        "instruction": _instruction(step.instruction),
    }


def _dockerfile(text: DockerfileText | None) -> _Row | None:
    if text is None:
        return None
    return {
        "name": json_text(text.name),
        "origin": text.origin.value,
        "fit": text.fit,
        "text": json_text("\n".join((*text.lines, ""))),
    }


def _instruction(instruction: Instruction | None) -> _Row | None:
    if instruction is None:
        return None
    return {
        "keyword": json_text(instruction.keyword),
        # Flags are part of what the Dockerfile says after the keyword.
        "text": json_text(" ".join((*instruction.flags, instruction.text)).rstrip()),
        "dockerfile_line": instruction.dockerfile_line,
        "dockerfile_end_line": instruction.dockerfile_end_line,
        "stage": _optional_text(instruction.stage),
        "confidence": instruction.confidence.value,
        "dockerfile_text": _optional_text(instruction.written),
    }


def _waste(waste: Waste) -> _Row:
    return {
        "path": json_name(waste.path),
        "wasted_bytes": waste.wasted_bytes,
        "fate": waste.fate.label,
        "owners": waste.owners,
        "killer": waste.killer,
    }


def _finding(finding: Finding, fingerprint: str) -> _Row:
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "title": json_text(finding.title),
        "wasted_bytes": finding.wasted_bytes,
        "paths": [json_name(path) for path in finding.paths],
        "path_count": finding.path_count,
        "owner_layers": finding.owner_layers,
        "killer_layers": finding.killer_layers,
        "dockerfile_line": finding.dockerfile_line,
        "advice": json_text(finding.advice),
        "saving_bytes": finding.saving_bytes,
        "rebuild_content_bytes": finding.rebuild_content_bytes,
        "rebuild_stored_bytes": finding.rebuild_stored_bytes,
        "kind": finding.kind,
        "live_bytes": finding.live_bytes,
        "why": json_text(finding.why),
        "owner_lines": finding.owner_lines,
        "killer_lines": finding.killer_lines,
        "fates": [fate.label for fate in finding.fates],
        "edits": [
            {
                "file": edit.file,
                "first_line": edit.first_line,
                "last_line": edit.last_line,
                "lines": list(map(json_text, edit.lines)),
            }
            for edit in finding.edits
        ],
        "fingerprint": fingerprint,
    }


def _verdict(verdict: Verdict | None) -> _Row | None:
    if verdict is None:
        return None
    rules = [
        {
            "rule": json_text(result.rule),
            "status": result.status.value,
            "measured": None if result.measured is None else _finite(result.measured),
            "limit": result.limit,
            "unit": result.unit,
            "reason": json_text(result.reason),
            "details": [json_text(line) for line in result.details],
        }
        for result in verdict.rules
    ]
    return {
        "status": verdict.status.value,
        "rules": rules,
        "baseline": None if verdict.baseline is None else json_text(verdict.baseline.reference),
        "ignored": [{"finding": index, "reason": json_text(reason)} for index, reason in verdict.ignored.items()],
    }


def _note(note: Note) -> _Row:
    return {"code": note.code, "text": json_text(note.text)}


def _optional_text(text: str | None) -> str | None:
    return None if text is None else json_text(text)


REPORT = Report("json", "for programs: everything, schema_version 1", write_json)
