"""Rules → verdict: judges an inspection against limits.

Owns what each rule measures and when it fails. Knows nothing of where limits come from or how a verdict is shown.
A limit that is met exactly passes, as in Dive. A rule whose number is not known is skipped, and says why: it neither
passes nor fails.
"""

from collections.abc import Callable
from dataclasses import dataclass

from layerscope.model.findings import Limits, RuleResult, Scoring, Status, Verdict
from layerscope.model.inspection import Inspection

_DISABLED = "disabled"
_BY_DIVE = "by Dive 0.13.1's formula"
_NO_BASE = "the base image's layers are not known: say how many with --base N"
_NO_USER_BYTES = "no bytes are shipped above the base image"
_DIVE_NO_USER_BYTES = "no bytes are shipped above layer 0, where Dive divides by zero"


@dataclass(frozen=True, slots=True)
class _Rule:
    name: str
    unit: str
    measure: Callable[[Inspection, Scoring], float | int | None]
    limit: Callable[[Limits], float | int | None]
    fails: Callable[[float, float], bool]
    """(measured, limit) → whether the rule is broken."""


def judge(inspection: Inspection, limits: Limits) -> Verdict:
    """Judge every rule; the verdict fails when one of them does."""
    results = tuple(_result(rule, inspection, limits) for rule in RULES)
    failed = any(result.status is Status.FAILED for result in results)
    return Verdict(status=Status.FAILED if failed else Status.PASSED, rules=results)


def _result(rule: _Rule, inspection: Inspection, limits: Limits) -> RuleResult:
    measured, limit = rule.measure(inspection, limits.scoring), rule.limit(limits)
    reason = _BY_DIVE if limits.scoring is Scoring.DIVE else ""
    if limit is None:
        status, reason = Status.SKIPPED, _DISABLED
    elif measured is None:
        status, reason = Status.SKIPPED, _why_unknown(inspection, limits.scoring)
    else:
        status = Status.FAILED if rule.fails(measured, limit) else Status.PASSED
    return RuleResult(rule=rule.name, status=status, measured=measured, limit=limit, unit=rule.unit, reason=reason)


def _why_unknown(inspection: Inspection, scoring: Scoring) -> str:
    """Only the share of the user's layers can be unknown."""
    if scoring is Scoring.DIVE:
        return _DIVE_NO_USER_BYTES
    return _NO_BASE if inspection.image.base_layer_count is None else _NO_USER_BYTES


def _efficiency(inspection: Inspection, scoring: Scoring) -> float:
    scores = inspection.scores
    return scores.dive.efficiency if scoring is Scoring.DIVE else scores.efficiency


def _wasted_bytes(inspection: Inspection, scoring: Scoring) -> int:
    return inspection.scores.dive.wasted_bytes if scoring is Scoring.DIVE else inspection.ledger.wasted_bytes


def _user_wasted_ratio(inspection: Inspection, scoring: Scoring) -> float | None:
    scores = inspection.scores
    return scores.dive.user_wasted_ratio if scoring is Scoring.DIVE else scores.user_wasted_ratio


def _below(measured: float, limit: float) -> bool:
    return measured < limit


def _above(measured: float, limit: float) -> bool:
    return measured > limit


# In the order of a `.dive-ci` file.
RULES = (
    _Rule("lowest-efficiency", "ratio", _efficiency, lambda limits: limits.lowest_efficiency, _below),
    _Rule("highest-wasted-bytes", "bytes", _wasted_bytes, lambda limits: limits.highest_wasted_bytes, _above),
    _Rule(
        "highest-user-wasted-percent",
        "ratio",
        _user_wasted_ratio,
        lambda limits: limits.highest_user_wasted_ratio,
        _above,
    ),
)
