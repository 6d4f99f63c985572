"""Big archives for benchmarks, written straight to disk with little memory and nothing random about them.

usage: python tests/bench/synthetic.py SHAPE FILE      (SHAPE: see SHAPES)
"""

import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_NOISE = b"".join(hashlib.blake2b(number.to_bytes(4, "big")).digest() for number in range(1 << 15))  # 2 MiB


@dataclass(frozen=True, slots=True)
class File:
    """One entry: a directory when the name ends in "/", a whiteout when its last part starts with ".wh."."""

    name: str
    size: int = 0
    seed: int = 0
    mode: int = 0o644


Layer = Iterator[File]


def _content(size: int, seed: int) -> Iterator[bytes]:
    start = (seed * 7919) % (1 << 20)
    while size > 0:
        piece = _NOISE[start : start + min(size, 1 << 20)]
        yield piece
        size -= len(piece)
        start = (start + 4096) % (1 << 20)


def _header(file: File) -> bytes:
    info = tarfile.TarInfo(file.name)
    info.size, info.mode, info.mtime = file.size, file.mode, 1_700_000_000 + file.seed % 1000
    if file.name.endswith("/"):
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    return info.tobuf(tarfile.USTAR_FORMAT if len(file.name) < 100 else tarfile.PAX_FORMAT)


def _write_layer(out: BinaryIO, files: Layer) -> str:
    digest = hashlib.sha256()

    def put(piece: bytes) -> None:
        digest.update(piece)
        out.write(piece)

    for file in files:
        put(_header(file))
        for piece in _content(file.size, file.seed):
            put(piece)
        put(bytes(-file.size % 512))
    put(bytes(1024))
    return digest.hexdigest()


def write(path: Path, layers: list[Layer]) -> None:
    """Write a `docker save` archive of the layout before Docker 25, uncompressed."""
    diff_ids = []
    names = []
    with path.open("wb") as out:

        def member(name: str, data: bytes) -> None:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.write(info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512))

        for index, files in enumerate(layers):
            names.append(f"{index:064x}/layer.tar")
            start = out.tell()
            out.write(bytes(512))
            diff_ids.append("sha256:" + _write_layer(out, files))
            end = out.tell()
            info = tarfile.TarInfo(names[-1])
            info.size = end - start - 512
            out.seek(start)
            out.write(info.tobuf(tarfile.GNU_FORMAT))
            out.seek(end)
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {},
                "rootfs": {"type": "layers", "diff_ids": diff_ids},
                "history": [{"created_by": f"RUN step {index} # buildkit"} for index in range(len(layers))],
            }
        ).encode()
        config_name = hashlib.sha256(config).hexdigest() + ".json"
        member(config_name, config)
        manifest = [{"Config": config_name, "RepoTags": [f"{path.stem}:1"], "Layers": names}]
        member("manifest.json", json.dumps(manifest).encode())
        out.write(bytes(1024))


def tree(files: int, *, top: str, per_directory: int = 23, size: Callable[[int], int], seed: int = 0) -> Layer:
    """Lay out files as package trees are: 20 directories to a directory, a few files in each."""
    seen = set()
    for number in range(files):
        bucket = number // per_directory
        parts = [top, f"d{bucket // 400 % 20:02d}", f"d{bucket // 20 % 20:02d}", f"lib{bucket:05d}"]
        for depth in range(1, len(parts) + 1):
            directory = "/".join(parts[:depth]) + "/"
            if directory not in seen:
                seen.add(directory)
                yield File(directory)
        yield File("/".join(parts) + f"/file-{number:06d}.so", size(number), seed + number)


def _typical(number: int) -> int:
    """File sizes as in package trees: most are small, a few hold most of the bytes."""
    return 4_000_000 if number % 1000 == 7 else 120_000 if number % 40 == 3 else 900 + number * 37 % 9000


def big() -> list[Layer]:
    """3 GB, 98,000 entries, 18 layers; trees re-shipped by chown, overwritten, and deleted."""
    bulk = lambda number: _typical(number) * 5 // 2  # noqa: E731
    layers: list[Layer] = [tree(30_000, top="usr", size=bulk)]
    layers += [tree(5_000, top=f"opt{index}", size=bulk, seed=100_000 * index) for index in range(1, 9)]
    layers.append(tree(5_000, top="opt1", size=bulk, seed=100_000))  # the same bytes again
    layers.append(tree(5_000, top="opt2", size=bulk, seed=999_999))  # other bytes
    layers.append(iter([File(".wh.opt3"), File("opt4/"), File("opt4/.wh.d00")]))
    layers += [tree(1_500, top=f"srv{index}", size=_typical, seed=index) for index in range(5)]
    layers.append(tree(600, top="srv0", size=_typical, seed=0))
    return layers


def whiteouts() -> list[Layer]:
    """50,000 files, then 1,000 of them deleted one by one."""
    files = list(tree(50_000, top="data", size=lambda _: 100))
    names = [file.name for file in files if not file.name.endswith("/")][::50]
    markers = [File(name.rpartition("/")[0] + "/.wh." + name.rpartition("/")[2]) for name in names]
    return [iter(files), iter(markers)]


def many_layers() -> list[Layer]:
    """50,000 files below 40 small layers."""
    return [
        tree(50_000, top="data", size=lambda _: 100),
        *(tree(20, top=f"more{index}", size=lambda _: 100, seed=index) for index in range(40)),
    ]


def million() -> list[Layer]:
    """1,000,000 entries in 60 layers."""
    return [tree(16_000, top=f"part{index % 40:02d}", size=lambda _: 60, seed=index * 20_000) for index in range(60)]


def tiny() -> list[Layer]:
    """Ten entries."""
    return [tree(6, top="app", size=lambda _: 1000)]


SHAPES = {"big": big, "whiteouts": whiteouts, "many-layers": many_layers, "million": million, "tiny": tiny}


def main() -> None:
    """Write one archive."""
    shape, path = sys.argv[1], Path(sys.argv[2])
    write(path, SHAPES[shape]())
    with tarfile.open(path) as archive, io.TextIOWrapper(sys.stdout.buffer) as out:
        out.write(f"{path}: {path.stat().st_size:,} bytes, {len(archive.getnames())} members\n")


if __name__ == "__main__":
    main()
