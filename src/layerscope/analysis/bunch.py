"""Files with their bytes, as columns: a finding is about 10⁵ of them and shows twenty. Knows no kind, no cause."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from heapq import nlargest, nsmallest
from itertools import compress

from layerscope.frozen import dataclass, field
from layerscope.model.files import key_of
from layerscope.model.filetree import FileTree


@dataclass(slots=True)
class Bunch:
    """Files with their bytes, in any order; a path may be there twice."""

    nodes: "array[int]" = field(default_factory=lambda: array("i"))
    sizes: "array[int]" = field(default_factory=lambda: array("Q"))
    size_bytes: int = 0
    _counted: tuple[int, int] = (0, 0)
    """(nodes, paths) when they were counted."""

    def __len__(self) -> int:
        return len(self.nodes)

    def add(self, size_bytes: int, node: int) -> None:
        """Put a file in."""
        self.sizes.append(size_bytes)
        self.nodes.append(node)
        self.size_bytes += size_bytes

    def path_count(self) -> int:
        """Count the paths."""
        if self._counted[0] != len(self.nodes):
            self._counted = len(self.nodes), len(set(self.nodes))
        return self._counted[1]

    def top(self, count: int) -> list[tuple[int, int]]:
        """Give (bytes, node) of the first paths, most bytes first, then by path; without sorting the others."""
        sizes, nodes = self.sizes, self.nodes
        if self.path_count() != len(nodes):
            sums: dict[int, int] = {}
            for node, size in zip(nodes, sizes, strict=True):
                sums[node] = sums.get(node, 0) + size
            nodes, sizes = array("i", sums), array("Q", sums.values())
        rows = zip(sizes, nodes, strict=True)
        if len(nodes) > 2 * count:
            least = nlargest(count, sizes)[-1]
            rows = zip(*(compress(column, [size > least for size in sizes]) for column in (sizes, nodes)), strict=True)
            found = sorted(rows, key=_most_first)  # fewer than `count`, however many have the same size
            ties = nsmallest(count - len(found), compress(nodes, [size == least for size in sizes]))
            return found + [(least, node) for node in ties]
        return sorted(rows, key=_most_first)[:count]


def _most_first(row: tuple[int, int]) -> tuple[int, int]:
    return -row[0], row[1]


def bunch_of(nodes: Iterable[int], sizes: Iterable[int]) -> Bunch:
    """Make a bunch of columns."""
    made = Bunch(array("i", nodes), array("Q", sizes))
    made.size_bytes = sum(made.sizes)
    return made


def joined(bunches: Iterable[Bunch]) -> Bunch:
    """Put bunches together."""
    whole = Bunch()
    for bunch in bunches:
        whole.nodes += bunch.nodes
        whole.sizes += bunch.sizes
        whole.size_bytes += bunch.size_bytes
    return whole


class Places:
    """Where the files of a bunch are: asked by what a command names."""

    def __init__(self, tree: FileTree, bunch: Bunch) -> None:
        self._tree = tree
        self._bunch = bunch
        self._nodes: list[int] | None = None

    def any_at(self, path: bytes) -> bool:
        """Tell whether one is at a path, or below it."""
        node = self._tree.find(path)
        return node is not None and self._any_between(node, self._tree.end[node])

    def any_beginning(self, path: bytes) -> bool:
        """Tell whether the path of one begins so; a subtree and its siblings of like name are one range of nodes."""
        keys, start = self._tree.keys, key_of(path) + b"\0" * (path.endswith(b"/") and len(path) > 1)
        first = bisect_left(keys, start)
        return self._any_between(first, bisect_right(keys, start, first, key=lambda key: key[: len(start)]))

    def _any_between(self, first: int, last: int) -> bool:
        if self._nodes is None:
            self._nodes = sorted(self._bunch.nodes)
        place = bisect_left(self._nodes, first)
        return place < len(self._nodes) and self._nodes[place] < last
