"""What is rare in a tar: extended headers, sparse files, markers, odd names, ends, errors.

`tarscan.py` holds the hot loop over plain headers and leaves everything else to the class here.
"""

from layerscope.errors import DamagedImageError, LimitError
from layerscope.filesystem.allowance import Allowance
from layerscope.filesystem.paths import EntryNameError, Marker, MarkerKind, clean_key, clean_link
from layerscope.filesystem.reading import MAX_EXPANDED_BYTES, MAX_EXPANDED_TOTAL_BYTES, digest_of
from layerscope.filesystem.tarbytes import TarBytes
from layerscope.filesystem.tarheader import (
    BLOCK,
    HEADER,
    MAX_EXTENSION_BYTES,
    MAX_SPARSE_RUNS,
    Extension,
    HeaderError,
    number,
    old_sparse_numbers,
    pax_records,
    pax_sparse_numbers,
    read_pax,
    runs_of,
    uses_prefix,
)
from layerscope.model.files import Kind, LayerTable, PathKey, SparseMap, path_of
from layerscope.units import decode

KINDS = {
    b"0": Kind.FILE, b"\0": Kind.FILE, b"7": Kind.FILE, b"S": Kind.FILE,
    b"1": Kind.HARDLINK, b"2": Kind.SYMLINK, b"3": Kind.CHARACTER, b"4": Kind.BLOCK, b"5": Kind.DIRECTORY,
    b"6": Kind.FIFO,
}  # fmt: skip
_SPARSE_VERSIONS = frozenset({(b"", b""), (b"0", b"0"), (b"0", b"1"), (b"1", b"0")})
_EXTENSIONS = frozenset({b"L", b"K", b"x", b"X", b"g"})


def _name(extension: Extension, raw: bytes, prefix: bytes, magic: bytes) -> bytes:
    """Choose between what the extended headers and the plain one call the entry."""
    if extension.long_name is not None:
        return extension.long_name
    if extension.path is not None:
        return extension.path
    name = raw.partition(b"\0")[0]
    return prefix.partition(b"\0")[0] + b"/" + name if prefix[0] and uses_prefix(magic, prefix) else name


class TarReader:
    """The state of one pass over one tar, and how it handles what is rare."""

    def __init__(
        self, source: TarBytes, name: str, *, hashing: bool = False, allowance: Allowance | None = None
    ) -> None:
        self.allowance = allowance or Allowance()
        self.source = source
        self.name = name
        self.table = LayerTable()
        if hashing:
            self.table.digest = {}
        self.extension: Extension | None = None
        self.content_end = 0
        self.expanded_bytes = 0

    def damaged(self, what: str, position: int) -> DamagedImageError:
        """Make the error for something wrong at a position of this tar."""
        return DamagedImageError(
            f"{self.name}: {what} at byte {position:,}", hint="save or download the image again: this copy is damaged"
        )

    def number(self, field: bytes, position: int) -> int:
        """Read a numeric field that is not plain digits."""
        try:
            return number(field)
        except HeaderError as error:
            raise self.damaged(f"a tar header in which {error}", position) from None

    def ids(self, field: bytes) -> tuple[int, int, int]:
        """Read mode, uid and gid, kept within what a Linux kernel has; HeaderError when they are no numbers."""
        mode, uid, gid = (number(field[at : at + 8]) for at in (0, 8, 16))
        return mode & 0o7777, self.clamp("uid", uid), self.clamp("gid", gid)

    def clamp(self, what: str, value: int) -> int:
        """Keep a uid or gid within 32 bits, and say when it was not."""
        if 0 <= value <= 0xFFFFFFFF:
            return value
        self.remark(f"a {what} of {value} was read as the nearest possible one")
        return min(max(value, 0), 0xFFFFFFFF)

    def remark(self, text: str) -> None:
        """Keep a remark, once each, and not without end."""
        if text not in self.table.remarks and len(self.table.remarks) < 100:
            self.table.remarks.append(text)

    def path(self, raw: bytes, kind: Kind) -> PathKey | None:
        """Read an odd name; None when it was a marker or means no path, and is noted as such."""
        try:
            found = clean_key(raw)
        except EntryNameError as error:
            self.table.quarantined.append((raw[:4096], str(error)))
            return None
        if b".." in raw and b".." in raw.split(b"/"):
            self.remark('it has names that hold ".."; they were read as engines read them')
        if isinstance(found, Marker):
            if found.kind is MarkerKind.WHITEOUT:
                self.table.whiteouts.append(found.key)
            elif found.kind is MarkerKind.OPAQUE:
                self.table.opaques.append(found.key)
            return None
        if not found and kind is not Kind.DIRECTORY:
            self.table.quarantined.append((raw[:4096], "it would take the place of the root directory"))
            return None
        return found

    def target(self, row: int, kind: Kind, link: bytes, device: bytes = b"") -> None:
        """Keep what a link or device points to; HeaderError when a device has no numbers."""
        if kind is Kind.SYMLINK:
            self.table.link[row] = link
        elif kind is Kind.HARDLINK:
            self.table.link[row] = clean_link(link) or b""
        elif kind in {Kind.CHARACTER, Kind.BLOCK}:
            self.table.device[row] = (number(device[:8]), number(device[8:]))

    def ends(self, position: int) -> None:
        """Check the second block of the end marker; one alone at the very end is good enough, as in Go."""
        buffer, start = self.source.at(position, BLOCK)
        second = buffer[position - start : position - start + BLOCK] if position >= start else b""
        if second.strip(b"\0"):
            raise self.damaged("a lone block of zeros between tar entries", position - BLOCK)
        self.check_extension(position)
        self.table.terminated = True

    def ends_without_marker(self, position: int, rest: bytes, length: int) -> None:
        """Tell a tar without an end marker from one that is cut short; `rest` is what there is of the next header."""
        if rest.strip(b"\0"):
            raise self.damaged("it is cut short in a tar header", length)
        if length < self.content_end:
            raise self.damaged(f"it is cut short in the contents of {self.last()}", length)
        self.check_extension(position)

    def check_extension(self, position: int) -> None:
        """Refuse an end between an extended header and its entry."""
        if self.extension is not None:
            raise self.damaged("it ends after an extended header", position)

    def last(self) -> str:
        """Name the last entry, for an error."""
        return decode(path_of(self.table.keys[-1])) if self.table.keys else "its first entry"

    def rare(self, block: bytes, position: int, size: int) -> int:
        """Handle any header that the hot loop leaves: extensions, sparse files, unknown types. Returns what is next."""
        code = block[156:157]
        if size < 0:
            raise self.damaged("a tar header with a negative size", position - BLOCK)
        try:
            if code in _EXTENSIONS:
                return self.extend(code, position, size)
            extension, self.extension = self.extension or Extension(), None
            self.table.entry_count += 1
            return self.extended(block, position, size, extension)
        except HeaderError as error:
            raise self.damaged(f"a tar header in which {error}", position - BLOCK) from None

    def extend(self, code: bytes, position: int, size: int) -> int:
        """Read a header that is about the next one."""
        if size > MAX_EXTENSION_BYTES:
            raise LimitError(
                f"{self.name}: an extended tar header of {size:,} bytes at byte {position - BLOCK:,}",
                hint=f"the limit is {MAX_EXTENSION_BYTES:,} bytes",
            )
        buffer, start = self.source.at(position, size)
        body = buffer[position - start : position - start + size] if position >= start else b""
        if len(body) < size:
            raise self.damaged("it is cut short in an extended header", start + len(buffer))
        if code == b"g":
            # engines ignore global records, and so must whoever wants to see what they see
            records = pax_records(body)
            self.allowance.records(self.name, len(records))
            if any(key != b"comment" for key, _ in records):
                self.remark("it has a global PAX header, which engines ignore")
            self.extension = None  # in Go it ends what came before it, too
            return position + ((size + 511) & -BLOCK)
        extension = self.extension or Extension()
        if code == b"L":
            extension.long_name = body.split(b"\0", 1)[0] or None
        elif code == b"K":
            extension.long_link = body.split(b"\0", 1)[0] or None
        else:
            extension = read_pax(body, extension)
            self.allowance.records(self.name, extension.record_count)
        self.extension = extension
        return position + ((size + 511) & -BLOCK)

    def extended(self, block: bytes, position: int, size: int, extension: Extension) -> int:
        """Read the entry that extended headers are about, or whose type is rare."""
        raw, ids, _, mtime, _, code, link, magic, _, _, device, prefix, _ = HEADER.unpack(block)
        kind = KINDS.get(code)
        device = device if magic[:6] == b"ustar\0" or magic == b"ustar  \0" else b""
        raw = _name(extension, raw, prefix, magic)
        if kind in {None, Kind.FILE} and extension.size is not None:
            size = extension.size  # for unknown types, too: else their data could pass for entries (CVE-2025-62518)
        if kind is None:
            self.table.quarantined.append((raw[:4096], f"its tar type is {code!r}"))
            self.content_end = max(self.content_end, position + size)
            return position + ((size + 511) & -BLOCK)
        if kind is not Kind.FILE:
            size = 0
        following = position + ((size + 511) & -BLOCK)
        sparse: SparseMap | None = None
        if code == b"S":
            sparse, position = self.old_sparse(block, position, size)
            following = position + ((size + 511) & -BLOCK)
        elif kind is Kind.FILE and extension.sparse:
            sparse, position, size = self.pax_sparse(extension, position, size)
            raw = raw if sparse is None else extension.sparse.get(b"name", raw)
        if code == b"\0" and raw[-1:] == b"/":
            kind, size = Kind.DIRECTORY, 0
            following = position
        self.content_end = max(self.content_end, position + size)
        self.allowance.entry(self.name, xattrs=len(extension.xattrs), runs=len(sparse.runs) if sparse else 0)
        key = self.path(raw, kind)
        if key is None:
            return following
        if kind is Kind.CHARACTER and number(device[:8]) == number(device[8:]) == 0:
            self.remark("it has character devices 0:0; overlayfs takes them for whiteouts, and so they were read")
            self.table.whiteouts.append(key)
            return following
        mode, uid, gid = self.ids(ids)
        self.add(
            key, kind, size, position, sparse=sparse, mode=mode,
            uid=uid if extension.uid is None else self.clamp("uid", extension.uid),
            gid=gid if extension.gid is None else self.clamp("gid", extension.gid),
            mtime_s=number(mtime) if extension.mtime_s is None else extension.mtime_s,
        )  # fmt: skip
        row = len(self.table.kind) - 1
        if extension.xattrs:
            self.table.xattrs[row] = extension.xattrs
        if kind not in {Kind.FILE, Kind.DIRECTORY}:
            links = (extension.long_link, extension.link, link.partition(b"\0")[0])
            self.target(row, kind, next(one for one in links if one is not None), device)
        return following

    def add(
        self, key: PathKey, kind: Kind, size: int, position: int,
        *, sparse: SparseMap | None, mode: int, uid: int, gid: int, mtime_s: float,
    ) -> None:  # fmt: skip
        """Append one row."""
        table = self.table
        row = len(table.kind)
        table.keys.append(key)
        table.kind.append(kind)
        table.size.append(size)
        table.mode.append(mode)
        table.uid.append(uid)
        table.gid.append(gid)
        table.mtime_s.append(mtime_s)
        table.offset.append(position)
        if sparse is not None:
            table.sparse[row] = sparse
        if table.digest is not None and (size or sparse):
            if sparse is not None and sparse.real_size_bytes <= MAX_EXPANDED_BYTES:
                self.expanded_bytes += sparse.real_size_bytes
            if self.expanded_bytes > MAX_EXPANDED_TOTAL_BYTES:
                raise LimitError(f"{self.name}: its sparse files claim more than {MAX_EXPANDED_TOTAL_BYTES:,} bytes")
            table.digest[row] = digest_of(self.source.pieces(position, size), sparse)

    def old_sparse(self, block: bytes, position: int, size: int) -> tuple[SparseMap, int]:
        """Read a GNU sparse map ("Storing Sparse Files"), and the blocks that go on with it."""
        numbers = old_sparse_numbers(block, 386, 4)
        more = block[482]
        while more:
            buffer, start = self.source.at(position, BLOCK)
            extra = buffer[position - start : position - start + BLOCK] if position >= start else b""
            if len(extra) < BLOCK:
                raise self.damaged("it is cut short in a sparse map", start + len(buffer))
            numbers += old_sparse_numbers(extra, 0, 21)
            if len(numbers) > 2 * MAX_SPARSE_RUNS:
                raise HeaderError("a sparse map is too long")
            more = extra[504]
            position += BLOCK
        return runs_of(numbers, number(block[483:495]), size), position

    def pax_sparse(self, extension: Extension, position: int, size: int) -> tuple[SparseMap | None, int, int]:
        """Read a PAX sparse map of any version; returns it with where the data starts and how long it is."""
        fields = extension.sparse
        version = (fields.get(b"major", b""), fields.get(b"minor", b""))
        real = fields.get(b"realsize", fields.get(b"size"))
        if real is None or version not in _SPARSE_VERSIONS:
            return None, position, size  # Go takes these for plain files
        if version == (b"", b"") and not fields.get(b"map") and not extension.sparse_runs:
            return None, position, size
        if not real.isdigit() or len(real) > 20:
            raise HeaderError("a sparse file has no valid size")
        numbers = pax_sparse_numbers(extension)
        if version == (b"1", b"0"):
            numbers, used = self.data_sparse_map(position, size)
            position += used
            size -= used
        if numbers is None:
            return None, position, size
        return runs_of(numbers, int(real), size), position, size

    def data_sparse_map(self, position: int, size: int) -> tuple[list[int], int]:
        """Read a PAX 1.0 map: decimal lines at the start of the data, padded to a block."""
        have = first = count = b""
        while True:
            want = min(size, max(4096, 2 * len(have)))
            buffer, start = self.source.at(position, want)
            grown = buffer[position - start : position - start + want] if position >= start else b""
            lines = grown.split(b"\n")[:-1]
            if lines:
                count = lines[0].lstrip(b"0")
                if not lines[0].isdigit() or len(lines[0]) > 1024 or int(count[:9] or b"0") > MAX_SPARSE_RUNS:
                    raise HeaderError("a sparse map has no valid length")
            if lines and len(lines) > 2 * int(count or b"0"):
                first = lines[0]
                lines = lines[1 : 1 + 2 * int(count or b"0")]
                break
            if len(grown) <= len(have) or len(grown) >= MAX_EXTENSION_BYTES:
                raise HeaderError("a sparse map does not end")
            have = grown
        used = len(first) + 1 + sum(len(line) + 1 for line in lines)
        if not all(line.isdigit() and len(line) <= 20 for line in lines):
            raise HeaderError("a sparse map is not made of numbers")
        return [int(line) for line in lines], (used + 511) & -BLOCK
