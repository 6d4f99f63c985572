"""LS214 The same content under several paths.

What: files of the final image with the same bytes, at different paths, that are not hard links of one another.

Why: a directory is copied instead of moved or linked, two stages bring the same libraries, a package is installed
twice.

Bad:

    RUN cp -r /opt/app/static /srv/static

Good:

    RUN ln -s /opt/app/static /srv/static

Ignore it when: the copies are there to diverge. Compared are only the biggest files of equal size, read up to a limit.
"""

import hashlib
from collections.abc import Iterator

from layerscope.analysis.bunch import Bunch
from layerscope.analysis.detecting import Detector, Remedy, Rule, live_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.flags import flagged, reaches
from layerscope.model.findings import Finding, Level
from layerscope.units import format_size

_LEAST_BYTES = 256_000
_LEAST_POWER = 2
"""Of 256: no more than `_LEAST_BYTES`, and found without looking at every file."""
_LEAST_TOTAL_BYTES = 1_000_000
_MOST_FILES = 80
_MOST_READ_BYTES = 48_000_000
_START_BYTES = 4096


class Duplicates(Detector):
    """See the module."""

    RULE = Rule("LS214", "same content under several paths", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report big files above the base that have the same bytes as another."""
        bunch, layers, first = Bunch(), [], ""
        for group in _same(evidence):
            kept, *copies = sorted(group, key=lambda row: row[1])
            for size, node, layer in copies:
                bunch.add(size, node)
                layers.append(layer)
                first = first or f"{evidence.path(node)} is {evidence.path(kept[1])}"
        if bunch.size_bytes >= _LEAST_TOTAL_BYTES:
            yield live_finding(
                self.RULE, bunch, layers, evidence,
                title=f"{format_size(bunch.size_bytes)} are copies of files in the image: {first}",
                why="Their bytes are those of another file of the image, and they are no hard links to it.",
                remedy=Remedy("Link them (`ln`, `ln -s`) or copy them once."),
            )  # fmt: skip


def _same(evidence: Evidence) -> list[list[tuple[int, int, int]]]:
    """Group (stored size, node, layer) of live files with the same bytes; by size, then by start, then as a whole."""
    groups: dict[tuple[int, bytes], list[tuple[int, int, int]]] = {}
    by_size = _by_size(evidence)
    left_files, left_bytes = _MOST_FILES, _MOST_READ_BYTES
    for size in sorted(by_size, reverse=True):
        starts: dict[bytes, list[tuple[int, int]]] = {}
        looked_at = by_size[size][:left_files]
        left_files -= len(looked_at)
        hashed = all(_digest(evidence, entry) for entry, _ in looked_at)  # a digest is like another digest alone
        for entry, layer in looked_at:
            start = _digest(evidence, entry) if hashed else evidence.inputs.read(entry, _START_BYTES)
            if start is not None:
                starts.setdefault(start, []).append((entry, layer))
        for alike in starts.values():
            if len(alike) < 2 or size * len(alike) > left_bytes:
                continue
            left_bytes -= size * len(alike)
            for (entry, layer), mark in zip(alike, _marks(evidence, [entry for entry, _ in alike], size), strict=True):
                table, row = evidence.tree.place_of(entry)
                groups.setdefault((alike[0][0], mark), []).append((table.size[row], table.node[row], layer))
    return [group for group in groups.values() if len(group) > 1]


def _digest(evidence: Evidence, entry: int) -> bytes | None:
    """Give a file's digest where its layer was hashed as it was unpacked: reading it would unpack it once more."""
    table, row = evidence.tree.place_of(entry)
    return None if table.digest is None else table.digest.get(row)


def _marks(evidence: Evidence, entries: list[int], size: int) -> Iterator[bytes]:
    """Mark files that begin alike, those with the same bytes by the same mark."""
    digests = [_digest(evidence, entry) for entry in entries]
    if None not in digests:
        yield from (digest or b"" for digest in digests)
        return
    first = evidence.inputs.read(entries[0], size)
    for entry in entries:
        content = first if entry == entries[0] else evidence.inputs.read(entry, size)
        if content is None:  # it could be read before, and is like no other
            yield f"entry {entry}".encode()
        else:
            # Comparing costs a tenth of hashing, and nearly all that are alike so far are the same.
            yield b"" if content == first else hashlib.sha256(content).digest()


def _by_size(evidence: Evidence) -> dict[int, list[tuple[int, int]]]:
    """Find (entry, layer) of big live files that share their size, as a reader sees it, with another."""
    tree = evidence.tree
    found: dict[int, list[tuple[int, int]]] = {}
    for layer in evidence.user_layers():
        table, first = tree.tables[layer], tree.first_entry[layer]
        for row in flagged(reaches(table.size, _LEAST_POWER)):
            if table.size[row] >= _LEAST_BYTES and not tree.fate[first + row]:
                sparse = table.sparse.get(row)
                size = table.size[row] if sparse is None else sparse.real_size_bytes
                found.setdefault(size, []).append((first + row, layer))
    return {size: entries for size, entries in found.items() if len(entries) > 1}
