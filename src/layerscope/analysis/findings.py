"""Runs all detectors on an image. Owns the order of findings, and that each dead byte is in exactly one."""

from functools import reduce
from operator import or_

from layerscope.analysis.bunch import Bunch
from layerscope.analysis.detecting import WasteDetector
from layerscope.analysis.detectors import DETECTORS
from layerscope.analysis.evidence import Death, Evidence, Inputs
from layerscope.analysis.pathkinds import KindTable, Named
from layerscope.analysis.shelltext import continued
from layerscope.frozen import replace
from layerscope.model.filetree import FileTree
from layerscope.model.findings import Family, Finding, Level

_FAMILIES = (Family.WASTE, Family.LIVE, Family.ORDER, Family.PRACTICE)
_LEVELS = (Level.ERROR, Level.WARNING, Level.NOTE)
_TABLE = KindTable([kind for detector in DETECTORS for kind in detector.KINDS])
_TELLING = reduce(or_, (detector.TELLING for detector in DETECTORS))


def find(inputs: Inputs) -> tuple[Finding, ...]:
    """Find all that there is to say: waste, then live bytes, each with most bytes first, then practice by level."""
    evidence = Evidence(inputs, _TABLE, _TELLING)
    findings = [*_on_waste(evidence), *(found for detector in DETECTORS for found in detector.detect(evidence))]
    escape = inputs.beside.escape if inputs.beside else "\\"
    return tuple(sorted((_continued(one, escape) for one in findings), key=_order))


def names_of(tree: FileTree) -> Named:
    """Find out what names tell the detectors, which needs no more than the paths: `Inputs.named`."""
    return _TABLE.named(tree, _TELLING)


def _continued(finding: Finding, escape: str) -> Finding:
    """Let lines to paste go on as they do in the file that they are for."""
    if escape == "\\" or not finding.edits:
        return finding
    edits = (replace(edit, lines=continued(edit.lines, escape)) for edit in finding.edits)
    return replace(finding, edits=tuple(edits))


def _on_waste(evidence: Evidence) -> list[Finding]:
    """Give each group of dead bytes to the first detector that claims it."""
    detectors = [detector for detector in DETECTORS if isinstance(detector, WasteDetector)]
    claimed: list[dict[Death, Bunch]] = [{} for _ in detectors]
    for death, bunch in evidence.deaths.items():
        for detector, mine in zip(detectors, claimed, strict=True):
            if detector.claims(death, evidence):
                mine[death] = bunch
                break
    return [
        found
        for detector, mine in zip(detectors, claimed, strict=True)
        if mine
        for found in detector.explain(mine, evidence)
    ]


def _order(finding: Finding) -> tuple[int, int, int, str, str]:
    return (
        _FAMILIES.index(finding.family),
        -max(finding.wasted_bytes, finding.live_bytes, finding.rebuild_content_bytes),
        _LEVELS.index(finding.level),
        finding.rule,
        finding.title,
    )
