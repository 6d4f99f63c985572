"""SARIF 2.1.0 (OASIS): broken rules and findings on lines of the Dockerfile, for code scanning.

GitHub refuses more than 25,000 results and shows 5,000; there are never that many. Every result has a location, since
GitHub refuses those without, and a fingerprint of our own, so that a finding is the same one when lines move.
"""

import json
from typing import TextIO
from urllib.parse import quote

from layerscope import __version__
from layerscope.model.findings import Level
from layerscope.model.inspection import Inspection
from layerscope.reports.base import Page, Report
from layerscope.reports.escaping import log_json
from layerscope.reports.json_report import json_text
from layerscope.reports.problems import Problem, problems

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Level.NOTE: "note", Level.WARNING: "warning", Level.ERROR: "error"}
_MOST_RESULTS = 5_000
_FINGERPRINT = "layerscope/v1"


def write_sarif(inspection: Inspection, stream: TextIO, page: Page) -> None:
    """Write one run."""
    found = problems(inspection, with_ignored=True)[:_MOST_RESULTS]
    names = list(dict.fromkeys(problem.rule for problem in found))
    gate = {problem.rule for problem in found if problem.gate}
    uri = quote(page.dockerfile.name.encode("utf-8", "surrogateescape"))
    run = {
        "tool": {
            "driver": {
                "name": "layerscope",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [
                    {"id": name, "shortDescription": {"text": _described(name, gate=name in gate)}} for name in names
                ],
            }
        },
        "automationDetails": {"id": _category(inspection)},
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the repository"}}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, names, uri) for problem in found],
    }
    stream.write(log_json(json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)))
    stream.write("\n")


def _category(inspection: Inspection) -> str:
    """Name what this run is one of: the image without its version, so that the next build's run takes its place.

    The slash at the end says that nothing names the run itself (SARIF 2.1.0, 3.17.3); GitHub closes the alerts of a
    category that a later run of it no longer has.
    """
    image = inspection.image
    name = image.reference.rpartition("://")[2].partition("@")[0]
    if image.source.startswith(("docker-archive", "oci")):
        name = name.replace("\\", "/").rstrip("/").rpartition("/")[2].removesuffix(".tar")
    above, slash, last = name.rpartition("/")
    name = f"{above}{slash}{last.partition(':')[0]}" if not name.startswith("sha256:") else ""
    return f"layerscope/{json_text(name)}/" if name else "layerscope/"


def _described(name: str, *, gate: bool) -> str:
    return f"rule {name} of layerscope ci" if gate else f"layerscope explain {name} tells what it is and what to do"


def _result(problem: Problem, names: list[str], uri: str) -> dict[str, object]:
    finding = problem.finding
    result: dict[str, object] = {
        "ruleId": problem.rule,
        "ruleIndex": names.index(problem.rule),
        "level": _LEVELS[problem.level],
        "message": {"text": problem.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": problem.line, "endLine": problem.end_line},
                }
            }
        ],
        "partialFingerprints": {_FINGERPRINT: problem.fingerprint},
    }
    if finding is not None:
        result["properties"] = {
            "wastedBytes": finding.wasted_bytes,
            "liveBytes": finding.live_bytes,
            "savingBytes": finding.saving_bytes,
            "ownerLayers": list(finding.owner_layers),
            "killerLayers": list(finding.killer_layers),
            "lineKnown": finding.dockerfile_line is not None,
        }
    if problem.ignored is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": problem.ignored}]
    return result


REPORT = Report("sarif", "SARIF 2.1.0, for code scanning", write_sarif)
