"""Blocks in memory that two processes see."""

import io
from pathlib import Path

import pytest

from layerscope.tui.sharedmemory import SharedMemory


class Breaks(io.BufferedReader):
    """A file that cannot be read beyond its first bytes."""

    def fileno(self) -> int:
        """Give its descriptor once."""
        number = super().fileno()
        self.fileno = self.gone  # type: ignore[method-assign]
        return number

    def gone(self) -> int:
        """Fail as a disk does."""
        raise OSError("input/output error")


def test_blocks_lie_one_after_the_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"c" * 5000)
    memory = SharedMemory()
    first = memory.keep([b"a" * 10, b"", memoryview(b"b" * 5000)])
    with path.open("rb") as file:
        file.seek(1000)
        assert bytes(memory.take(file, 1 << 20)) == b"c" * 4000
    last = memory.keep([b"d"])
    assert bytes(memory.view(first)) == b"a" * 10 + b"b" * 5000
    assert bytes(memory.view(last)) == b"d"


def test_a_block_that_breaks_off_leaves_room_for_the_next(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"c" * 5000)
    memory = SharedMemory()
    with Breaks(path.open("rb", buffering=0)) as file, pytest.raises(OSError, match="input/output"):
        memory.take(file, 1 << 20)
    assert bytes(memory.view(memory.keep([b"d" * 10]))) == b"d" * 10
