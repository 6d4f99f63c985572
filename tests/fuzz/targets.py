"""What is fuzzed: each target takes any bytes, and lets nothing pass but what its contract says.

Owns no fuzzer: `run.py` drives these by coverage, `test_targets.py` by Hypothesis, quickly, in the suite.
"""

import io
import os
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from builder import ImageBuilder, file, tar_bytes
from layerscope.config import read_file, resolve
from layerscope.errors import ConfigError, LayerscopeError
from layerscope.filesystem.stack import stack
from layerscope.filesystem.tarscan import scan_stream, scan_window
from layerscope.history.align import align
from layerscope.history.dockerfile import parse_dockerfile
from layerscope.history.reconstruct import Origin, reconstruct
from layerscope.history.steps import steps_of
from layerscope.model.files import LayerTable
from layerscope.model.image import HistoryRecord, LayerBlob, RawImage
from layerscope.pipeline import inspect

BLOCK = 512


def layer_tar(data: bytes) -> None:
    """A layer's tar: the same entries from a stream and from a file, folded without a fault, or one clear error."""
    tar = with_checksums(data)
    found: list[LayerTable | str] = []
    with tempfile.TemporaryFile() as local:
        local.write(tar)
        local.flush()
        scans: list[Callable[[], LayerTable]] = [
            lambda: scan_stream(io.BytesIO(tar), "layer"),
            lambda: scan_window(local.fileno(), 0, len(tar), "layer"),
        ]
        for scan in scans:
            try:
                found.append(scan())
            except LayerscopeError as error:
                found.append(type(error).__name__)
    streamed, read = found
    if isinstance(streamed, str) or isinstance(read, str):
        assert streamed == read, (streamed, read)
        return
    assert (streamed.keys, streamed.kind, streamed.size) == (read.keys, read.kind, read.size)
    assert streamed.whiteouts == read.whiteouts
    try:
        stack([streamed, read])
    except LayerscopeError:
        return


def with_checksums(data: bytes) -> bytes:
    """Make every block that calls itself a header one with a right checksum: else nothing behind it is ever tried."""
    tar = bytearray(data)
    for start in range(0, len(tar) - BLOCK + 1, BLOCK):
        if tar[start + 257 : start + 262] == b"ustar" or tar[start + 148 : start + 150] == b"??":
            tar[start + 148 : start + 156] = b" " * 8
            tar[start + 148 : start + 156] = b"%06o\0 " % sum(tar[start : start + BLOCK])
    return bytes(tar)


def archive(data: bytes) -> None:
    """An archive whose manifest, index, configuration and layer are any bytes: an inspection, or one clear error."""
    names = ("manifest.json", "index.json", "oci-layout", "blobs/sha256/c", "layer.tar", "repositories")
    members = [(name, file(content)) for name, content in zip(names, parts(data, len(names)), strict=True) if content]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.tar"
        path.write_bytes(tar_bytes(members))
        try:
            inspection = inspect(path)
        except LayerscopeError as error:
            one_line(error)
            return
        assert inspection.ledger.total_bytes == sum(layer.ledger.total_bytes for layer in inspection.layers)


def dockerfile(data: bytes) -> None:
    """A Dockerfile, and a history to align it with: never a fault; lines that are there."""
    text, history = parts(data, 2)
    parsed = parse_dockerfile(text.decode("utf-8", "surrogateescape"))
    last = max((one.dockerfile_end_line or 0 for one in parsed.instructions), default=0)
    assert last <= text.count(b"\n") + text.count(b"\r") + 1
    steps, _ = steps_of(image_of(history))
    align(steps, parsed)


def created_by(data: bytes) -> None:
    """A history of any text: a step for each record, and a Dockerfile with all of them, none of which becomes two."""
    raw = image_of(data)
    steps, _ = steps_of(raw)
    assert sum(step.record is not None for step in steps) >= len(raw.history)
    written = reconstruct(steps, Origin("fuzz"))
    parsed = parse_dockerfile(written.text).instructions
    assert len(parsed) <= 1 + len(steps)
    for first, last in written.spans:
        assert sum(first <= (one.dockerfile_line or 0) <= last for one in parsed) <= 1, written.lines[first - 1 : last]


def configuration(data: bytes) -> None:
    """A configuration file of any kind: settings, or an error of configuration."""
    names = (".layerscope.toml", "pyproject.toml", ".dive-ci")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / names[data[0] % 3 if data else 0]
        path.write_bytes(data[1:])
        try:
            resolve([read_file(path)])
        except ConfigError as error:
            one_line(error)


def one_line(error: LayerscopeError) -> None:
    """Hold an error to what it promises: one line, whatever is in the input."""
    assert "\n" not in str(error), error


def image_of(data: bytes) -> RawImage:
    """Make an image whose history records are the lines of some bytes; every other one made a layer."""
    lines = data.decode("utf-8", "replace").split("\x1e")[:50]
    records = tuple(
        HistoryRecord(index, None, line.partition("\x1f")[0], line.partition("\x1f")[2], "", empty=bool(index % 2))
        for index, line in enumerate(lines)
    )
    layers = tuple(LayerBlob(f"layer {index}", table=LayerTable()) for index in range((len(lines) + 1) // 2))
    return RawImage("fuzz", "fuzz", layers, history=records)


def parts(data: bytes, count: int) -> list[bytes]:
    """Cut bytes into a number of parts, whose lengths stand before them."""
    found = []
    for _ in range(count - 1):
        size = struct.unpack(">H", data[:2].ljust(2, b"\0"))[0]
        found.append(data[2 : 2 + size])
        data = data[2 + size :]
    return [*found, data]


def joined(*pieces: bytes) -> bytes:
    """The reverse of `parts`."""
    return b"".join(struct.pack(">H", len(piece)) + piece for piece in pieces[:-1]) + pieces[-1]


def seeds(name: str) -> list[bytes]:
    """Give a few good inputs to start from."""
    builder = (
        ImageBuilder()
        .layer({"a/b": b"1", "c": b"2"})
        .run("RUN |1 A=b /bin/sh -c make")
        .layer({"a/b": b"3"}, remove=["c"])
    )
    docker = dict(builder.members("legacy"))
    by_end = {member.rpartition("/")[2]: entry.data for member, entry in docker.items()}
    config = next(
        entry.data for member, entry in docker.items() if member.endswith(".json") and member != "manifest.json"
    )
    manifest = b'[{"Config":"blobs/sha256/c","RepoTags":["a:1"],"Layers":["layer.tar"]}]'
    text = b'# syntax=x\nARG V=1\nFROM a:$V AS b\nRUN <<E cat\nx\nE\nCOPY --from=b ["a", "b"]\nONBUILD RUN \\\n# c\nx\n'
    history = b"/bin/sh -c #(nop) ADD file:ab in / \x1eRUN |1 A=b /bin/sh -c make # buildkit\x1fbuildkit.dockerfile.v0"
    return {
        "layer_tar": [*builder.tars, by_end["layer.tar"]],
        "archive": [joined(manifest, b"", b"", config, builder.tars[0], b"{}")],
        "dockerfile": [joined(text, history)],
        "created_by": [history],
        "configuration": [
            b'\0[rules]\nlowest-efficiency = "0.9"\n',
            b"\2rules:\n  lowestEfficiency: 0.95\n",
            b"\1[tool.layerscope]\n",
        ],
    }[name]


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (layer_tar, archive, dockerfile, created_by, configuration)
}
os.environ["LAYERSCOPE_CACHE_DIR"] = ""
