"""Scan a tar both ways, and read it with CPython's tarfile, into the same plain rows."""

import dataclasses
import io
import math
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from layerscope.errors import ImageError
from layerscope.filesystem import compiled
from layerscope.filesystem.hashes import content_hash
from layerscope.filesystem.reading import expand
from layerscope.filesystem.tarscan import scan_stream, scan_window
from layerscope.model.files import Kind, LayerTable, path_of

Row = tuple[Any, ...]
HUGE = 1 << 26
_TYPES = {tarfile.LNKTYPE: "hardlink", tarfile.SYMTYPE: "symlink", tarfile.CHRTYPE: "character",
          tarfile.BLKTYPE: "block", tarfile.DIRTYPE: "directory", tarfile.FIFOTYPE: "fifo"}  # fmt: skip


class Dribble(io.RawIOBase):
    """A stream that gives few bytes at a time, as pipes and decompressors do."""

    def __init__(self, data: bytes, step: int) -> None:
        super().__init__()
        self._data, self._step, self._at = data, step, 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        end = self._at + (self._step if size < 0 else min(size, self._step))
        piece, self._at = self._data[self._at : end], min(end, len(self._data))
        return piece


def scan(data: bytes, folder: Path, *, step: int = 1 << 30) -> LayerTable:
    """Scan as a stream and as a window of a file, both with the compiled loop and without: all must say the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "IN_USE", value=False)
        plain = _outcomes(data, folder, step)
    for found, expected in zip(_outcomes(data, folder, step), plain, strict=True):
        assert type(found) is type(expected)
        assert (str(found) if isinstance(found, ImageError) else found) == (
            str(expected) if isinstance(expected, ImageError) else expected
        )
    return _both(data, *plain)


def _outcomes(data: bytes, folder: Path, step: int) -> list[LayerTable | ImageError]:
    file = folder / "tar"
    before, behind = b"before" * 99, b"\0behind" * 99
    file.write_bytes(before + data + behind)
    outcomes: list[LayerTable | ImageError] = []
    with file.open("rb") as opened:
        for way in ("stream", "window"):
            try:
                if way == "stream":
                    outcomes.append(scan_stream(Dribble(data, step), "layer 0"))  # type: ignore[arg-type]
                else:
                    outcomes.append(scan_window(opened.fileno(), len(before), len(data), "layer 0"))
            except ImageError as error:
                outcomes.append(error)
    return outcomes


def _both(data: bytes, streamed: LayerTable | ImageError, windowed: LayerTable | ImageError) -> LayerTable:
    if isinstance(streamed, ImageError) or isinstance(windowed, ImageError):
        assert (type(streamed), str(streamed)) == (type(windowed), str(windowed))
        assert isinstance(streamed, ImageError)
        raise streamed
    assert streamed.digest is not None
    for row, kind in enumerate(windowed.kind):
        if kind == Kind.FILE and windowed.size[row] and not is_huge(windowed, row):
            assert streamed.digest[row] == content_hash(content(windowed, row, data)).digest()
    assert windowed == dataclasses.replace(streamed, digest=None)
    return windowed


def is_huge(table: LayerTable, row: int) -> bool:
    """Whether a sparse file is too big to be written out."""
    return row in table.sparse and table.sparse[row].real_size_bytes > HUGE


def content(table: LayerTable, row: int, data: bytes) -> bytes:
    """Give a file's bytes as a reader sees them; of a huge one only how many they are."""
    if is_huge(table, row):
        return b"%d bytes" % table.sparse[row].real_size_bytes
    stored = data[table.offset[row] : table.offset[row] + table.size[row]]
    sparse = table.sparse.get(row)
    return b"".join(expand(iter((stored,)), sparse)) if sparse else stored


def rows(table: LayerTable, data: bytes) -> list[Row]:
    """Give the entries as rows that `tarfile_rows` must equal."""
    found = []
    for row, key in enumerate(table.keys):
        kind = Kind(table.kind[row])
        link = table.link.get(row, b"")
        found.append((
            path_of(key), kind.label, table.mode[row], table.uid[row], table.gid[row], math.floor(table.mtime_s[row]),
            path_of(link) if kind is Kind.HARDLINK else link, table.device.get(row),
            content(table, row, data) if kind is Kind.FILE else b"", dict(table.xattrs.get(row, {})),
        ))  # fmt: skip
    return found


def tarfile_rows(data: bytes) -> list[Row]:
    """Read with CPython, names as bytes and clean."""
    found = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:", encoding="utf-8", errors="surrogateescape") as tar:
        for member in tar:
            kind = _TYPES.get(member.type, "file")
            link = raw(member.linkname)
            stream = tar.extractfile(member) if kind == "file" and member.size <= HUGE else None
            found.append((
                absolute(raw(member.name)), kind,
                member.mode & 0o7777, member.uid, member.gid, math.floor(member.mtime),
                absolute(link) if kind == "hardlink" else link if kind == "symlink" else b"",
                (member.devmajor, member.devminor) if kind in {"character", "block"} else None,
                stream.read() if stream else b"%d bytes" % member.size if member.size > HUGE else b"", xattrs(member),
            ))  # fmt: skip
    return found


def xattrs(member: tarfile.TarInfo) -> dict[bytes, bytes]:
    """Give what SCHILY.xattr records say."""
    mark = "SCHILY.xattr."
    return {raw(key[len(mark) :]): raw(value) for key, value in member.pax_headers.items() if key.startswith(mark)}


def raw(text: str) -> bytes:
    """Undo tarfile's decoding."""
    return text.encode("utf-8", "surrogateescape")


def absolute(name: bytes) -> bytes:
    """Write a plain name as an absolute path."""
    return b"/" + b"/".join(part for part in name.split(b"/") if part not in {b"", b"."})


def names(found: Iterable[Row]) -> list[bytes]:
    """Give the paths of rows."""
    return [row[0] for row in found]
