"""Any part of a file, wherever its layer lies."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder import ImageBuilder, hardlink, sparse
from layerscope.errors import CancelledError, DamagedImageError, ImageError, LimitError
from layerscope.filesystem import peek as peeking
from layerscope.filesystem.peek import Peek
from layerscope.model.inspection import Inspection
from layerscope.pipeline import inspect, inspect_raw

DATA = bytes(range(256)) * 300


def entry_at(inspection: Inspection, path: bytes) -> int:
    node = inspection.tree.find(path)
    assert node is not None
    return inspection.tree.live[node]


def peek_at(inspection: Inspection, path: bytes) -> Peek:
    return Peek(inspection.tree, inspection.blobs, entry_at(inspection, path))


@pytest.fixture(scope="module", params=["none", "gzip", "memory"])
def inspection(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Inspection:
    image = ImageBuilder().layer(
        {"first": b"1", "data": DATA, "link": hardlink("data"), "holes": sparse(9000, [(100, b"x" * 50), (5000, b"y")])}
    )
    if request.param == "memory":
        return inspect_raw(image.raw_image())
    path = tmp_path_factory.mktemp("peek") / "image.tar"
    return inspect(image.save(path, "oci-archive", request.param))


@settings(max_examples=30)
@given(parts=st.lists(st.tuples(st.integers(0, len(DATA) + 10), st.integers(0, 70_000)), max_size=4))
def test_any_part_in_any_order_is_what_the_file_has_there(inspection: Inspection, parts: list[tuple[int, int]]) -> None:
    for path in (b"/data", b"/link"):
        with peek_at(inspection, path) as peek:
            assert peek.size_bytes == len(DATA)
            for offset, length in parts:
                assert peek.read(offset, length) == DATA[offset : offset + length]


def test_holes_are_zeros_wherever_reading_begins(inspection: Inspection) -> None:
    whole = bytearray(9000)
    whole[100:150] = b"x" * 50
    whole[5000:5001] = b"y"
    with peek_at(inspection, b"/holes") as peek:
        assert peek.size_bytes == 9000
        for offset in (0, 50, 100, 120, 149, 150, 4999, 5000, 5001, 8999):
            assert peek.read(offset, 200) == whole[offset : offset + 200]


def test_a_file_that_became_shorter_or_went_is_told(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"data": DATA}).save(tmp_path / "image.tar")
    inspection = inspect(path)
    with peek_at(inspection, b"/data") as peek:
        assert peek.is_direct
        path.write_bytes(path.read_bytes()[:2000])
        with pytest.raises(DamagedImageError, match="shorter"):
            peek.read(0, len(DATA))
    path.unlink()
    with peek_at(inspection, b"/data") as peek, pytest.raises(ImageError, match="cannot be read again"):
        peek.read(0, 1)


def test_far_into_a_compressed_layer_is_refused_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    inspection = inspect_raw(ImageBuilder().layer({"data": b"x" * 3_000_000}).raw_image())

    def stop(_phase: str, _done: int, _total: int | None) -> None:
        raise CancelledError

    with Peek(inspection.tree, inspection.blobs, entry_at(inspection, b"/data"), progress=stop) as peek:
        assert peek.read(0, 10) == b"x" * 10
        with pytest.raises(CancelledError):
            peek.read(2_900_000, 10)
    monkeypatch.setattr(peeking, "MAX_KEPT_BYTES", 1000)
    with peek_at(inspection, b"/data") as peek, pytest.raises(LimitError, match="first 1,000 bytes"):
        peek.read(995, 10)
