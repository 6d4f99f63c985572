"""The entries of one layer's tar, as columns: headers are read, contents are skipped (or hashed as they pass).

This is the one hot loop over bytes: everything rare leaves it early. Reads ustar, V7, GNU and PAX headers
(POSIX.1-2017 pax; GNU tar manual, "Tar Internals") as container engines do, that is as Go's archive/tar does,
and checks every header's checksum: the standard library's tarfile stops silently at a bad header, which would make
a damaged layer look like a small healthy one.
"""

import os
from collections.abc import Callable
from itertools import compress
from typing import TYPE_CHECKING, BinaryIO, TypeVar
from zlib import adler32

from layerscope.errors import CancelledError, DamagedImageError, LimitError
from layerscope.filesystem import compiled
from layerscope.filesystem.allowance import Allowance
from layerscope.filesystem.hashes import content_hash
from layerscope.filesystem.reading import digest_of
from layerscope.filesystem.tarbytes import Stream, TarBytes, Window
from layerscope.filesystem.tarheader import BLOCK, HeaderError, checksum_matches, number, uses_prefix
from layerscope.filesystem.tarrare import TarReader
from layerscope.model.files import Kind, LayerTable, PathKey

if TYPE_CHECKING:
    from layerscope.filesystem.compiled import headers as loops

MAX_ENTRIES = 10_000_000
"""Entries of one layer; more is refused."""
_VIEWED = 1 << 13
"""Bytes of a content from which a view of it costs less than a copy."""

_FAR = 1 << 62
"""Where no header is, whatever sizes say; a compiled loop counts to twice that."""

_RUN, _MOST_ODD = 16, 256
"""Headers in one go that the compiled loop is worth a call for; those left to Python at most where it is not."""
_ZEROS = bytes(BLOCK)
_REGULAR = ord("0")
_EMPTY = frozenset(b"125")
"""Hard links, symlinks, directories: no content follows, whatever the size field says."""
_KIND_CODES = bytes.maketrans(b"0125", bytes((Kind.FILE, Kind.HARDLINK, Kind.SYMLINK, Kind.DIRECTORY)))
_FIELD_ENDS = b"\0 "
_ODD_STARTS = frozenset({b"", b"/", b"."})
_LINKS = (Kind.HARDLINK, Kind.SYMLINK)
_T = TypeVar("_T")


def scan_window(
    descriptor: int, offset: int, size: int, name: str, *, allowance: Allowance | None = None
) -> LayerTable:
    """Read the entries of an uncompressed tar that lies in an open file; its contents stay where they are.

    `name` is what errors call the layer; `allowance` is that of all layers of its image. Raises `DamagedImageError`
    when the tar is cut short or makes no sense.
    """
    scan = _Scan(Window(descriptor, offset, size), name, allowance=allowance)
    table = scan.run()
    if os.fstat(descriptor).st_size < offset + size:
        raise scan.damaged(
            "the file became shorter, and ends before the layer does", os.fstat(descriptor).st_size - offset
        )
    table.tar_bytes = size
    return table


def scan_stream(stream: BinaryIO, name: str, *, allowance: Allowance | None = None) -> LayerTable:
    """Read the entries of an uncompressed tar stream to its very end, hashing the contents on the way."""
    source = Stream(stream)
    table = _Scan(source, name, hashing=True, allowance=allowance).run()
    table.tar_bytes = source.drain()
    return table


class _Memo(dict[bytes, _T]):
    """Remembers what fields mean: owners, times and checksums repeat, and a look-up is faster than reading digits."""

    def __init__(self, read: Callable[[bytes], _T]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, field: bytes) -> _T:
        value = self._read(field)
        if len(self) < 1 << 16:
            self[field] = value
        return value


def expected_sum(field: bytes) -> int:
    """Say what adler32 must find in a header with this checksum field, which itself is summed as blanks."""
    return (1 + number(field) + sum(field) - 8 * 32) % 65521


def _compiled_loop() -> "loops.Headers | None":
    if not compiled.IN_USE:
        return None
    from layerscope.filesystem.compiled import headers

    return headers.Headers()


class _Scan(TarReader):
    """One pass over one tar.

    Plain headers are only gathered, and turned into rows some thousands at a time: working down columns in C (map,
    translate, comprehensions) takes half the time of finishing one header after the other.
    """

    BATCH = 4096

    def __init__(
        self, source: TarBytes, name: str, *, hashing: bool = False, allowance: Allowance | None = None
    ) -> None:
        super().__init__(source, name, hashing=hashing, allowance=allowance)
        self.position = 0
        self.buffer, self.start = b"", 0
        self.headers = _compiled_loop()
        self.odd = 1
        self.ids_of = _Memo(self.ids)
        self.time_of = _Memo(number)
        self.sum_of = _Memo(expected_sum)

    def run(self) -> LayerTable:
        """Go through all headers up to the end marker."""
        goes_on = True
        while goes_on:
            goes_on = self.plain() or self.slow()
            if self.allowance.withdrawn:
                raise CancelledError(f"{self.name}: not read to its end")
            if len(self.table) > MAX_ENTRIES:
                raise LimitError(f"{self.name}: more than {MAX_ENTRIES:,} entries in one layer")
        self.table.content_bytes = sum(self.table.size)
        return self.table

    def plain(self) -> bool:
        """Make rows of the plain headers that come next; False when what comes then is none.

        What the compiled loop stops at may be plain to `gather`, which knows more cases. It looks at one header, and at
        more where the loop stops again and again, as at absolute names: it is slow with few.
        """
        if self.headers is None:
            return self.gather(self.BATCH)
        if self.extension is not None:
            return False
        before = self.table.entry_count
        may_go_on = self.take(self.headers)
        self.odd = 1 if self.table.entry_count - before >= _RUN else min(2 * self.odd, _MOST_ODD)
        return may_go_on or self.gather(self.odd)

    def take(self, headers: "loops.Headers") -> bool:
        """Have the compiled loop read headers; False when it stopped at one."""
        if self.position > _FAR:
            return False
        source, digests = self.source, self.table.digest
        first = len(self.table)
        if digests is None:
            assert isinstance(source, Window)
            may_go_on = headers.of_file(source.descriptor, source.offset, source.size, self.position)
        else:
            self.buffer, self.start = source.at(self.position, BLOCK)
            hashes = headers.of_buffer(self.buffer, self.start, self.position, content_hash)
            digests.update({first + row: digest for row, digest in enumerate(hashes) if digest})
            may_go_on = False  # the next content may be longer than the buffer: one by one
        for row, link in headers.move_to(self.table):
            self.target(row, Kind(self.table.kind[row]), link)
        self.position = headers.position
        self.content_end = headers.content_end or self.content_end
        return may_go_on

    def gather(self, most: int) -> bool:
        """Collect plain headers and make rows of them; False when what comes next is no plain header.

        Every line of the loop runs 10⁵-10⁶ times.
        """
        heads: list[bytes] = []
        offsets: list[int] = []
        sizes: list[int] = []
        hashes: list[bytes] | None = None if self.table.digest is None else []
        buffer, start, position = self.buffer, self.start, self.position
        while len(heads) < most and self.extension is None:
            block = buffer[position - start : position - start + BLOCK]
            if len(block) < BLOCK:
                buffer, start = self.source.at(position, BLOCK)
                block = buffer[position - start : position - start + BLOCK] if position >= start else b""
                if len(block) < BLOCK:
                    break
            code = block[156]
            size = 0
            if code == _REGULAR:
                digits = block[124:135]
                if not digits.isdigit() or block[135] not in _FIELD_ENDS:
                    break
                try:
                    size = int(digits, 8)
                except ValueError:  # an 8 or a 9
                    break
            elif code not in _EMPTY:
                break
            position += BLOCK
            heads.append(block)
            offsets.append(position)
            sizes.append(size)
            if hashes is not None:
                end = position - start + size
                if end <= len(buffer):  # nearly always: no generator, no pieces
                    content = buffer[end - size : end] if size < _VIEWED else memoryview(buffer)[end - size : end]
                    hashes.append(content_hash(content).digest() if size else b"")
                else:
                    hashes.append(digest_of(self.source.pieces(position, size), None))
            if size:
                self.content_end = position + size
                position += (size + 511) & -BLOCK
        self.buffer, self.start, self.position = buffer, start, position
        self.rows(heads, offsets, sizes, hashes)
        return len(heads) == most

    def rows(self, heads: list[bytes], offsets: list[int], sizes: list[int], hashes: list[bytes] | None) -> None:
        """Turn plain headers into rows; an error is that of the first header that is wrong, and names it."""
        try:
            self.add_rows(heads, offsets, sizes, hashes)
        except (HeaderError, DamagedImageError):
            if len(heads) > 1:
                for row, head in enumerate(heads):
                    self.rows([head], offsets[row : row + 1], sizes[row : row + 1], hashes and hashes[row : row + 1])
            self.verify(heads[0], offsets[0] - BLOCK)
            for field in (heads[0][100:108], heads[0][108:116], heads[0][116:124], heads[0][136:148]):
                self.number(field, offsets[0] - BLOCK)
            raise

    def add_rows(self, heads: list[bytes], offsets: list[int], sizes: list[int], hashes: list[bytes] | None) -> None:
        """Turn plain headers into rows, a column at a time."""
        # adler32 sums bytes in C (mod 65521), ten times as fast as sum()
        expected = map(self.sum_of.__getitem__, [head[148:156] for head in heads])
        for row, (found, sum_) in enumerate(zip(map(adler32, heads), expected, strict=True)):
            if found & 0xFFFF != sum_:
                self.verify(heads[row], offsets[row] - BLOCK)
        self.table.entry_count += len(heads)
        kinds = bytes([head[156] for head in heads]).translate(_KIND_CODES)
        keys = self.keys_of(heads, kinds)
        if None in keys:
            named = [key is not None for key in keys]
            keys, heads, offsets = (
                list(compress(keys, named)),
                list(compress(heads, named)),
                list(compress(offsets, named)),
            )
            sizes, kinds = list(compress(sizes, named)), bytes(compress(kinds, named))
            hashes = None if hashes is None else list(compress(hashes, named))
        table = self.table
        first = len(table)
        ids = [self.ids_of[head[100:124]] for head in heads]
        table.keys += [key for key in keys if key is not None]
        table.kind += kinds
        table.size.extend(sizes)
        table.mode.extend([one[0] for one in ids])
        table.uid.extend([one[1] for one in ids])
        table.gid.extend([one[2] for one in ids])
        table.mtime_s.extend([self.time_of[head[136:148]] for head in heads])
        table.offset.extend(offsets)
        for row, kind in enumerate(kinds):
            if kind in _LINKS:
                self.target(first + row, Kind(kind), heads[row][157:257].partition(b"\0")[0])
        if hashes is not None and table.digest is not None:
            table.digest.update({first + row: digest for row, digest in enumerate(hashes) if digest})

    def keys_of(self, heads: list[bytes], kinds: bytes) -> list[PathKey | None]:
        """Read the names; None for markers and for what means no path."""
        names = [head[:100].partition(b"\0")[0] for head in heads]
        for row in [row for row, head in enumerate(heads) if head[345]]:
            if uses_prefix(heads[row][257:265], heads[row][345:500]):
                names[row] = heads[row][345:500].partition(b"\0")[0] + b"/" + names[row]
        keys: list[PathKey | None] = [PathKey(name.rstrip(b"/").replace(b"/", b"\0")) for name in names]
        for row, name in enumerate(names):
            if b"/." in name or b"//" in name or name[:1] in _ODD_STARTS:
                keys[row] = self.path(name, Kind(kinds[row]))
        return keys

    def verify(self, block: bytes, position: int) -> None:
        """Refuse a header whose checksum is wrong, whichever way it was summed."""
        if not checksum_matches(block, self.number(block[148:156], position)):
            raise self.damaged("a tar header with a wrong checksum", position)

    def slow(self) -> bool:
        """Handle one header that is not plain; False when there is none."""
        position = self.position
        buffer, start = self.source.at(position, BLOCK)
        block = buffer[position - start : position - start + BLOCK] if position >= start else b""
        if len(block) < BLOCK:
            self.ends_without_marker(position, block, start + len(buffer))
            return False
        if block == _ZEROS:
            self.ends(position + BLOCK)
            return False
        self.verify(block, position)
        self.position = self.rare(block, position + BLOCK, self.number(block[124:136], position))
        return True
