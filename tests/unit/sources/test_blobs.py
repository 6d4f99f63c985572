"""What blobs are, and their uncompressed streams."""

import bz2
import gzip
import io
import lzma
import random
import sys
from pathlib import Path

import pytest

from builder import Compression as Packing
from builder import compress, directory, tar_bytes
from layerscope.errors import DamagedImageError, ImageError, UnsupportedImageError
from layerscope.model.image import Compression, FileWindow
from layerscope.sources.blobs import Content, compression_of, open_decompressed, sniff
from layerscope.sources.windows import WindowReader

TAR = tar_bytes([("etc/", directory())])
SKIPPABLE = b"\x5a\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"skipped"
DATA = random.Random(1).randbytes(300_000) + bytes(700_000)
PACKINGS: tuple[Packing, ...] = ("gzip", "zstd")


def unpacked(data: bytes, packing: Packing) -> bytes:
    with open_decompressed(io.BytesIO(data), Compression(packing), "x.tar: blob") as stream:
        return stream.read()


@pytest.mark.parametrize(
    ("data", "content"),
    [
        (b"", Content.EMPTY),
        (TAR, Content.TAR),
        (bytes(1024), Content.TAR),
        (compress(TAR, "gzip"), Content.GZIP),
        (compress(TAR, "zstd"), Content.ZSTD),
        (SKIPPABLE + compress(TAR, "zstd"), Content.ZSTD),
        (bz2.compress(TAR), Content.BZIP2),
        (lzma.compress(TAR), Content.XZ),
        (b"PK\x03\x04...", Content.ZIP),
        (b' \n{"a": 1}', Content.JSON),
        (b"\xef\xbb\xbf[]", Content.JSON),
        (b"hello", Content.OTHER),
        (TAR[:511], Content.OTHER),
        (tar_bytes([("BZh is a file name", directory())]), Content.TAR),
        (bytes(156) + b"5" + bytes(355), Content.OTHER),
    ],
)
def test_content_is_told_by_its_first_bytes(data: bytes, content: Content) -> None:
    assert sniff(data[:512]) is content


def test_a_header_summed_with_signed_characters_is_a_tar() -> None:
    header = bytearray(tar_bytes([("é", directory(pax={}))])[1024:1536])
    unsigned = sum(header[:148]) + 8 * 32 + sum(header[156:])
    signed = unsigned - 256 * sum(byte >= 0x80 for byte in header[:148])
    assert signed != unsigned
    header[148:156] = b"%06o\0 " % signed
    assert sniff(bytes(header)) is Content.TAR


@pytest.mark.parametrize("packing", PACKINGS)
def test_all_concatenated_frames_are_read(packing: Packing) -> None:
    assert unpacked(compress(b"one", packing) + compress(DATA, packing) + compress(b"two", packing), packing) == (
        b"one" + DATA + b"two"
    )


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_way_to_read_goes_on_where_the_last_one_ended(packing: Packing) -> None:
    frames = compress(DATA[:400_000], packing) + compress(b"", packing) + compress(DATA[400_000:], packing)
    found = bytearray()
    with open_decompressed(io.BytesIO(frames), Compression(packing), "x.tar: blob") as stream:
        assert isinstance(stream, io.BufferedIOBase)
        assert stream.read1(0) == stream.read(0) == b""
        while len(found) < len(DATA):
            found += stream.read(70_001)
            found += stream.read1(1 << 20)
            buffer = bytearray(9_999)
            found += buffer[: stream.readinto(buffer)]
        assert stream.read1() == stream.read() == b""
    assert found == DATA


def test_skippable_frames_are_skipped_wherever_they_are() -> None:
    data = SKIPPABLE + compress(b"one", "zstd") + SKIPPABLE + compress(b"two", "zstd") + SKIPPABLE
    assert unpacked(data, "zstd") == b"onetwo"


def test_zeros_after_gzip_are_padding() -> None:
    assert unpacked(compress(b"one", "gzip") + bytes(700_000), "gzip") == b"one"


def test_other_bytes_after_gzip_are_damage() -> None:
    with pytest.raises(DamagedImageError, match=r"x.tar: blob is damaged: gzip"):
        unpacked(compress(b"one", "gzip") + b"garbage that is long enough", "gzip")


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_stream_cut_anywhere_is_cut_off(packing: Packing) -> None:
    data = compress(b"some words, " * 20, packing)
    for length in range(1, len(data)):
        with pytest.raises(DamagedImageError, match=r"x.tar: blob is cut off"):
            unpacked(data[:length], packing)


@pytest.mark.parametrize("position", range(-8, 0))
def test_a_changed_checksum_or_length_is_damage(position: int) -> None:
    data = bytearray(compress(DATA, "gzip"))
    data[position] ^= 1
    with pytest.raises(DamagedImageError, match="damaged: gzip"):
        unpacked(bytes(data), "gzip")


def test_without_isal_zlib_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    data = compress(DATA, "gzip") + gzip.compress(b"more")
    assert unpacked(data, "gzip") == DATA + b"more"
    with pytest.raises(DamagedImageError, match="cut off"):
        unpacked(data[:1000], "gzip")
    with pytest.raises(DamagedImageError, match="damaged"):
        unpacked(data[:-8] + bytes(8), "gzip")


def test_closing_the_stream_closes_what_is_below() -> None:
    below = io.BytesIO(compress(DATA, "gzip"))
    open_decompressed(below, Compression.GZIP, "x").close()
    assert below.closed


@pytest.mark.parametrize("content", [Content.BZIP2, Content.XZ, Content.LZ4])
def test_other_compressions_are_named(content: Content) -> None:
    with pytest.raises(UnsupportedImageError, match=f"x.tar is compressed with {content}"):
        compression_of(content, "x.tar")


@pytest.mark.parametrize("content", [Content.JSON, Content.OTHER])
def test_what_is_no_tar_at_all_is_damage(content: Content) -> None:
    with pytest.raises(DamagedImageError, match=r"x.tar is not a tar"):
        compression_of(content, "x.tar")


def test_windows_of_one_file_do_not_share_a_position(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with WindowReader(FileWindow(path, 2, 5), "a") as one, WindowReader(FileWindow(path, 4, 9), "b") as two:
        assert one.read(2) == b"23"
        assert two.read(2) == b"45"
        assert one.read() == b"456"
        assert one.read() == b""
        assert one.seek(-1, io.SEEK_END) == 4
        assert one.read() == b"6"
        with pytest.raises(ImageError, match="b became shorter"):
            two.read()
