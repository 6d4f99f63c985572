"""Small files that unpack to very many entries: none costs more than 300 MB of memory or 10 s of processor time.

Every time, a fortieth of what a file of ten kilobytes may unpack to is tried; LAYERSCOPE_CUT_EVERYTHING=1 tries all.
"""

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import Compression, ImageBuilder, Members, compress, edit_json, tar_bytes
from cutting import RUN, run

EVERYTHING = os.environ.get("LAYERSCOPE_CUT_EVERYTHING") == "1"
MOST_BYTES, MOST_SECONDS = 300_000_000, 10
COUNT = 240_000 if EVERYTHING else 6_000
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each file is read in a fork")


def entry(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", data: bytes = b"") -> bytes:
    header = tarfile.TarInfo(name)
    header.type, header.linkname, header.size = kind, link, len(data)
    return header.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


DIRECTORY, HARDLINK, SYMLINK = tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE
SHAPES = {
    "one empty file": [entry("a")],
    "one file with content": [entry("a", data=b"x")],
    "one directory": [entry("a/b/c/d/", DIRECTORY)],
    "a file that becomes a directory": [entry("a"), entry("a/", DIRECTORY), entry("a/b")],
    "hard links": [entry("t"), *[entry("l", HARDLINK, link="t")] * 5],
    "hard links to nothing": [entry("l", HARDLINK, link="nowhere")],
    "symlinks": [entry("s", SYMLINK, link="s2")],
    "paths through a symlink to itself": [entry("s", SYMLINK, link="."), entry("s/" * 90 + "x")],
    "whiteouts": [entry(".wh.a")],
    "opaque markers": [entry("a/.wh..wh..opq")],
    "names that lead out": [entry("../a")],
}
"""What is repeated."""


def bombs(shape: str) -> Iterator[bytes]:
    """Make files of an image that ships a shape in two layers, packed in several ways."""
    unit = b"".join(SHAPES[shape])
    built = ImageBuilder().without_history()
    built.tars = [unit * (COUNT * 512 // len(unit)) + bytes(1024)] * 2
    inner = tar_bytes(built.members("oci-archive", "zstd"))
    yield compress(inner, "zstd")
    if EVERYTHING:
        yield inner
        yield compress(tar_bytes(built.members("legacy")), "zstd")


@pytest.mark.parametrize("shape", SHAPES)
def test_very_many_entries_in_a_small_file_cost_little(shape: str, tmp_path: Path) -> None:
    # Written first: what this process holds counts as its forks' memory.
    paths = []
    for number, packed in enumerate(bombs(shape)):
        assert len(packed) < 60_000
        paths.append(tmp_path / f"bomb{number}")
        paths[-1].write_bytes(packed)
    for path in paths:
        found = run(*RUN, str(path))
        assert found.code in {0, 3}
        assert found.peak_bytes < MOST_BYTES
        assert found.seconds < (MOST_SECONDS if EVERYTHING else MOST_SECONDS / 5)


@pytest.mark.parametrize("command", ["plan", "ls", "ci"])
def test_a_path_that_a_layer_ships_very_often_costs_little(command: str, tmp_path: Path) -> None:
    built = ImageBuilder().without_history()
    built.tars = [entry("a", data=b"x") * 60_000 + bytes(1024)] * 2
    found = run(command, "--no-cache", "--quiet", str(built.save(tmp_path / "bomb", "oci-archive", "zstd")))
    assert found.code in {0, 1}
    assert found.peak_bytes < MOST_BYTES
    assert found.seconds < MOST_SECONDS / 2


def test_a_layer_listed_a_thousand_times_costs_little(tmp_path: Path) -> None:
    built = ImageBuilder().without_history()
    built.tars = [entry("a") * 5000 + bytes(1024)]

    def repeated(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Layers=images[0]["Layers"] * 1000))

    outers: tuple[Compression, ...] = ("none", "gzip")
    for outer in outers:
        found = run(*RUN, str(built.save(tmp_path / "bomb", "legacy", outer=outer, edit=repeated)))
        assert found.code == 3
        assert "listed more than once would make 4,995,000 further entries" in found.err
        assert found.peak_bytes < MOST_BYTES
        assert found.seconds < 2
