"""Tar headers written byte by byte, so that a test can make what no tool would.

Owns the bytes of entries and of whole tars. Knows nothing of images.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Name = str | bytes
MTIME = 1_700_000_000
END = bytes(1024)
"""The two zero blocks that end a tar."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tar entry. `file`, `directory`, `symlink` … below make the usual ones."""

    data: bytes = b""
    type: bytes = b"0"
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: float = MTIME
    link: Name = b""
    device: tuple[int, int] = (0, 0)
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    """Written as PAX `SCHILY.xattr.NAME`, as Docker does."""
    pax: Mapping[str, Name] = field(default_factory=dict)
    """More PAX records, written as they are; they win over those the builder would write."""
    gnu: bool = False
    """Long names by GNU `L` and `K` entries and big numbers in base 256, not by PAX."""
    size: int | None = None
    """What the header claims, when it is not the truth."""
    bad_checksum: bool = False
    raw: bytes | None = None
    """These bytes verbatim instead of all of the above."""


def file(data: bytes = b"", **kwargs: Any) -> Entry:
    """Make a regular file."""
    return Entry(data=data, **kwargs)


def directory(mode: int = 0o755, **kwargs: Any) -> Entry:
    """Make a directory."""
    return Entry(type=b"5", mode=mode, **kwargs)


def symlink(target: Name, **kwargs: Any) -> Entry:
    """Make a symlink."""
    return Entry(type=b"2", link=target, mode=kwargs.pop("mode", 0o777), **kwargs)


def hardlink(target: Name, **kwargs: Any) -> Entry:
    """Make a hard link to a path of the archive."""
    return Entry(type=b"1", link=target, **kwargs)


def device(kind: Literal["c", "b"], major: int, minor: int, **kwargs: Any) -> Entry:
    """Make a character or block device."""
    return Entry(type=b"3" if kind == "c" else b"4", device=(major, minor), **kwargs)


def fifo(**kwargs: Any) -> Entry:
    """Make a named pipe."""
    return Entry(type=b"6", **kwargs)


def sparse(real_size: int, runs: Sequence[tuple[int, bytes]], **kwargs: Any) -> Entry:
    """Make a sparse file of (offset, bytes) runs in GNU's PAX format 1.0."""
    numbers = [len(runs), *(number for offset, run in runs for number in (offset, len(run)))]
    head = "".join(f"{number}\n" for number in numbers).encode()
    data = head + bytes(-len(head) % 512) + b"".join(run for _offset, run in runs)
    return Entry(data=data, pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0",
                                 "GNU.sparse.realsize": str(real_size)}, **kwargs)  # fmt: skip


def raw_name(name: Name) -> bytes:
    """Turn a name into the bytes that a header holds."""
    return name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name


def _number(value: int, width: int) -> bytes:
    """Octal where it fits, else base 256."""
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    return bytes([0x80 if value >= 0 else 0xFF]) + value.to_bytes(width - 1, "big", signed=value < 0)


def _header(name: bytes, entry: Entry, *, type_: bytes, size: int, link: bytes = b"") -> bytes:
    numbers = (entry.mode, 8), (entry.uid, 8), (entry.gid, 8), (size, 12), (int(entry.mtime), 12)
    major, minor = entry.device
    block = bytearray(
        b"".join((
            name[:100].ljust(100, b"\0"),
            *(_number(value, width) for value, width in numbers),
            b" " * 8,
            type_,
            link[:100].ljust(100, b"\0"),
            b"ustar  \0" if entry.gnu else b"ustar\x0000",
            bytes(64),
            _number(major, 8),
            _number(minor, 8),
        )).ljust(512, b"\0")
    )  # fmt: skip
    block[148:156] = b"%06o\0 " % (sum(block) + entry.bad_checksum)
    return bytes(block)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 512)


def pax_record(key: Name, value: Name) -> bytes:
    """Write one PAX record, whose length counts itself."""
    body = b" " + raw_name(key) + b"=" + raw_name(value) + b"\n"
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length = len(str(length)) + len(body)
    return str(length).encode() + body


def _pax_records(name: bytes, link: bytes, entry: Entry) -> bytes:
    records: dict[str, Name] = {}
    if len(name) > 100 or not name.isascii():
        records["path"] = name
    if len(link) > 100 or not link.isascii():
        records["linkpath"] = link
    if entry.mtime != int(entry.mtime):
        records["mtime"] = str(entry.mtime)
    records.update((f"SCHILY.xattr.{key}", value) for key, value in entry.xattrs.items())
    records.update(entry.pax)
    return b"".join(pax_record(key, value) for key, value in records.items())


def entry_bytes(name: Name, entry: Entry) -> bytes:
    """Write one entry: its extension headers, its header, its padded content."""
    if entry.raw is not None:
        return entry.raw
    path, link = raw_name(name), raw_name(entry.link)
    plain = Entry(gnu=entry.gnu)
    out = b""
    if entry.gnu:
        for type_, text in ((b"L", path), (b"K", link)):
            if len(text) > 100:
                data = text + b"\0"
                out += _header(b"././@LongLink", plain, type_=type_, size=len(data)) + _padded(data)
    elif records := _pax_records(path, link, entry):
        out += _header(b"PaxHeaders/x", plain, type_=b"x", size=len(records)) + _padded(records)
    size = len(entry.data) if entry.size is None else entry.size
    return out + _header(path, entry, type_=entry.type, size=size, link=link) + _padded(entry.data)


def tar_bytes(entries: Iterable[tuple[Name, Entry]], *, end: bytes = END) -> bytes:
    """Write a whole tar."""
    return b"".join(entry_bytes(name, entry) for name, entry in entries) + end
