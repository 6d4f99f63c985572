"""Which findings `layerscope plan` fixes, and what is said of those that it does not."""

import difflib
from collections.abc import Iterable, Iterator

from layerscope.errors import UsageError
from layerscope.model.findings import Finding
from layerscope.model.inspection import Inspection
from layerscope.model.plan import AllFixes, Foreseen
from layerscope.units import format_size


def fixed_findings(inspection: Inspection, names: Iterable[str]) -> AllFixes:
    """Find the findings of rules and kinds, or all, that save something; raises `UsageError` where none of one does."""
    from layerscope.analysis.planall import all_fixes

    names = list(names)
    every = all_fixes(inspection) if "all" in map(str.lower, names) else AllFixes(frozenset(), {})
    fixed = set(every.fixed)
    for name in names:
        if name.lower() == "all":
            continue
        found = [at for at, finding in enumerate(inspection.findings) if _is_called(finding, name)]
        useful = {at for at in found if inspection.findings[at].saving_bytes}
        if not useful:
            raise _nothing(inspection, name, [inspection.findings[at] for at in found])
        fixed |= useful
    return AllFixes(frozenset(fixed), {at: why for at, why in every.held_back.items() if at not in fixed})


def _is_called(finding: Finding, name: str) -> bool:
    return name.lower() in {finding.rule.lower(), finding.kind.lower()}


def _nothing(inspection: Inspection, name: str, found: list[Finding]) -> UsageError:
    """Say why nothing of a name can be fixed: there is no such rule, it finds nothing here, or people have to do it."""
    from layerscope.analysis.pages import is_known, known_names

    rules = sorted({finding.rule for finding in inspection.findings if finding.saving_bytes})
    saving = f"findings that save something: {', '.join(rules)}" if rules else "no finding saves anything"
    if found:
        many = "finding is" if len(found) == 1 else "findings are"
        why = f"{len(found)} {many} mended by hand: no bytes are saved, so there is nothing to plan"
        return UsageError(f"--fix {name}: {why}", hint=f"{found[0].advice} ({saving})")
    if is_known(name):
        return UsageError(
            f"--fix {name}: nothing of the kind was found, so nothing of the kind can be saved", hint=saving
        )
    close = difflib.get_close_matches(name.upper(), [one.upper() for one in known_names()], n=3)
    near = [one for one in known_names() if one.upper() in close]
    hint = (
        f"did you mean {' or '.join(near)}? layerscope explain lists them" if near else "layerscope explain lists them"
    )
    return UsageError(f"--fix {name}: there is no such rule or kind", hint=f"{hint}; {saving}")


def left_findings(inspection: Inspection, foreseen: Foreseen, planned: AllFixes) -> Iterator[str]:
    """Say which findings are not in a plan of all, and why; also which lines of theirs it takes out nevertheless."""
    from layerscope.analysis.planall import left_text

    findings = inspection.findings
    for at, why in planned.held_back.items():
        rule, saving = findings[at].rule, format_size(findings[at].saving_bytes)
        yield f"layerscope: {rule}, which saves {saving}, is not planned: {why}; --fix all --fix {rule} plans it"
    left = [one for at, one in enumerate(findings) if at not in planned.fixed and at not in planned.held_back]
    if not left:
        return
    yield f"layerscope: {left_text(left, len(findings))}"
    for line in sorted({one.line for one in foreseen.taken_out}):
        there = sorted({finding.rule for finding in left if finding.dockerfile_line == line})
        if there:
            yield f"layerscope: line {line}, which {', '.join(there)} is about, is taken out by this plan"
