"""LS312 Setuid or setgid programs added.

What: layers above the base bring programs that run with their owner's rights.

Why: each is a way to become root inside the container.

Bad:

    RUN apt-get update && apt-get install -y sudo

Good:

    RUN chmod u-s /usr/bin/tool      # in the RUN that installs it

or run the container with `--security-opt no-new-privileges`.

Ignore it when: the program needs it and users of the container need the program.
"""

import sys
from collections.abc import Iterator

from layerscope.analysis.detecting import MOST_PATHS, Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.flags import flagged
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.findings import Finding, Level

_SET_ID, _EXECUTE = 0o6000, 0o111
_HIGH = int(sys.byteorder == "little")
_HAS_SET_ID = bytes(bool(high << 8 & _SET_ID) for high in range(256))


class SetuidFiles(Detector):
    """See the module."""

    RULE = Rule("LS312", "setuid programs added", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report programs of the final image that were no setuid programs in the base."""
        tree = evidence.tree
        found: list[tuple[int, int]] = []
        for layer in evidence.user_layers():
            table, first = tree.tables[layer], tree.first_entry[layer]
            modes = table.mode.tobytes()[_HIGH :: table.mode.itemsize]  # one byte of each, and a look-up in C
            for row in flagged(modes.translate(_HAS_SET_ID)):
                if table.kind[row] == Kind.FILE and table.mode[row] & _EXECUTE and tree.death[first + row] == NONE:
                    below = tree.below[first + row]
                    old, old_row = tree.place_of(below) if below != NONE else (None, 0)
                    if old is None or not old.mode[old_row] & _SET_ID:
                        found.append((table.node[row], layer))
        if found:
            layers = tuple(sorted({layer for _, layer in found}))
            line = evidence.script.line(layers[0])
            nodes = tuple(node for node, _ in found)
            yield practice_finding(
                self.RULE, layers=layers, line=line,
                title=f"{len(found)} setuid or setgid program{'s' * (len(found) > 1)} added: {evidence.path(nodes[0])}",
                why="Each of them is a way to the rights of its owner, mostly root.",
                advice="Where nobody needs it, end the RUN that brings it with `&& chmod a-s` and its path.",
                paths=tuple(map(tree.path, nodes[:MOST_PATHS])), nodes=nodes[:MOST_PATHS], path_count=len(nodes),
            )  # fmt: skip
