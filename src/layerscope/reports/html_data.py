"""What the HTML report embeds: the numbers of an inspection, cut to what a page can show. Knows no markup.

Small on purpose: 10⁵ files become the directories that an area can be seen of, and the biggest rows of each table.
"""

from array import array
from heapq import nlargest
from typing import Any

from layerscope import __version__
from layerscope.model.files import Kind
from layerscope.model.filetree import FileTree
from layerscope.model.findings import Finding
from layerscope.model.inspection import Inspection, Layer
from layerscope.model.ledger import Ledger
from layerscope.reports.base import Dockerfile
from layerscope.reports.counts import levels_said, saving_bytes_said
from layerscope.reports.escaping import code_line
from layerscope.reports.listing import list_final
from layerscope.reports.words import comparison, counted_findings, layer_instruction, partial_words, verdict_notes
from layerscope.units import printable, prose

_MOST_ROWS = 2_000
_MOST_CHILDREN = 40
_SMALLEST_SHARE = 2_000
"""A directory smaller than this part of the whole has no area that one could see."""
_DEEPEST = 24
_LONGEST = 4_000
_MOST_LINES = 5_000


def page_data(inspection: Inspection, dockerfile: Dockerfile) -> dict[str, Any]:
    """Make the value that the page draws; every text in it is printable."""
    tree = inspection.tree
    live = live_bytes(tree)
    files = nlargest(_MOST_ROWS, (node for node in range(1, tree.node_count) if live[node]), key=live.__getitem__)
    return {
        "made": f"layerscope {__version__}",
        "partial": inspection.partial,
        "image": {"reference": printable(inspection.image.reference), "facts": _facts(inspection)},
        "ledger": _ledger(inspection.ledger) | {"efficiency": inspection.ledger.efficiency},
        "verdict": _verdict(inspection),
        "layers": [_layer(layer) for layer in inspection.layers],
        "steps": _steps(inspection),
        "dockerfile": {
            "name": printable(dockerfile.name),
            "lines": [code_line(line)[:_LONGEST] for line in dockerfile.lines[:_MOST_LINES]],
        },
        "findings": _findings(inspection),
        "counted": _counted(inspection),
        "waste": [
            [printable(row.path), row.wasted_bytes, row.fate.label, list(row.owners), row.killer]
            for row in inspection.waste[:_MOST_ROWS]
        ],
        "wasteCount": len(inspection.waste),
        "files": [[printable(tree.path(node)), live[node], tree.layer_of(tree.live[node])] for node in files],
        "fileCount": sum(1 for size in live if size),
        "tree": _areas(inspection, live),
        "notes": [prose(note.text) for note in (*inspection.notes, *verdict_notes(inspection.verdict))],
    }


def live_bytes(tree: FileTree) -> "array[int]":
    """Give, by node, the bytes of the final image that stand at the path itself; their sum is the live bytes."""
    sizes = array("Q", bytes(8 * tree.node_count))
    listing = list_final(tree, 0)
    for node, entry_id, *_ in listing.rows:
        if entry_id in listing.first_name:
            continue
        table, row = tree.place_of(listing.content.get(entry_id, entry_id))
        if table.kind[row] == Kind.FILE:
            sizes[node] = table.size[row]
    return sizes


def _areas(inspection: Inspection, live: "array[int]") -> list[Any]:
    """Make the nested [name, live bytes, wasted bytes, children] of the map."""
    tree = inspection.tree
    dead = array("Q", bytes(8 * tree.node_count))
    for row in inspection.waste:
        dead[row.node] += row.wasted_bytes
    live_below, dead_below = array("Q", live), dead
    for node in range(tree.node_count - 1, 0, -1):
        live_below[tree.parent[node]] += live_below[node]
        dead_below[tree.parent[node]] += dead_below[node]
    smallest = (live_below[0] // _SMALLEST_SHARE, dead_below[0] // _SMALLEST_SHARE)

    def seen(node: int) -> bool:
        return live_below[node] > smallest[0] or dead_below[node] > smallest[1]

    def area(node: int, depth: int) -> list[Any]:
        made: list[Any] = [printable(tree.name(node)), live_below[node], dead_below[node], []]
        if depth >= _DEEPEST:
            return made
        children = [child for child in tree.children(node) if live_below[child] or dead_below[child]]
        big = [child for child in children if seen(child)]
        shown = nlargest(_MOST_CHILDREN, big, key=lambda child: live_below[child] + dead_below[child])
        made[3] = [area(child, depth + 1) for child in shown]
        others = len(children) - len(shown)
        if shown and others:
            rest_live = live_below[node] - live[node] - sum(live_below[child] for child in shown)
            rest_dead = sum(dead_below[child] for child in children) - sum(dead_below[child] for child in shown)
            made[3].append([f"… {others:,} smaller", max(rest_live, 0), max(rest_dead, 0), []])
        return made

    return area(0, 0)


def _facts(inspection: Inspection) -> str:
    image = inspection.image
    parts = [image.source, image.platform, image.image_id or "", f"created {image.created}" if image.created else ""]
    if image.base_layer_count is not None:
        parts.append(f"{image.base_layer_count} of the layers from the base image")
    parts.append(partial_words(inspection))
    return printable(" · ".join(part for part in parts if part))


def _ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "total": ledger.total_bytes,
        "live": ledger.live_bytes,
        "overwritten": ledger.overwritten_bytes,
        "reshipped": ledger.reshipped_bytes,
        "deleted": ledger.deleted_bytes,
        "wasted": ledger.wasted_bytes,
    }


def _layer(layer: Layer) -> dict[str, Any]:
    return {
        "index": layer.index,
        "text": layer_instruction(layer)[:_LONGEST],
        "digest": printable(layer.diff_id or ""),
        **_ledger(layer.ledger),
    }


def _steps(inspection: Inspection) -> list[dict[str, Any]]:
    rows = []
    for step in inspection.steps:
        one = step.instruction
        rows.append(
            {
                "text": (prose(one.shown if one else step.record.created_by) or prose(step.record.comment))[:_LONGEST],
                "layer": step.layer_index,
                "line": one.dockerfile_line if one else None,
                "end": (one.dockerfile_end_line or one.dockerfile_line) if one else None,
            }
        )
    return rows


def _counted(inspection: Inspection) -> dict[str, str]:
    """Say how many findings count, and what they save, in the words of all reports."""
    found = [finding for _, finding in counted_findings(inspection)]
    saving, parts = saving_bytes_said(found)
    return {"levels": levels_said(found), "saving": saving.removesuffix(" to save"), "parts": parts}


def _findings(inspection: Inspection) -> list[dict[str, Any]]:
    ignored = inspection.verdict.ignored if inspection.verdict else {}
    rows = [(finding, None) for _, finding in counted_findings(inspection)]
    left = [(inspection.findings[index], reason) for index, reason in ignored.items()]
    return [_finding(finding, reason) for finding, reason in (*rows, *left)][:_MOST_ROWS]


def _finding(finding: Finding, ignored: str | None) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        "title": prose(finding.title),
        "why": prose(finding.why),
        "advice": prose(finding.advice),
        "fix": "\n".join(map(code_line, finding.fix.split("\n"))) if finding.fix else "",
        "wasted": finding.wasted_bytes,
        "live": finding.live_bytes,
        "saving": finding.saving_bytes,
        "paths": [printable(path) for path in finding.paths],
        "pathCount": finding.path_count,
        "owners": list(finding.owner_layers),
        "killers": list(finding.killer_layers),
        "line": finding.dockerfile_line,
        "ignored": None if ignored is None else prose(ignored),
    }


def _verdict(inspection: Inspection) -> dict[str, Any] | None:
    verdict = inspection.verdict
    if verdict is None:
        return None
    rules = [
        {
            "rule": prose(result.rule),
            "status": result.status.value,
            "text": comparison(result),
            "reason": prose(result.reason),
            "details": [prose(line) for line in result.details],
        }
        for result in verdict.rules
    ]
    return {"status": verdict.status.value, "rules": rules}
