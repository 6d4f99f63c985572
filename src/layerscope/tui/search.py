"""Finding paths by a part of their name, fast enough to do it between two keys.

All names of the image are kept as one lower-case text, "/" between them (no name can hold one), so that a search is
the interpreter's own substring search. Knows nothing of what is shown.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from layerscope.model.filetree import FileTree
from layerscope.units import decode, from_printable

_FEW = 8
"""Finding the name of one match costs as much as looking at this many names."""


class NameIndex:
    """The names of all paths of one image, ready to be searched."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        names = "/".join([decode(key.rpartition(b"\0")[2]) for key in tree.keys]).lower()
        self._text = f"/{names}/"
        self._starts = array("Q", accumulate((len(name) + 1 for name in names.split("/")), initial=0))
        self._starts.pop()

    def find(self, query: str) -> list[int]:
        """List the nodes whose name contains the query, whatever the case.

        With slashes the query spans components and must reach into the last one: "lib/ssl" finds `libssl` in
        `/usr/lib`, but not what is below it; a leading slash ties it to the start of a name, a trailing one to its end.
        """
        wanted = decode(from_printable(query)).lower()
        head, slash, tail = wanted.rstrip("/").rpartition("/")
        needle = slash + tail + "/" * wanted.endswith("/")
        if not needle.strip("/"):
            return []
        nodes = self._nodes(needle)
        return [node for node in nodes if self._is_below(node, head.split("/"))] if head else nodes

    def _nodes(self, needle: str) -> list[int]:
        text, starts = self._text, self._starts
        if text.count(needle) * _FEW > len(starts):
            # Many: looking at every name is cheaper than finding the name of every match.
            names = text.split("/")[1:-1]
            if "/" in needle:
                return [node for node, name in enumerate(names) if needle in f"/{name}/"]
            return [node for node, name in enumerate(names) if needle in name]
        return list(self._few(needle))

    def _few(self, needle: str) -> Iterator[int]:
        text, starts = self._text, self._starts
        at = text.find(needle)
        # A name's separator stands before it, so a needle that starts with one is found at the name's start.
        while at >= 0:
            node = bisect_right(starts, at) - 1
            yield node
            following = starts[node + 1] if node + 1 < len(starts) else len(text)
            at = text.find(needle, following)

    def _is_below(self, node: int, components: list[str]) -> bool:
        """Tell whether the directories above a node end in the components; the first need only end so."""
        above = self._tree.parent[node]
        for component in reversed(components[1:]):
            if above < 0 or self._name(above) != component:
                return False
            above = self._tree.parent[above]
        return above >= 0 and self._name(above).endswith(components[0])

    def _name(self, node: int) -> str:
        start = self._starts[node] + 1
        return self._text[start : self._text.index("/", start)]
