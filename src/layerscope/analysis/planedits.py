"""The changes of a plan one by one: what each saves, what to do, and the lines of the Dockerfile where they are known.

Owns the words of plans. The numbers are `plan.py`'s; how instructions become edits is `remedies.py`'s business.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from layerscope.analysis.assembly import Assembly
from layerscope.analysis.dropping import Dropped, dropped
from layerscope.analysis.evidence import Evidence, evidence_of
from layerscope.analysis.layerorder import text_of
from layerscope.analysis.plan import Planner
from layerscope.analysis.remedies import merged_runs
from layerscope.analysis.script import safe
from layerscope.analysis.secretwords import MASK
from layerscope.analysis.shelltext import continued, looks_around, pieces
from layerscope.frozen import replace
from layerscope.model.findings import Edit
from layerscope.model.inspection import Inspection
from layerscope.model.plan import ChangedFile, Costlier, FileOutlook, Foreseen, Outcome, Plan, PlannedChange, TakenOut
from layerscope.units import printable

_COPIES = frozenset({"COPY", "ADD"})
_LONGEST_TITLE = 60
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
    return _Changes(inspection, planner, plan, evidence_of(inspection)).all()


def foresee_file(inspection: Inspection, planner: Planner, plan: Plan) -> FileOutlook:
    """Say what the new Dockerfile would be like; what was asked lately is remembered."""
    known = planner.outlooks.get(plan)
    if known is None:
        if len(planner.outlooks) >= _MOST_OUTLOOKS:
            planner.outlooks.clear()
        known = planner.outlooks[plan] = _outlook(inspection, planner, plan)
    return known


def _outlook(inspection: Inspection, planner: Planner, plan: Plan) -> FileOutlook:
    changes = _Changes(inspection, planner, plan, evidence_of(inspection))
    remedies, items = changes.remedies(), list(plan_items(inspection, plan))
    assembly = changes.assembly(remedies)
    notes = {items[number][0]: said for number, said in changes.notes().items()}
    advice = {title: said for (title, _without), (said, _edits) in zip(items, remedies, strict=True)}
    if assembly is None:
        return FileOutlook(changes.layer_count(None), planner.outcome(plan), notes=notes, advice=advice)
    left_out = changes.left_out(assembly, items)
    built = changes.built(changes.without(left_out, items), assembly)
    titles = {items[number][0]: why for number, why in left_out.items()}
    costlier = changes.costlier(built, assembly)
    return FileOutlook(
        changes.layer_count(assembly), built, titles, costlier, notes, advice, is_nothing=len(titles) == len(items)
    )


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
        changes, notes = [], self.notes()
        for number, ((title, without), (advice, edits)) in enumerate(
            zip(items, _one_after_another(remedies), strict=True)
        ):
            saving_bytes = self._planner.outcome(without).total_bytes - self._total_bytes
            said = single[number][0] if single else advice
            written = tuple(replace(one, lines=continued(one.lines, self._escape)) for one in edits)
            noted = notes.get(number, ())
            changes.append(PlannedChange(title, saving_bytes, said, written, left_out.get(number, ""), noted))
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
        return replace(plan, kept=frozenset(one for node in plan.dropped for one in self.drop(node).kept))

    def left_out(self, assembly: Assembly, items: Sequence[tuple[str, Plan]]) -> dict[int, str]:
        """Say why changes are not in the whole Dockerfile, by number."""
        found = dict(_left_out(assembly, items))
        for number, index in enumerate(sorted(self._plan.fixed)):
            finding = self._inspection.findings[index]
            both = {*finding.owner_layers, *finding.killer_layers}
            if number in found and finding.killer_layers and assembly.are_one(both):
                del found[number]  # its layers are one RUN already
        for number, node in enumerate(sorted(self._plan.dropped), len(self._plan.fixed)):
            if found.get(number) == _BY_HAND and self.drop(node).held:
                found[number] = f"{_BY_HAND} ({self.drop(node).held})"
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

    def drop(self, node: int) -> Dropped:
        """Say what becomes of a path; remembered, for it takes long to look for."""
        known = self._planner.drops.get(node)
        if not isinstance(known, Dropped):
            known = self._planner.drops[node] = dropped(self._evidence, self._planner, node)
        return known

    def _dropped(self, node: int) -> "_Remedy":
        found = self.drop(node)
        known = self._inspection.dockerfile
        is_said = found.edits or not found.held or (known is not None and known.instructions)
        return found.advice if is_said else f"{found.advice} By hand: {found.held}.", found.edits

    def notes(self) -> dict[int, tuple[str, ...]]:
        """Say what of the changes is out of reach, or is done by hand though the rest of it is not; by number."""
        first = len(self._plan.fixed)
        return {number: self.drop(node).notes for number, node in enumerate(sorted(self._plan.dropped), first)}

    def _squashed(self, first: int, last: int) -> "_Remedy":
        script = self._evidence.script
        layers = range(first, last + 1)
        others = sorted({script.keyword(layer) or "?" for layer in layers} - {"RUN"})
        edits = () if others else merged_runs(script, layers)
        base = [layer for layer in layers if layer < self._evidence.base_count]
        if edits:
            advice = "Make one RUN of them."
        elif base:
            named = f"Layer {base[0]} is" if len(base) == 1 else f"Layers {base[0]}-{base[-1]} are"
            advice = (
                f"{named} the base image, which no line makes one with others: only the layers above it can be squashed"
                ", or the whole image, by the tool that builds it (buildah build --squash)."
            )
        elif others:
            made = " and ".join(others)
            advice = (
                f"Not all of them are RUNs ({made}): make one RUN of those that are, or copy the result from a stage "
                "of its own (COPY --from), so that one layer is left."
            )
        else:
            advice = "Make one RUN of them, by hand: they differ in user or directory, or are not known word by word."
        return advice, edits
