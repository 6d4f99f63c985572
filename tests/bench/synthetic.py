"""Write one of the benchmarks' archives.

usage: python tests/bench/synthetic.py SHAPE[.gzip|.zstd] FILE

SHAPE is one of `SHAPES` or `GROWING` in shapes.py, the latter with a number of entries: files-100000.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.archives import Layer, layer_tar, write_archive
from bench.shapes import GROWING, SHAPES


def layers_of_shape(shape: str) -> Iterable[Layer]:
    """Describe a shape by its name; raises `KeyError` when there is none of that name."""
    if shape in SHAPES:
        return SHAPES[shape]()
    name, _, entries = shape.rpartition("-")
    return GROWING[name](int(entries))


def write_shape(shape: str, path: Path, compression: str = "") -> None:
    """Write the archive of a shape."""
    write_archive(path, map(layer_tar, layers_of_shape(shape)), compression=compression)


def main() -> None:
    """Write what the command line names."""
    shape, _, compression = sys.argv[1].partition(".")
    path = Path(sys.argv[2])
    write_shape(shape, path, compression)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
