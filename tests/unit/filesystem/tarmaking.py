"""Tar headers that the builder does not write: fields overwritten, maps of old sparse formats, prefixes."""

from builder import Entry, entry_bytes, pax_record

NAME, MODE, UID, GID, SIZE, MTIME, SUM, LINK, MAGIC, MAJOR, PREFIX = 0, 100, 108, 116, 124, 136, 148, 157, 257, 329, 345


def patched(entry: bytes, at: int, value: bytes) -> bytes:
    """Overwrite bytes of an entry's first header, and make its checksum right again."""
    block = bytearray(entry)
    block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block)


def pax(**records: str) -> bytes:
    """Write an `x` header of two blocks, with its records; "__" in a key is a dot."""
    body = b"".join(pax_record(key.replace("__", "."), value) for key, value in records.items())
    return entry_bytes("x", Entry(data=body, type=b"x"))


def old_sparse(*fields: int, real: int, more: bool = False, stored: bytes = b"") -> bytes:
    """Write a header of GNU's old sparse format, with a map that perhaps goes on in the next block."""
    numbers = b"".join(b"%011o\0" % one for one in fields).ljust(96, b"\0") + bytes([more]) + b"%011o\0" % real
    return patched(entry_bytes("sparse", Entry(data=stored, type=b"S", gnu=True)), 386, numbers)
