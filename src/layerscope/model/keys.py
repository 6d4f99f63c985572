"""The keys of a tree as one text: a key is made when it is looked at, as hardly any is.

A list of a million keys takes 90 bytes each and a tenth of a second to make.
"""

import operator
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import SupportsIndex, overload

from layerscope.model.files import PathKey

_AT_ONCE = 1 << 14
"""Keys that are made together where all are gone through."""


class Keys(Sequence[PathKey]):
    """A sequence like any other; whoever looks at many looks at slices."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: bytes | memoryview, starts: "array[int] | memoryview") -> None:
        r"""`text` has "/" behind each key, which no key can hold; `starts` says where each begins, and the end."""
        self._text = text
        self._starts = starts

    @classmethod
    def of(cls, keys: Sequence[PathKey]) -> "Keys | None":
        """Join keys; None where one holds what stands between them."""
        if isinstance(keys, Keys):
            return keys
        text = b"/".join([*keys, b""])
        if text.count(b"/") != len(keys):
            return None
        wide = "I" if len(text) < 1 << 32 else "Q"
        return cls(text, array(wide, accumulate(map(len, keys), lambda start, size: start + size + 1, initial=0)))

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, index: int) -> PathKey: ...
    @overload
    def __getitem__(self, index: slice) -> list[PathKey]: ...
    def __getitem__(self, index: int | slice) -> PathKey | list[PathKey]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return self._between(start, stop) if step == 1 else [self[one] for one in range(start, stop, step)]
        if index < 0:
            index += len(self)
            if index < 0:
                raise IndexError(index)
        start = self._starts[index]
        return PathKey(bytes(self._text[start : self._starts[index + 1] - 1]))

    def __iter__(self) -> Iterator[PathKey]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self._between(first, min(first + _AT_ONCE, len(self)))

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as other sequences that compare by content

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type["Keys"], tuple[object, object]]:
        """Give the text as what may lie beside a pickle, where there is such a thing: else it is copied into it."""
        from pickle import PickleBuffer

        beside = operator.index(protocol) >= 5  # pickle's, since 3.8
        return Keys, (PickleBuffer(self._text) if beside else bytes(self._text), self._starts)

    def _between(self, start: int, stop: int) -> list[PathKey]:
        if stop <= start:
            return []
        text = bytes(self._text[self._starts[start] : self._starts[stop] - 1])
        return text.split(b"/")  # type: ignore[return-value]  # a NewType is the same at run time
