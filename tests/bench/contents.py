"""Bytes that look like files: reproducible, cheap to make, and as hard to compress as the contents of real images.

Owns what a file holds, given its size and seed; knows nothing of tars. Nothing is random: the same seed gives the same
bytes on every machine. No two files share long runs of bytes (a table per piece renames all bytes), because a
compressor that saw repeats would make unpacking look faster than it is for anyone's image.
"""

import hashlib
import random
from collections.abc import Iterator
from functools import cache
from typing import Final

_MIB: Final = 1 << 20
_TABLES: Final = 251
"""A prime, so that neighbours never get the same table for long."""


@cache
def _noise() -> bytes:
    """Make 2 MiB that no compressor can shrink: pictures, archives, compressed databases."""
    return b"".join(hashlib.blake2b(number.to_bytes(4, "big")).digest() for number in range(1 << 15))


@cache
def _prose() -> bytes:
    """Make 2 MiB that shrink to a quarter: source code, documentation, package lists."""
    chance = random.Random(1)
    words = [
        bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz_.-/0123456789", k=chance.randint(2, 11))) for _ in range(4000)
    ]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    text = b" ".join(chance.choices(words, weights, k=400_000))
    return (text * 2)[: 2 * _MIB]


@cache
def _table(number: int) -> bytes:
    table = bytearray(range(256))
    random.Random(number).shuffle(table)
    return bytes(table)


def content(size: int, seed: int) -> Iterator[bytes]:
    """Give the bytes of a file in pieces; six files in ten are prose, the others noise."""
    source = _prose() if seed % 10 < 6 else _noise()
    piece = 0
    while size > 0:
        start = (seed * 7919 + piece * 104_729) % _MIB
        cut = source[start : start + min(size, _MIB)]
        yield cut.translate(_table((seed + piece) % _TABLES))
        size -= len(cut)
        piece += 1
