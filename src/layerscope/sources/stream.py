"""Image archives that cannot seek: from an engine, from stdin, or inside a compressed file.

Owns going through such a stream once, in whatever order its members come: everything that looks like a layer is
scanned as it passes, small JSON is kept, and the manifest is matched at the end by the same code as for files.
Nothing is spooled to disk. Knows nothing of manifests.
"""

import copy
import io
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import BinaryIO

from layerscope.errors import ImageError, LimitError
from layerscope.model.files import LayerTable
from layerscope.model.image import Compression, LayerBlob, ProgressCallback
from layerscope.sources.base import Scan
from layerscope.sources.blobs import BLOCK, Content, buffered, compression_of, open_decompressed, sniff
from layerscope.sources.manifest import MAX_JSON_BYTES
from layerscope.sources.outertar import Member, MemberKind, TarWalk
from layerscope.sources.store import LayerRef, label, make_layer, missing, resolve

MAX_KEPT_BYTES = 64 * 1024 * 1024
"""Of all JSON in one archive together."""
_PROGRESS_BYTES = 1024 * 1024
_SKIP_BYTES = 1024 * 1024


class Metered(io.RawIOBase):
    """A stream that reports the bytes read from it, and so can be stopped; it owns the stream below."""

    def __init__(self, source: BinaryIO, phase: str, total_bytes: int | None, progress: ProgressCallback) -> None:
        self._source = source
        self._phase = phase
        self._total_bytes = total_bytes
        self._progress = progress
        self._done_bytes = 0
        self._told_bytes = 0
        self.report()

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read, and tell who wants to know about every megabyte and about the end."""
        view = memoryview(buffer).cast("B")
        data = self._source.read(len(view))
        view[: len(data)] = data
        self._done_bytes += len(data)
        if not data:
            self._total_bytes = self._total_bytes and self._done_bytes  # that of an engine was an estimate
        if not data or self._done_bytes - self._told_bytes >= _PROGRESS_BYTES:
            self.report()
        return len(data)

    def report(self) -> None:
        """Tell how far it is; what the callback raises is passed on."""
        self._told_bytes = self._done_bytes
        total = None if self._total_bytes is None else max(self._total_bytes, self._done_bytes)
        self._progress(self._phase, self._done_bytes, total)

    def close(self) -> None:
        """Close the stream below, too."""
        if not self.closed:
            self._source.close()
        super().close()


@dataclass(frozen=True, slots=True)
class _Passed:
    """What is known of a member that went by."""

    content: Content
    table: LayerTable | None = None
    error: ImageError | None = None
    """Why it could not be scanned: matters only when it turns out to be a layer."""


class StreamStore:
    """The files of a tar stream, after it went by."""

    def __init__(self, stream: BinaryIO, name: str, scan: Scan, reopen: Callable[[], BinaryIO] | None = None) -> None:
        self.name = name
        self._scan = scan
        self._reopen = reopen
        self._members: dict[str, Member] = {}
        self._passed: dict[str, _Passed] = {}
        self._json: dict[str, bytes] = {}
        self._kept_bytes = 0
        self._given: set[str] = set()
        walk = TarWalk(stream, name)
        for member in walk:
            if member.name:
                self._members[member.name] = member
                if member.kind is MemberKind.FILE:
                    self._pass(member, walk)
        walk.drain()
        self.complete = walk.complete

    def paths(self) -> Collection[str]:
        """Give the names of all members."""
        return self._members

    def size_of(self, path: str) -> int | None:
        """Give a member's size, through links."""
        member = resolve(self._members, path, self.name)
        return None if member is None else member.size_bytes

    def read(self, path: str) -> bytes:
        """Give a member that was kept."""
        member = resolve(self._members, path, self.name)
        if member is None or member.name not in self._json:
            raise missing(self, path)
        return self._json[member.name]

    def layer(self, ref: LayerRef) -> LayerBlob:
        """Make a layer of what was scanned."""
        member = resolve(self._members, ref.path, self.name)
        if member is None:
            raise missing(self, ref.path)
        name = label(self, ref.path)
        passed = self._passed[member.name]
        if passed.error is not None:
            raise passed.error
        compression = compression_of(passed.content, name)
        opener = None if self._reopen is None else lambda: self._open_again(member, compression, name)
        blob = make_layer(ref, name, member.size_bytes, compression, opener=opener)
        if passed.table is None:
            return blob
        # A table becomes part of one tree; an image that lists a layer twice needs it twice.
        table = copy.deepcopy(passed.table) if member.name in self._given else passed.table
        self._given.add(member.name)
        return replace(blob, table=table)

    def _pass(self, member: Member, walk: TarWalk) -> None:
        stream = buffered(walk.content())
        content = sniff(stream.peek(BLOCK)[:BLOCK] if member.size_bytes else b"")
        self._kept_bytes -= len(self._json.pop(member.name, b""))
        table = error = None
        if content in {Content.TAR, Content.GZIP, Content.ZSTD}:
            name = label(self, member.name)
            try:
                table = self._scan(open_decompressed(stream, compression_of(content, name), name), name)
            except ImageError as caught:
                error = caught
        elif member.size_bytes <= MAX_JSON_BYTES and (content is Content.JSON or member.name.endswith(".json")):
            self._json[member.name] = stream.read()
            self._kept_bytes += len(self._json[member.name])
            if self._kept_bytes > MAX_KEPT_BYTES:
                raise LimitError(f"{self.name} holds more than {MAX_KEPT_BYTES:,} bytes of JSON")
        self._passed[member.name] = _Passed(content, table, error)

    def _open_again(self, member: Member, compression: Compression, name: str) -> BinaryIO:
        assert self._reopen is not None
        stream = self._reopen()
        left = member.offset
        while left:
            left -= len(stream.read(min(_SKIP_BYTES, left))) or left
        return open_decompressed(buffered(_Bounded(stream, member.size_bytes)), compression, name)


class _Bounded(io.RawIOBase):
    """The next so many bytes of a stream, which it owns."""

    def __init__(self, source: BinaryIO, size_bytes: int) -> None:
        self._source = source
        self._left = size_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self._source.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
