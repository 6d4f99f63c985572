"""Archives that cannot seek."""

import gc
import io
import random
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from builder import Compression, ImageBuilder, Layout, Members, directory, file, tar_bytes, write
from layerscope.errors import CancelledError, DamagedImageError, LimitError
from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.files import LayerTable
from layerscope.model.image import LayerBlob, RawImage
from layerscope.sources import stream as stream_module
from layerscope.sources.archive import open_store
from layerscope.sources.base import Request
from layerscope.sources.metering import Metered
from layerscope.sources.stream import StreamStore

Rows = Callable[[LayerBlob], list[tuple[object, ...]]]


def image() -> ImageBuilder:
    return (
        ImageBuilder().layer({"a": b"1" * 5000, "d/": directory()}).layer({"b": b"2"}, remove=["a"]).layer({"c": b""})
    )


def streamed(data: bytes) -> RawImage:
    return open_store(StreamStore(io.BytesIO(data), "stream", scan_stream), Request("stream", scan_stream))


@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci-archive"])
def test_every_layout_in_every_order_gives_the_same_layers(layout: Layout, rows_of: Rows) -> None:
    built = image()
    expected = [rows_of(layer) for layer in built.raw_image().layers]
    for seed in range(6):
        members = built.members(layout, ("none", "gzip", "zstd")[seed % 3])
        random.Random(seed).shuffle(members)
        opened = streamed(tar_bytes(members))
        assert [layer.diff_id for layer in opened.layers] == built.diff_ids
        assert [rows_of(layer) for layer in opened.layers] == expected


def test_contents_are_hashed_as_they_pass() -> None:
    layer = streamed(tar_bytes(image().members())).layers[0]
    assert layer.table is not None
    assert layer.table.digest is not None
    assert len(layer.table.digest) == 1


def test_a_layer_that_an_image_lists_twice_is_scanned_once() -> None:
    built = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"}).layer({"a": b"1"})
    for layout in ("legacy", "docker25"):
        layers = streamed(tar_bytes(built.members(layout))).layers
        assert layers[0].table is layers[2].table


def test_a_damaged_tar_that_is_no_layer_does_no_harm() -> None:
    broken = tar_bytes([("x", file(b"1" * 600))])[:1024]
    members: Members = [("noise.tar", file(broken)), *image().members()]
    assert len(streamed(tar_bytes(members)).layers) == 3
    with pytest.raises(DamagedImageError, match=r"stream: .*layer.tar"):
        streamed(tar_bytes(ImageBuilder().layer(raw=broken).members("legacy")))


def test_a_stream_cut_off_within_a_layer_is_cut_off() -> None:
    data = tar_bytes(image().members("legacy"))
    position = data.index(b"1" * 1000)
    with pytest.raises(DamagedImageError, match="cut"):
        streamed(data[: position + 100])


def test_very_much_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "MAX_KEPT_BYTES", 1000)
    members: Members = [(f"{index}.json", file(b"[" + b" " * 400 + b"]")) for index in range(4)]
    with pytest.raises(LimitError, match="more than 1,000 bytes of JSON"):
        streamed(tar_bytes(members))


def test_progress_counts_bytes_up_to_the_total(tmp_path: Path, open_ref: Callable[..., RawImage]) -> None:
    noise = random.Random(1).randbytes(5_000_000)
    path = ImageBuilder().layer({"a": noise}).save(tmp_path / "x", outer="gzip")
    seen: list[tuple[str, int, int | None]] = []
    open_ref(path, progress=lambda *told: seen.append(told))
    total = path.stat().st_size
    assert seen[0] == ("read", 0, total)
    assert seen[-1] == ("read", total, total)
    assert len(seen) > 4
    assert [done for _phase, done, _total in seen] == sorted(done for _phase, done, _total in seen)


class Below(io.BytesIO):
    """A stream that remembers nothing but whether it was closed."""


def test_what_the_progress_callback_raises_ends_the_reading_and_closes_the_stream() -> None:
    below = Below(bytes(10_000_000))

    def cancel(_phase: str, done: int, _total: int | None) -> None:
        if done > 2_000_000:
            raise CancelledError

    with pytest.raises(CancelledError), io.BufferedReader(Metered(below, "read", None, cancel)) as metered:
        metered.read()
    assert below.closed


@pytest.mark.parametrize("estimate", [1_000_000, 9_000_000])
def test_an_estimate_that_was_too_low_grows_and_one_too_high_ends(estimate: int) -> None:
    seen: list[tuple[str, int, int | None]] = []
    metered = Metered(io.BytesIO(bytes(3_000_000)), "export", estimate, lambda *told: seen.append(told))
    while metered.read(100_000):
        pass
    assert all(total is not None and done <= total for _phase, done, total in seen)
    assert seen[-1] == ("export", 3_000_000, 3_000_000)


def test_the_scanner_that_is_handed_in_is_the_one_that_scans() -> None:
    names: list[str] = []

    def scan(_stream: object, name: str) -> LayerTable:
        names.append(name)
        return LayerTable()

    data = tar_bytes(image().members("legacy"))
    opened = open_store(StreamStore(io.BytesIO(data), "stream", scan), Request("stream", scan))
    assert len(names) == 3
    assert all(layer.table == LayerTable() for layer in opened.layers)


def test_a_compressed_archive_with_damage_at_its_end_is_refused(
    tmp_path: Path, open_ref: Callable[..., RawImage]
) -> None:
    path = write(tmp_path / "x.tar.gz", image().members(), outer="gzip")
    data = bytearray(path.read_bytes())
    data[-6] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedImageError, match="damaged: gzip"):
        open_ref(path)


def test_layers_are_measured_to_their_last_byte_whatever_the_scanner_lets_go_of() -> None:
    def scan(stream: BinaryIO, name: str) -> LayerTable:
        table = scan_stream(stream, name)
        del stream
        gc.collect()
        return table

    built = image()
    packings: tuple[Compression, ...] = ("none", "gzip", "zstd")
    for packing in packings:
        data = tar_bytes(built.members("oci-archive", packing))
        store = StreamStore(io.BytesIO(data), "stream", scan, measure=True)
        layers = open_store(store, Request("stream", scan, verify=True)).layers
        assert [layer.measured and layer.measured.diff_id for layer in layers] == built.diff_ids
        assert [layer.measured and layer.measured.digest for layer in layers] == [layer.digest for layer in layers]
