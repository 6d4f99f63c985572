"""Rules beyond Dive's: sizes, counts, growth, paths, findings; exceptions and the baseline."""

from dataclasses import replace
from datetime import date

import pytest

from layerscope.analysis.gate import facts_of, judge
from layerscope.analysis.globs import compile_globs
from layerscope.analysis.levels import with_levels
from layerscope.model.findings import Finding, Level, Limits, RuleResult, Status, Verdict
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Ledger
from layerscope.model.rules import Facts, Ignore, PathRule, Scope
from unit.reports.samples import wasteful

BY_KIND = "highest-wasted-by-kind"
OFF = Limits(lowest_efficiency=None, highest_wasted_bytes=None, highest_user_wasted_ratio=None)
TODAY = date(2026, 6, 1)
SECRET = Finding(rule="LS303", level=Level.ERROR, title="key", wasted_bytes=0, paths=(b"/root/key",), path_count=1,
                 owner_layers=(1,), killer_layers=(), dockerfile_line=None, advice="no", saving_bytes=0)  # fmt: skip
CACHE = Finding(rule="LS101", level=Level.WARNING, title="cache", wasted_bytes=70_000, paths=(b"/var/cache/x",),
                path_count=1, owner_layers=(1,), killer_layers=(3,), dockerfile_line=4, advice="clean",
                saving_bytes=70_000, kind="apt-cache")  # fmt: skip


def found() -> Inspection:
    return replace(wasteful(), findings=(SECRET, CACHE))


def verdict(inspection: Inspection, limits: Limits, baseline: Facts | None = None) -> Verdict:
    return judge(inspection, limits, baseline=baseline, today=TODAY)


def rule(judged: Verdict, name: str) -> RuleResult:
    return next(result for result in judged.rules if result.rule == name)


@pytest.mark.parametrize(
    ("limits", "name", "measured", "status"),
    [
        (replace(OFF, highest_total_bytes=250_000), "highest-total-size", 250_000, Status.PASSED),
        (replace(OFF, highest_total_bytes=249_999), "highest-total-size", 250_000, Status.FAILED),
        (replace(OFF, highest_total_bytes=195_000, scope=Scope.USER), "highest-total-size", 195_000, Status.PASSED),
        (replace(OFF, highest_layer_bytes=75_000), "highest-layer-size", 75_000, Status.PASSED),
        (replace(OFF, highest_layer_bytes=74_999), "highest-layer-size", 75_000, Status.FAILED),
        (replace(OFF, highest_layer_count=4), "highest-layer-count", 4, Status.PASSED),
        (replace(OFF, highest_layer_count=3), "highest-layer-count", 4, Status.FAILED),
        (replace(OFF, highest_layer_count=3, scope=Scope.USER), "highest-layer-count", 3, Status.PASSED),
        (replace(OFF, highest_wasted_bytes=70_000, scope=Scope.USER), "highest-wasted-bytes", 70_000, Status.PASSED),
        (replace(OFF, highest_wasted_by_kind=(("LS101", 69_999),)), f"{BY_KIND}:LS101", 70_000, Status.FAILED),
        (replace(OFF, highest_wasted_by_kind=(("apt-cache", 70_000),)), f"{BY_KIND}:apt-cache", 70_000, Status.PASSED),
        (replace(OFF, fail_on=Level.ERROR), "fail-on", 1, Status.FAILED),
        (replace(OFF, fail_on=Level.WARNING), "fail-on", 2, Status.FAILED),
        (replace(OFF, secrets=True), "secrets", 1, Status.FAILED),
    ],
)  # fmt: skip
def test_each_rule_measures_and_judges(limits: Limits, name: str, measured: float, status: Status) -> None:
    judged = verdict(found(), limits)
    result = rule(judged, name)
    assert (result.measured, result.status) == (measured, status)
    assert judged.status is (Status.FAILED if status is Status.FAILED else Status.PASSED)


def test_a_rule_on_the_users_layers_is_skipped_where_the_base_is_not_known() -> None:
    judged = verdict(wasteful(base_layer_count=None), replace(OFF, highest_layer_count=1, scope=Scope.USER))
    assert rule(judged, "highest-layer-count").status is Status.SKIPPED
    assert judged.status is Status.PASSED


def test_a_rule_that_only_warns_does_not_fail_the_verdict() -> None:
    judged = verdict(found(), replace(OFF, highest_layer_count=1, warn=frozenset({"highest-layer-count"})))
    assert rule(judged, "highest-layer-count").status is Status.WARNED
    assert judged.status is Status.PASSED


@pytest.mark.parametrize(
    ("glob", "scope", "layers", "count"),
    [
        ("/usr/bin/tool", Scope.ALL, (), 1),
        ("tool", Scope.ALL, (), 2),  # /tool, a link, and /usr/bin/tool
        (
            "/var/cache",
            Scope.ALL,
            (),
            2,
        ),  # deleted later: the layer still has them; what stands for the folder is implied
        ("/var/cache", Scope.FINAL, (), 0),
        ("/etc/passwd", Scope.USER, (), 1),
        ("/etc/passwd", Scope.ALL, (1, 2), 0),
        ("/etc/passwd", Scope.ALL, (0,), 1),
        ("/nothing/**", Scope.ALL, (), 0),
    ],
)
def test_a_forbidden_path_counts_in_its_layers(glob: str, scope: Scope, layers: tuple[int, ...], count: int) -> None:
    result = rule(
        verdict(wasteful(), replace(OFF, forbidden_paths=(PathRule(glob, scope, layers),))), "forbidden-paths"
    )
    assert (result.measured, result.status) == (count, Status.FAILED if count else Status.PASSED)
    assert len(result.details) == count


def test_files_outside_the_allowed_paths_are_named_with_their_layer() -> None:
    limits = replace(OFF, allowed_paths=(PathRule("/usr/**", Scope.USER), PathRule("/etc", Scope.USER)))
    result = rule(verdict(wasteful(), limits), "allowed-paths")
    assert result.status is Status.FAILED
    assert "/tool in layer 3" in result.details
    assert not any("/usr/" in line or " layer 0" in line for line in result.details)


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        ("/a/*.txt", b"/a/b.txt", True), ("/a/*.txt", b"/a/b/c.txt", False), ("/a/**/c", b"/a/c", True),
        ("/a/**/c", b"/a/x/y/c", True), ("*.pem", b"/x/y/z.pem", True), ("/a", b"/a/b/c", True), ("/a", b"/ab", False),
        ("/a/**", b"/a/b", True), ("a?c", b"/abc", True), ("a?c", b"/a/c", False), ("[ab]x", b"/bx", True),
        ("[!ab]x", b"/bx", False), ("[", b"/[", True), ("a.b", b"/axb", False),
        ("caf\u00e9", "/caf\u00e9".encode(), True),
        ("/x", b"/x\n", False), ("[z-a]", b"/[z-a]", True),
    ],
)  # fmt: skip
def test_globs(glob: str, path: bytes, matches: bool) -> None:  # noqa: FBT001 - a table
    assert (compile_globs([glob]).fullmatch(path) is not None) is matches


def _grown(by: int) -> Facts:
    now = facts_of(wasteful())
    first = replace(now.layers[0], live_bytes=now.layers[0].live_bytes - by)
    return replace(now, layers=(first, *now.layers[1:]))


def test_growth_is_measured_against_the_baseline() -> None:
    limits = replace(OFF, highest_growth_bytes=4_999, highest_growth_ratio=0.1)
    judged = verdict(wasteful(), limits, _grown(5_000))
    assert rule(judged, "highest-growth-bytes").measured == 5_000
    assert rule(judged, "highest-growth-bytes").status is Status.FAILED
    assert rule(judged, "highest-growth-ratio").measured == pytest.approx(5_000 / 245_000)
    assert rule(judged, "highest-growth-ratio").status is Status.PASSED


def test_growth_without_a_baseline_is_skipped_with_the_reason() -> None:
    result = rule(verdict(wasteful(), replace(OFF, highest_growth_bytes=0)), "highest-growth-bytes")
    assert (result.status, "--baseline" in result.reason) == (Status.SKIPPED, True)


def test_growth_from_nothing_is_a_number_that_json_has() -> None:
    nothing = replace(facts_of(wasteful()), layers=(Ledger(),))
    result = rule(verdict(wasteful(), replace(OFF, highest_growth_ratio=5.0), nothing), "highest-growth-ratio")
    assert (result.measured, result.status) == (250_000, Status.FAILED)


def test_with_a_baseline_only_what_is_worse_than_there_fails() -> None:
    limits = Limits(lowest_efficiency=0.9, highest_user_wasted_ratio=None)
    same = verdict(wasteful(), limits, facts_of(wasteful()))
    assert same.status is Status.PASSED
    assert "no worse than the baseline" in rule(same, "lowest-efficiency").reason
    better = replace(facts_of(wasteful()), scores=replace(wasteful().scores, efficiency=0.51))
    assert verdict(wasteful(), limits, better).status is Status.FAILED


def test_with_a_baseline_only_new_findings_count() -> None:
    limits = replace(OFF, fail_on=Level.WARNING, secrets=True)
    assert verdict(found(), limits, facts_of(found())).status is Status.PASSED
    one = replace(wasteful(), findings=(CACHE,))
    judged = verdict(found(), limits, facts_of(one))
    assert rule(judged, "fail-on").measured == 1
    assert rule(judged, "fail-on").details == ("error LS303 key",)


def test_with_a_baseline_forbidden_paths_that_were_there_do_not_fail() -> None:
    limits = replace(OFF, forbidden_paths=(PathRule("/var/cache"),))
    before = replace(facts_of(wasteful()), measured={"forbidden-paths": 2})
    assert verdict(wasteful(), limits, before).status is Status.PASSED
    assert verdict(wasteful(), limits, replace(before, measured={"forbidden-paths": 1})).status is Status.FAILED


@pytest.mark.parametrize(
    ("ignore", "ignored"),
    [
        (Ignore("known", rule="LS303"), {0: "ignored: known"}),
        (Ignore("known", rule="ls303", path="/root"), {0: "ignored: known"}),
        (Ignore("known", rule="LS303", path="/home"), {}),
        (Ignore("known", path="/root/*"), {0: "ignored: known"}),
        (Ignore("known", rule="apt-cache"), {1: "ignored: known"}),
        (Ignore("known", rule="LS303", expires=date(2026, 6, 1)), {0: "ignored: known (until 2026-06-01)"}),
        (Ignore("known", rule="LS303", expires=date(2026, 5, 31)), {}),
    ],
)
def test_an_exception_excuses_its_findings_until_it_expires(ignore: Ignore, ignored: dict[int, str]) -> None:
    judged = verdict(found(), replace(OFF, secrets=True, ignores=(ignore,)))
    assert judged.ignored == ignored
    assert judged.status is (Status.PASSED if 0 in ignored else Status.FAILED)
    assert bool(judged.notes) is not bool(ignored)


def test_a_project_gives_findings_other_levels_and_a_kind_is_stronger_than_its_rule() -> None:
    changed = with_levels(found(), (("ls101", Level.NOTE), ("LS303", Level.WARNING)))
    assert [finding.level for finding in changed.findings] == [Level.WARNING, Level.NOTE]
    changed = with_levels(found(), (("apt-cache", Level.ERROR), ("LS101", Level.NOTE)))
    assert [finding.level for finding in changed.findings] == [Level.ERROR, Level.ERROR]


def test_an_exception_does_not_excuse_a_finding_whose_paths_are_not_all_known() -> None:
    many = replace(wasteful(), findings=(replace(CACHE, path_count=2),))
    assert verdict(many, replace(OFF, ignores=(Ignore("x", path="/var"),))).ignored == {}


def test_an_exception_that_expired_or_matches_nothing_is_noted() -> None:
    ignores = (Ignore("a", rule="LS101", expires=date(2020, 1, 1)), Ignore("b", rule="LS999"))
    notes = verdict(found(), replace(OFF, ignores=ignores)).notes
    assert [note.code for note in notes] == ["ignore-expired", "ignore-unused"]


def test_a_rule_of_the_gate_can_be_excused_and_then_warns_with_the_reason() -> None:
    limits = replace(OFF, highest_layer_count=1, ignores=(Ignore("next month", rule="highest-layer-count"),))
    judged = verdict(found(), limits)
    assert (rule(judged, "highest-layer-count").status, judged.status) == (Status.WARNED, Status.PASSED)
    assert "next month" in rule(judged, "highest-layer-count").reason


def test_a_forbidden_path_can_be_excused() -> None:
    limits = replace(OFF, forbidden_paths=(PathRule("/var/cache"),), ignores=(Ignore("x", path="/var/cache/**"),))
    assert rule(verdict(wasteful(), limits), "forbidden-paths").measured == 0
