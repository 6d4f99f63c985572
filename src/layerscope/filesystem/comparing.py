"""Plain files at one path, compared by the compiled loop; what is not plain is left to `content.py`."""

from array import array
from collections.abc import Callable, Sequence
from itertools import compress

from layerscope.filesystem import threadcrew
from layerscope.filesystem.reading import LayerReader
from layerscope.model.filetree import FileTree
from layerscope.model.image import LayerBlob

_AT_A_TIME = 1 << 25
"""Bytes to read, some milliseconds: nothing is told or stopped within them, and no thread waits longer for another."""
_MOST_BYTES = 1 << 29
"""Of a file: within a larger one it can be stopped, too."""
_NOT_COMPARED = 255
_SAME = bytes([0, 1, 0])
_OPEN = bytes([0, 0, 1])


def rewritten(tree: FileTree) -> bytearray:
    """Flag the paths, by node, that have several entries of regular files or links."""
    wanted = bytearray(tree.node_count)
    rewrites = iter(tree.rewrites)  # in order of entry id
    entry = next(rewrites, None)
    for layer, table in enumerate(tree.tables):
        first, last = tree.first_entry[layer : layer + 2]
        while entry is not None and entry < last:
            wanted[table.node[entry - first]] = 1
            entry = next(rewrites, None)
    return wanted


def left_to_compare(
    tree: FileTree,
    blobs: Sequence[LayerBlob],
    reader: LayerReader,
    tick: Callable[[], None],
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[list[int]]:
    """Fill `tree.content_class` for paths with two plain files; list the entries of the other paths with several.

    `meanwhile` is called while other threads compare.
    """
    from layerscope.filesystem.compiled import comparer, folding

    pairs, others = folding.versions(tree, rewritten(tree))
    if not pairs:
        return others
    columns = bytearray(), array("Q"), array("Q")
    for table in tree.tables:
        kinds = bytearray(table.kind)
        for row in table.sparse:
            kinds[row] = _NOT_COMPARED
        columns[0].extend(kinds)
        columns[1].extend(table.size)
        columns[2].extend(table.offset)
    descriptors, bases = array("i", [-1]) * tree.layer_count, array("Q", bytes(8 * tree.layer_count))
    files = comparer.Comparer(columns, array("i", tree.first_entry[:-1]), descriptors, bases)
    for layer in files.layers(pairs):
        if blobs[layer].window is not None and tree.tables[layer].digest is None:
            descriptors[layer], bases[layer] = reader.place(layer)
    starts = files.cut(pairs, _AT_A_TIME)
    jobs = range(len(starts) - 1)

    def compare(job: int) -> bytearray:
        return files.compare(pairs, starts[job], starts[job + 1], _MOST_BYTES)

    def tell(_job: int) -> None:
        reader.read_bytes = files.read_bytes
        tick()

    done = threadcrew.share_out(jobs, compare, before_each=tell, meanwhile=meanwhile)
    reader.read_bytes = files.read_bytes
    found = b"".join(done[job] for job in jobs)
    older, newer = pairs[0::2], pairs[1::2]
    same, left = found.translate(_translation(_SAME)), found.translate(_translation(_OPEN))
    tree.content_class.update(zip(compress(newer, same), compress(older, same), strict=True))
    return [*others, *map(list, zip(compress(older, left), compress(newer, left), strict=True))]


def _translation(flags: bytes) -> bytes:
    return flags + bytes(256 - len(flags))
