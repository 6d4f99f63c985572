"""How verdicts, layers and waste are said in one line of printable text: the same words in every report for people."""

from layerscope.model.findings import Finding, RuleResult, Status, Verdict
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection, Layer
from layerscope.model.ledger import Fate, Waste
from layerscope.model.rules import NO_WORSE
from layerscope.units import format_percent, format_size, prose

_KILLED = {
    Fate.OVERWRITTEN: "overwritten",
    Fate.RESHIPPED: "shipped again",
    Fate.DELETED: "deleted",
}
_SHORT = {
    "lowest-efficiency": "efficiency",
    "highest-wasted-bytes": "wasted",
    "highest-user-wasted-percent": "user waste",
    "highest-total-size": "size",
    "highest-layer-size": "largest layer",
    "highest-layer-count": "layers",
    "highest-growth-bytes": "growth",
    "highest-growth-ratio": "growth",
    "fail-on": "findings",
    "unread-layers": "layers not read",
}
_MOST_DECIDED = 3
_MOST_OWNERS = 4
_MOST_DIGITS = 9


def layer_instruction(layer: Layer) -> str:
    """Say what made a layer."""
    line = layer.instruction.shown if layer.instruction else layer.created_by
    return prose(line or "") or "(no history)"


def comparison(result: RuleResult) -> str:
    """Write measured against limit, "54.8 % < 90.0 %", with as many digits as tell the two apart."""
    measured, limit = result.measured, result.limit
    if measured is None:
        return "not known"
    if limit is None:
        return _amounts(measured, measured, result.unit)[0]
    lowest = result.rule.startswith("lowest-")
    below = measured < limit
    sign = {(True, True): "<", (True, False): "≥", (False, True): "≤", (False, False): ">"}[
        lowest, below if lowest else measured <= limit
    ]
    left, right = _amounts(measured, limit, result.unit)
    return f"{left} {sign} {right}"


def _amounts(measured: float, limit: float, unit: str) -> tuple[str, str]:
    if unit == "count":
        return f"{measured:,}", f"{limit:,}"
    if unit == "bytes":
        left, right = format_size(int(measured)), format_size(int(limit))
        return (left, right) if left != right or measured == limit else (f"{measured} B", f"{limit} B")
    for digits in range(1, _MOST_DIGITS + 1):
        left, right = (format_percent(ratio, digits=digits) for ratio in (measured, limit))
        if left != right or measured == limit:
            return left, right
    return repr(measured), repr(limit)


def verdict_line(verdict: Verdict, reference: str) -> str:
    """Say the verdict with what decided it; `reference` is printable."""
    decided = [result for result in verdict.rules if result.status is verdict.status]
    shown = [f"{_SHORT.get(one.rule, prose(one.rule))} {comparison(one)}" for one in decided[:_MOST_DECIDED]]
    if len(decided) > _MOST_DECIDED:
        shown.append(f"and {len(decided) - _MOST_DECIDED} more")
    if any(result.reason == NO_WORSE for result in decided):
        shown.append(f"({NO_WORSE})")
    warned = [result for result in verdict.rules if result.status is Status.WARNED]
    if warned:
        one = f"warning: {_SHORT.get(warned[0].rule, prose(warned[0].rule))} {comparison(warned[0])}"
        shown.append(f"({one if len(warned) == 1 else f'{len(warned)} warnings'})")
    unjudged = [result for result in verdict.rules if is_unjudged(result)]
    if unjudged:
        said = _SHORT.get(unjudged[0].rule, prose(unjudged[0].rule))
        shown.append(f"({f'{len(unjudged)} rules' if len(unjudged) > 1 else said} not judged)")
    if verdict.unjudged_errors:
        shown.append(f"({errors_said(verdict)} not judged)")
    if all(result.limit is None for result in verdict.rules):
        shown.append("(no rule is on)")
    return "  ".join((f"layerscope: {verdict.status.upper()}", reference, *shown))


def errors_said(verdict: Verdict) -> str:
    """Count the findings that are errors and were not judged."""
    return f"{verdict.unjudged_errors:,} error{'s' * (verdict.unjudged_errors != 1)}"


def unjudged_words(verdict: Verdict) -> str:
    """Say that a verdict that passed is none on findings that are errors, and how it becomes one; "" without any."""
    if not verdict.unjudged_errors:
        return ""
    are = "are" if verdict.unjudged_errors > 1 else "is"
    return f"{errors_said(verdict)} among the findings {are} not judged: fail-on is off; --fail-on error judges them"


def partial_words(inspection: Inspection) -> str:
    """Say that the image could not be read as a whole; "" where it could."""
    unread = sum(1 for layer in inspection.layers if layer.absent_reason is not None)
    return f"partial: {unread} of {len(inspection.layers)} layers not read" if unread else ""


def broken_rules(inspection: Inspection) -> list[RuleResult]:
    """List the rules that failed, then those that warned."""
    rules = inspection.verdict.rules if inspection.verdict else ()
    return [result for status in (Status.FAILED, Status.WARNED) for result in rules if result.status is status]


def counted_findings(inspection: Inspection) -> list[tuple[int, Finding]]:
    """List the findings that no exception excuses, with their index: errors first, then the largest saving."""
    ignored = inspection.verdict.ignored if inspection.verdict else {}
    rows = [(index, finding) for index, finding in enumerate(inspection.findings) if index not in ignored]
    rows.sort(key=lambda row: (row[1].weight, row[0]))
    return rows


def is_unjudged(result: RuleResult) -> bool:
    """Tell whether a rule that is on could not be judged."""
    return result.status is Status.SKIPPED and result.limit is not None


def verdict_notes(verdict: Verdict | None) -> list[Note]:
    """Say which rules could not be judged, and whose formulas the others used."""
    if verdict is None:
        return []
    unjudged = [
        Note("rule-skipped", f"{result.rule} was not judged: {result.reason}")
        for result in verdict.rules
        if is_unjudged(result)
    ]
    formulas = {result.reason: None for result in verdict.rules if result.status is not Status.SKIPPED}
    scoring = [Note("scoring", f"rules are judged {reason}") for reason in formulas if reason.startswith("by ")]
    errors = [Note("errors-not-judged", words)] if (words := unjudged_words(verdict)) else []
    return [*unjudged, *errors, *scoring, *verdict.notes]


def waste_origin(inspection: Inspection, waste: Waste) -> tuple[str, str]:
    """Say which layers shipped the bytes, and which one ended them and how; each with its instruction."""
    owners = ", ".join(map(str, waste.owners[:_MOST_OWNERS]))
    if len(waste.owners) > _MOST_OWNERS:
        owners += f" and {len(waste.owners) - _MOST_OWNERS} more"
    shipper = layer_instruction(inspection.layers[waste.owners[0]])
    killer = layer_instruction(inspection.layers[waste.killer])
    return f"shipped by layer {owners} {shipper}", f"{_KILLED[waste.fate]} by layer {waste.killer} {killer}"
