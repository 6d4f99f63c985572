"""Archives as `docker save` writes them, straight to disk with little memory, from layers that are lists of `File`.

Owns the tar headers and the layout, which is that of Docker 25 and newer: `blobs/` with OCI's files beside
`manifest.json`, because all programs that are compared read it. Knows no shape.
"""

import hashlib
import json
import tarfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Final

from bench.contents import content

_BLOCK: Final = 512
_BLOBS: Final = "blobs/sha256/"


@dataclass(frozen=True, slots=True)
class File:
    """One entry: a directory when the name ends in "/", a link when it has a target, a whiteout by its name."""

    name: str
    size: int = 0
    seed: int = 0
    mode: int = 0o644
    uid: int = 0
    target: str = ""
    hard: bool = False
    """The target is another name of the same file, from the root of the image."""


Layer = Iterable[File]


def header(file: File) -> bytes:
    """Write a tar header as GNU tar and Go do; the quick way for plain names, which nearly all are."""
    kind = b"5" if file.name.endswith("/") else b"0"
    if file.target:
        kind = b"1" if file.hard else b"2"
    name = file.name.encode()
    if len(name) > 100 or len(file.target) > 100:
        return _long_header(file, kind)
    mode = 0o755 if kind == b"5" else 0o777 if kind == b"2" else file.mode
    start = name.ljust(100, b"\0") + _numbers(mode, file.uid, file.size, 1_700_000_000 + file.seed % 1000)
    rest = kind + file.target.encode().ljust(100, b"\0") + _TAIL
    checksum = sum(start) + sum(rest) + 8 * 32
    return b"%b%06o\0 %b" % (start, checksum, rest)


_TAIL: Final = (b"ustar\x0000" + bytes(80)).ljust(255, b"\0")


@lru_cache(maxsize=4096)
def _numbers(mode: int, uid: int, size: int, time_s: int) -> bytes:
    return b"%07o\0%07o\0%07o\0%011o\0%011o\0" % (mode, uid, uid, size, time_s)


def _long_header(file: File, kind: bytes) -> bytes:
    info = tarfile.TarInfo(file.name.rstrip("/"))
    info.size, info.mode, info.mtime = file.size, file.mode, 1_700_000_000 + file.seed % 1000
    info.uid = info.gid = file.uid
    info.type, info.linkname = kind, file.target
    if kind == b"5":
        info.mode = 0o755
    try:
        return info.tobuf(tarfile.USTAR_FORMAT)  # as Go's archive/tar: a PAX header only where nothing less will do
    except ValueError:
        return info.tobuf(tarfile.PAX_FORMAT)


def layer_tar(files: Layer) -> Iterator[bytes]:
    """Write a layer's tar, piece by piece."""
    for file in files:
        yield header(file)
        if file.size:
            yield from content(file.size, file.seed)
            yield bytes(-file.size % _BLOCK)
    yield bytes(2 * _BLOCK)


class _Archive:
    """A tar that is being written; a member's header is put in when its name and size are known."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def blob(self, pieces: Iterable[bytes], kind: str) -> dict[str, object]:
        """Write a blob from pieces; returns its OCI descriptor."""
        out, digest, size = self._out, hashlib.sha256(), 0
        start = out.tell()
        out.write(bytes(_BLOCK))
        for piece in pieces:
            digest.update(piece)
            out.write(piece)
            size += len(piece)
        out.write(bytes(-size % _BLOCK))
        end = out.tell()
        out.seek(start)
        out.write(_member(_BLOBS + digest.hexdigest(), size))
        out.seek(end)
        return {
            "mediaType": f"application/vnd.oci.image.{kind}",
            "digest": f"sha256:{digest.hexdigest()}",
            "size": size,
        }

    def member(self, name: str, value: object) -> None:
        """Write a JSON file."""
        data = _json(value)
        self._out.write(_member(name, len(data)) + data + bytes(-len(data) % _BLOCK))

    def close(self) -> None:
        """Write the end marker."""
        self._out.write(bytes(2 * _BLOCK))


def write_archive(
    path: Path, layers: Iterable[Iterable[bytes]], *, compression: str = "", config: Mapping[str, Any] | None = None
) -> None:
    """Write an image of layers, each given as the pieces of its tar; the file appears whole or not at all.

    `compression` is "", "gzip" or "zstd"; `config` the image's configuration, whose diff IDs are put in here.
    """
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as out:
        archive = _Archive(out)
        diff_ids: list[str] = []
        blobs = [_add_layer(archive, pieces, compression, diff_ids) for pieces in layers]
        full_config = {**(config or _config(len(blobs))), "rootfs": {"type": "layers", "diff_ids": diff_ids}}
        config_blob = archive.blob([_json(full_config)], "config.v1+json")
        manifest = _json({"schemaVersion": 2, "config": config_blob, "layers": blobs})
        manifest_blob = archive.blob([manifest], "manifest.v1+json")
        archive.member("index.json", {"schemaVersion": 2, "manifests": [manifest_blob]})
        archive.member("oci-layout", {"imageLayoutVersion": "1.0.0"})
        names = [_BLOBS + str(blob["digest"]).removeprefix("sha256:") for blob in (config_blob, *blobs)]
        docker = {"Config": names[0], "RepoTags": [f"{path.stem}:1"], "Layers": names[1:]}
        archive.member("manifest.json", [docker])
        archive.close()
    partial.replace(path)


def _add_layer(archive: _Archive, pieces: Iterable[bytes], compression: str, diff_ids: list[str]) -> dict[str, object]:
    digest = hashlib.sha256()

    def watched() -> Iterator[bytes]:
        for piece in pieces:
            digest.update(piece)
            yield piece

    kind = "layer.v1.tar" + (f"+{compression}" if compression else "")
    blob = archive.blob(_packed(watched(), compression), kind)
    diff_ids.append(f"sha256:{digest.hexdigest()}")
    return blob


def _packed(pieces: Iterable[bytes], compression: str) -> Iterator[bytes]:
    """Compress as engines do by default: gzip at level 6, zstd at level 3."""
    if not compression:
        yield from pieces
        return
    compressor = _compressor(compression)
    for piece in pieces:
        yield compressor.compress(piece)
    yield compressor.flush()


def _compressor(compression: str) -> Any:
    if compression == "gzip":
        return zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    try:
        from compression.zstd import ZstdCompressor
    except ImportError:
        from backports.zstd import ZstdCompressor
    return ZstdCompressor(level=3)


def _member(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def _config(layers: int) -> dict[str, Any]:
    steps = [{"created_by": f"RUN step {index} # buildkit"} for index in range(layers)]
    return {"architecture": "amd64", "os": "linux", "config": {}, "history": steps}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def write_again(source: Path, path: Path, compression: str = "") -> None:
    """Write the image of any `docker save` archive with plain layers anew, its layers compressed or not.

    History steps without an instruction get an empty one: xray refuses images that lack it.
    """
    with tarfile.open(source) as outer:
        manifest = json.loads(_whole(outer, "manifest.json"))[0]
        config = json.loads(_whole(outer, manifest["Config"]))
        config["history"] = [{"created_by": "", **step} for step in config["history"]]
        layers = (_pieces(outer, name) for name in manifest["Layers"])
        write_archive(path, layers, compression=compression, config=config)


def _whole(outer: tarfile.TarFile, name: str) -> bytes:
    return b"".join(_pieces(outer, name))


def _pieces(outer: tarfile.TarFile, name: str) -> Iterator[bytes]:
    member = outer.extractfile(name)
    if member is None:
        raise ValueError(f"{name} is no file")
    while piece := member.read(1 << 20):
        yield piece
