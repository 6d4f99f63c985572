"""The hash that stands for contents which stream past."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from builder import Compression, ImageBuilder
from layerscope.filesystem import hashes
from layerscope.pipeline import inspect

KNOWN = {
    "blake3": "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
}
WITHOUT_BLAKE3 = """
import sys
sys.modules["blake3"] = None
from layerscope.filesystem import hashes
from layerscope.pipeline import inspect
import json
ledger = inspect(sys.argv[1]).ledger
print(json.dumps([hashes.NAME, ledger.total_bytes, ledger.overwritten_bytes, ledger.reshipped_bytes]))
"""


def test_it_is_what_its_name_says() -> None:
    assert hashes.content_hash(b"abc").digest().hex() == KNOWN[hashes.NAME]
    pieces = hashes.content_hash()
    pieces.update(b"a")
    pieces.update(memoryview(b"bc"))
    assert pieces.digest().hex() == KNOWN[hashes.NAME]


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_without_blake3_the_standard_library_tells_contents_apart_as_well(
    tmp_path: Path, compression: Compression
) -> None:
    a, b = b"a" * 300_000, b"a" * 299_999 + b"b"
    archive = tmp_path / "image.tar"
    image = ImageBuilder().layer(add={"same": a, "other": a, "small": b"1"})
    image.layer(add={"same": a, "other": b, "small": b"2"}).save(archive, compression=compression)
    done = subprocess.run([sys.executable, "-c", WITHOUT_BLAKE3, archive], capture_output=True, text=True, check=True)
    ledger = inspect(archive).ledger
    assert json.loads(done.stdout) == ["sha256", ledger.total_bytes, ledger.overwritten_bytes, ledger.reshipped_bytes]
    assert (ledger.overwritten_bytes, ledger.reshipped_bytes) == (300_001, 300_000)
