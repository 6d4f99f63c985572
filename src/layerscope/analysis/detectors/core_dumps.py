"""LS209 Core dump in the image.

What: a file named `core`, `core.123` or `*.core` that is the memory of a program that crashed.

Why: something crashed while the image was built, and the kernel wrote its memory into the working directory. That
memory may hold secrets, too.

Bad:

    RUN ./selftest || true

Good:

    RUN ulimit -c 0 && ./selftest

Ignore it when: it is a test fixture of a debugger.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import Bunch
from layerscope.analysis.detecting import Detector, Remedy, Rule, live_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.telling import Telling
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_NAME = regex(rb"core(?:\.\d+)?|.*\.core")
_LEAST_BYTES = 4096
_ELF, _TYPE_AT, _CORE_TYPE = b"\x7fELF", 16, 4


class CoreDumps(Detector):
    """See the module."""

    RULE = Rule("LS209", "core dump in the image", Level.WARNING)
    TELLING = Telling(names=frozenset({b"core"}), endings=frozenset({b"core"}), starts=frozenset({b"core."}))

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report core dumps, known by their content."""
        tree, bunch, layers = evidence.tree, Bunch(), []
        for node in [node for node, name in evidence.told.items() if b"core" in name and _NAME.fullmatch(name)]:
            entry = tree.live[node]
            if entry == NONE:
                continue
            table, row = tree.place_of(entry)
            layer = tree.layer_of(entry)
            if table.kind[row] != Kind.FILE or table.size[row] < _LEAST_BYTES or evidence.in_base(layer):
                continue
            if _is_core(evidence.inputs.read(entry, 64)):
                bunch.add(table.size[row], node)
                layers.append(layer)
        if bunch:
            places = " and ".join(evidence.script.place(layer) for layer in sorted(set(layers)))
            yield live_finding(
                self.RULE, bunch, layers, evidence,
                title=f"a program crashed during the build: {evidence.path(bunch.nodes[0])} is its memory",
                why="The kernel writes core dumps into the working directory; this one became part of a layer.",
                remedy=Remedy(f"Find out what crashed in {places}; run it with `ulimit -c 0`."),
            )  # fmt: skip


def _is_core(start: bytes | None) -> bool:
    if start is None or len(start) < _TYPE_AT + 2 or not start.startswith(_ELF):
        return False
    return _CORE_TYPE in start[_TYPE_AT : _TYPE_AT + 2]  # two bytes, in either order
