"""What a small file may unpack to."""

import os
from pathlib import Path

import pytest

from builder import Compression, ImageBuilder, file, tar_bytes, write
from layerscope.errors import LimitError
from layerscope.pipeline import inspect
from layerscope.sources import budget
from layerscope.sources.budget import Budget


def test_an_image_may_have_so_many_bytes_for_nothing_and_so_many_for_each_that_is_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budget, "FREE_BYTES", 100)
    monkeypatch.setattr(budget, "MAX_RATIO", 10)
    one = Budget("x", 5)
    one.meter("a").unpacked(100)
    one.meter("b").unpacked(50)
    with pytest.raises(LimitError, match=r"^x unpacks to more than 151 bytes, 10 times as many as are stored"):
        one.meter("c").unpacked(1)


def test_a_stream_that_is_opened_again_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "FREE_BYTES", 100)
    one = Budget("x", 0)
    for _ in range(10):
        one.meter("a").unpacked(90)
    old, new = one.meter("a"), one.meter("a")
    old.unpacked(1000)  # who still reads it measures for nobody
    new.unpacked(100)


def test_what_is_stored_is_counted_as_it_comes_where_it_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "FREE_BYTES", 0)
    monkeypatch.setattr(budget, "MAX_RATIO", 10)
    one = Budget("x")
    meter = one.meter("outer", outer=True)
    meter.read(10)
    meter.unpacked(100)
    with pytest.raises(LimitError):
        meter.unpacked(1)


def zeros(size_bytes: int) -> bytes:
    return tar_bytes([("zeros", file(bytes(size_bytes)))])


@pytest.mark.parametrize(
    ("outer", "layout"), [("none", "oci"), ("none", "oci-archive"), ("gzip", "oci-archive"), ("zstd", "oci-archive")]
)
def test_a_bomb_is_refused_in_one_line(
    outer: Compression, layout: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "FREE_BYTES", 1 << 20)
    monkeypatch.setattr(budget, "MAX_RATIO", 100)
    bomb = ImageBuilder().layer({"a": b"1"}).layer(raw=zeros(8 << 20))
    members = bomb.members("oci-archive", "zstd")
    path = write(tmp_path / "bomb", members, outer=outer, as_directory=layout == "oci")
    with pytest.raises(LimitError, match="unpacks to more than") as caught:
        inspect(path)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_a_layer_of_zeros_in_an_image_of_some_size_is_no_bomb(tmp_path: Path) -> None:
    """A swap file, a database made in advance: gzip makes a thousandth of it."""
    layers = ImageBuilder().layer({"noise": os.urandom(200_000)}).layer(raw=zeros(150 << 20))
    path = layers.save(tmp_path / "x.tar", "oci-archive", "gzip")
    assert path.stat().st_size < 1_000_000
    assert inspect(path).image.content_bytes == 200_000 + (150 << 20)
