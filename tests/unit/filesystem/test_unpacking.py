"""Compressed layers: any order of files, without unpacking the layer for each."""

import io
import os
import random
from collections.abc import Callable
from typing import BinaryIO

import pytest

from layerscope.errors import DamagedImageError, ImageError
from layerscope.filesystem import unpacking
from layerscope.filesystem.unpacking import UnpackedLayer
from layerscope.model.image import Compression, LayerBlob

DATA = random.Random(1).randbytes(3_000_000)


class Counted(io.BytesIO):
    """A stream that says how much was read from all of its kind."""

    read_bytes = 0
    opened = 0

    def __init__(self, data: bytes = DATA) -> None:
        super().__init__(data)
        Counted.opened += 1

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        Counted.read_bytes += len(found)
        return found


def layer(opener: Callable[[], BinaryIO] = Counted) -> UnpackedLayer:
    Counted.read_bytes = Counted.opened = 0
    return UnpackedLayer(LayerBlob(name="layer 0", compression=Compression.GZIP, opener=opener))


def places(count: int = 300) -> list[tuple[int, int]]:
    chance = random.Random(2)
    return [(chance.randrange(2_900_000), chance.randrange(100_000)) for _ in range(count)]


def test_files_that_come_one_after_the_other_take_one_pass() -> None:
    unpacked = layer()
    for offset in range(0, 2_000_000, 1000):
        assert b"".join(unpacked.read(offset, 700)) == DATA[offset : offset + 700]
    assert (Counted.opened, Counted.read_bytes) == (1, 1_999_700)
    unpacked.close()


def test_files_in_any_order_take_two_passes_at_most() -> None:
    unpacked = layer()
    for offset, size in places():
        assert b"".join(unpacked.read(offset, size)) == DATA[offset : offset + size]
    assert Counted.opened == 2
    assert Counted.read_bytes <= 2 * len(DATA)
    unpacked.close()


def test_no_more_is_unpacked_than_somebody_asked_for() -> None:
    unpacked = layer()
    for offset in (50_000, 10_000, 30_000):
        assert b"".join(unpacked.read(offset, 1000)) == DATA[offset : offset + 1000]
    assert Counted.read_bytes == 51_000 + 31_000
    unpacked.close()


def test_several_files_may_be_read_at_once() -> None:
    unpacked = layer()
    readers = [(offset, size, unpacked.read(offset, size)) for offset, size in places(20)]
    found: dict[int, bytes] = {}
    while readers:
        for one in list(readers):
            offset, size, pieces = one
            piece = next(pieces, b"")
            found[offset] = found.get(offset, b"") + piece
            if not piece:
                assert found[offset] == DATA[offset : offset + size]
                readers.remove(one)
    unpacked.close()


def test_a_file_that_is_not_read_to_its_end_disturbs_no_other() -> None:
    unpacked = layer()
    chance = random.Random(3)
    for offset, size in places(100):
        pieces = unpacked.read(offset, size)
        if chance.random() < 0.5:
            assert DATA[offset : offset + size].startswith(next(pieces, b""))
            del pieces
        else:
            assert b"".join(pieces) == DATA[offset : offset + size]
    unpacked.close()


def test_without_room_on_disk_every_file_can_still_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MIN_FREE_BYTES", 1 << 80)
    unpacked = layer()
    for offset, size in places(30):
        assert b"".join(unpacked.read(offset, size)) == DATA[offset : offset + size]
    assert Counted.opened > 5
    unpacked.close()


def test_a_layer_that_is_shorter_the_next_time_is_damaged_and_one_that_is_gone_is_said_to_be() -> None:
    unpacked = layer(lambda: Counted(DATA[:1000]))
    for offset in (500, 0, 900):
        with pytest.raises(DamagedImageError, match="layer 0: it became shorter"):
            list(unpacked.read(offset, 2000))
    assert b"".join(unpacked.read(0, 10)) == DATA[:10]
    unpacked.close()

    def gone() -> BinaryIO:
        raise FileNotFoundError(2, os.strerror(2))

    with pytest.raises(ImageError, match="layer 0 cannot be read again: No such file"):
        list(layer(gone).read(0, 1))


def test_closing_leaves_no_file_open(open_files: Callable[[], int]) -> None:
    before = open_files()
    unpacked = layer()
    for offset, size in places(10):
        list(unpacked.read(offset, size))
    assert open_files() > before
    unpacked.close()
    assert open_files() == before
