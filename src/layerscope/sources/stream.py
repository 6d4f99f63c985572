"""Image archives that cannot seek: from an engine, from stdin, or inside a compressed file.

Owns going through such a stream once, in whatever order its members come: everything that looks like a layer is
scanned as it passes, small JSON is kept, and the manifest is matched at the end by the same code as for files.
Nothing is spooled to disk. Knows nothing of manifests.
"""

from collections.abc import Callable, Collection
from typing import BinaryIO

from layerscope.errors import ImageError, LimitError
from layerscope.frozen import dataclass, replace
from layerscope.model.files import LayerTable
from layerscope.model.image import Compression, LayerBlob, Measured
from layerscope.sources.base import Scan
from layerscope.sources.blobs import BLOCK, Content, buffered, compression_of, open_decompressed, sniff
from layerscope.sources.budget import Budget
from layerscope.sources.hashing import HashingReader
from layerscope.sources.manifest import MAX_JSON_BYTES
from layerscope.sources.metering import Bounded
from layerscope.sources.outertar import Member, MemberKind, TarWalk, drain
from layerscope.sources.store import LayerRef, label, make_layer, missing, resolve

MAX_KEPT_BYTES = 64 * 1024 * 1024
"""Of all JSON in one archive together."""
MAX_STATEMENT_BYTES = 32 * 1024 * 1024
"""Of attestations; what is beyond cannot be read later."""
_IN_TOTO = b"in-toto.io/Statement"
_SKIP_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Passed:
    """What is known of a member that went by."""

    content: Content
    table: LayerTable | None = None
    measured: Measured | None = None
    error: ImageError | None = None
    """Why it could not be scanned: matters only when it turns out to be a layer."""


class StreamStore:
    """The files of a tar stream, after it went by."""

    def __init__(
        self,
        stream: BinaryIO,
        name: str,
        scan: Scan,
        reopen: Callable[[], BinaryIO] | None = None,
        *,
        budget: Budget | None = None,
        measure: bool = False,
        to_its_end: bool = True,
    ) -> None:
        self.name = name
        self._scan = scan
        self._reopen = reopen
        self._plain = budget is None
        self._budget = budget or Budget(name, 0)
        self._measure = measure
        self._members: dict[str, Member] = {}
        self._passed: dict[str, _Passed] = {}
        self._json: dict[str, bytes] = {}
        self._kept_bytes = self._statement_bytes = 0
        self._statements: set[str] = set()
        walk = TarWalk(stream, name)
        for member in walk:
            if member.name:
                self._members[member.name] = member
                if member.kind is MemberKind.FILE:
                    self._pass(member, walk)
        if to_its_end:
            drain(stream, name)
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
        # An image that lists a layer twice gets one table twice: who puts it into a tree makes copies.
        return replace(blob, table=blob.table if passed.table is None else passed.table, measured=passed.measured)

    def _pass(self, member: Member, walk: TarWalk) -> None:
        stream = buffered(walk.content())
        head = stream.peek(BLOCK)[:BLOCK] if member.size_bytes else b""
        content = sniff(head)
        self._forget(member.name)
        if content in {Content.TAR, Content.GZIP, Content.ZSTD}:
            if self._plain:  # else what is stored is known from the stream around it
                self._budget.store(member.size_bytes)
            self._passed[member.name] = self._pass_layer(stream, content, member)
            return
        self._passed[member.name] = _Passed(content)
        if member.size_bytes <= MAX_JSON_BYTES and (content is Content.JSON or member.name.endswith(".json")):
            self._keep(member, stream, is_statement=_IN_TOTO in head)

    def _keep(self, member: Member, stream: BinaryIO, *, is_statement: bool) -> None:
        """Keep JSON; of statements, on which nothing depends and which may be long, only so many bytes."""
        if is_statement and self._statement_bytes + member.size_bytes > MAX_STATEMENT_BYTES:
            return
        self._json[member.name] = stream.read()
        if is_statement:
            self._statement_bytes += member.size_bytes
            self._statements.add(member.name)
        else:
            self._kept_bytes += member.size_bytes
        if self._kept_bytes > MAX_KEPT_BYTES:
            raise LimitError(f"{self.name} holds more than {MAX_KEPT_BYTES:,} bytes of JSON")

    def _forget(self, name: str) -> None:
        """Make room when a member comes again."""
        size_bytes = len(self._json.pop(name, b""))
        if name in self._statements:
            self._statements.remove(name)
            self._statement_bytes -= size_bytes
        else:
            self._kept_bytes -= size_bytes

    def _pass_layer(self, stream: BinaryIO, content: Content, member: Member) -> _Passed:
        name = label(self, member.name)
        stored = HashingReader(stream) if self._measure else None
        source = stream if stored is None else buffered(stored)
        compression, meter = compression_of(content, name), self._budget.meter(str(member.offset))
        plain = open_decompressed(source, compression, name, meter)
        unpacked = stored if compression is Compression.NONE or stored is None else HashingReader(plain)
        # Bound to a name: whoever drops the last buffer around a stream closes it, and all below.
        tar = plain if unpacked is None or unpacked is stored else buffered(unpacked)
        try:
            table = self._scan(tar, name)
        except LimitError:
            raise
        except ImageError as caught:
            return _Passed(content, error=caught)
        if stored is None or unpacked is None:
            return _Passed(content, table)
        stored.drain()
        return _Passed(content, table, Measured(stored.digest, unpacked.digest))

    def _open_again(self, member: Member, compression: Compression, name: str) -> BinaryIO:
        assert self._reopen is not None
        stream = self._reopen()
        left = member.offset
        while left:
            left -= len(stream.read(min(_SKIP_BYTES, left))) or left
        meter = self._budget.meter(str(member.offset))
        return open_decompressed(buffered(Bounded(stream, member.size_bytes)), compression, name, meter)
