"""The outer tar of an image archive: which members there are and where their bytes lie.

Owns reading that tar in one pass, by seeking past contents or from a stream that cannot seek, and noticing every
way in which it is cut off or altered. Knows nothing of what the members mean, nor of the tars inside them: those
are read by `filesystem/tarscan.py`, which has other cares (10⁶ entries, odd names, sparse files).
Formats: POSIX pax (ustar interchange format), GNU tar manual "Basic Tar Format".
"""

import enum
import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from layerscope.errors import DamagedImageError, LimitError, NotAnImageError, UnsupportedImageError
from layerscope.frozen import dataclass, field
from layerscope.sources.blobs import BLOCK, is_tar_header
from layerscope.units import decode

MAX_MEMBERS = 200_000
"""Image archives hold a few files per layer; a tar with more than this is something else."""
MAX_EXTENSION_BYTES = 1024 * 1024
"""Of one PAX header or GNU long name."""
MAX_TRAILING_BYTES = 64 * 1024 * 1024
"""Read after the end of the tar in a stream; tools pad to a few kilobytes, and /dev/zero has no end."""
_SKIP_BYTES = 1024 * 1024


class MemberKind(enum.Enum):
    """What a member is, as far as an image archive needs to know."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hard link"
    OTHER = "special file"


_KINDS = {
    b"0": MemberKind.FILE,
    b"\0": MemberKind.FILE,
    b"7": MemberKind.FILE,
    b"5": MemberKind.DIRECTORY,
    b"2": MemberKind.SYMLINK,
    b"1": MemberKind.HARDLINK,
}


@dataclass(frozen=True, slots=True)
class Member:
    """One member of the outer tar."""

    name: str
    """Clean: no leading "/" or "./", no "."; "" where the name leaves the archive ("..") or is the root."""
    kind: MemberKind
    offset: int
    """Where its content starts in the uncompressed archive."""
    size_bytes: int
    link: str = ""
    """Target of a link, as written."""


@dataclass(slots=True)
class _Extensions:
    """What PAX and GNU headers say about the member that follows them."""

    path: bytes | None = None
    link: bytes | None = None
    size_bytes: int | None = None


def clean_name(name: str) -> str:
    """Bring a member name into the one form; "" where it names nothing inside the archive."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    return "" if ".." in parts else "/".join(parts)


def _number(raw: bytes) -> int:
    """Read a size: octal, or base 256 (GNU, star) when the first bit is set; ValueError on anything else."""
    if raw[0] & 0x80:
        if raw[0] == 0xFF:
            raise ValueError("negative size")
        return int.from_bytes(bytes([raw[0] & 0x7F]) + raw[1:], "big")
    digits = raw.strip(b" \0") or b"0"
    if not digits.isdigit():
        raise ValueError("the size is not a number")
    return int(digits, 8)


def parse_pax(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    r"""Read PAX records (`LENGTH KEY=VALUE\n`); ValueError where they are not."""
    position = 0
    while position < len(data) and data[position]:
        digits, space, _rest = data[position : position + 20].partition(b" ")
        if not space or not digits.isdigit():
            raise ValueError("not a PAX record")
        end = position + int(digits)
        start = position + len(digits) + 1
        if not start < end <= len(data) or data[end - 1] != ord("\n"):
            raise ValueError("wrong length of a PAX record")
        key, equals, value = data[start : end - 1].partition(b"=")
        if not equals:
            raise ValueError("a PAX record without a value")
        yield key, value
        position = end


def drain(stream: BinaryIO, name: str) -> None:
    """Read what follows the end marker, so that whatever gives the stream sees, and checks, its own end."""
    done = 0
    while piece := stream.read(_SKIP_BYTES):
        done += len(piece)
        if done > MAX_TRAILING_BYTES:
            raise DamagedImageError(f"{name} goes on without an end: {done:,} bytes after that of its tar")


@dataclass(slots=True)
class TarWalk:
    """The members of a tar, one after the other. After each one, `content` gives its bytes, if they are wanted."""

    stream: BinaryIO
    name: str
    """How errors call the archive."""
    size_bytes: int | None = None
    """Length of the archive when the stream can seek; None reads past contents instead."""
    complete: bool = field(default=False, init=False)
    """The end marker was seen: nothing is missing at the end."""
    _position: int = field(default=0, init=False)
    _current: Member | None = field(default=None, init=False)
    _last_name: str = field(default="", init=False)

    def __iter__(self) -> Iterator[Member]:
        count = 0
        while (member := self._next_member()) is not None:
            count += 1
            if count > MAX_MEMBERS:
                raise NotAnImageError(
                    f"{self.name} holds more than {MAX_MEMBERS:,} files: not an image archive",
                    hint="images are written by: docker save NAME -o image.tar",
                )
            self._current, self._last_name = member, member.name
            yield member
            self._skip_content(member)

    def content(self) -> io.RawIOBase:
        """Open the content of the member just given; it must be read before the next one is asked for."""
        assert self._current is not None
        return _Content(self, self._current)

    def take(self, limit: int, end: int) -> bytes:
        """Read at most `limit` bytes, not beyond the position `end`, which must be within the current member."""
        data = self.stream.read(min(limit, end - self._position))
        if not data and end > self._position:
            raise self._cut_off(end)
        self._position += len(data)
        return data

    def take_into(self, view: memoryview, end: int) -> int:
        """Do as `take`, without a copy: layers are most of an archive."""
        wanted = min(len(view), end - self._position)
        # Any stream that is read here also reads into a buffer.
        count = cast("io.RawIOBase", self.stream).readinto(view[:wanted]) or 0
        if not count and wanted:
            raise self._cut_off(end)
        self._position += count
        return count

    def _next_member(self) -> Member | None:
        extensions = _Extensions()
        self._current = None
        while True:
            start = self._position
            block = self._read_block()
            if block is None:
                return None
            if not is_tar_header(block):
                raise self._bad_header(start)
            kind = block[156:157]
            try:
                if kind in b"xgXLK":
                    self._extend(extensions, kind, _number(block[124:136]))
                else:
                    return self._member(block, kind, extensions)
            except ValueError as error:
                raise DamagedImageError(
                    f"{self.name} is damaged: bad tar header at byte {start:,} ({error})",
                    hint="copy or download it again",
                ) from error

    def _read_block(self) -> bytes | None:
        """Read a header; None at the end of the archive."""
        block = b""
        while len(block) < BLOCK and (more := self.stream.read(BLOCK - len(block))):
            block += more
        self._position += len(block)
        if not any(block):
            self.complete = bool(block)
            return None
        if len(block) < BLOCK and self._position == len(block):
            raise self._bad_header(0)
        if len(block) < BLOCK:
            raise DamagedImageError(
                f"{self.name} is cut off: it ends within the header after {self._last_name or 'its start'}",
                hint="copy or download it again",
            )
        return block

    def _extend(self, extensions: _Extensions, kind: bytes, size_bytes: int) -> None:
        if size_bytes > MAX_EXTENSION_BYTES:
            raise LimitError(f"{self.name} has a tar header of {size_bytes:,} bytes; {MAX_EXTENSION_BYTES:,} are read")
        end = self._position + size_bytes
        parts = []
        while self._position < end:
            parts.append(self.take(size_bytes, end))
        data = b"".join(parts)
        self._skip_to(self._position + -size_bytes % BLOCK)
        if kind == b"L":
            extensions.path = data.rstrip(b"\0")
        elif kind == b"K":
            extensions.link = data.rstrip(b"\0")
        elif kind != b"g":  # global headers hold comments and times; no image tool puts a path into one
            self._apply_pax(extensions, data)

    def _apply_pax(self, extensions: _Extensions, data: bytes) -> None:
        for key, value in parse_pax(data):
            if key == b"path":
                extensions.path = value
            elif key == b"linkpath":
                extensions.link = value
            elif key == b"size":
                if not value.isdigit():
                    raise ValueError("bad size in a PAX record")
                extensions.size_bytes = int(value)
            elif key.startswith(b"GNU.sparse."):
                raise self._sparse()

    def _member(self, block: bytes, kind: bytes, extensions: _Extensions) -> Member:
        if kind == b"S":
            raise self._sparse()
        name = block[:100].partition(b"\0")[0]
        if block[257:263] == b"ustar\0" and block[345]:
            name = block[345:500].partition(b"\0")[0] + b"/" + name
        name = name if extensions.path is None else extensions.path
        link = block[157:257].partition(b"\0")[0] if extensions.link is None else extensions.link
        member_kind = _KINDS.get(kind, MemberKind.OTHER)
        if member_kind is MemberKind.FILE and name.endswith(b"/"):  # how V7 tar wrote directories
            member_kind = MemberKind.DIRECTORY
        size_bytes = _number(block[124:136]) if extensions.size_bytes is None else extensions.size_bytes
        if kind in b"123456":  # these have no content, whatever their size field says
            size_bytes = 0
        member = Member(clean_name(decode(name)), member_kind, self._position, size_bytes, decode(link))
        if self.size_bytes is not None and self._position + size_bytes > self.size_bytes:
            self._current = member
            raise self._cut_off(self._position + size_bytes)
        return member

    def _skip_content(self, member: Member) -> None:
        end = member.offset + member.size_bytes
        self._skip_to(end)
        # Only the padding of the very last member may be missing, and then the end marker is missing, too.
        self._skip_to(end + -member.size_bytes % BLOCK, exact=False)

    def _skip_to(self, end: int, *, exact: bool = True) -> None:
        if self.size_bytes is not None:
            self._position = end
            self.stream.seek(end)
            return
        while self._position < end:
            data = self.stream.read(min(_SKIP_BYTES, end - self._position))
            if not data:
                if exact:
                    raise self._cut_off(end)
                return
            self._position += len(data)

    def _cut_off(self, end: int) -> DamagedImageError:
        there = self._position if self.size_bytes is None else self.size_bytes
        member = f"the header after {self._last_name or 'its start'}" if self._current is None else self._current.name
        return DamagedImageError(
            f"{self.name} is cut off: the last {end - there:,} bytes of {member} are missing",
            hint="copy or download it again",
        )

    def _bad_header(self, start: int) -> DamagedImageError | NotAnImageError:
        if start == 0:
            return NotAnImageError(f"{self.name} is not a tar archive")
        after = f", after {self._last_name}" if self._last_name else ""
        return DamagedImageError(
            f"{self.name} is damaged: no tar header at byte {start:,}{after}", hint="copy or download it again"
        )

    def _sparse(self) -> UnsupportedImageError:
        return UnsupportedImageError(
            f"{self.name} was packed with sparse files, which image archives never are",
            hint="pack it again without --sparse",
        )


class _Content(io.RawIOBase):
    """The bytes of one member, as far as the walk has not gone beyond them."""

    def __init__(self, walk: TarWalk, member: Member) -> None:
        self._walk = walk
        self._end = member.offset + member.size_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        return self._walk.take_into(memoryview(buffer).cast("B"), self._end)
