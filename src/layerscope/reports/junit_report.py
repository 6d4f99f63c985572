"""JUnit XML: one test case a rule of the gate, with what broke it; findings stand in the suite's output.

Findings are no test cases: only rules decide, and a red test in a passed job would say otherwise.
"""

from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from layerscope.model.findings import RuleResult, Status
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Waste
from layerscope.reports.base import Page, Report
from layerscope.reports.problems import problems
from layerscope.reports.words import comparison
from layerscope.units import format_percent, format_size, printable, prose

_MOST_FINDINGS = 50
_MOST_FILES = 10


def write_junit(inspection: Inspection, stream: TextIO, _page: Page) -> None:
    """Write one suite; text is printable, and so holds nothing that XML cannot."""
    rules = inspection.verdict.rules if inspection.verdict else ()
    failures = sum(1 for result in rules if result.status is Status.FAILED)
    skipped = sum(1 for result in rules if result.status is Status.SKIPPED)
    counts = f'tests="{len(rules)}" failures="{failures}" errors="0" skipped="{skipped}"'
    name = quoteattr(f"layerscope {printable(inspection.image.reference)}")
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(f'<testsuites name="layerscope" {counts} time="0">\n <testsuite name={name} {counts} time="0">\n')
    stream.writelines(_case(inspection, result) for result in rules)
    stream.write(f"  <system-out>{escape(_said(inspection))}</system-out>\n </testsuite>\n</testsuites>\n")


def _case(inspection: Inspection, result: RuleResult) -> str:
    head = f'  <testcase classname="layerscope" name={quoteattr(printable(result.rule))} time="0"'
    message = quoteattr(prose(f"{comparison(result)} {result.reason}").strip())
    if result.status is Status.SKIPPED:
        return f"{head}><skipped message={message}/></testcase>\n"
    if result.status is Status.FAILED:
        text = escape("\n".join(_offenders(inspection, result)))
        return f'{head}><failure type="rule" message={message}>{text}</failure></testcase>\n'
    if result.status is Status.WARNED:
        return f"{head}><system-out>warning: {escape(message[1:-1])}</system-out></testcase>\n"
    return f"{head}/>\n"


def _offenders(inspection: Inspection, result: RuleResult) -> list[str]:
    if result.details:
        return [prose(line) for line in result.details]
    return [_offender(row) for row in inspection.waste[:_MOST_FILES]]


def _offender(row: Waste) -> str:
    owners = ", ".join(map(str, row.owners))
    fate = f"shipped by layer {owners}, {row.fate.label} by layer {row.killer}"
    return f"{format_size(row.wasted_bytes)}  {printable(row.path)}  ({fate})"


def _said(inspection: Inspection) -> str:
    ledger = inspection.ledger
    shipped, wasted = format_size(ledger.total_bytes), format_size(ledger.wasted_bytes)
    lines = [f"{shipped} shipped, {wasted} wasted, {format_percent(ledger.efficiency)} efficient"]
    found = [problem for problem in problems(inspection) if not problem.gate]
    lines += [f"{one.level} {one.rule} line {one.line}: {one.message}" for one in found[:_MOST_FINDINGS]]
    return "\n".join(lines)


REPORT = Report("junit", "JUnit XML: one test case a rule", write_junit)
