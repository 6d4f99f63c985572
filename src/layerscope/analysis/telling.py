"""Names of files that may tell something, found in one pass over all names; rules look at those only.

Owns how to find a few names among 10⁶ fast; what they tell is the rules' business. The pass works on a few thousand
names at a time, which stay in the processor's cache and are gone afterwards: the names of a million paths, kept, would
be 60 MB. Nothing in it is a loop of Python's as long as no name tells anything.
"""

from collections.abc import Iterable, Sequence
from itertools import chain, compress, repeat
from operator import itemgetter

from layerscope.frozen import dataclass

_CHUNK = 4096
_LAST_TWO = itemgetter(slice(-2, None))
_NAME = itemgetter(2)


@dataclass(frozen=True, slots=True)
class Telling:
    """What to look for. All are bytes without NUL and line breaks."""

    names: frozenset[bytes] = frozenset()
    """Whole names."""
    endings: frozenset[bytes] = frozenset()
    """What follows the last dot."""
    parts: frozenset[bytes] = frozenset()
    """Anywhere in the name."""
    starts: frozenset[bytes] = frozenset()

    def __or__(self, other: "Telling") -> "Telling":
        return Telling(
            self.names | other.names,
            self.endings | other.endings,
            self.parts | other.parts,
            self.starts | other.starts,
        )


def told(keys: Sequence[bytes], telling: Telling) -> dict[int, bytes]:
    """Find the nodes with a telling name, in order, and these names; a few of them tell nothing after all."""
    found: dict[int, bytes] = {}
    # Two bytes tell for nine names in ten that they have none of the endings.
    is_tail = frozenset((b"." + ending)[-2:] for ending in telling.endings).__contains__
    inside = [*telling.parts, *(b"\n" + start for start in telling.starts)]
    for first in range(0, len(keys), _CHUNK):
        names = list(map(_NAME, map(bytes.rpartition, keys[first : first + _CHUNK], repeat(b"\0"))))
        chosen: list[Iterable[int]] = []
        if not telling.names.isdisjoint(names):
            chosen.append(compress(range(len(names)), map(telling.names.__contains__, names)))
        likely = compress(range(len(names)), map(is_tail, map(_LAST_TWO, names)))
        chosen.append([place for place in likely if names[place].rpartition(b".")[2] in telling.endings])
        lines = b"\n".join((b"", *names))
        for part in inside:
            if part in lines:
                word = part.strip(b"\n")
                chosen.append([place for place, name in enumerate(names) if word in name])
        for place in sorted(set(chain.from_iterable(chosen))):
            found[first + place] = names[place]
    return found
