"""How verdicts, layers and waste are said in one line of printable text: the same words in every report for people."""

from layerscope.model.findings import RuleResult, Status, Verdict
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection, Layer
from layerscope.model.ledger import Fate, Waste
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
}
_MOST_OWNERS = 4
_MOST_DIGITS = 9


def layer_instruction(layer: Layer) -> str:
    """Say what made a layer."""
    line = layer.instruction.line if layer.instruction else layer.created_by
    return prose(line or "") or "(no history)"


def comparison(result: RuleResult) -> str:
    """Write measured against limit, "54.8 % < 90.0 %", with as many digits as tell the two apart."""
    measured, limit = result.measured, result.limit
    if measured is None:
        return "not known"
    if limit is None:
        return _amounts(measured, measured, result.unit)[0]
    lowest = result.rule.startswith("lowest-")
    good = result.status is Status.PASSED
    sign = {(True, True): "≥", (True, False): "<", (False, True): "≤", (False, False): ">"}[lowest, good]
    left, right = _amounts(measured, limit, result.unit)
    return f"{left} {sign} {right}"


def _amounts(measured: float, limit: float, unit: str) -> tuple[str, str]:
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
    shown = [
        f"{_SHORT.get(result.rule, result.rule)} {comparison(result)}"
        for result in verdict.rules
        if result.status is verdict.status
    ]
    unchecked = sum(1 for result in verdict.rules if is_unchecked(result))
    if unchecked:
        shown.append(f"({unchecked} rule{'s' * (unchecked > 1)} not checked)")
    if all(result.limit is None for result in verdict.rules):
        shown.append("(no rule is on)")
    return "  ".join((f"layerscope: {verdict.status.upper()}", reference, *shown))


def is_unchecked(result: RuleResult) -> bool:
    """Tell whether a rule that is on could not be judged."""
    return result.status is Status.SKIPPED and result.limit is not None


def verdict_notes(verdict: Verdict | None) -> list[Note]:
    """Say which rules were not checked, and whose formulas the others used."""
    if verdict is None:
        return []
    unchecked = [
        Note("rule-skipped", f"{result.rule} was not checked: {result.reason}")
        for result in verdict.rules
        if is_unchecked(result)
    ]
    formulas = {result.reason: None for result in verdict.rules if result.status is not Status.SKIPPED}
    return unchecked + [Note("scoring", f"rules are judged {reason}") for reason in formulas if reason]


def waste_origin(inspection: Inspection, waste: Waste) -> tuple[str, str]:
    """Say which layers shipped the bytes, and which one ended them and how; each with its instruction."""
    owners = ", ".join(map(str, waste.owners[:_MOST_OWNERS]))
    if len(waste.owners) > _MOST_OWNERS:
        owners += f" and {len(waste.owners) - _MOST_OWNERS} more"
    shipper = layer_instruction(inspection.layers[waste.owners[0]])
    killer = layer_instruction(inspection.layers[waste.killer])
    return f"shipped by layer {owners} {shipper}", f"{_KILLED[waste.fate]} by layer {waste.killer} {killer}"
