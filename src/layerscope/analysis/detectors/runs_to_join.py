r"""LS405 RUNs in a row that change the same files.

What: RUNs with nothing but settings between them, where a later one replaces or deletes what an earlier one made.

Why: every rebuild builds, pushes and pulls both versions. One RUN ships what is left of them. (What the image wastes by
it today is in the findings LS1xx; this one says what it costs each time.)

Bad:

    RUN ./configure && make
    RUN make install
    RUN make clean

Good:

    RUN ./configure && make \
     && make install \
     && make clean

Ignore it when: the first of them takes long and the later ones change often: then the cache is worth more.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.layerorder import LEAST_BYTES, Cost, Place, order_finding, places
from layerscope.analysis.remedies import merged_runs
from layerscope.model.findings import Finding, Level

_BETWEEN = frozenset({"ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "VOLUME", "HEALTHCHECK"})


class RunsToJoin(Detector):
    """See the module."""

    RULE = Rule("LS405", "RUNs in a row change the same files", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report each row of RUNs in which a later one ends what an earlier one shipped."""
        for row in _rows(places(evidence)):
            layers = [place.layer for place in row if place.layer is not None]
            ended = _ended_inside(evidence, layers)
            whole = Cost.of(evidence.inputs.layers[layer] for layer in layers)
            saved = whole.part(sum(ended.values()))
            if saved.content_bytes < LEAST_BYTES:
                continue
            first, last = min(owner for owner, _ in ended), max(killer for _, killer in ended)
            members = [layer for layer in layers if first <= layer <= last]
            yield self._finding(evidence, members, saved)

    def _finding(self, evidence: Evidence, members: list[int], saved: Cost) -> Finding:
        script = evidence.script
        first = script.instruction(members[0])
        return order_finding(
            self.RULE,
            title=f"{len(members)} RUNs from {script.place(members[0])} to {script.place(members[-1])} could be one",
            why=f"The later ones replace or delete what the earlier ones made: {saved} built and pulled each time.",
            advice=f"Make one RUN of them; a rebuild then makes {saved} less.",
            layers=members,
            line=first.dockerfile_line if first else None,
            saved=saved,
            edits=merged_runs(script, members),
        )


def _rows(order: list[Place]) -> Iterator[list[Place]]:
    """Give the RUNs that follow each other, two at least."""
    row: list[Place] = []
    for place in order:
        if place.instruction.keyword == "RUN" and place.layer is not None:
            row.append(place)
        elif place.instruction.keyword not in _BETWEEN:
            if len(row) > 1:
                yield row
            row = []
    if len(row) > 1:
        yield row


def _ended_inside(evidence: Evidence, layers: list[int]) -> dict[tuple[int, int], int]:
    """Add up by (owner, killer) what one of the layers shipped and a later one of them ended."""
    wanted = set(layers)
    found: dict[tuple[int, int], int] = {}
    for death, bunch in evidence.deaths.items():
        if death.owner != death.killer and death.owner in wanted and death.killer in wanted:
            pair = death.owner, death.killer
            found[pair] = found.get(pair, 0) + bunch.size_bytes
    return found
