"""Streams whose files are wanted later: kept in a temporary file that leaves nothing behind."""

import gc
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import Compression
from builder_images import three_layers
from layerscope.errors import ImageError
from layerscope.model.image import RawImage
from layerscope.sources import spool

Open = Callable[..., RawImage]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


@pytest.mark.parametrize("outer", ["gzip", "zstd"])
@pytest.mark.parametrize("packing", ["none", "gzip"])
def test_layers_of_a_stream_that_is_kept_can_be_read_in_any_order(
    outer: Compression, packing: Compression, tmp_path: Path, folder: Path, open_ref: Open
) -> None:
    built = three_layers()
    opened = open_ref(built.save(tmp_path / "x", "docker25", packing, outer=outer), keep_contents=True)
    for layer, tar in reversed(list(zip(opened.layers, built.tars, strict=True))):
        with layer.open_tar() as stream:
            assert stream.read(len(tar)) == tar
    del opened, layer
    gc.collect()
    assert list(folder.iterdir()) == []


def test_a_stream_that_would_fill_the_disk_is_refused_in_one_line(
    tmp_path: Path, folder: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MIN_FREE_BYTES", 1 << 80)
    with pytest.raises(ImageError, match=r"does not fit in .*temporary: less than .* bytes are free") as caught:
        open_ref(three_layers().save(tmp_path / "x", outer="gzip"), keep_contents=True)
    assert caught.value.hint == "name a larger directory in TMPDIR"
    gc.collect()
    assert list(folder.iterdir()) == []
