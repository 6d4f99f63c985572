"""A plan of everything: the findings that go into it, and those that stay out though they save, with the reason.

Owns one question: whether a fix makes another rule's aim worse. A fix that joins RUNs may put an install below a COPY
of sources, where it stood above; then each change of a source installs again, which LS401 and LS402 warn of. Such
a fix can be planned by itself, by who knows what it costs, and is no part of all.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from layerscope.analysis import dependencyruns, packageruns, shelltext
from layerscope.analysis.assembly import Assembly
from layerscope.analysis.evidence import Evidence, evidence_of
from layerscope.analysis.layerorder import places, text_of, volatile_copies
from layerscope.analysis.plan import Planner
from layerscope.model.findings import Finding, Level
from layerscope.model.inspection import Inspection
from layerscope.model.plan import AllFixes

_MOST_TRIED = 60
"""New Dockerfiles that are made to find out; beyond, all fixes that touch such an install stay out."""


def all_fixes(inspection: Inspection) -> AllFixes:
    """Choose the findings that save something, but for those that make something else worse."""
    useful = frozenset(at for at, finding in enumerate(inspection.findings) if finding.saving_bytes)
    known = inspection.dockerfile
    if known is None or not known.instructions or not useful:
        return AllFixes(useful, {})
    order = _Order(inspection)
    held = order.held_back(useful)
    return AllFixes(useful - held, {at: order.why((useful - held) | {at}) for at in sorted(held)})


def every_fix(inspection: Inspection, planner: Planner) -> AllFixes:
    """Choose them once for a planner."""
    if planner.every is None:
        planner.every = all_fixes(inspection)
    return planner.every


def left_text(left: Sequence[Finding], count: int) -> str:
    """Say which of all findings save nothing, so that no plan has them; their rules, and how many are errors."""
    counts = Counter(finding.rule for finding in left)
    rules = ", ".join(f"{rule} ({many})" if many > 1 else rule for rule, many in sorted(counts.items()))
    errors = sum(finding.level is Level.ERROR for finding in left)
    some = f", {errors} of them error{'s' * (errors > 1)}" if errors else ""
    one = len(left) == 1
    why = "it saves no bytes, and is mended by hand" if one else "they save no bytes, and are mended by hand"
    return f"{len(left)} of {count} findings {'is' if one else 'are'} not planned{some}: {why}: {rules}"


class _Order:
    """What new Dockerfiles do to the order of COPYs and installs."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._evidence = evidence = evidence_of(inspection)
        self._copies = list(volatile_copies(evidence, places(evidence)))
        self._installs = [layer for layer in evidence.user_layers() if _installs(evidence, layer)]

    def held_back(self, useful: frozenset[int]) -> frozenset[int]:
        """Find the fewest fixes, and of these the least, without which no install goes below a COPY of sources."""
        fixed, worse, tried = useful, self._worse(useful), 0
        while worse and (touching := sorted(self._touching(fixed, worse), key=self._saving)):
            tried += len(touching)
            if tried > _MOST_TRIED:
                return useful - fixed | frozenset(touching)
            without = {at: self._worse(fixed - {at}) for at in touching}
            least = min(touching, key=lambda at: len(without[at]))
            fixed, worse = fixed - {least}, without[least]
        for at in sorted(useful - fixed, key=self._saving, reverse=True):
            if not self._worse(fixed | {at}):
                fixed |= {at}  # it was another's doing
        return useful - fixed

    def why(self, fixed: frozenset[int]) -> str:
        """Say what some fixes together would do."""
        script = self._evidence.script
        found = self._worse(fixed)
        if not found:
            return "it would put installs below what copies sources"
        copy = next(one for one in self._copies if one.layer == found[0][0])
        lines = sorted({script.line(run) or 0 for _copy, run in found})
        many = f"lines {', '.join(map(str, lines[:-1]))} and {lines[-1]}" if lines[1:] else f"line {lines[0]}"
        runs = "install" if lines[1:] else "installs"
        line = copy.place.instruction.dockerfile_line
        return (
            f"it would join what {many} {runs} below line {line}, {text_of(copy.place.instruction)}: each change of "
            "what that copies would install again"
        )

    def _saving(self, at: int) -> int:
        return self._inspection.findings[at].saving_bytes

    def _worse(self, fixed: frozenset[int]) -> list[tuple[int, int]]:
        """Find (COPY, RUN) of layers: the RUN installs, and stands above the COPY now and below it then."""
        if not self._copies or not self._installs or not fixed:
            return []
        known = self._inspection.dockerfile
        assert known is not None
        edits = [self._inspection.findings[at].edits for at in sorted(fixed)]
        assembly = Assembly(self._evidence.script, known, edits)
        then = assembly.places(len(self._inspection.layers))
        return [
            (copy.layer, run)
            for copy in self._copies
            for run in self._installs
            if run < copy.layer < then[run] and copy.layer not in assembly.gone_layers
        ]

    def _touching(self, fixed: Iterable[int], worse: Iterable[tuple[int, int]]) -> Iterator[int]:
        lines = {self._evidence.script.line(run) for _copy, run in worse}
        for at in fixed:
            edits = self._inspection.findings[at].edits
            if any((one.first_line or 0) <= (line or 0) <= (one.last_line or 0) for one in edits for line in lines):
                yield at


def _installs(evidence: Evidence, layer: int) -> bool:
    """Tell whether a layer's RUN installs packages of the system or of a language; lists alone are no install."""
    text = evidence.script.run(layer)
    if evidence.script.keyword(layer) != "RUN" or text is None or evidence.script.line(layer) is None:
        return False
    return any(
        (packageruns.installs(piece) and not packageruns.only_fetches(piece)) or dependencyruns.installs(piece)
        for piece in shelltext.pieces(text) or [text]
    )
