"""Files compared by the compiled loop: what is read, what is left to Python, and what is told."""

import dataclasses
import os
from pathlib import Path

import pytest

from builder import ImageBuilder, hardlink, sparse
from layerscope.errors import CancelledError, DamagedImageError, ImageError
from layerscope.filesystem import comparing, compiled, threadcrew
from layerscope.filesystem.comparing import left_to_compare
from layerscope.filesystem.reading import LayerReader
from layerscope.filesystem.scanning import scan_layers
from layerscope.filesystem.stack import stack
from layerscope.model.filetree import FileTree
from layerscope.model.image import RawImage
from layerscope.pipeline import Watcher, inspect
from unit.filesystem.opened import Layer, image, saved

SAME, OTHER = b"a" * 70_000, b"a" * 69_999 + b"b"


@pytest.fixture(autouse=True)
def loops() -> None:
    """Run compiled only."""
    if not compiled.IN_USE:
        pytest.skip("layerscope was installed without a C compiler, or compiled.pyx changed since: pip install again")


def opened(folder: Path, *layers: Layer) -> tuple[FileTree, RawImage]:
    """Fold layers that lie in a file."""
    found: list[RawImage] = []
    inspect(image(*layers).save(folder / "image.tar"), watcher=Watcher(image_ready=found.append))
    return stack(scan_layers(found[0].layers)), found[0]


def left(tree: FileTree, raw: RawImage) -> tuple[list[list[str]], int]:
    """Compare, and give the paths and layers that are left to Python, and how many bytes were read."""
    with LayerReader(tree, raw.layers) as reader:
        entries = left_to_compare(tree, raw.layers, reader, lambda: None)
        return [[f"{tree.entry(one).path.decode()} {tree.layer_of(one)}" for one in some] for some in entries], (
            reader.read_bytes
        )


def alike(tree: FileTree) -> list[tuple[str, int]]:
    """List path and newer layer of what was found to be the same."""
    return [(tree.entry(new).path.decode(), tree.layer_of(new)) for new in tree.content_class]


def test_only_files_of_one_size_are_read_and_up_to_where_they_differ(tmp_path: Path) -> None:
    first = {"size": b"1", "same": SAME, "early": b"a" * 200_000, "late": SAME, "empty": b"", "once": b"x"}
    tree, raw = opened(tmp_path, first, {**first, "size": b"12", "early": b"b" + b"a" * 199_999, "late": OTHER})
    assert left(tree, raw) == ([], 2 * (70_000 + 16_384 + 70_000 + 1))
    assert sorted(alike(tree)) == [("/empty", 1), ("/once", 1), ("/same", 1)]


def test_links_sparse_files_and_paths_with_three_files_are_left_to_python(tmp_path: Path) -> None:
    holes = sparse(3000, [(0, b"x" * 1000)])
    first = [("f", SAME), ("l", hardlink("f")), ("s", holes), ("t", b"3")]
    tree, raw = opened(tmp_path, first, first, {"t": b"3"})
    paths, read = left(tree, raw)
    assert paths == [["/t 0", "/t 1", "/t 2"], ["/l 0", "/l 1"], ["/s 0", "/s 1"]]
    assert read == 2 * 70_000


def test_files_of_layers_that_streamed_past_are_left_to_python(tmp_path: Path) -> None:
    del tmp_path
    builder = image({"f": SAME}, {"f": SAME})
    raw = builder.raw_image()
    tree = stack(scan_layers(raw.layers))
    assert left(tree, raw) == ([["/f 0", "/f 1"]], 0)


def test_a_file_too_long_to_be_read_without_a_stop_is_left_to_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "_MOST_BYTES", 69_999)
    tree, raw = opened(tmp_path, {"f": SAME, "g": b"1"}, {"f": SAME, "g": b"1"})
    assert left(tree, raw) == ([["/f 0", "/f 1"]], 2)


def test_an_archive_that_becomes_shorter_meanwhile_is_an_error(tmp_path: Path) -> None:
    tree, raw = opened(tmp_path, {"f": SAME}, {"f": SAME, "g": b""})
    layers = tuple(
        dataclasses.replace(blob, window=dataclasses.replace(blob.window, identity=None))
        for blob in raw.layers
        if blob.window
    )
    os.truncate(tmp_path / "image.tar", 90_000)
    from layerscope.filesystem.content import classify

    with pytest.raises(DamagedImageError, match="became shorter"):
        classify(tree, layers)


def test_an_archive_that_is_written_to_meanwhile_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = image({"f": SAME}, {"f": SAME}).save(tmp_path / "image.tar")
    place = LayerReader.place

    def written(reader: LayerReader, layer: int) -> tuple[int, int]:
        found = place(reader, layer)
        os.utime(path, ns=(1, 1))
        return found

    monkeypatch.setattr(LayerReader, "place", written)
    with pytest.raises(ImageError, match="was written to while it was read"):
        inspect(path)


def test_comparing_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threadcrew, "_cores", lambda: 1)
    monkeypatch.setattr(comparing, "_AT_A_TIME", 10_000)
    many = {f"d/{number:04}": b"%04d" % number * 100 for number in range(500)}
    path = image(many, many).save(tmp_path / "image.tar")
    seen: list[int] = []

    def stop(phase: str, done: int, _total: int | None) -> None:
        if phase == "compare":
            seen.append(done)
            if done:
                raise CancelledError("enough")

    with pytest.raises(CancelledError):
        inspect(path, watcher=Watcher(progress=stop))
    assert seen[-1] > 0


def test_both_ways_of_comparing_agree_on_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers: list[Layer] = [
        {f"d/{n:04}": b"%d" % (n % (layer + 2)) * (n % 7) for n in range(layer, 900, layer + 1)} for layer in range(4)
    ]
    builder: ImageBuilder = image(*layers)
    found = saved(builder, tmp_path)
    monkeypatch.setattr(compiled, "IN_USE", value=False)
    expected = saved(builder, tmp_path)
    assert found.tree.content_class == expected.tree.content_class
    assert len(expected.tree.content_class) > 100
    assert found.ledger == expected.ledger
