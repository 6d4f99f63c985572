"""The entries of one layer's tar, as columns: headers are read, contents are skipped (or hashed as they pass).

This is the one hot loop over bytes: everything rare leaves it early. Reads ustar, V7, GNU and PAX headers
(POSIX.1-2017 pax; GNU tar manual, "Tar Internals") as container engines do, that is as Go's archive/tar does,
and checks every header's checksum: the standard library's tarfile stops silently at a bad header, which would make
a damaged layer look like a small healthy one.
"""

from typing import BinaryIO
from zlib import adler32

from layerscope.errors import LimitError
from layerscope.filesystem.tarbytes import Stream, Window
from layerscope.filesystem.tarheader import BLOCK, HEADER, checksum_matches
from layerscope.filesystem.tarrare import KINDS, TarReader
from layerscope.model.files import Kind, LayerTable, PathKey

MAX_ENTRIES = 10_000_000
"""Entries of one layer; more is refused."""

_ZEROS = bytes(BLOCK)
_BLANKS = b" " * 8
_FILE, _DIRECTORY = Kind.FILE, Kind.DIRECTORY
_FIELD_ENDS = b"\0 "
_ODD_STARTS = frozenset({b"", b"/", b"."})


def scan_window(descriptor: int, offset: int, size: int, name: str) -> LayerTable:
    """Read the entries of an uncompressed tar that lies in an open file; its contents stay where they are.

    `name` is what errors call the layer. Raises `DamagedImageError` when the tar is cut short or makes no sense.
    """
    table = _Scan(Window(descriptor, offset, size), name).run()
    table.tar_bytes = size
    return table


def scan_stream(stream: BinaryIO, name: str) -> LayerTable:
    """Read the entries of an uncompressed tar stream to its very end, hashing the contents on the way."""
    source = Stream(stream)
    table = _Scan(source, name, hashing=True).run()
    table.tar_bytes = source.drain()
    return table


class _Scan(TarReader):
    """One pass over one tar: the hot loop."""

    def run(self) -> LayerTable:
        """Go through all headers up to the end marker."""
        try:
            self.loop()
        except ValueError as error:  # int() of digits that are not octal
            raise self.damaged(
                f"a tar header after this many bytes that makes no sense ({error})", self.content_end
            ) from None
        self.table.content_bytes = sum(self.table.size)
        return self.table

    def loop(self) -> None:
        """Turn headers into rows; every line here runs 10⁵-10⁶ times, so names are bound to locals."""
        table = self.table
        unpack = HEADER.unpack_from
        add_key, add_kind, add_size = table.keys.append, table.kind.append, table.size.append
        add_mode, add_uid, add_gid = table.mode.append, table.uid.append, table.gid.append
        add_mtime, add_offset = table.mtime_s.append, table.offset.append
        digests = table.digest
        ids_seen: dict[bytes, tuple[int, int, int]] = {}
        buffer, start, position = b"", 0, 0
        while True:
            at = position - start
            if at + BLOCK > len(buffer):
                buffer, start = self.source.at(position, BLOCK)
                at = position - start
                if len(table.kind) > MAX_ENTRIES:
                    raise LimitError(f"{self.name}: more than {MAX_ENTRIES:,} entries in one layer")
                if at + BLOCK > len(buffer):
                    self.ends_without_marker(position, start + len(buffer))
                    break
            raw, ids, size_text, mtime_text, sum_text, code, link, magic, _, _, device, prefix, _ = unpack(buffer, at)
            if raw[0] == 0 and buffer[at : at + BLOCK] == _ZEROS:
                self.ends(position + BLOCK)
                break
            # adler32 sums bytes in C (mod 65521); the field itself counts as blanks: 0.4 µs a header, sum() takes 4
            digits = sum_text[:6]
            octal = digits.isdigit() and sum_text[6] in _FIELD_ENDS
            stated = int(digits, 8) if octal else self.number(sum_text, position)
            found = adler32(buffer[at + 156 : at + BLOCK], adler32(_BLANKS, adler32(buffer[at : at + 148])))
            if found & 0xFFFF != (stated + 1) % 65521 and not checksum_matches(buffer[at : at + BLOCK], stated):
                raise self.damaged("a tar header with a wrong checksum", position)
            kind = KINDS.get(code)
            digits = size_text[:11]
            octal = digits.isdigit() and size_text[11] in _FIELD_ENDS
            size = int(digits, 8) if octal else self.number(size_text, position)
            position += BLOCK
            if kind is None or self.extension is not None or code == b"S" or size < 0:
                position = self.rare(buffer[at : at + BLOCK], position, size)
                continue
            table.entry_count += 1
            raw = raw.partition(b"\0")[0]
            if prefix[0] and magic == b"ustar\x0000":
                raw = prefix.partition(b"\0")[0] + b"/" + raw
            if code == b"\0" and raw[-1:] == b"/":
                kind = _DIRECTORY  # as V7 tar wrote them
            if b"/." in raw or b"//" in raw or raw[:1] in _ODD_STARTS:
                key = self.path(raw)
                if key is None:
                    if kind is _FILE:
                        self.content_end = position + size
                        position += (size + 511) & -BLOCK
                    continue
            else:
                key = PathKey((raw[:-1] if raw[-1] == 0x2F else raw).replace(b"/", b"\0"))
            known = ids_seen.get(ids)
            if known is None:
                known = ids_seen[ids] = self.ids(ids, position)
            digits = mtime_text[:11]
            octal = digits.isdigit() and mtime_text[11] in _FIELD_ENDS
            add_mtime(int(digits, 8) if octal else self.number(mtime_text, position))
            add_key(key)
            add_kind(kind)
            add_mode(known[0])
            add_uid(known[1])
            add_gid(known[2])
            add_offset(position)
            if kind is _FILE:
                add_size(size)
                if size:
                    if digests is not None:
                        digests[len(table.kind) - 1] = self.source.hash(position, size) or b""
                    self.content_end = position + size
                    position += (size + 511) & -BLOCK
            else:
                add_size(0)
                if kind is not _DIRECTORY:
                    self.target(len(table.kind) - 1, kind, link.partition(b"\0")[0], device)
