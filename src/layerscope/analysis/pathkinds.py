"""What a path is by its name: caches, databases, logs, documentation; for every path of a tree in one pass.

Owns the small language of patterns and the marking. Knows no kind of its own: rules bring theirs. Patterns are

    /var/lib/apt/lists      that path, and all below it
    **/.cache/pip           a path that ends so, anywhere, and all below it
    **/*.pyc                a file with that ending, anywhere
    /var/log/**/*.log       the same, below a directory

The first kind that fits the highest directory has the whole subtree, but for full paths below it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from layerscope.analysis.telling import Telling, told
from layerscope.frozen import dataclass
from layerscope.model.files import key_of
from layerscope.model.filetree import FileTree

NO_KIND = 0


@dataclass(frozen=True, slots=True)
class PathKind:
    """A kind of path, and what makes such files go away."""

    name: str
    """Stable, `apt-lists`."""
    label: str
    """What people call it."""
    patterns: tuple[str, ...]
    cleanup: str = ""
    """Shell command that removes it at the end of the RUN that makes it; "" where none is usual."""
    cache_mount: str = ""
    """Target of a BuildKit cache mount that keeps it out of the image for good."""
    option: str = ""
    """What to say to the tool so that it leaves nothing."""
    tools: tuple[str, ...] = ()
    """Commands that make such files, as words of a RUN."""
    unless: tuple[str, ...] = ()
    """Patterns of paths that look like it and are not."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """A pattern that is no plain path: the name or ending has matched, this is the rest."""

    kind: int
    prefix: bytes
    suffix: bytes

    @property
    def fits_anywhere(self) -> bool:
        """Tell whether there is no rest."""
        return not self.prefix and not self.suffix


@dataclass(frozen=True, slots=True)
class Named:
    """What the names of an image's paths tell."""

    told: Mapping[int, bytes]
    """Nodes whose names may tell a rule something, in order, and these names."""
    marks: bytearray
    """The kind of every node."""


class KindTable:
    """Kinds compiled for marking; number 0 is none, `kinds[n - 1]` is number n."""

    def __init__(self, kinds: Sequence[PathKind]) -> None:
        self.kinds = tuple(kinds)
        self._exact: list[tuple[bytes, int]] = []
        self._names: dict[bytes, list[_Tail]] = {}
        self._endings: dict[bytes, list[_Tail]] = {}
        for number, kind in enumerate(self.kinds, 1):
            for pattern in kind.unless:
                self._add(pattern, NO_KIND)
            for pattern in kind.patterns:
                self._add(pattern, number)

    def number(self, name: str) -> int:
        """Find a kind's number; KeyError if no rule brings it."""
        for number, kind in enumerate(self.kinds, 1):
            if kind.name == name:
                return number
        raise KeyError(name)

    @property
    def telling(self) -> Telling:
        """The names that patterns without a fixed beginning look for."""
        return Telling(frozenset(self._names), frozenset(self._endings))

    def named(self, tree: FileTree, telling: Telling) -> Named:
        """Look through all names, for the kinds and for what else a rule wants to see."""
        found = told(tree.keys, self.telling | telling)
        return Named(found, self.mark(tree, found))

    def mark(self, tree: FileTree, told: Mapping[int, bytes]) -> bytearray:
        """Give the kind of every node; `told` are nodes in order with their names, all `telling` ones among them."""
        marks = bytearray(tree.node_count)
        reached = 0
        for node, kind in sorted(chain(self._exact_matches(tree), self._matches(tree, told))):
            if node >= reached:
                reached = tree.end[node]
                marks[node:reached] = bytes((kind,)) * (reached - node)
        for node, kind in sorted(self._exact_matches(tree)):
            marks[node : tree.end[node]] = bytes((kind,)) * (tree.end[node] - node)
        return marks

    def _exact_matches(self, tree: FileTree) -> Iterator[tuple[int, int]]:
        for path, kind in self._exact:
            node = tree.find(path)
            if node:
                yield node, kind

    def _matches(self, tree: FileTree, told: Mapping[int, bytes]) -> Iterator[tuple[int, int]]:
        keys, end, names, endings = tree.keys, tree.end, self._names, self._endings
        anywhere = {ending: tails[0].kind for ending, tails in endings.items() if tails[0].fits_anywhere}
        reached = 0
        for node, name in told.items():
            if node < reached:
                continue  # a directory above it has a kind already, and so has all that is in it
            _, dot, ending = name.rpartition(b".")
            if dot and name not in names and ending in anywhere:  # nearly all, where there are many
                reached = end[node]
                yield node, anywhere[ending]
                continue
            found = _fitting(keys[node], names.get(name, ()))
            found += _fitting(keys[node], endings.get(ending, ())) if dot else []
            if found:
                reached = end[node]
                yield node, min(found)

    def _add(self, pattern: str, kind: int) -> None:
        head, stars, tail = pattern.partition("**/")
        if not stars:
            self._exact.append((pattern.encode(), kind))
            return
        prefix = key_of(head.encode()) + b"\0" if head.strip("/") else b""
        folder, _, name = tail.rpartition("/")
        suffix = b"\0" + key_of(tail.encode()) if folder else b""
        if name.startswith("*."):
            self._endings.setdefault(name[2:].encode(), []).append(_Tail(kind, prefix, b""))
        else:
            self._names.setdefault(name.encode(), []).append(_Tail(kind, prefix, suffix))


def _fitting(key: bytes, tails: Sequence[_Tail]) -> list[int]:
    """Give the kind of the first that fits."""
    for tail in tails:
        if key.startswith(tail.prefix) and (not tail.suffix or (b"\0" + key).endswith(tail.suffix)):
            return [tail.kind]
    return []
