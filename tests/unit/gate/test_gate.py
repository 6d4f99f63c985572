"""How rules are judged."""

from dataclasses import replace

import pytest

from layerscope.analysis.gate import RULES, judge
from layerscope.model.findings import Limits, RuleResult, Scoring, Status
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import DiveScores
from unit.reports.samples import wasteful

OFF = Limits(lowest_efficiency=None, highest_wasted_bytes=None, highest_user_wasted_ratio=None)


def _rule(inspection: Inspection, limits: Limits, name: str) -> RuleResult:
    return next(result for result in judge(inspection, limits).rules if result.rule == name)


@pytest.mark.parametrize(("limit", "status"), [(0.5, Status.PASSED), (0.5001, Status.FAILED), (0.0, Status.PASSED)])
def test_an_efficiency_that_meets_the_limit_passes(limit: float, status: Status) -> None:
    result = _rule(wasteful(), replace(OFF, lowest_efficiency=limit), "lowest-efficiency")
    assert (result.status, result.measured, result.limit) == (status, 0.5, limit)


@pytest.mark.parametrize(("limit", "status"), [(125_000, Status.PASSED), (124_999, Status.FAILED), (0, Status.FAILED)])
def test_waste_that_meets_the_limit_passes(limit: int, status: Status) -> None:
    result = _rule(wasteful(), replace(OFF, highest_wasted_bytes=limit), "highest-wasted-bytes")
    assert (result.status, result.measured, result.limit) == (status, 125_000, limit)


@pytest.mark.parametrize(("limit", "status"), [(0.36, Status.PASSED), (0.35, Status.FAILED)])
def test_the_users_share_of_waste_leaves_the_base_out(limit: float, status: Status) -> None:
    result = _rule(wasteful(), replace(OFF, highest_user_wasted_ratio=limit), "highest-user-wasted-percent")
    assert result.status is status
    assert result.measured == pytest.approx(70_000 / 195_000)


def test_the_users_share_is_skipped_with_the_reason_when_the_base_is_not_known() -> None:
    verdict = judge(wasteful(base_layer_count=None), replace(OFF, highest_user_wasted_ratio=0.0))
    assert verdict.status is Status.PASSED
    result = verdict.rules[2]
    assert (result.status, result.measured, result.limit) == (Status.SKIPPED, None, 0.0)
    assert "--base" in result.reason


def test_a_rule_that_is_off_is_skipped_and_still_says_what_it_measured() -> None:
    result = _rule(wasteful(), OFF, "highest-wasted-bytes")
    assert (result.status, result.measured, result.limit, result.reason) == (Status.SKIPPED, 125_000, None, "disabled")


def test_the_verdict_fails_when_one_rule_fails() -> None:
    assert judge(wasteful(), OFF).status is Status.PASSED
    assert judge(wasteful(), replace(OFF, highest_wasted_bytes=0)).status is Status.FAILED
    assert judge(wasteful(), Limits()).status is Status.FAILED


def test_dives_rules_are_always_in_the_verdict_in_the_order_of_its_file() -> None:
    names = ["lowest-efficiency", "highest-wasted-bytes", "highest-user-wasted-percent"]
    assert [result.rule for result in judge(wasteful(), Limits()).rules] == names
    assert [rule.name for rule in RULES][:3] == names


def _with_dive(dive: DiveScores) -> Inspection:
    inspection = wasteful()
    return replace(inspection, scores=replace(inspection.scores, dive=dive))


def test_dives_scoring_judges_dives_numbers_and_says_so() -> None:
    inspection = _with_dive(DiveScores(efficiency=0.95, wasted_bytes=7, user_wasted_ratio=2.0))
    verdict = judge(inspection, Limits(highest_wasted_bytes=6, scoring=Scoring.DIVE))
    assert [(rule.measured, rule.status) for rule in verdict.rules] == [
        (0.95, Status.PASSED), (7, Status.FAILED), (2.0, Status.FAILED),
    ]  # fmt: skip
    assert all("Dive" in rule.reason for rule in verdict.rules)


def test_where_dive_divides_by_zero_its_rule_is_skipped_as_dive_passes_it() -> None:
    inspection = _with_dive(DiveScores(efficiency=1.0, wasted_bytes=0, user_wasted_ratio=None))
    verdict = judge(inspection, Limits(scoring=Scoring.DIVE))
    assert verdict.status is Status.PASSED
    assert (verdict.rules[2].status, "divides by zero" in verdict.rules[2].reason) == (Status.SKIPPED, True)
