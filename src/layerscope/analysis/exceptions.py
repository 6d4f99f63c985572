"""Exceptions to rules, each with a reason: which findings, paths and rules they excuse, and until when.

Notes those that expired, and those that matched nothing, so that none outlives its reason in silence.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from layerscope.analysis.globs import compile_globs
from layerscope.frozen import replace
from layerscope.model.findings import Finding, RuleResult, Status
from layerscope.model.image import Note
from layerscope.model.rules import Ignore
from layerscope.units import from_printable, printable


class Exceptions:
    """The exceptions that hold today, and which of them were needed."""

    def __init__(self, ignores: Iterable[Ignore], today: date) -> None:
        self._all = tuple(ignores)
        self._valid = tuple(one for one in self._all if one.expires is None or today <= one.expires)
        self._used: set[Ignore] = set()

    def ignored(self, findings: Sequence[Finding]) -> dict[int, str]:
        """Say which findings do not count, and why."""
        found = {}
        for index, finding in enumerate(findings):
            one = next((ignore for ignore in self._valid if _excuses(ignore, finding)), None)
            if one is not None:
                self._used.add(one)
                found[index] = _said(one)
        return found

    def remaining(self, rule: str, lines: list[str]) -> list[str]:
        """Leave out lines ("PATH in layer N …") whose path is excused."""
        chosen = [one for one in self._valid if one.path and one.rule in {"", rule} and not one.lines]
        kept = []
        for line in lines:
            path = from_printable(line.rpartition(" in layer ")[0])
            one = next((one for one in chosen if compile_globs([one.path]).fullmatch(path)), None)
            if one is None:
                kept.append(line)
            else:
                self._used.add(one)
        return kept

    def excused(self, result: RuleResult) -> RuleResult:
        """Make a failure of a rule that is excused as a whole a warning."""
        one = next((one for one in self._valid if one.rule == result.rule and not one.path and not one.lines), None)
        if one is None or result.status is not Status.FAILED:
            return result
        self._used.add(one)
        return replace(result, status=Status.WARNED, reason=_said(one))

    def notes(self) -> tuple[Note, ...]:
        """Say which exceptions expired, and which were not needed."""
        notes = []
        for one in self._all:
            where = f"above line {one.lines[0]} of the Dockerfile" if one.lines else ""
            name = printable(" ".join(part for part in (one.rule, one.path, where) if part))
            if one not in self._valid:
                notes.append(Note("ignore-expired", f"the exception for {name} expired on {one.expires}"))
            elif one not in self._used:
                notes.append(Note("ignore-unused", f"the exception for {name} matches nothing: it can go"))
        return tuple(notes)


def _excuses(ignore: Ignore, finding: Finding) -> bool:
    if ignore.rule and ignore.rule.lower() not in {finding.rule.lower(), finding.kind.lower()}:
        return False
    if ignore.lines and not any(ignore.lines[0] <= line <= ignore.lines[1] for line in _lines(finding)):
        return False
    if not ignore.path:
        return True
    pattern = compile_globs([ignore.path])
    # Only a finding whose paths are all known to be excused is; the list of a big one is cut short.
    whole = finding.path_count == len(finding.paths) > 0
    return whole and all(pattern.fullmatch(path) for path in finding.paths)


def _lines(finding: Finding) -> set[int]:
    """Give the Dockerfile's lines that a finding names."""
    own = set() if finding.dockerfile_line is None else {finding.dockerfile_line}
    return own | {*finding.owner_lines, *finding.killer_lines}


def _said(ignore: Ignore) -> str:
    until = f" (until {ignore.expires})" if ignore.expires else ""
    return f"ignored: {printable(ignore.reason)}{until}"
