r"""LS101 Package caches deleted or replaced in a later layer.

What: one layer ships a package manager's index, archives or a tool's download cache, and a later layer deletes or
replaces them. The final image does not show them, but everyone who pulls it pulls them.

Why: each RUN, COPY and ADD is a layer, and a layer cannot take bytes out of those below it.

Bad:

    RUN apt-get update
    RUN apt-get install -y curl
    RUN rm -rf /var/lib/apt/lists/*

Good:

    RUN apt-get update \
     && apt-get install -y --no-install-recommends curl \
     && rm -rf /var/lib/apt/lists/*

Ignore it when: the stage is never shipped (a build stage of a multi-stage Dockerfile).
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.detecting import (
    Deaths,
    Remedy,
    Rule,
    WasteDetector,
    files_in,
    layers_text,
    waste_finding,
)  # fmt: skip
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.packageruns import PackagePlan, package_plan
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate


class CachesDeleted(WasteDetector):
    """See the module."""

    RULE = Rule("LS101", "cache deleted in a later layer", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Take caches that a RUN above the base left, however they ended."""
        kind = evidence.kind(death.kind)
        is_cache = kind is not None and bool(kind.cleanup)
        return is_cache and death.fate is not Fate.RESHIPPED and evidence.script.keyword(death.owner) == "RUN"

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each package manager: one change mends all its layers."""
        groups: dict[tuple[str, ...], dict[Death, Bunch]] = {}
        for death, bunch in deaths.items():
            kind = evidence.kind(death.kind)
            groups.setdefault(kind.tools if kind else (), {})[death] = bunch
        for tools, group in groups.items():
            kinds = [kind for kind in evidence.table.kinds if kind.tools == tools and kind.cleanup]
            yield self._finding(group, kinds, evidence)

    def _finding(self, deaths: Deaths, kinds: list[PathKind], evidence: Evidence) -> Finding:
        sizes: dict[int, int] = {}
        for death, bunch in deaths.items():
            sizes[death.kind] = sizes.get(death.kind, 0) + bunch.size_bytes
        main = evidence.kind(max(sizes, key=sizes.__getitem__))
        assert main is not None
        plan = package_plan(evidence, kinds)
        killers = layers_text(death.killer for death in deaths)
        ended = "deleted" if any(death.fate is Fate.DELETED for death in deaths) else "replaced"
        label = main.label if len(sizes) == 1 or len(kinds) == len(evidence.table.kinds) else _labels(sizes, evidence)
        return waste_finding(
            self.RULE, deaths, evidence, kind=main.name,
            title=f"{label} shipped by {layers_text(death.owner for death in deaths)}, {ended} by {killers}: "
            f"{files_in(evidence, joined(deaths.values()))}",
            why="A later layer hides files; the bytes stay in the layer that shipped them, and everyone pulls them.",
            remedy=_remedy(plan, kinds, evidence),
        )  # fmt: skip


def _labels(sizes: dict[int, int], evidence: Evidence) -> str:
    names = [kind.label for number in sorted(sizes, key=lambda one: -sizes[one]) if (kind := evidence.kind(number))]
    return " and ".join(names[:2]) if len(names) < 3 else ", ".join(names[:3])


def _remedy(plan: PackagePlan, kinds: list[PathKind], evidence: Evidence) -> Remedy:
    script = evidence.script
    commands = " && ".join(plan.commands)
    single = [layer for layer in plan.members if layer not in plan.merged]
    words = []
    if plan.merged:
        words.append(f"Make one RUN of {script.places(plan.merged)}, ending with `{commands}`")
    if single:
        words.append(f"{'e' if words else 'E'}nd {script.places(single)} with `&& {commands}`")
    if plan.dropped:
        words.append(f"the cleaning in {script.places(plan.dropped)} is not needed then")
    mount = next((kind.cache_mount for kind in kinds if kind.cache_mount), "")
    options = [f"`{kind.option}`" for kind in kinds if kind.option][:1]
    options += [f"`RUN --mount=type=cache,target={mount}`"] if mount else []
    instead = f" Or, so that nothing needs cleaning: {' or '.join(options)}." if options else ""
    return Remedy(f"{'; '.join(words)}.{instead}", plan.edits)
