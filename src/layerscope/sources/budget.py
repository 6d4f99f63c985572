"""How much an image may unpack to: a file of ten kilobytes must not cost gigabytes.

Owns the limit on decompression, of one layer and of the whole image together. Real images have layers of nothing but
zeros (swap files, disk images, databases made in advance), so a high ratio alone is no crime: gzip cannot do more than
1,032 : 1, and what is above that only zstd and compression within compression reach. Knows nothing of formats.
"""

from layerscope.errors import LimitError

FREE_BYTES = 128 * 1024 * 1024
"""Unpacked bytes that any image may have, however small it is stored."""
MAX_RATIO = 2_000
"""Unpacked bytes above that, for each byte that is stored."""


class Budget:
    """What the streams of one image have been unpacked to. One that is opened again counts once."""

    def __init__(self, name: str, stored_bytes: int | None = None) -> None:
        self._name = name
        self._known = stored_bytes is not None
        self._stored_bytes = stored_bytes or 0
        self._unpacked_bytes = 0
        self._meters: dict[str, Meter] = {}

    def meter(self, key: str, *, outer: bool = False) -> "Meter":
        """Measure a stream from its start; what the `outer` one reads are the image's stored bytes.

        `key` tells streams apart: one that is opened again has the key that it had.
        """
        old = self._meters.get(key)
        if old is not None:
            old.detach()
        self._meters[key] = Meter(self, counts_stored=outer and not self._known)
        return self._meters[key]

    def store(self, size_bytes: int) -> None:
        """Count bytes that the image is known to have."""
        self._stored_bytes += size_bytes

    def spend(self, unpacked_bytes: int) -> None:
        """Count bytes that were unpacked; LimitError when they are too many."""
        self._unpacked_bytes += unpacked_bytes
        if self._unpacked_bytes > FREE_BYTES + MAX_RATIO * self._stored_bytes:
            raise LimitError(
                f"{self._name} unpacks to more than {self._unpacked_bytes:,} bytes, {MAX_RATIO:,} times as many as are"
                " stored",
                hint="if it is no bomb: unpack it with the tool that made it, and open that",
            )


class Meter:
    """What one stream has read and unpacked."""

    def __init__(self, budget: Budget, *, counts_stored: bool) -> None:
        self._budget: Budget | None = budget
        self._counts_stored = counts_stored
        self._read_bytes = 0
        self._unpacked_bytes = 0

    def read(self, size_bytes: int) -> None:
        """Count compressed bytes."""
        if self._counts_stored and self._budget is not None:
            self._read_bytes += size_bytes
            self._budget.store(size_bytes)

    def unpacked(self, size_bytes: int) -> None:
        """Count what they became; LimitError when the image is over its budget."""
        if self._budget is not None:
            self._unpacked_bytes += size_bytes
            self._budget.spend(size_bytes)

    def detach(self) -> None:
        """Forget it: the same bytes are unpacked once more."""
        if self._budget is not None:
            self._budget.store(-self._read_bytes)
            self._budget.spend(-self._unpacked_bytes)
            self._budget = None
