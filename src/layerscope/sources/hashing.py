"""Digests of bytes as they go by. Knows nothing of what they are."""

import hashlib
import io
from typing import BinaryIO

from layerscope.model.image import Digest

_SKIP_BYTES = 1024 * 1024


class HashingReader(io.RawIOBase):
    """A stream that knows the digest of what was read from it; it owns the stream below."""

    def __init__(self, source: BinaryIO | io.RawIOBase, algorithm: str = "sha256") -> None:
        self._source = source
        self._algorithm = algorithm
        self._hash = hashlib.new(algorithm)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read, and remember what it was."""
        view = memoryview(buffer).cast("B")
        data = self._source.read(len(view)) or b""
        view[: len(data)] = data
        self._hash.update(data)  # lets other threads run meanwhile
        return len(data)

    def drain(self) -> None:
        """Read to the end."""
        while data := self._source.read(_SKIP_BYTES):
            self._hash.update(data)

    @property
    def digest(self) -> Digest:
        """What was read so far."""
        return Digest(f"{self._algorithm}:{self._hash.hexdigest()}")

    def close(self) -> None:
        """Close the stream below, too."""
        if not self.closed:
            self._source.close()
        super().close()
