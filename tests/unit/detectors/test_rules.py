"""Every rule finds its fault, is silent without it, has a page, and says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from layerscope.analysis.detectors import DETECTORS
from layerscope.analysis.pages import page_of, rules
from layerscope.model.findings import Family
from unit.detectors.images import KEY, PAIRS, TOKEN, base, found, inspected

_IDS = sorted(PAIRS)


def test_every_rule_has_a_bad_and_a_good_image() -> None:
    assert set(PAIRS) == {rule.id for rule in rules()}


def test_no_two_rules_share_an_id_or_a_kind() -> None:
    kinds = [kind.name for detector in DETECTORS for kind in detector.KINDS]
    assert len({rule.id for rule in rules()}) == len(DETECTORS)
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("rule", _IDS)
def test_a_rule_finds_its_fault_and_says_what_to_do(rule: str, tmp_path: Path) -> None:
    pair = PAIRS[rule]
    findings = found(pair.bad(), tmp_path, rule, pair.bad_dockerfile)
    assert findings
    for finding in findings:
        assert finding.title
        assert finding.why.endswith(".")
        assert finding.advice.endswith((".", "`")), finding.advice
        assert finding.saving_bytes <= max(finding.wasted_bytes, finding.live_bytes)
        assert (finding.wasted_bytes > 0) == (finding.family is Family.WASTE)
        assert (finding.live_bytes > 0) == (finding.family is Family.LIVE)
        assert len(finding.paths) <= finding.path_count


@pytest.mark.parametrize("rule", _IDS)
def test_a_rule_is_silent_without_its_fault(rule: str, tmp_path: Path) -> None:
    pair = PAIRS[rule]
    assert found(pair.good(), tmp_path, rule, pair.good_dockerfile) == []


@pytest.mark.parametrize("rule", _IDS)
def test_each_dead_byte_is_in_exactly_one_finding(rule: str, tmp_path: Path) -> None:
    pair = PAIRS[rule]
    inspection = inspected(pair.bad(), tmp_path, pair.bad_dockerfile)
    assert sum(one.wasted_bytes for one in inspection.findings) == inspection.ledger.wasted_bytes


@pytest.mark.parametrize("rule", _IDS)
def test_a_rule_has_a_page(rule: str) -> None:
    page = page_of(rule)
    assert page is not None
    assert page.startswith(f"{rule} ")
    assert re.findall(r"(?m)^(What|Why|Bad|Good|Ignore it when):", page) == [
        "What", "Why", "Bad", "Good", "Ignore it when",
    ]  # fmt: skip


def test_a_system_alone_has_no_findings(tmp_path: Path) -> None:
    assert inspected(base(), tmp_path).findings == ()


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    image = base().layer({"root/.ssh/id_rsa": KEY, "a": b"a" * 300_000})
    image.run(f"RUN git clone https://me:{TOKEN}@example.com/x && export API_TOKEN={TOKEN} # buildkit")
    image.layer(remove=["a"]).run(f"RUN rm /a && curl --password={TOKEN} https://me:hunter22@example.com # buildkit")
    image.env(DB_PASSWORD="hunter22", GITHUB=TOKEN)
    findings = inspected(image, tmp_path).findings
    assert {"LS301", "LS302", "LS303", "LS102"} <= {one.rule for one in findings}
    text = repr(findings)
    assert TOKEN not in text
    assert "hunter22" not in text
    assert "b3BlbnNzaC1r" not in text


def test_text_of_an_image_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    image = base().layer({"tmp/\x1b[31mred\u202e": b"a" * 300_000}).run("RUN echo \x1b]0;x\x07 > /tmp/a # buildkit")
    image.layer(remove=["tmp/\x1b[31mred\u202e"]).run("RUN rm /tmp/* && echo \x1b[2J # buildkit")
    for finding in inspected(image, tmp_path).findings:
        text = f"{finding.title}\n{finding.why}\n{finding.advice}\n{finding.fix}"
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
