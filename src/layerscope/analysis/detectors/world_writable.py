"""LS313 World-writable files or directories.

What: layers above the base bring files or directories that every user may change (`chmod 777`), directories with the
sticky bit apart.

Why: whoever gets any foothold in the container can change the program.

Bad:

    RUN chmod -R 777 /srv/app

Good:

    COPY --chown=app:app app/ /srv/app/

Ignore it when: containers run under any user id (OpenShift): then give the group the rights (`chmod -R g=u`).
"""

import sys
from collections.abc import Iterator

from layerscope.analysis.detecting import MOST_PATHS, Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.flags import chooser, flagged, packed, unpacked
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.findings import Finding, Level

_WRITE, _STICKY = 0o002, 0o1000
_LOW = int(sys.byteorder == "big")
_HAS_OWN_MODE = chooser(Kind.FILE, Kind.DIRECTORY)
"""Symbolic links, which are all open to everybody, say nothing."""
_HAS_WRITE = bytes(bool(low & _WRITE) for low in range(256))
_SHARED = (b"tmp", b"var\0tmp", b"dev", b"run\0lock", b"var\0lock", b"proc", b"sys")


class WorldWritable(Detector):
    """See the module."""

    RULE = Rule("LS313", "world-writable files", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report files and directories of the final image."""
        tree = evidence.tree
        found: list[tuple[int, int]] = []
        for layer in evidence.user_layers():
            table, first = tree.tables[layer], tree.first_entry[layer]
            modes = table.mode.tobytes()[_LOW :: table.mode.itemsize]  # one byte of each, and a look-up in C
            open_ones = packed(modes.translate(_HAS_WRITE)) & packed(table.kind.translate(_HAS_OWN_MODE))
            for row in flagged(unpacked(open_ones, len(table))):
                kind, mode, key = table.kind[row], table.mode[row], tree.keys[table.node[row]]
                if kind == Kind.DIRECTORY and mode & _STICKY:
                    continue
                shared = any(key == one or key.startswith(one + b"\0") for one in _SHARED)
                if not shared and tree.death[first + row] == NONE:
                    found.append((table.node[row], layer))
        if found:
            layers = tuple(sorted({layer for _, layer in found}))
            nodes = tuple(node for node, _ in found)
            yield practice_finding(
                self.RULE, layers=layers, line=evidence.script.line(layers[0]),
                title=f"every user may change {evidence.path(nodes[0])}"
                + (f" and {len(nodes) - 1:,} more" if len(nodes) > 1 else ""),
                why="Whoever gets a foothold in the container can change what the program runs.",
                advice="Give the rights to the user or group that needs them: `--chown`, `chmod o-w`.",
                paths=tuple(map(tree.path, nodes[:MOST_PATHS])), nodes=nodes[:MOST_PATHS], path_count=len(nodes),
            )  # fmt: skip
