"""What the benchmarks write are images, and the very ones that the table speaks of."""

import io
import tarfile
from pathlib import Path

import pytest

from bench.archives import File, header, layer_tar, write_again, write_archive
from bench.contents import content
from bench.shapes import GROWING, big, million, tiny, whiteouts
from layerscope.pipeline import inspect

_FILES = [
    File("usr/"),
    File("usr/bin/tool", 700, 3, 0o755, 1000),
    File("usr/bin/link", target="tool"),
    File("usr/bin/twin", target="usr/bin/tool", hard=True),
    File("usr/" + "long/" * 40 + "name", 10, 5),
    File("usr/" + "very-long/" * 40 + "name", 10, 6),
    File("usr/bin/.wh.gone"),
]


def test_a_layer_is_a_tar_that_python_reads() -> None:
    with tarfile.open(fileobj=io.BytesIO(b"".join(layer_tar(_FILES)))) as tar:
        found = tar.getmembers()
        assert [member.name for member in found] == [file.name.rstrip("/") for file in _FILES]
        assert [member.type for member in found] == [b"5", b"0", b"2", b"1", b"0", b"0", b"0"]
        assert (found[1].size, found[1].mode, found[1].uid) == (700, 0o755, 1000)
        assert found[3].linkname == "usr/bin/tool"
        held = tar.extractfile(found[1])
        assert held is not None
        assert held.read() == b"".join(content(700, 3))


def test_plain_headers_are_those_of_the_standard_library() -> None:
    info = tarfile.TarInfo("a/b")
    info.size, info.mtime, info.mode = 5, 1_700_000_009, 0o644
    standard = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    standard[329:345] = bytes(16)  # device numbers of what is no device, which engines leave empty
    standard[148:156] = b"%06o\0 " % (sum(standard) - sum(standard[148:156]) + 8 * 32)
    assert header(File("a/b", 5, 9)) == bytes(standard)


@pytest.mark.parametrize("compression", ["", "gzip", "zstd"])
def test_an_archive_is_read_whole_whatever_its_layers_are_packed_with(tmp_path: Path, compression: str) -> None:
    path = tmp_path / "image.tar"
    write_archive(path, [layer_tar(_FILES[:-1]), layer_tar([File("usr/bin/.wh.tool")])], compression=compression)
    inspection = inspect(path)
    assert [layer.entry_count for layer in inspection.layers] == [6, 1]
    assert inspection.ledger.total_bytes == 720
    # The hard link goes on holding what the whiteout takes away.
    assert inspection.ledger.wasted_bytes == 0


def test_the_same_layers_are_the_same_archive(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "image.tar", tmp_path / "b" / "image.tar"
    for path in (one, other):
        path.parent.mkdir()
        write_archive(path, map(layer_tar, tiny()))
    assert one.read_bytes() == other.read_bytes()


def test_an_archive_written_again_is_the_same_image(tmp_path: Path) -> None:
    write_archive(tmp_path / "plain.tar", [layer_tar(_FILES)])
    write_again(tmp_path / "plain.tar", tmp_path / "packed.tar", "gzip")
    plain, packed = inspect(tmp_path / "plain.tar"), inspect(tmp_path / "packed.tar")
    assert packed.ledger == plain.ledger
    assert [layer.diff_id for layer in packed.layers] == [layer.diff_id for layer in plain.layers]


def test_contents_are_as_long_as_asked_and_the_same_each_time() -> None:
    for size in (0, 1, 513, (1 << 20) + 1):
        first = b"".join(content(size, 7))
        assert len(first) == size
        assert first == b"".join(content(size, 7))
    assert b"".join(content(5000, 1)) != b"".join(content(5000, 2))


def test_the_big_image_is_what_the_table_says() -> None:
    layers = [list(layer) for layer in big()]
    files = [file for layer in layers for file in layer]
    assert (len(layers), len(files)) == (18, 98_006)
    assert all(len({file.name for file in layer}) == len(layer) for layer in layers)  # Docker refuses others
    assert sum(file.size for file in files) == pytest.approx(2.96e9, rel=1e-3)
    sizes: dict[str, int] = {}
    again: list[int] = []
    for file in files:
        if file.size and sizes.get(file.name) == file.size:
            again.append(file.size)
        sizes[file.name] = file.size
    assert len(again) == 2_234
    assert sum(again) == pytest.approx(720e6, rel=1e-3)


def test_the_other_images_have_the_entries_that_the_table_says() -> None:
    files, markers = (list(layer) for layer in whiteouts())
    assert (len(files), len(markers)) == (50_000, 1_000)
    assert {marker.name.replace("/.wh.", "/") for marker in markers} < {file.name for file in files}
    assert sum(sum(1 for _file in layer) for layer in tiny()) == 10
    assert len(million()) == 60


@pytest.mark.parametrize("direction", GROWING)
def test_growing_images_have_as_many_entries_as_asked(direction: str) -> None:
    assert sum(sum(1 for _file in layer) for layer in GROWING[direction](10_000)) == 10_000
