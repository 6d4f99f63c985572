"""Levels of findings as a project wants them. Judges nothing, drops nothing."""

from layerscope.frozen import replace
from layerscope.model.findings import Level
from layerscope.model.inspection import Inspection


def with_levels(inspection: Inspection, levels: tuple[tuple[str, Level], ...]) -> Inspection:
    """Give findings of the named rules or kinds another level; of a rule and a kind, the kind's."""
    if not levels:
        return inspection
    wanted = {name.lower(): level for name, level in levels}
    findings = (
        replace(one, level=wanted.get(one.kind.lower(), wanted.get(one.rule.lower(), one.level)))
        for one in inspection.findings
    )
    return replace(inspection, findings=tuple(findings))
