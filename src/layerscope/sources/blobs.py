"""Bytes of blobs: what they are, by content and never by name, and their uncompressed stream.

Owns sniffing and decompression. Knows nothing of images, manifests or tar entries beyond the
checksum of a tar header. Every way in which a compressed stream can be bad becomes a `DamagedImageError`.
"""

import enum
import io
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

from layerscope.errors import DamagedImageError, UnsupportedImageError
from layerscope.model.image import Compression
from layerscope.sources.budget import Meter

BLOCK = 512
"""Size of a tar header, and what `sniff` wants to see of a blob."""
_CHUNK = 256 * 1024
_PIECE = 128 * 1024
"""Of uncompressed bytes: isal takes a third longer with more, whose memory comes fresh from the system each time."""
_BUFFER = 64 * 1024
_ZSTD_WINDOW_LOG = 27
"""Frames that want a window above 128 MiB are refused, as zstd tools do unless told otherwise (RFC 8878 3.1.1.1.2)."""


class Content(enum.StrEnum):
    """What a blob holds, as far as its first bytes tell."""

    EMPTY = "empty"
    TAR = "tar"
    GZIP = "gzip"
    ZSTD = "zstd"
    BZIP2 = "bzip2"
    XZ = "xz"
    LZ4 = "lz4"
    LZIP = "lzip"
    COMPRESS = "compress"
    ZIP = "zip"
    JSON = "json"
    OTHER = "unknown data"


_MAGIC = (
    (b"\x1f\x8b", Content.GZIP),
    (b"\x28\xb5\x2f\xfd", Content.ZSTD),
    (b"BZh", Content.BZIP2),
    (b"\xfd7zXZ\0", Content.XZ),
    (b"\x04\x22\x4d\x18", Content.LZ4),
    (b"LZIP", Content.LZIP),
    (b"\x1f\x9d", Content.COMPRESS),
    (b"PK\x03\x04", Content.ZIP),
)
_COMPRESSIONS = {
    Content.EMPTY: Compression.NONE,
    Content.TAR: Compression.NONE,
    Content.GZIP: Compression.GZIP,
    Content.ZSTD: Compression.ZSTD,
}


def is_tar_header(block: bytes) -> bool:
    """Say whether 512 bytes are a tar header: their checksum fits. V7 headers have no magic, so none is asked for."""
    if len(block) < BLOCK:
        return False
    try:
        stored = int(block[148:156].strip(b" \0") or b"-1", 8)
    except ValueError:
        return False
    unsigned = sum(block[:148]) + sum(block[156:BLOCK]) + 8 * ord(" ")
    # Some old tars summed signed characters.
    return stored in {unsigned, unsigned - 256 * sum(byte >= 0x80 for byte in block[:148] + block[156:BLOCK])}


def sniff(head: bytes) -> Content:
    """Tell content from its first 512 bytes (fewer only where there are no more)."""
    if not head:
        return Content.EMPTY
    block = head[:BLOCK]
    # A whole header with its checksum proves more than two bytes that a file name may start with, too.
    if is_tar_header(block) or (len(block) == BLOCK and not any(block)):
        return Content.TAR
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    if 0x50 <= head[0] <= 0x5F and head[1:4] == b"\x2a\x4d\x18":  # a skippable frame (RFC 8878 3.1.2)
        return Content.ZSTD
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        return Content.JSON
    return Content.OTHER


def compression_of(content: Content, name: str) -> Compression:
    """Turn the content of a layer or archive into its compression, or say why it cannot be read."""
    found = _COMPRESSIONS.get(content)
    if found is not None:
        return found
    if content in {Content.JSON, Content.OTHER}:
        raise DamagedImageError(f"{name} is not a tar, compressed or not")
    raise UnsupportedImageError(
        f"{name} is compressed with {content}, which layerscope does not read",
        hint=f"unpack it with the {content} tool, or pack it with gzip or zstd",
    )


class _Decoder(Protocol):
    """What the decompressors of zstd, isal and (by the class below) zlib have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _ZlibDecoder:
    """zlib's decompressor in the manner of the others: it keeps what did not fit."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.eof and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _gzip_decoder() -> tuple[Callable[[], _Decoder], type[Exception]]:
    try:
        from isal import igzip_lib
    except ImportError:
        return _ZlibDecoder, zlib.error
    # isal's stub calls its exception class an exception.
    error = cast("type[Exception]", igzip_lib.IsalError)
    return lambda: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP), error


def _zstd_decoder() -> tuple[Callable[[], _Decoder], type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    options = {int(zstd.DecompressionParameter.window_log_max): _ZSTD_WINDOW_LOG}
    return lambda: zstd.ZstdDecompressor(options=options), zstd.ZstdError


class _Unpacked(io.BufferedIOBase):
    """The uncompressed stream of all concatenated frames of another stream, which it owns.

    What a decompressor gives is handed on as it is: a buffer around it would copy everything twice, which took as long
    as a third of unpacking zstd.
    """

    def __init__(self, source: BinaryIO, compression: Compression, name: str, meter: Meter | None) -> None:
        self._source = source
        self._meter = meter
        self._compression = compression
        self._name = name
        self._make, self._error = _gzip_decoder() if compression is Compression.GZIP else _zstd_decoder()
        self._decoder: _Decoder | None = None
        self._pending = b""
        self._done_bytes = 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        """Give what comes in one go, at most `size` bytes; none at the end only."""
        limit = _PIECE if size < 0 else min(size, _PIECE)
        data = b""
        while limit and not data and (self._decoder is not None or self._start_frame()):
            data = self._step(limit)
        return data

    def read(self, size: int | None = -1) -> bytes:
        left = sys.maxsize if size is None or size < 0 else size
        pieces = []
        while left and (piece := self.read1(left)):
            pieces.append(piece)
            left -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        view = memoryview(buffer).cast("B")
        data = self.read1(len(view))
        view[: len(data)] = data
        return len(data)

    def _start_frame(self) -> bool:
        """Make ready for the next frame; False at the clean end of all."""
        # Tapes and some writers pad with zeros after the last gzip member.
        padding = b"\0" if self._compression is Compression.GZIP and self._done_bytes else b""
        while not (data := self._pending.lstrip(padding) if padding else self._pending):
            self._pending = self._read()
            if not self._pending:
                return False
        self._pending = data
        self._decoder = self._make()
        return True

    def _step(self, limit: int) -> bytes:
        """Decompress at most `limit` bytes; none is possible."""
        decoder = self._decoder
        assert decoder is not None
        data, self._pending = self._pending, b""
        if not data and decoder.needs_input:
            data = self._read()
            if not data:
                raise DamagedImageError(
                    f"{self._name} is cut off: its {self._compression} stream ends after {self._done_bytes} bytes",
                    hint="copy or download it again",
                )
        try:
            out = decoder.decompress(data, limit)
        except self._error as error:
            raise DamagedImageError(
                f"{self._name} is damaged: {self._compression} says {error} after {self._done_bytes} bytes",
                hint="copy or download it again",
            ) from error
        if self._meter is not None:
            self._meter.unpacked(len(out))
        self._done_bytes += len(out)
        if decoder.eof:
            self._pending = decoder.unused_data
            self._decoder = None
        return out

    def _read(self) -> bytes:
        data = self._source.read(_CHUNK)
        if self._meter is not None:
            self._meter.read(len(data))
        return data

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()


def open_decompressed(source: BinaryIO, compression: Compression, name: str, meter: Meter | None = None) -> BinaryIO:
    """Give the uncompressed stream of a blob, closing `source` with it; `name` is how errors call it.

    `meter` is told what is read and what it becomes, and may raise.
    """
    if compression is Compression.NONE:
        return source
    return cast("BinaryIO", _Unpacked(source, compression, name, meter))


def buffered(raw: io.RawIOBase) -> io.BufferedReader:
    """Put a large buffer before a raw stream; `peek` then shows its first block."""
    return io.BufferedReader(raw, _BUFFER)
