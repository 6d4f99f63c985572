"""Sparse files as GNU tar itself writes them, in every format it has."""

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from laws.tarlook import content, scan, tarfile_rows
from layerscope.model.files import path_of

FORMATS = {
    "oldgnu": ("--format=oldgnu",),
    "gnu": ("--format=gnu",),
    "posix 0.0": ("--format=posix", "--sparse-version=0.0"),
    "posix 0.1": ("--format=posix", "--sparse-version=0.1"),
    "posix 1.0": ("--format=posix", "--sparse-version=1.0"),
}
HOLE = 1 << 13
SHAPES = {
    "data first": [(0, 700)],
    "hole first": [(HOLE, 700)],
    "hole last": [(0, 5)],
    "nothing but a hole": [],
    "five runs": [(HOLE * number, 600 + number) for number in range(5)],
    "runs that need an extension header": [(HOLE * number, 10) for number in range(30)],
    "runs whose map needs several blocks": [(HOLE * number, 1) for number in range(200)],
}


def gnu_tar() -> str | None:
    tar = shutil.which("tar")
    if (
        tar is None
        or "GNU tar" not in subprocess.run([tar, "--version"], capture_output=True, text=True, check=True).stdout
    ):
        return None
    return tar


def make(path: Path, runs: Sequence[tuple[int, int]]) -> bytes:
    """Write a file with real holes; return its content."""
    size = 210 * HOLE + 17
    expected = bytearray(size)
    with path.open("wb") as file:
        for offset, length in runs:
            expected[offset : offset + length] = b"%c" % (65 + offset // HOLE % 26) * length
            file.seek(offset)
            file.write(expected[offset : offset + length])
        file.truncate(size)
    return bytes(expected)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_sparse_file_written_by_gnu_tar_reads_as_it_was(tmp_path: Path, format_name: str, shape: str) -> None:
    tar = gnu_tar()
    if tar is None:
        pytest.skip("GNU tar is not installed")
    tree = tmp_path / "tree"
    tree.mkdir()
    expected = make(tree / "sparse", SHAPES[shape])
    (tree / "zlast").write_bytes(b"what comes behind")
    command = [tar, "--sparse", "--hole-detection=raw", *FORMATS[format_name], "-cf", "-", "sparse", "zlast"]
    data = subprocess.run(
        command, cwd=tree, stdout=subprocess.PIPE, check=True, env={**os.environ, "LC_ALL": "C"}
    ).stdout
    table = scan(data, tmp_path)
    assert [path_of(key) for key in table.keys] == [b"/sparse", b"/zlast"]
    assert table.sparse[0].real_size_bytes == len(expected)
    assert content(table, 0, data) == expected
    assert content(table, 1, data) == b"what comes behind"
    assert sum(length for _, length in table.sparse[0].runs) == table.size[0] <= len(expected) // 2
    assert [row[8] for row in tarfile_rows(data)] == [expected, b"what comes behind"]


def test_a_sparse_file_keeps_the_name_that_it_has_and_not_that_of_its_container(tmp_path: Path) -> None:
    info = tarfile.TarInfo("GNUSparseFile.0/x")
    info.size = 512 + 3
    info.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "d/x",
        "GNU.sparse.realsize": "9",
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(info, io.BytesIO(b"1\n6\n3\n".ljust(512, b"\0") + b"abc"))
    table = scan(out.getvalue(), tmp_path)
    assert [path_of(key) for key in table.keys] == [b"/d/x"]
    assert content(table, 0, out.getvalue()) == b"\0\0\0\0\0\0abc"
