r"""LS402 Dependencies installed after all sources are copied.

What: a RUN that installs a program's dependencies (npm, yarn, pnpm, bun, pip, poetry, uv, pipenv, bundle, composer, go,
cargo, maven) above a COPY of everything, where the manifests alone would do.

Why: a change of one source file installs all dependencies again: the layer is built, pushed and pulled anew.

Bad:

    COPY . .
    RUN npm ci

Good:

    COPY package.json package-lock.json ./
    RUN npm ci
    COPY . .

Ignore it when: installing needs the sources (a package that builds itself, workspaces in many directories).
"""

import posixpath
import re
from collections.abc import Iterator

from layerscope.analysis import shelltext
from layerscope.analysis.dependencyruns import Installer, install_in
from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.layerorder import (
    LEAST_BYTES,
    Cost,
    Place,
    VolatileCopy,
    insertion,
    order_finding,
    places,
    text_of,
    volatile_copies,
)
from layerscope.analysis.remedies import copy_words
from layerscope.analysis.script import safe, safe_lines
from layerscope.model.files import Kind
from layerscope.model.findings import Edit, Finding, Level


class ManifestsLate(Detector):
    """See the module."""

    RULE = Rule("LS402", "dependencies installed after all sources", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report each install behind a COPY that brought more than its manifests."""
        order = places(evidence)
        copies = list(volatile_copies(evidence, order))
        for place in order:
            copy = next((one for one in reversed(copies) if one.place.index < place.index), None)
            text = evidence.script.run(place.layer) if place.layer is not None else None
            if copy is None or text is None or place.layer is None:
                continue
            found = install_in(text)
            manifests = _manifests(evidence, copy, found[1], found[0]) if found else ()
            if found and manifests and not _changes_between(order, copy.place, place):
                saved = _saved(evidence, place.layer, text, found)
                if saved.content_bytes >= LEAST_BYTES:
                    yield self._finding(evidence, copy, place, (found[0], manifests), saved)

    def _finding(
        self, evidence: Evidence, copy: VolatileCopy, place: Place, install: tuple[str, tuple[str, ...]], saved: Cost
    ) -> Finding:
        script, (command, manifests) = evidence.script, install
        assert place.layer is not None
        names = " and ".join(
            [", ".join(map(safe, manifests[:-1])), safe(manifests[-1])] if manifests[1:] else manifests
        )
        return order_finding(
            self.RULE,
            title=f"`{safe(command)}` follows {text_of(copy.place.instruction)}: each change installs everything again",
            why=f"Of {script.place(copy.layer)}, {copy.why}; each time {script.place(place.layer)} runs again: {saved} "
                "built, pushed and pulled.",
            advice=f"Copy {names} first, run `{safe(command)}`, then copy the rest; a rebuild then makes {saved} less.",
            layers=(copy.layer, place.layer),
            line=copy.place.instruction.dockerfile_line,
            saved=saved,
            edits=_edits(copy, place, command, manifests),
        )  # fmt: skip


def _manifests(evidence: Evidence, copy: VolatileCopy, installer: Installer, command: str) -> tuple[str, ...]:
    """List the manifests that the COPY brought to where it says; () where the first is not among them."""
    wanted = list(installer.manifests)
    named = re.search(r"(?:-r|--requirement)[ =]?(\S+)", command)
    if named:
        wanted = [named[1].strip("'\"").removeprefix("./")]
    _, target = copy_words(copy.place.instruction)
    folder = posixpath.normpath(posixpath.join(evidence.script.workdir(copy.layer), target.strip('"') or "."))
    found = [name for name in wanted if _is_shipped(evidence, copy.layer, posixpath.join(folder, name))]
    return tuple(found) if found[:1] == wanted[:1] else ()


def _is_shipped(evidence: Evidence, layer: int, path: str) -> bool:
    node = evidence.tree.find(path.encode("utf-8", "surrogateescape"))
    table = evidence.tree.tables[layer]
    return node is not None and any(table.kind[row] == Kind.FILE for row in evidence.tree.rows_at(node, layer))


def _changes_between(order: list[Place], copy: Place, place: Place) -> bool:
    """Tell whether something between COPY and RUN may matter to the install."""
    return any(
        one.instruction.keyword in {"USER", "SHELL", "WORKDIR", "RUN"} for one in order[copy.index + 1 : place.index]
    )


def _saved(evidence: Evidence, layer: int, text: str, found: tuple[str, Installer]) -> Cost:
    """Say what the install alone ships: the whole layer, or where more runs in it, what is in its directories."""
    whole = Cost.of([evidence.inputs.layers[layer]])
    if len(shelltext.pieces(text) or ()) == 1:
        return whole
    table, names = evidence.tree.tables[layer], set(found[1].folders)
    inside: dict[int, bool] = {}

    def is_inside(node: int) -> bool:
        if node not in inside:
            named = evidence.tree.name(node) in names
            inside[node] = node > 0 and (named or is_inside(evidence.tree.parent[node]))
        return inside[node]

    sizes = (size for size, node in zip(table.size, table.node, strict=True) if size and is_inside(node))
    return whole.part(sum(sizes))


def _edits(copy: VolatileCopy, place: Place, command: str, manifests: tuple[str, ...]) -> tuple[Edit, ...]:
    flags, found = copy.place.instruction.flags, place.instruction
    _, target = copy_words(copy.place.instruction)
    if not target:
        return ()
    folder = target if target.endswith("/") else f"{target}/"
    first = " ".join(("COPY", *flags, *manifests, folder))
    left = [piece for piece in shelltext.pieces(found.text) or () if piece.strip() != command]
    rest = shelltext.written(left, found.flags) if left else ()
    runs = shelltext.written([command], found.flags)
    line = copy.place.instruction.dockerfile_line
    return (
        insertion(line, safe_lines((first, *runs))),
        Edit(safe_lines(rest), found.dockerfile_line, found.dockerfile_end_line),
    )
