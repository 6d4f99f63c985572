"""One tar, scanned as it streams past or where it lies in a file among others."""

import io
import os
from collections.abc import Callable
from pathlib import Path

from layerscope.filesystem.tarscan import scan_stream, scan_window
from layerscope.model.files import LayerTable

SCANNED = "bad.tar: layer 3"
"""What errors call the layer."""
Scan = Callable[[bytes], LayerTable]


def by_stream(tar: bytes) -> LayerTable:
    """Scan a stream."""
    return scan_stream(io.BytesIO(tar), SCANNED)


def by_window(folder: Path) -> Scan:
    """Give a function that scans a tar in the middle of a file."""

    def scan(tar: bytes) -> LayerTable:
        path = folder / "archive"
        path.write_bytes(b"before " + tar + b" after")
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return scan_window(descriptor, 7, len(tar), SCANNED)
        finally:
            os.close(descriptor)

    return scan
