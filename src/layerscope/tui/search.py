"""Finding paths by their names, fast enough to do it between two keys.

All names of the image are kept as one lower-case text, "/" between them (no name can hold one), so that a search for
a part of a name is the interpreter's own substring search. Everything is done in slices: one long call into the
interpreter's own code would keep the screen's thread from running. Knows nothing of what is shown.
"""

import re
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from layerscope.analysis.globs import compile_globs
from layerscope.model.files import path_of
from layerscope.model.filetree import FileTree
from layerscope.tui.guard import MOST_REPETITIONS, repetitions
from layerscope.tui.query import How, Term
from layerscope.units import decode, from_printable

_FEW = 8
"""Finding the name of one match costs as much as looking at this many names."""
_SLICE = 20_000
_MOST_PATTERN = 255
"""Characters of a name that a pattern is tried on: what a file system allows. Longer ones are no real names, but could
make a pattern run for hours."""


_lock = threading.Lock()
_last: "tuple[FileTree, NameIndex] | None" = None


def index_of(tree: FileTree) -> "NameIndex":
    """Give the index of an image, made once; for threads, as it may take a second."""
    global _last  # noqa: PLW0603 - there is one image at a time, and everybody who searches shares its index
    with _lock:
        if _last is None or _last[0] is not tree:
            _last = tree, NameIndex(tree)
        return _last[1]


class NameIndex:
    """The names of all paths of one image, ready to be searched."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._count = tree.node_count
        starts = array("Q")
        parts: list[str] = []
        position = 0
        for first in range(0, self._count, _SLICE):
            names = [decode(key.rpartition(b"\0")[2]).lower() for key in tree.keys[first : first + _SLICE]]
            for name in names:
                starts.append(position)
                position += len(name) + 1
            parts.append("/".join(names))
        starts.append(position)
        self._text = f"/{'/'.join(parts)}/"
        self._starts = starts
        """By node: where the separator before its name stands; at the end, where the last separator stands."""

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

    def matching(self, terms: Sequence[Term], among: Sequence[int] | None = None) -> list[int]:
        """List the nodes for which all terms hold, of all or of some (ascending)."""
        left = list(terms)
        found: Sequence[int] = range(self._count) if among is None else among
        quick = next((term for term in left if term.how is How.PART and not term.inverse), None)
        if among is None and quick:
            left.remove(quick)
            found = self.find(quick.text)
        for term in left:
            found = self._passing(term, found)
        return list(found)

    def _passing(self, term: Term, among: Sequence[int]) -> list[int]:
        if term.how is How.PART:
            return self._holding(term, among)
        test = _test_of(term)
        if term.in_path:
            keys = self._tree.keys
            return [node for node in among if test(decode(path_of(keys[node]))) != term.inverse]
        found: list[int] = []
        for node, name in self._named(among):
            if test(name) != term.inverse:
                found.append(node)
        return found

    def _holding(self, term: Term, among: Sequence[int]) -> list[int]:
        wanted = decode(from_printable(term.text)).lower()
        many = len(among) * _FEW > self._count
        if "/" in wanted or (many and self._text.count(wanted) * _FEW <= len(among)):
            hits = bytearray(self._count)
            for node in self.find(term.text):
                hits[node] = 1
            return [node for node in among if hits[node] != term.inverse]
        find, starts = self._text.find, self._starts  # none is found with the separators on both sides of a name
        return [node for node in among if (find(wanted, starts[node], starts[node + 1]) < 0) == term.inverse]

    def _named(self, nodes: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Give nodes with their lower-case names."""
        text, starts = self._text, self._starts
        if isinstance(nodes, range) and nodes.step == 1:
            for first in range(nodes.start, nodes.stop, _SLICE):
                last = min(first + _SLICE, nodes.stop)
                yield from enumerate(self._names(first, last), first)
            return
        for node in nodes:
            yield node, text[starts[node] + 1 : starts[node + 1]]

    def _names(self, first: int, last: int) -> list[str]:
        return self._text[self._starts[first] + 1 : self._starts[last]].split("/")

    def _nodes(self, needle: str) -> list[int]:
        if self._text.count(needle) * _FEW <= self._count:
            return list(self._few(needle))
        # Many: looking at every name is cheaper than finding the name of every match.
        found: list[int] = []
        for first in range(0, self._count, _SLICE):
            names = self._names(first, min(first + _SLICE, self._count))
            if "/" in needle:
                found += [node for node, name in enumerate(names, first) if needle in f"/{name}/"]
            else:
                found += [node for node, name in enumerate(names, first) if needle in name]
        return found

    def _few(self, needle: str) -> Iterator[int]:
        text, starts = self._text, self._starts
        at = text.find(needle)
        # A name's separator stands before it, so a needle that starts with one is found at the name's start.
        while at >= 0:
            node = bisect_right(starts, at) - 1
            yield node
            at = text.find(needle, starts[node + 1])

    def _is_below(self, node: int, components: list[str]) -> bool:
        """Tell whether the directories above a node end in the components; the first need only end so."""
        above = self._tree.parent[node]
        for component in reversed(components[1:]):
            if above < 0 or self._name(above) != component:
                return False
            above = self._tree.parent[above]
        return above >= 0 and self._name(above).endswith(components[0])

    def _name(self, node: int) -> str:
        return self._text[self._starts[node] + 1 : self._starts[node + 1]]


def _test_of(term: Term) -> Callable[[str], bool]:
    """Give what tells whether a lower-case name, or a path, matches."""
    if term.how is How.GLOB:
        # Here a directory does not stand for all that is in it: each name is compared by itself.
        glob = compile_globs([term.text.lower()], below=False)
        if term.in_path:
            return lambda path: glob.fullmatch(path.lower().encode("utf-8", "surrogateescape")) is not None
        return lambda name: glob.fullmatch(f"/{name}".encode("utf-8", "surrogateescape")) is not None
    if term.how is How.REGEX:
        pattern = re.compile(term.text, re.IGNORECASE)
        return lambda text: len(text) <= _most(term) and pattern.search(text) is not None
    wanted = decode(from_printable(term.text)).lower()
    if term.how is How.FUZZY:
        return lambda name: _has_in_order(name, wanted)
    return lambda name: wanted in name


def _most(term: Term) -> int:
    if not term.in_path:
        return _MOST_PATTERN
    return _MOST_PATTERN * (4 if repetitions(term.text) < MOST_REPETITIONS else 2)


def _has_in_order(name: str, letters: Iterable[str]) -> bool:
    at = -1
    for letter in letters:
        at = name.find(letter, at + 1)
        if at < 0:
            return False
    return True
