"""Findings on live bytes that tools left behind, by kind of path. Knows no kind: rules bring theirs."""

from collections.abc import Iterable, Iterator, Sequence

from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.detecting import Remedy, Rule, files_in, layers_text, live_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.ignoring import ignored_paths
from layerscope.analysis.packageruns import package_plan
from layerscope.analysis.pathkinds import PathKind
from layerscope.analysis.remedies import merged_runs
from layerscope.model.findings import Edit, Finding
from layerscope.units import format_size

LEAST_CACHE_BYTES = 64_000
"""Empty indexes and lock files are no finding."""


def user_bytes(evidence: Evidence, kinds: Iterable[PathKind]) -> tuple[Bunch, tuple[int, ...]]:
    """Give the live files of some kinds that layers above the base ship, and those layers."""
    numbers = {evidence.table.number(kind.name) for kind in kinds}
    found = {key: bunch for key, bunch in evidence.live.items() if key[0] in numbers and not evidence.in_base(key[1])}
    return joined(found.values()), tuple(sorted({layer for _, layer in found}))


def cache_findings(rule: Rule, kinds: Sequence[PathKind], evidence: Evidence) -> Iterator[Finding]:
    """Report caches that are in the image, one finding for each group of tools."""
    groups: dict[tuple[str, ...], list[PathKind]] = {}
    for kind in kinds:
        groups.setdefault(kind.tools, []).append(kind)
    for group in groups.values():
        bunch, layers = user_bytes(evidence, group)
        if bunch.size_bytes >= LEAST_CACHE_BYTES:
            label = biggest_kind(evidence, group)
            yield live_finding(
                rule, bunch, layers, evidence, kind=label.name,
                title=f"{label.label} is in the image: {files_in(evidence, bunch)}",
                why=f"{layers_text(layers).capitalize()} left it behind; nothing in a container uses it.",
                remedy=_cache_remedy(evidence, group, layers),
            )  # fmt: skip


def _cache_remedy(evidence: Evidence, kinds: Sequence[PathKind], layers: tuple[int, ...]) -> Remedy:
    plan = package_plan(evidence, kinds)
    script = evidence.script
    places = " and ".join(script.place(layer) for layer in layers)
    mount = next((kind.cache_mount for kind in kinds if kind.cache_mount), "")
    option = next((f"`{kind.option}`" for kind in kinds if kind.option), "")
    others = [text for text in (option, f"`RUN --mount=type=cache,target={mount}`" if mount else "") if text]
    instead = f"; or use {' or '.join(others)}" if others else ""
    if any(script.keyword(layer) != "RUN" for layer in layers):
        return Remedy(f"Leave these files out of {places}: list them in .dockerignore{instead}.")
    commands = " && ".join(plan.commands)
    if len(plan.merged) > 1:
        return Remedy(
            f"Make one RUN of {_places(evidence, plan.merged)}, ending with `{commands}`{instead}.", plan.edits
        )
    return Remedy(f"End {places} with `&& {commands}`{instead}.", plan.edits)


def _places(evidence: Evidence, layers: Iterable[int]) -> str:
    return evidence.script.places(layers)


def biggest_kind(evidence: Evidence, kinds: Iterable[PathKind]) -> PathKind:
    """Give the kind that has most live bytes above the base."""
    return max(kinds, key=lambda kind: user_bytes(evidence, (kind,))[0].size_bytes)


def leftover_findings(
    rule: Rule,
    kinds: Sequence[PathKind],
    evidence: Evidence,
    *,
    least_bytes: int,
    why: str,
    advice: str,
    edits: tuple[Edit, ...] = (),
    what: str = "",
    cleanup: str = "",
) -> Iterator[Finding]:
    """Report files of some kinds that layers above the base ship, as one finding; `what` names them all.

    `cleanup` is what every RUN that leaves some should end with.
    """
    bunch, layers = user_bytes(evidence, kinds)
    if bunch.size_bytes < least_bytes or not bunch:
        return
    kind = biggest_kind(evidence, kinds)
    script = evidence.script
    places = script.places(layers[:_MOST_PLACES]) + (" and others" * (len(layers) > _MOST_PLACES))
    yield live_finding(
        rule, bunch, layers, evidence, kind=kind.name,
        title=f"{what or kind.label} in the image: {files_in(evidence, bunch)}",
        why=why,
        remedy=Remedy(f"{advice} They come with {places}.", edits or cleaned(evidence, layers, cleanup)),
    )  # fmt: skip


def cleaned(evidence: Evidence, layers: Iterable[int], cleanup: str) -> tuple[Edit, ...]:
    """End RUNs with a command; () where one of the layers is no RUN that can be changed."""
    found = [merged_runs(evidence.script, [layer], [cleanup]) for layer in layers] if cleanup else []
    return tuple(edit for edits in found for edit in edits) if all(found) else ()


def dead_text(evidence: Evidence, kinds: Sequence[PathKind]) -> str:
    """Say what of these kinds is dead and would not be shipped either; "" where that is nothing."""
    numbers = {evidence.table.number(kind.name) for kind in kinds}
    size = sum(
        bunch.size_bytes
        for death, bunch in evidence.deaths.items()
        if death.kind in numbers and not evidence.in_base(death.owner)
    )
    return f" With it go {format_size(size)} that other findings count." if size else ""


def ignore_edits(evidence: Evidence, kinds: Sequence[PathKind]) -> tuple[Edit, ...]:
    """Name, for .dockerignore, the files of some kinds that COPYs bring; () where not all can be named."""
    numbers = {evidence.table.number(kind.name) for kind in kinds}
    lines: list[str] = []
    for (kind, layer), bunch in evidence.live.items():
        if kind not in numbers or evidence.in_base(layer):
            continue
        instruction = evidence.script.instruction(layer)
        if instruction is None or instruction.keyword not in {"COPY", "ADD"}:
            return ()
        found = ignored_paths(evidence, instruction, layer, bunch)
        if not found:
            return ()
        lines += found
    return (Edit(tuple(dict.fromkeys(lines)), file=".dockerignore"),) if lines else ()


_MOST_PLACES = 4
