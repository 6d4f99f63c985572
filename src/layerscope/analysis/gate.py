"""Rules → verdict. Prints nothing, and knows no default: limits are handed down.

A limit that is met exactly passes, as in Dive. A rule whose number is not known is skipped, and says why: it neither
passes nor fails. Against a baseline, a broken rule fails only when it is broken worse than it was.
"""

from datetime import UTC, date, datetime

from layerscope.analysis.exceptions import Exceptions
from layerscope.analysis.measures import RULES, Rule, wasted_by_kind
from layerscope.analysis.pathrules import forbidden, not_allowed
from layerscope.frozen import replace
from layerscope.model.findings import Level, Limits, RuleResult, Scoring, Status, Verdict
from layerscope.model.identity import fingerprints
from layerscope.model.image import Note
from layerscope.model.inspection import Inspection
from layerscope.model.rules import NO_WORSE, Facts, FindingFact, Ignore, Scope
from layerscope.units import printable

__all__ = ["RULES", "WHOLE", "facts_of", "fail_in_part", "judge"]

WHOLE = "unread-layers"
"""Not a rule that can be configured: `--allow-partial` turns it off."""
_DISABLED = "disabled"
_BY_DIVE = "by Dive 0.13.1's formula"
_NO_BASE = "the base image's layers are not known: say how many with --base N"
_NO_USER_BYTES = "no bytes are shipped above the base image"
_DIVE_NO_USER_BYTES = "no bytes are shipped above layer 0, where Dive divides by zero"
_NO_BASELINE = "there is nothing to compare with: give --baseline FILE"
_MOST_DETAILS = 20
_DIVE_RULES = frozenset({"lowest-efficiency", "highest-wasted-bytes", "highest-user-wasted-percent"})
_BY_FINGERPRINT = frozenset({"fail-on", "secrets"})


def judge(
    inspection: Inspection, limits: Limits, *, baseline: Facts | None = None, today: date | None = None
) -> Verdict:
    """Judge every rule; the verdict fails when one of them does. `today` is for exceptions that expire."""
    written, notes = _written(inspection)
    exceptions = Exceptions((*limits.ignores, *written), today or datetime.now(UTC).date())
    ignored = exceptions.ignored(inspection.findings)
    facts = facts_of(inspection, without=frozenset(ignored))
    if baseline is not None:
        known = {one.fingerprint for one in baseline.findings}
        facts_new = replace(facts, findings=tuple(one for one in facts.findings if one.fingerprint not in known))
    else:
        facts_new = facts
    results: list[RuleResult] = []
    for rule in RULES:
        if rule.name == "highest-wasted-by-kind":
            results += _by_kind(facts, limits, baseline)
        elif rule.by_paths:
            results += _by_paths(rule, inspection, limits, baseline, exceptions)
        elif rule.always or rule.limit(limits) is not None:
            results.append(_result(rule, facts_new if rule.name in _BY_FINGERPRINT else facts, limits, baseline))
    settled = tuple(exceptions.excused(_softened(result, limits)) for result in results)
    failed = any(result.status is Status.FAILED for result in settled)
    return Verdict(
        status=Status.FAILED if failed else Status.PASSED,
        rules=settled,
        baseline=baseline,
        ignored=ignored,
        notes=(*exceptions.notes(), *notes),
        unjudged_errors=0 if failed or limits.fail_on is not None else _errors(facts_new),
    )


def _errors(facts: Facts) -> int:
    return sum(one.level == Level.ERROR.value for one in facts.findings)


def fail_in_part(inspection: Inspection) -> Inspection:
    """Let the verdict of a partial inspection fail: what could not be read may break any rule."""
    assert inspection.verdict is not None
    missing = [(layer.index, layer.absent_reason) for layer in inspection.layers if layer.absent_reason is not None]
    result = RuleResult(
        rule=WHOLE,
        status=Status.FAILED,
        measured=len(missing),
        limit=0,
        unit="count",
        details=tuple(printable(f"layer {index}: {reason}") for index, reason in missing[:_MOST_DETAILS]),
    )
    verdict = replace(inspection.verdict, status=Status.FAILED, rules=(result, *inspection.verdict.rules))
    return replace(inspection, verdict=verdict)


def _written(inspection: Inspection) -> tuple[tuple[Ignore, ...], tuple[Note, ...]]:
    """Read the exceptions in the Dockerfile; the rules are loaded only where there is one."""
    if inspection.dockerfile is None:
        return (), ()
    from layerscope.analysis.pages import known_names
    from layerscope.analysis.pragmas import ignores_in

    kinds = {finding.kind for finding in inspection.findings if finding.kind}
    return ignores_in(inspection.dockerfile, (*known_names(), *kinds))


def facts_of(inspection: Inspection, *, without: frozenset[int] = frozenset()) -> Facts:
    """Take what rules measure from an inspection; findings at the indexes `without` do not count."""
    return Facts(
        reference=inspection.image.reference,
        scores=inspection.scores,
        ledger=inspection.ledger,
        layers=tuple(layer.ledger for layer in inspection.layers),
        base_layer_count=inspection.image.base_layer_count,
        findings=tuple(
            FindingFact(
                rule=finding.rule,
                kind=finding.kind,
                level=finding.level.value,
                title=finding.title,
                wasted_bytes=finding.wasted_bytes,
                live_bytes=finding.live_bytes,
                fingerprint=mark,
            )
            for index, (finding, mark) in enumerate(zip(inspection.findings, fingerprints(inspection), strict=True))
            if index not in without
        ),
    )


def _result(rule: Rule, facts: Facts, limits: Limits, baseline: Facts | None) -> RuleResult:
    measured, limit = rule.measure(facts, limits), rule.limit(limits)
    if rule.needs_baseline:
        measured = _growth(rule, measured, limits, baseline)
    reason = _BY_DIVE if limits.scoring is Scoring.DIVE and rule.name in _DIVE_RULES else ""
    details: tuple[str, ...] = ()
    if limit is None:
        status, reason = Status.SKIPPED, _DISABLED
    elif measured is None:
        status, reason = Status.SKIPPED, _why_unknown(rule, facts, limits, baseline)
    elif rule.broken(measured, limit):
        status, details = Status.FAILED, tuple(rule.details(facts, limits)[:_MOST_DETAILS])
    else:
        status = Status.PASSED
    result = RuleResult(
        rule=rule.name, status=status, measured=measured, limit=limit, unit=rule.unit, reason=reason, details=details
    )
    if baseline is None or rule.needs_baseline or rule.name in _BY_FINGERPRINT:
        return result
    return _compared(result, rule.measure(baseline, limits), rule)


def _growth(rule: Rule, total: float | None, limits: Limits, baseline: Facts | None) -> float | None:
    before = None if baseline is None else rule.measure(baseline, limits)
    if total is None or before is None:
        return None
    if rule.unit == "bytes":
        return total - before
    # From nothing, any growth is infinite; JSON has no such number, and 1.0 a byte is more than any limit.
    return (total - before) / (before or 1)


def _why_unknown(rule: Rule, facts: Facts, limits: Limits, baseline: Facts | None) -> str:
    if rule.needs_baseline and baseline is None:
        return _NO_BASELINE
    if limits.scoring is Scoring.DIVE and rule.name in _DIVE_RULES:
        return _DIVE_NO_USER_BYTES
    return _NO_BASE if facts.base_layer_count is None else _NO_USER_BYTES


def _compared(result: RuleResult, before: float | None, rule: Rule) -> RuleResult:
    """Let a rule pass that is broken, but no worse than it was."""
    if result.status is not Status.FAILED or before is None or result.measured is None:
        return result
    if rule.broken(result.measured, before):
        return result
    return replace(result, status=Status.PASSED, reason=NO_WORSE, details=())


def _by_kind(facts: Facts, limits: Limits, baseline: Facts | None) -> list[RuleResult]:
    results = []
    for kind, limit in limits.highest_wasted_by_kind:
        measured = wasted_by_kind(facts, kind)
        before = None if baseline is None else wasted_by_kind(baseline, kind)
        broken = measured > limit
        no_worse = broken and before is not None and measured <= before
        results.append(
            RuleResult(
                rule=f"highest-wasted-by-kind:{kind}",
                status=Status.FAILED if broken and not no_worse else Status.PASSED,
                measured=measured,
                limit=limit,
                unit="bytes",
                reason=NO_WORSE if no_worse else "",
            )
        )
    return results


def _by_paths(
    rule: Rule, inspection: Inspection, limits: Limits, baseline: Facts | None, exceptions: Exceptions
) -> list[RuleResult]:
    rules = limits.forbidden_paths if rule.name == "forbidden-paths" else limits.allowed_paths
    if not rules:
        return []
    base = inspection.image.base_layer_count
    if base is None and any(one.scope is Scope.USER for one in rules):
        return [RuleResult(rule.name, Status.SKIPPED, None, 0, rule.unit, _NO_BASE)]
    find = forbidden if rule.name == "forbidden-paths" else not_allowed
    found = exceptions.remaining(rule.name, find(inspection.tree, rules, base))
    status = Status.FAILED if found else Status.PASSED
    details = tuple(found[:_MOST_DETAILS])
    result = RuleResult(rule.name, status, len(found), 0, rule.unit, details=details)
    return [_compared(result, None if baseline is None else baseline.measured.get(rule.name), rule)]


def _softened(result: RuleResult, limits: Limits) -> RuleResult:
    warns = result.rule in limits.warn or result.rule.partition(":")[0] in limits.warn
    return replace(result, status=Status.WARNED) if warns and result.status is Status.FAILED else result
