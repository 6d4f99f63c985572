"""Images of which some layer cannot be read, and layers that stand in an image several times."""

from dataclasses import replace

import pytest

from builder import ImageBuilder, file, tar_bytes
from layerscope.errors import DamagedImageError, LimitError
from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.image import RawImage
from layerscope.pipeline import inspect_raw

CUT = tar_bytes([("b", file(b"x" * 600))])[:700]


def test_a_damaged_layer_has_no_files_and_the_others_have_theirs() -> None:
    inspection = inspect_raw(ImageBuilder().layer({"a": b"x"}).layer(raw=CUT).layer({"c": b"y"}).raw_image())
    reason = "layer 1: it is cut short in the contents of /b at byte 700"
    assert inspection.partial
    assert [layer.absent_reason for layer in inspection.layers] == [None, reason, None]
    assert [layer.entry_count for layer in inspection.layers] == [1, 0, 1]
    assert "layer-absent" in [note.code for note in inspection.notes]


def test_an_image_whose_only_layer_is_damaged_is_refused() -> None:
    with pytest.raises(DamagedImageError, match=r"^layer 0: it is cut short in the contents of /b at byte 700$"):
        inspect_raw(ImageBuilder().layer(raw=CUT).raw_image())


def test_an_image_of_which_every_layer_is_damaged_is_refused_for_the_first() -> None:
    with pytest.raises(DamagedImageError, match=r"^layer 0: "):
        inspect_raw(ImageBuilder().layer(raw=CUT).layer(raw=CUT[:600]).raw_image())


def shared(built: ImageBuilder) -> RawImage:
    """Give the image as a stream does: layers with the same bytes have one table."""
    raw = built.raw_image()
    tables = {blob.diff_id: scan_stream(blob.open_tar(), blob.name) for blob in raw.layers}
    return replace(raw, layers=tuple(replace(blob, table=tables[blob.diff_id]) for blob in raw.layers))


def test_layers_with_one_table_are_folded_each_for_itself() -> None:
    built = ImageBuilder().layer({"a": b"1", "d/x": b"2"}).layer(remove=["a"]).layer({"a": b"1", "d/x": b"2"})
    one, other = inspect_raw(shared(built)), inspect_raw(built.raw_image())
    assert [layer.ledger for layer in one.layers] == [layer.ledger for layer in other.layers]
    assert [layer.ledger.wasted_bytes for layer in one.layers] == [2, 0, 0]
    assert [one.tree.layer_of(one.tree.live[one.tree.find(b"a") or 0])] == [2]


def test_one_large_layer_listed_again_and_again_is_refused() -> None:
    raw = shared(ImageBuilder().layer({f"f{number}": b"" for number in range(1000)}))
    with pytest.raises(LimitError, match="listed more than once would make 900,000 further entries"):
        inspect_raw(replace(raw, layers=raw.layers * 901))
