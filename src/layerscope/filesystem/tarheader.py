"""One tar header and what may extend it: numbers, PAX records, sparse maps (POSIX.1-2017 pax, GNU tar manual).

Owns the rare and the odd; the loop over plain headers is in `tarscan.py`. All names stay bytes. Every problem is a
`HeaderError` whose text says what is wrong; the caller knows where.
"""

import binascii
import struct
from urllib.parse import unquote_to_bytes

from layerscope.frozen import dataclass, field
from layerscope.model.files import SparseMap
from layerscope.patterns import regex

BLOCK = 512
MAX_EXTENSION_BYTES = 1 << 20
"""A PAX header or GNU long name beyond this is refused (CVE-2022-2879); Go's limit is the same."""
MAX_NUMBER = (1 << 63) - 1
"""Of sizes, times and ids; Go refuses what does not fit in 63 bits, too."""
MAX_SPARSE_RUNS = 1 << 17
"""A sparse map beyond this is refused (CVE-2025-58183)."""

HEADER = struct.Struct("100s24s12s12s8sc100s8s32s32s16s155s12s")
"""name, mode+uid+gid, size, mtime, checksum, type, link name, magic+version, user, group, devices, prefix, padding."""


class HeaderError(Exception):
    """A header or its extension makes no sense."""


def number(field_bytes: bytes) -> int:
    """Read a numeric field: octal text padded with blanks or NUL, or GNU base-256; empty is 0."""
    if not field_bytes:
        return 0
    if field_bytes[0] & 0x80:
        value = int.from_bytes(field_bytes, "big")
        bits = 8 * len(field_bytes)
        value = value - (1 << bits) if field_bytes[0] & 0x40 else value & ((1 << (bits - 1)) - 1)
    else:
        text = field_bytes.strip(b" \0").split(b"\0", 1)[0]
        if text.strip(b"01234567"):  # int() would also take "_", a sign, and "0o"
            raise HeaderError(f"a number is {text[:24]!r}")
        value = int(text, 8) if text else 0
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise HeaderError("a number is beyond 63 bits")
    return value


def uses_prefix(magic: bytes, prefix: bytes) -> bool:
    """Whether a name goes on in the prefix field: of ustar, and of what Go before 1.8 called GNU (golang/go#21005)."""
    if magic[:6] == b"ustar\0":
        return True
    if magic != b"ustar  \0":
        return False
    try:
        number(prefix[:12])  # in real GNU headers access and change times are here
        number(prefix[12:24])
    except HeaderError:
        return all(byte < 0x80 for byte in prefix)
    return False


def checksum_matches(block: bytes, stated: int) -> bool:
    """Compare with the sum of all bytes, the checksum field taken as blanks; historic tars sum signed bytes."""
    unsigned = sum(block[:148]) + 8 * 32 + sum(block[156:BLOCK])
    if unsigned == stated:
        return True
    high = sum(1 for byte in block[:148] + block[156:BLOCK] if byte >= 0x80)
    return unsigned - 256 * high == stated


@dataclass(slots=True)
class Extension:
    """What PAX and GNU headers said about the entry that follows them."""

    long_name: bytes | None = None
    """From a GNU header, as `long_link`: in Go these win over PAX records, whatever their order."""
    long_link: bytes | None = None
    path: bytes | None = None
    link: bytes | None = None
    size: int | None = None
    uid: int | None = None
    gid: int | None = None
    mtime_s: float | None = None
    xattrs: dict[bytes, bytes] = field(default_factory=dict)
    sparse: dict[bytes, bytes] = field(default_factory=dict)
    sparse_runs: list[bytes] = field(default_factory=list)
    """PAX sparse 0.0: offset and length records in turn."""
    record_count: int = 0
    """Of the PAX header that said all this, whatever was in them."""


_NAME_KEYS = frozenset({b"path", b"linkpath", b"uname", b"gname"})


def pax_records(body: bytes) -> list[tuple[bytes, bytes]]:
    """Split an extended header into records, "LENGTH KEY=VALUE" and a new line each."""
    records = []
    position = 0
    while position < len(body):
        if body[position] == 0 and not body[position:].strip(b"\0"):
            break  # some writers pad inside the stated size
        space = body.find(b" ", position, position + 20)
        length = body[position:space] if space > 0 else b""
        if not length.isdigit() or int(length) < space - position + 3:
            raise HeaderError("a PAX record has no valid length")
        end = position + int(length)
        if end > len(body) or body[end - 1] != 0x0A:
            raise HeaderError("a PAX record is longer than its header")
        key, equals, value = body[space + 1 : end - 1].partition(b"=")
        if not equals or not key:
            raise HeaderError("a PAX record has no equals sign")
        if b"\0" in (value if key in _NAME_KEYS else key):
            raise HeaderError("a PAX record has a NUL in its key or in a name")
        records.append((key, value))
        position = end
    return records


def read_pax(body: bytes, earlier: Extension) -> Extension:
    """Read an `x` header; as in Go a second one replaces the first, and an empty value takes a setting back."""
    extension = Extension(long_name=earlier.long_name, long_link=earlier.long_link)
    records = pax_records(body)
    extension.record_count = len(records)
    for key, value in records:
        if key == b"path":
            extension.path = value or None
        elif key == b"linkpath":
            extension.link = value or None
        elif key in {b"size", b"uid", b"gid"}:
            setattr(extension, key.decode(), _decimal(key, value))
        elif key == b"mtime":
            extension.mtime_s = _seconds(value)
        elif key.startswith(b"SCHILY.xattr."):
            extension.xattrs[key[13:]] = value
        elif key.startswith(b"LIBARCHIVE.xattr."):
            name = unquote_to_bytes(key[17:])
            extension.xattrs.setdefault(name, _base64(value))
        elif key in {b"GNU.sparse.offset", b"GNU.sparse.numbytes"}:
            extension.sparse_runs.append(value)
        elif key.startswith(b"GNU.sparse."):
            extension.sparse[key[11:]] = value
    return extension


def _decimal(key: bytes, value: bytes) -> int | None:
    if not value:
        return None
    digits = value.lstrip(b"+-") if key != b"size" else value
    if not digits.isdigit() or len(value) - len(digits) > 1 or len(digits) > 20 or int(digits) > MAX_NUMBER:
        raise HeaderError(f"PAX {key.decode()} is {value[:24]!r}")
    return int(value)


_TIME = regex(rb"[+-]?[0-9]{1,18}(\.[0-9]{0,64})?")


def _seconds(value: bytes) -> float | None:
    if not value:
        return None
    if _TIME.fullmatch(value) is None:
        raise HeaderError(f"PAX mtime is {value[:24]!r}")
    return float(value)


def _base64(value: bytes) -> bytes:
    import base64  # hardly any image has one

    try:
        return base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise HeaderError("an extended attribute is not base64") from None


def runs_of(numbers: list[int], real_size: int, stored_size: int) -> SparseMap:
    """Make a checked sparse map from offset, length, offset, length and so on."""
    if len(numbers) % 2 or len(numbers) > 2 * MAX_SPARSE_RUNS:
        raise HeaderError("a sparse map has an odd or absurd number of values")
    if not 0 <= real_size <= MAX_NUMBER:
        raise HeaderError("a sparse file has no valid size")
    runs = []
    reached = stored = 0
    for offset, length in zip(numbers[::2], numbers[1::2], strict=True):
        if offset < reached or length < 0 or offset + length > real_size:
            raise HeaderError("a sparse map does not fit its file")
        reached = offset + length
        stored += length
        if length:
            runs.append((offset, length))
    if stored != stored_size:
        raise HeaderError("a sparse map does not fit its data")
    return SparseMap(real_size, tuple(runs))


def old_sparse_numbers(block: bytes, at: int, count: int) -> list[int]:
    """Read up to `count` (offset, length) pairs of 12-byte fields; an empty pair ends them."""
    numbers = []
    for index in range(count):
        start = at + 24 * index
        pair = block[start : start + 24]
        if not pair.strip(b"\0"):
            break
        numbers += [number(pair[:12]), number(pair[12:])]
    return numbers


def pax_sparse_numbers(extension: Extension) -> list[int] | None:
    """Read a PAX 0.0 or 0.1 sparse map; None when the entry has none in its header."""
    if not extension.sparse.get(b"map") and not extension.sparse_runs:
        return None
    texts = extension.sparse_runs or extension.sparse[b"map"].split(b",")
    if not all(text.isdigit() and len(text) <= 20 for text in texts):
        raise HeaderError("a sparse map is not made of numbers")
    return [int(text) for text in texts]
