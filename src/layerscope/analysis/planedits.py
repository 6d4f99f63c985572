"""The changes of a plan one by one: what each saves, what to do, and the lines of the Dockerfile where they are known.

Owns the words of plans. The numbers are `plan.py`'s; how instructions become edits is `remedies.py`'s business.
"""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

from layerscope.analysis.assembly import Assembly
from layerscope.analysis.bunch import Bunch
from layerscope.analysis.evidence import Evidence, Inputs
from layerscope.analysis.ignoring import ignored_paths
from layerscope.analysis.layerorder import text_of
from layerscope.analysis.pathkinds import KindTable
from layerscope.analysis.plan import Planner
from layerscope.analysis.remedies import merged_runs
from layerscope.analysis.script import safe, safe_lines
from layerscope.analysis.secretwords import MASK
from layerscope.analysis.shelltext import continued, looks_around, pieces
from layerscope.frozen import replace
from layerscope.model.findings import Edit
from layerscope.model.inspection import Inspection
from layerscope.model.plan import ChangedFile, Costlier, FileOutlook, Foreseen, Outcome, Plan, PlannedChange, TakenOut
from layerscope.units import printable

_COPIES = frozenset({"COPY", "ADD"})
_LONGEST_TITLE = 60
_MOST_OWNERS = 5
_MOST_NAMES = 3
_MOST_OUTLOOKS = 500
_MOST_COSTLIER = 3
_LEAST_COSTLIER = 1_000_000
"""What RUNs ship that run more often; less is not worth a line."""

_BY_HAND = "it has to be done by hand"
_LATER = "Lines of this one are changed above: make that change, build, and plan this one for the new image."
_Remedy = tuple[str, tuple[Edit, ...]]
"""Advice, and text to paste."""


def foresee(inspection: Inspection, planner: Planner, plan: Plan) -> Foreseen:
    """Work a plan out: each change, and the whole Dockerfile with all that go together."""
    return _Changes(inspection, planner, plan, _evidence(inspection)).all()


def foresee_file(inspection: Inspection, planner: Planner, plan: Plan) -> FileOutlook:
    """Say what the new Dockerfile would be like; what was asked lately is remembered.

    Quick enough for every key: where paths are dropped, which takes long to look for, does not count.
    """
    known = planner.outlooks.get(plan)
    if known is None:
        if len(planner.outlooks) >= _MOST_OUTLOOKS:
            planner.outlooks.clear()
        known = planner.outlooks[plan] = _outlook(inspection, planner, plan)
    return known


def _outlook(inspection: Inspection, planner: Planner, plan: Plan) -> FileOutlook:
    dropped, plan = plan.dropped, replace(plan, dropped=frozenset())
    changes = _Changes(inspection, planner, plan, _evidence(inspection))
    assembly = changes.assembly(changes.remedies())
    if assembly is None:
        return FileOutlook(changes.layer_count(None), planner.outcome(replace(plan, dropped=dropped)))
    items = list(plan_items(inspection, plan))
    left_out = changes.left_out(assembly, items)
    made = replace(changes.without(left_out, items), dropped=dropped)
    built = changes.built(made, assembly)
    titles = {items[number][0]: why for number, why in left_out.items()}
    return FileOutlook(changes.layer_count(assembly), built, titles, changes.costlier(built, assembly))


def _evidence(inspection: Inspection) -> Evidence:
    inputs = Inputs(
        inspection.image, inspection.tree, inspection.layers, inspection.steps, beside=inspection.dockerfile
    )
    return Evidence(inputs, KindTable([]))


def plan_items(inspection: Inspection, plan: Plan) -> Iterator[tuple[str, Plan]]:
    """Say each change of a plan in one line that is safe to show, beside the plan without it."""
    for index in sorted(plan.fixed):
        finding = inspection.findings[index]
        yield f"fix {finding.rule} {finding.title}", plan.turned_finding(index)
    for node in sorted(plan.dropped):
        yield f"drop {safe(printable(inspection.tree.path(node)))}", plan.turned_path(node)
    for first, last in plan.squashes:
        layers = f"layers {first}-{last}" if first != last else f"layer {first}"
        yield f"squash {layers}", plan.unsquashed(first)


def _one_after_another(remedies: Sequence[_Remedy]) -> Iterator[_Remedy]:
    """Give each line of a file to one change only: what two would write there says nothing together."""
    taken: list[Edit] = []
    for advice, edits in remedies:
        if any(_clash(one, other) for one in edits for other in taken):
            yield f"{_LATER} {advice}", ()
        else:
            taken += edits
            yield advice, edits


def _clash(one: Edit, other: Edit) -> bool:
    """Whether two edits write different things to the same lines."""
    if one == other or one.file != other.file or one.first_line is None or other.first_line is None:
        return False
    ends = (one.last_line or one.first_line, other.last_line or other.first_line)
    return one.first_line <= ends[1] and other.first_line <= ends[0]


def _left_out(assembly: Assembly, items: Sequence[tuple[str, Plan]]) -> Iterator[tuple[int, str]]:
    """Say why changes are not in the whole file."""
    for number in assembly.unplaced:
        yield number, _BY_HAND
    for number, (line, other) in assembly.clashes.items():
        with_it = "another fix" if other is None else f'"{_shortened(items[other][0])}"'
        yield number, f"it does not go together with {with_it} at line {line}: build this file, then plan it anew"


def _shortened(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def _pasted(line: str) -> str:
    """Make a line safe to paste: tabs stay tabs, they may matter in here-documents."""
    return "\t".join(safe(part) for part in line.split("\t"))


class _Changes:
    def __init__(self, inspection: Inspection, planner: Planner, plan: Plan, evidence: Evidence) -> None:
        self._inspection = inspection
        self._planner = planner
        self._plan = plan
        self._evidence = evidence
        self._total_bytes = planner.outcome(plan).total_bytes

    def all(self) -> Foreseen:
        """See `foresee`."""
        remedies = self.remedies()
        items = list(plan_items(self._inspection, self._plan))
        assembly = self.assembly(remedies)
        left_out = {} if assembly is None else self.left_out(assembly, items)
        single = remedies if assembly is not None else None
        changes = []
        for number, ((title, without), (advice, edits)) in enumerate(
            zip(items, _one_after_another(remedies), strict=True)
        ):
            saving_bytes = self._planner.outcome(without).total_bytes - self._total_bytes
            said = single[number][0] if single else advice
            written = tuple(replace(one, lines=continued(one.lines, self._escape)) for one in edits)
            changes.append(PlannedChange(title, saving_bytes, said, written, left_out.get(number, "")))
        file = None if assembly is None else self._file(assembly, items, left_out)
        return Foreseen(
            now=self._planner.now,
            then=self._planner.outcome(self._plan),
            layer_count=self.layer_count(assembly),
            changes=tuple(changes),
            file=file,
            taken_out=tuple(self._taken_out(assembly)) if assembly else (),
            costlier=self.costlier(file.outcome, assembly) if file and assembly else (),
        )

    @property
    def _escape(self) -> str:
        return self._inspection.dockerfile.escape if self._inspection.dockerfile else "\\"

    def built(self, plan: Plan, assembly: Assembly) -> Outcome:
        """Give the image that the new file makes, each layer where its instruction stands in it."""
        count = len(self._inspection.layers)
        return replace(self._planner.outcome(plan, assembly.joined(count)), places=assembly.places(count))

    def costlier(self, built: Outcome, assembly: Assembly) -> tuple[Costlier, ...]:
        """Find what brings files and has RUNs above it that are joined below it: they run again with each change."""
        script, now, gone = self._evidence.script, self._planner.now, assembly.gone_layers
        found = []
        for layer in range(len(self._inspection.layers)):
            line, moved = script.line(layer), built.moved_below(layer)
            run_bytes = sum(one.content_bytes for one in moved)
            if line is None or layer in gone or script.keyword(layer) not in _COPIES or run_bytes < _LEAST_COSTLIER:
                continue
            lines = script.lines_of(tuple(one.first for one in moved))
            found.append(Costlier(line, lines, run_bytes, now.rebuilt_bytes(layer), built.rebuilt_bytes(layer)))
        return tuple(found[:_MOST_COSTLIER])

    def _taken_out(self, assembly: Assembly) -> Iterator[TakenOut]:
        """Find what brings files and is taken out, with the RUNs below it: whether they need them, only people know."""
        script = self._evidence.script
        for layer in range(len(self._inspection.layers)):
            line, instruction = script.line(layer), script.instruction(layer)
            if line not in assembly.gone_lines or instruction is None or instruction.keyword not in _COPIES:
                continue
            below = range(layer + 1, len(self._inspection.layers))
            runs = script.lines_of(tuple(one for one in below if self._may_need(one)))
            if runs and line is not None:
                yield TakenOut(line, text_of(instruction), runs)

    def _may_need(self, layer: int) -> bool:
        script = self._evidence.script
        text = script.run(layer)
        return script.keyword(layer) == "RUN" and (text is None or any(map(looks_around, pieces(text) or ())))

    def without(self, left_out: Iterable[int], items: Sequence[tuple[str, Plan]]) -> Plan:
        """Give the plan without some of its changes."""
        plan = self._plan
        for number in left_out:
            other = items[number][1]
            squashes = tuple(one for one in plan.squashes if one in other.squashes)
            plan = Plan(squashes, plan.dropped & other.dropped, plan.fixed & other.fixed)
        return plan

    def left_out(self, assembly: Assembly, items: Sequence[tuple[str, Plan]]) -> dict[int, str]:
        """Say why changes are not in the whole Dockerfile, by number."""
        found = dict(_left_out(assembly, items))
        for number, index in enumerate(sorted(self._plan.fixed)):
            finding = self._inspection.findings[index]
            both = {*finding.owner_layers, *finding.killer_layers}
            if number in found and finding.killer_layers and assembly.are_one(both):
                del found[number]  # its layers are one RUN already
        return found

    def remedies(self) -> "list[_Remedy]":
        """Say what to do for each change, in the order of `plan_items`."""
        return [
            *(self._fixed(index) for index in sorted(self._plan.fixed)),
            *(self._dropped(node) for node in sorted(self._plan.dropped)),
            *(self._squashed(first, last) for first, last in self._plan.squashes),
        ]

    def assembly(self, remedies: "Sequence[_Remedy]") -> Assembly | None:
        """Put all into the Dockerfile of which the lines are known."""
        known = self._inspection.dockerfile
        if known is None or not known.instructions:
            return None
        return Assembly(self._evidence.script, known, [edits for _advice, edits in remedies])

    def layer_count(self, assembly: Assembly | None) -> int:
        """Count the layers of an image that is built after these changes."""
        groups = self._planner.outcome(self._plan).layers
        if assembly is None:
            return len(groups)
        gone = assembly.gone_layers
        kept = sum(any(layer not in gone for layer in range(one.first, one.last + 1)) for one in groups)
        return kept + assembly.added_count

    def _file(self, assembly: Assembly, items: Sequence[tuple[str, Plan]], left_out: Mapping[int, str]) -> ChangedFile:
        known = self._inspection.dockerfile
        assert known is not None
        plan = self.without(left_out, items)
        return ChangedFile(
            name=safe(known.name) or "Dockerfile",
            before=tuple(map(_pasted, known.lines)),
            altered=frozenset(at for at, line in enumerate(known.lines) if MASK in line or _pasted(line) != line),
            lines=tuple(map(_pasted, assembly.lines())),
            outcome=self.built(plan, assembly),
            layer_count=_Changes(self._inspection, self._planner, plan, self._evidence).layer_count(assembly),
            ignored=assembly.ignored,
            line_end=known.line_end,
            is_ended=known.is_ended,
            is_real=known.is_real,
        )

    def _fixed(self, index: int) -> "_Remedy":
        finding = self._inspection.findings[index]
        return finding.advice, finding.edits

    def _dropped(self, node: int) -> "_Remedy":
        path = safe(printable(self._inspection.tree.path(node)))
        owners = self._owners(node)
        edits = tuple(edit for layer, bunch in owners[:_MOST_OWNERS] for edit in self._left_out(node, layer, bunch))
        layers = ", ".join(str(layer) for layer, _bunch in owners)
        shipped = f"shipped by layer{'s' * (len(owners) != 1)} {layers}" if owners else "of no bytes"
        advice = f"Never add {path} ({shipped}): remove it where it is made, or keep it out of the build context."
        return f"{advice}{self._held(node)}", edits

    def _held(self, node: int) -> str:
        """Say which other names of a file keep its bytes; "" where none does."""
        names = self._planner.other_names(node)
        shown = [safe(printable(self._inspection.tree.path(name))) for name in names[:_MOST_NAMES]]
        more = f" and {len(names) - _MOST_NAMES:,} more" if len(names) > _MOST_NAMES else ""
        many = len(names) > 1
        under, those = ("other names", "these") if many else ("another name", "that")
        held = (
            f" Its bytes stay under {under}: {', '.join(shown)}{more} (hard links); drop {those} as well to save them."
        )
        return held if names else ""

    def _owners(self, node: int) -> list[tuple[int, Bunch]]:
        """List the layers that ship a path or something below it, with the files."""
        tree, found = self._inspection.tree, []
        for layer, table in enumerate(tree.tables):
            bunch = Bunch()
            for row, here in enumerate(table.node):
                if node <= here < tree.end[node] and table.size[row]:
                    bunch.add(table.size[row], here)
            if bunch.size_bytes:
                found.append((layer, bunch))
        return found

    def _left_out(self, node: int, layer: int, bunch: Bunch) -> tuple[Edit, ...]:
        """Change one instruction so that it does not leave the path behind."""
        script = self._evidence.script
        instruction = script.instruction(layer)
        if instruction is None or self._evidence.in_base(layer):
            return ()
        if instruction.keyword == "RUN":
            path = safe(printable(self._inspection.tree.path(node)))
            return merged_runs(script, [layer], [f"rm -rf {shlex.quote(path)}"])
        if instruction.keyword in _COPIES:
            names = ignored_paths(self._evidence, instruction, layer, bunch)
            return (Edit(safe_lines(names), file=".dockerignore"),) if names else ()
        return ()

    def _squashed(self, first: int, last: int) -> "_Remedy":
        script = self._evidence.script
        layers = range(first, last + 1)
        others = sorted({script.keyword(layer) or "?" for layer in layers} - {"RUN"})
        edits = () if others else merged_runs(script, layers)
        if edits:
            advice = "Make one RUN of them."
        elif others:
            made = " and ".join(others)
            advice = (
                f"Not all of them are RUNs ({made}): make one RUN of those that are, or copy the result from a stage "
                "of its own (COPY --from), so that one layer is left."
            )
        else:
            advice = "Make one RUN of them, by hand: they differ in user or directory, or are not known word by word."
        return advice, edits
