"""What code hosts show at a line of the Dockerfile: broken rules and findings, in one form for all of them.

Adds no judgement. Lines are those of the Dockerfile where they are known, else line 1.
"""

from layerscope.frozen import dataclass
from layerscope.model.findings import Finding, Level, RuleResult, Status
from layerscope.model.identity import fingerprints, name_fingerprint
from layerscope.model.inspection import Inspection
from layerscope.reports.words import broken_rules, comparison, counted_findings
from layerscope.units import format_size, printable, prose

_MOST_PATHS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to show. All text is printable."""

    rule: str
    level: Level
    title: str
    message: str
    line: int
    end_line: int
    fingerprint: str
    """The same in the next build, unique in this one; made without line numbers and sizes."""
    gate: bool
    """A rule of the gate, not a finding."""
    finding: Finding | None = None
    ignored: str | None = None
    """The reason why it does not count."""


def problems(inspection: Inspection, *, with_ignored: bool = False) -> list[Problem]:
    """List broken rules, then findings, worst first; `with_ignored` adds those that do not count."""
    marks = fingerprints(inspection)
    found = [_of_rule(result) for result in broken_rules(inspection)]
    found += [_of_finding(inspection, finding, marks[index]) for index, finding in counted_findings(inspection)]
    if with_ignored and inspection.verdict is not None:
        found += [
            _of_finding(inspection, inspection.findings[index], marks[index], ignored=printable(reason))
            for index, reason in sorted(inspection.verdict.ignored.items())
        ]
    return found


def _of_rule(result: RuleResult) -> Problem:
    numbers = f"{result.rule}: {comparison(result)}"
    details = "; ".join(result.details[:_MOST_PATHS])
    more = len(result.details) - _MOST_PATHS
    return Problem(
        rule=result.rule.partition(":")[0],
        level=Level.ERROR if result.status is Status.FAILED else Level.WARNING,
        title=prose(numbers),
        message=prose(". ".join(part for part in (numbers, details, f"and {more} more" * (more > 0)) if part)),
        line=1,
        end_line=1,
        fingerprint=name_fingerprint("rule", result.rule),
        gate=True,
    )


def _of_finding(inspection: Inspection, finding: Finding, mark: str, *, ignored: str | None = None) -> Problem:
    line = finding.dockerfile_line or 1
    parts = [finding.title, finding.why, finding.advice]
    if finding.saving_bytes:
        parts.append(f"Saves {format_size(finding.saving_bytes)}")
    if finding.paths:
        shown = ", ".join(printable(path) for path in finding.paths[:_MOST_PATHS])
        more = finding.path_count - min(len(finding.paths), _MOST_PATHS)
        parts.append(f"Paths: {shown}" + (f" and {more:,} more" if more > 0 else ""))
    return Problem(
        rule=finding.rule,
        level=finding.level,
        title=prose(finding.title),
        message=prose(". ".join(part.rstrip(".") for part in parts if part) + "."),
        line=line,
        end_line=max(line, _end_line(inspection, line)),
        fingerprint=mark,
        gate=False,
        finding=finding,
        ignored=ignored,
    )


def _end_line(inspection: Inspection, line: int) -> int:
    instructions = (step.instruction for step in inspection.steps)
    ends = (one.dockerfile_end_line for one in instructions if one is not None and one.dockerfile_line == line)
    return next((end for end in ends if end is not None), line)
