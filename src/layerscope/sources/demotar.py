"""Tars that are megabytes long and take kilobytes of memory: contents are made while they are read.

Owns the bytes of the demo image's layers. Knows nothing of what is in them (`demofiles.py`).
"""

import hashlib
import io
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

from layerscope.frozen import dataclass

_BLOCK = 512
_PATTERN_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class DemoEntry:
    """One entry of a demo layer."""

    path: str
    size_bytes: int = 0
    seed: str = ""
    """Files of one seed and size have the same bytes."""
    text: str = ""
    """Real text instead of made-up bytes."""
    mode: int = 0o644
    uid: int = 0
    mtime_s: int = 1_709_640_000
    type: bytes = b"0"
    link: str = ""

    @property
    def content(self) -> "bytes | _Pattern":
        """Its bytes, or how to make them."""
        return self.text.encode() if self.text else _Pattern(self.seed, self.size_bytes, _kind_of(self.path))


@dataclass(frozen=True, slots=True)
class _Pattern:
    seed: str
    size_bytes: int
    kind: str

    def __len__(self) -> int:
        return self.size_bytes


def _kind_of(path: str) -> str:
    """Give the ending of a file's name, "" for programs: what it holds looks like that."""
    name = path.rpartition("/")[2]
    if ".so" in name:
        return "so"
    if path.startswith("usr/bin/"):
        return ""
    return name.rpartition(".")[2] or "-"


@lru_cache(maxsize=64)
def _pattern(seed: str, kind: str, size_bytes: int) -> bytes:
    """Make text or what looks like a binary, no more than repeats; different from seed to seed."""
    from layerscope.sources.demotexts import BEGINNINGS, TEXTS, text_of

    if kind in TEXTS:
        return text_of(kind, seed, size_bytes)[:size_bytes]
    made = hashlib.shake_128(seed.encode()).digest(_BLOCK) * (_PATTERN_BYTES // _BLOCK)
    begins = BEGINNINGS.get(kind, b"")
    return begins + made[len(begins) :]


def _header(entry: DemoEntry, size_bytes: int) -> bytes:
    """Write a ustar header; what the demo holds fits into its plain fields."""
    name, prefix = entry.path.encode(), b""
    if len(name) > 100:
        prefix, _slash, name = name.rpartition(b"/")
    numbers = b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (entry.mode, entry.uid, entry.uid, size_bytes, entry.mtime_s)
    link = entry.link.encode().ljust(100, b"\0")
    before, after = name.ljust(100, b"\0") + numbers, entry.type + link + b"ustar\x0000" + bytes(80) + prefix
    checksum = sum(before) + 8 * ord(" ") + sum(after)
    return (before + b"%06o\0 " % checksum + after).ljust(_BLOCK, b"\0")


class DemoTar(io.RawIOBase):
    """A seekable tar of demo entries."""

    def __init__(self, entries: Iterable[DemoEntry]) -> None:
        self._pieces: list[bytes | _Pattern] = []
        self._starts: list[int] = []
        self._size_bytes = 0
        self._position = 0
        for entry in entries:
            content = entry.content
            self._append(_header(entry, len(content)))
            self._append(content)
            self._append(bytes(-len(content) % _BLOCK))
        self._append(bytes(2 * _BLOCK))

    def _append(self, piece: bytes | _Pattern) -> None:
        if len(piece):
            self._pieces.append(piece)
            self._starts.append(self._size_bytes)
            self._size_bytes += len(piece)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def tell(self) -> int:
        """Position in the tar."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the tar, or beyond its end."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size_bytes}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Make the bytes at the position."""
        view = memoryview(buffer).cast("B")
        done = 0
        index = bisect_right(self._starts, self._position) - 1
        while done < len(view) and self._position < self._size_bytes:
            piece = self._pieces[index]
            inside = self._position - self._starts[index]
            data: bytes | memoryview
            if isinstance(piece, bytes):
                data = memoryview(piece)[inside : inside + len(view) - done]
            else:
                start = inside % _PATTERN_BYTES
                left = min(len(piece) - inside, len(view) - done)
                data = memoryview(_pattern(piece.seed, piece.kind, min(piece.size_bytes, _PATTERN_BYTES)))[
                    start : start + left
                ]
            view[done : done + len(data)] = data
            done += len(data)
            self._position += len(data)
            index += inside + len(data) == len(piece)
        return done
