"""Contents of files, as any layer has them, out of archives and of compressed streams."""

import dataclasses
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

import layerscope
from builder import Compression, ImageBuilder, Layout, directory, fifo, file, hardlink, sparse, symlink
from layerscope.errors import DamagedImageError, ImageError
from layerscope.filesystem.reading import LayerReader, expand
from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.files import SparseMap
from layerscope.model.inspection import Inspection
from layerscope.pipeline import contents, inspect_raw
from unit.filesystem.opened import Inspect, at, image, reading, saved, seen, streamed

BIG = random.Random(1).randbytes(300_001)
CHANGING = image({"d/p": b"first", "k": BIG}, {"d/p": b"second"}).layer(remove=["d"]).layer({"d/p": BIG[:70_000]})


def test_a_file_is_read_as_each_layer_has_it(inspected: Inspect) -> None:
    with reading(inspected(CHANGING)) as content:
        assert content("/d/p", 0) == b"first"
        assert content("/d/p", 1) == b"second"
        assert content("/d/p", 3) == content("/d/p") == BIG[:70_000]
        assert [content("/k", layer) for layer in range(4)] == [BIG] * 4


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci", "oci-archive"])
def test_layers_are_read_in_every_layout_and_compression(
    layout: Layout, compression: Compression, tmp_path: Path
) -> None:
    inspection = layerscope.inspect(CHANGING.save(tmp_path / "image", layout, compression))
    with reading(inspection) as content:
        assert (content("/d/p", 0), content("/d/p"), content("/k")) == (b"first", BIG[:70_000], BIG)


def test_a_hard_link_reads_as_the_file_it_names_also_in_a_lower_layer(inspected: Inspect) -> None:
    builder = image([("a", b"old"), ("b", hardlink("a"))], {"c": hardlink("b")}).layer({"a": b"new"}, remove=["b"])
    with reading(inspected(builder)) as content:
        assert (content("/a"), content("/c"), content("/b", 1)) == (b"new", b"old", b"old")


def test_a_sparse_file_reads_with_its_holes_as_zeros(inspected: Inspect) -> None:
    runs = [(3, b"head"), (100_000, BIG[:70_000]), (200_000, b"tail")]
    with reading(inspected(image({"a": sparse(250_000, runs), "b": sparse(70_001, [])}))) as content:
        expected = bytearray(250_000)
        for offset, run in runs:
            expected[offset : offset + len(run)] = run
        assert content("/a") == bytes(expected)
        assert content("/b") == bytes(70_001)


def test_what_is_stored_of_a_sparse_file_is_given_without_holes(inspected: Inspect) -> None:
    inspection = inspected(image({"a": sparse(1000, [(1, b"ab"), (500, b"cd")])}))
    with contents(inspection) as reader:
        assert b"".join(reader.stored(at(inspection, "/a").entry_id)) == b"abcd"


def test_an_empty_file_has_no_bytes(inspected: Inspect) -> None:
    with reading(inspected(image({"a": b""}))) as content:
        assert content("/a") == b""


@pytest.mark.parametrize("entry", [directory(), symlink("x"), fifo(), hardlink("nowhere")])
def test_only_regular_files_have_content(entry: object) -> None:
    inspection = seen({"p": entry})
    with contents(inspection) as reader, pytest.raises(ValueError, match="only regular files"):
        reader.content(at(inspection, "/p").entry_id)


def test_content_comes_in_pieces_of_bounded_size(inspected: Inspect) -> None:
    inspection = inspected(CHANGING)
    with contents(inspection) as reader:
        pieces = [len(piece) for piece in reader.content(at(inspection, "/k").entry_id)]
        assert (sum(pieces), max(pieces)) == (len(BIG), 1 << 16)
        assert reader.read_bytes == len(BIG)


def test_a_reader_is_closed_with_all_it_opened(tmp_path: Path, open_files: Callable[[], int]) -> None:
    inspection = saved(CHANGING, tmp_path)
    before = open_files()
    with contents(inspection) as reader:
        for layer in range(4):
            for path in (b"/k", b"/d/p"):
                entry = inspection.tree.alive_after(inspection.tree.find(path) or 0, layer)
                if entry != -1:
                    next(reader.content(entry))
        assert open_files() > before
    assert open_files() == before


# What cannot be read again


def first_bytes(inspection: Inspection, path: str = "/k") -> bytes:
    """Read a file to its end."""
    with reading(inspection) as content:
        return content(path)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda archive: os.truncate(archive, 100_000), "became shorter"),
        (lambda archive: os.truncate(archive, 10_000_000), "became longer"),
        (lambda archive: os.utime(archive, (0, 0)), "was written to"),
        (
            lambda archive: archive.with_name("x").write_bytes(b"x") and archive.with_name("x").replace(archive),
            "replaced",
        ),
    ],
)
@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_a_file_that_is_another_one_since_is_told(
    change: Callable[[Path], object], what: str, compression: Compression, tmp_path: Path
) -> None:
    archive = CHANGING.save(tmp_path / "image.tar", "docker25", compression)
    inspection = layerscope.inspect(archive)
    change(archive)
    with pytest.raises(ImageError, match=rf"image\.tar.*{what}.* while it was read"):
        first_bytes(inspection)


def test_a_file_that_changes_while_files_are_read_is_told_at_the_end(tmp_path: Path) -> None:
    inspection = saved(CHANGING, tmp_path)
    with pytest.raises(ImageError, match="was written to while it was read"), contents(inspection) as reader:  # noqa: PT012
        for entry in inspection.tree.live:
            if entry != -1 and inspection.tree.entry(entry).stored_bytes:
                assert b"".join(reader.content(entry))
                os.utime(tmp_path / "image.tar", (0, 0))


def test_a_stream_that_is_shorter_the_second_time_is_damaged() -> None:
    for length in (200, 2000):
        raw = CHANGING.raw_image()
        blobs = []
        for blob, tar in zip(raw.layers, CHANGING.tars, strict=True):
            short = ImageBuilder().layer(raw=tar[:length]).raw_image().layers[0]
            with blob.open_tar() as stream:
                blobs.append(dataclasses.replace(short, name=blob.name, table=scan_stream(stream, blob.name)))
        inspection = inspect_raw(dataclasses.replace(raw, layers=tuple(blobs)))
        with pytest.raises(DamagedImageError, match="layer 0: it became shorter"):
            first_bytes(inspection)


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_file_that_is_gone_is_an_image_error(compression: Compression, tmp_path: Path) -> None:
    archive = CHANGING.save(tmp_path / "image.tar", "docker25", compression)
    inspection = layerscope.inspect(archive)
    archive.unlink()
    with pytest.raises(ImageError, match=r"image\.tar.*: No such file"):
        first_bytes(inspection)


def test_a_layer_that_only_streamed_past_cannot_be_read_again_and_says_what_to_do() -> None:
    raw = CHANGING.raw_image()
    blobs = []
    for blob in raw.layers:
        with blob.open_tar() as stream:
            blobs.append(dataclasses.replace(blob, opener=None, table=scan_stream(stream, blob.name)))
    inspection = inspect_raw(dataclasses.replace(raw, layers=tuple(blobs)))
    assert inspection.ledger == streamed(CHANGING).ledger
    with pytest.raises(ImageError, match="layer 0 cannot be read again") as caught:
        first_bytes(inspection)
    assert caught.value.hint == "save the image to a file and open that, or open it with --no-cache"


# Sparse maps


def test_pieces_of_any_size_fill_the_runs_of_a_sparse_file() -> None:
    sparse_map = SparseMap(12, ((1, 3), (4, 1), (8, 2)))
    for size in range(1, 8):
        pieces = iter([b"abcdef"[at : at + size] for at in range(0, 6, size)])
        assert b"".join(expand(pieces, sparse_map)) == b"\0abcd\0\0\0ef\0\0"


def test_a_reader_needs_nothing_but_the_tree_and_the_blobs() -> None:
    inspection = streamed(image({"a": file(b"x")}))
    with LayerReader(inspection.tree, inspection.blobs) as reader:
        assert list(reader.content(at(inspection, "/a").entry_id)) == [b"x"]
