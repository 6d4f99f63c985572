"""What each rule of the gate measures, of this image or of an earlier one; `RULES` lists them. Judges nothing."""

from collections.abc import Callable

from layerscope.frozen import dataclass
from layerscope.model.findings import Level, Limits, Scoring
from layerscope.model.rules import Facts, FindingFact, Scope
from layerscope.units import format_size, printable

Number = float | int
_LEVELS = list(Level)
_ABOUT_SECRETS = frozenset({"LS301", "LS302", "LS303"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule whose outcome is a number against a limit."""

    name: str
    unit: str
    measure: Callable[[Facts, Limits], Number | None]
    limit: Callable[[Limits], Number | None]
    broken: Callable[[Number, Number], bool]
    """(measured, limit) → whether the rule is broken."""
    details: Callable[[Facts, Limits], list[str]] = lambda _facts, _limits: []
    always: bool = False
    """It is in the verdict also when it is off."""
    needs_baseline: bool = False
    by_paths: bool = False
    """`gate.py` measures it, on the tree."""


def user_layers(facts: Facts, limits: Limits) -> slice | None:
    """Give the layers that count, or None where that is not known."""
    if limits.scope is Scope.ALL:
        return slice(None)
    return None if facts.base_layer_count is None else slice(facts.base_layer_count, None)


def counted_findings(facts: Facts, limits: Limits) -> list[FindingFact]:
    """Give the findings that break `fail-on`."""
    if limits.fail_on is None:
        return []
    lowest = _LEVELS.index(limits.fail_on)
    return [finding for finding in facts.findings if _LEVELS.index(Level(finding.level)) >= lowest]


def secret_findings(facts: Facts) -> list[FindingFact]:
    """Give the findings that are about secrets."""
    return [one for one in facts.findings if one.rule in _ABOUT_SECRETS]


def wasted_by_kind(facts: Facts, kind: str) -> int:
    """Sum what findings of a rule or kind waste, dead or live."""
    chosen = [one for one in facts.findings if kind.lower() in {one.rule.lower(), one.kind.lower()}]
    return sum(one.wasted_bytes + one.live_bytes for one in chosen)


def _below(measured: Number, limit: Number) -> bool:
    return measured < limit


def _above(measured: Number, limit: Number) -> bool:
    return measured > limit


def _efficiency(facts: Facts, limits: Limits) -> Number | None:
    if limits.scoring is Scoring.DIVE:
        return facts.scores.dive.efficiency
    return facts.scores.efficiency if limits.scope is Scope.ALL else facts.scores.user_efficiency


def _wasted(facts: Facts, limits: Limits) -> Number | None:
    if limits.scoring is Scoring.DIVE:
        return facts.scores.dive.wasted_bytes
    if limits.scope is Scope.ALL:
        return facts.ledger.wasted_bytes
    chosen = user_layers(facts, limits)
    return None if chosen is None else sum(layer.wasted_bytes for layer in facts.layers[chosen])


def _user_wasted(facts: Facts, limits: Limits) -> Number | None:
    return facts.scores.dive.user_wasted_ratio if limits.scoring is Scoring.DIVE else facts.scores.user_wasted_ratio


def _total(facts: Facts, limits: Limits) -> Number | None:
    chosen = user_layers(facts, limits)
    return None if chosen is None else sum(layer.total_bytes for layer in facts.layers[chosen])


def _largest(facts: Facts, limits: Limits) -> Number | None:
    chosen = user_layers(facts, limits)
    return None if chosen is None else max((layer.total_bytes for layer in facts.layers[chosen]), default=0)


def _largest_layers(facts: Facts, limits: Limits) -> list[str]:
    chosen, limit = user_layers(facts, limits), limits.highest_layer_bytes
    if chosen is None or limit is None:
        return []
    rows = list(enumerate(facts.layers))[chosen]
    rows.sort(key=lambda row: -row[1].total_bytes)
    return [f"layer {index}: {format_size(layer.total_bytes)}" for index, layer in rows if layer.total_bytes > limit]


def _count(facts: Facts, limits: Limits) -> Number | None:
    chosen = user_layers(facts, limits)
    return None if chosen is None else len(facts.layers[chosen])


def _titles(findings: list[FindingFact]) -> list[str]:
    return [f"{one.level} {one.rule} {printable(one.title)}" for one in findings]


# Dive's three first, in the order of a `.dive-ci` file.
RULES = (
    Rule("lowest-efficiency", "ratio", _efficiency, lambda one: one.lowest_efficiency, _below, always=True),
    Rule("highest-wasted-bytes", "bytes", _wasted, lambda one: one.highest_wasted_bytes, _above, always=True),
    Rule(
        "highest-user-wasted-percent",
        "ratio",
        _user_wasted,
        lambda one: one.highest_user_wasted_ratio,
        _above,
        always=True,
    ),
    Rule("highest-total-size", "bytes", _total, lambda one: one.highest_total_bytes, _above),
    Rule("highest-layer-size", "bytes", _largest, lambda one: one.highest_layer_bytes, _above, _largest_layers),
    Rule("highest-layer-count", "count", _count, lambda one: one.highest_layer_count, _above),
    Rule("highest-growth-bytes", "bytes", _total, lambda one: one.highest_growth_bytes, _above, needs_baseline=True),
    Rule("highest-growth-ratio", "ratio", _total, lambda one: one.highest_growth_ratio, _above, needs_baseline=True),
    Rule(
        "highest-wasted-by-kind",
        "bytes",
        lambda _facts, _limits: None,
        lambda one: len(one.highest_wasted_by_kind) or None,
        _above,
    ),
    Rule(
        "forbidden-paths",
        "count",
        lambda _facts, _limits: None,
        lambda one: 0 if one.forbidden_paths else None,
        _above,
        by_paths=True,
    ),
    Rule(
        "allowed-paths",
        "count",
        lambda _facts, _limits: None,
        lambda one: 0 if one.allowed_paths else None,
        _above,
        by_paths=True,
    ),
    Rule(
        "fail-on",
        "count",
        lambda facts, limits: len(counted_findings(facts, limits)),
        lambda one: None if one.fail_on is None else 0,
        _above,
        lambda facts, limits: _titles(counted_findings(facts, limits)),
    ),
    Rule(
        "secrets",
        "count",
        lambda facts, _limits: len(secret_findings(facts)),
        lambda one: 0 if one.secrets else None,
        _above,
        lambda facts, _limits: _titles(secret_findings(facts)),
    ),
)
