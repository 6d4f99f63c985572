"""Images made on the spot: the one place where tests get archives, layouts and odd tars from.

Owns what is in an image, and writing it in every layout that layerscope reads, with right digests; odd entries come
from `builder_tar`, re-exported here. Knows nothing of layerscope but the model.

    ImageBuilder().layer({"etc/passwd": b"root"}).run("RUN useradd x").layer(remove=["etc/passwd"]).save(path)
"""

import gzip
import hashlib
import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from builder_tar import (
    END,
    MTIME,
    Entry,
    Name,
    device,
    directory,
    entry_bytes,
    fifo,
    file,
    hardlink,
    pax_record,
    raw_name,
    sparse,
    symlink,
    tar_bytes,
)
from layerscope.model.image import Digest, HistoryRecord, ImageConfig, LayerBlob, RawImage

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Layout = Literal["legacy", "docker25", "oci", "oci-archive"]
Compression = Literal["none", "gzip", "zstd"]
__all__ = [
    "CREATED",
    "END",
    "MTIME",
    "Additions",
    "Compression",
    "Entry",
    "ImageBuilder",
    "Layout",
    "Members",
    "Name",
    "compress",
    "device",
    "directory",
    "edit_json",
    "entry_bytes",
    "fifo",
    "file",
    "hardlink",
    "image_members",
    "pax_record",
    "sha256",
    "sparse",
    "symlink",
    "tar_bytes",
    "write",
]

CREATED = "2024-05-01T12:00:00Z"


def compress(data: bytes, compression: Compression) -> bytes:
    """Compress the same way every time."""
    if compression == "gzip":
        return gzip.compress(data, 1, mtime=0)
    return zstd.compress(data) if compression == "zstd" else data


def sha256(data: bytes) -> Digest:
    """Name bytes as OCI does."""
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


Additions = Mapping[Any, Any] | Iterable[tuple[Name, bytes | Entry]]
"""Name → bytes or Entry. (`Any`, because mypy reads a dict literal of both kinds as one of objects.)"""
Members = list[tuple[str, Entry]]


class ImageBuilder:
    """An image, step by step. Methods give the builder back, so that a whole image is one expression."""

    def __init__(self, *tags: str, platform: str = "linux/amd64") -> None:
        self.tags = tags or ("test:1",)
        self.os, self.architecture, *rest = platform.split("/")
        self.variant = rest[0] if rest else None
        self.tars: list[bytes] = []
        self.history: list[dict[str, Any]] | None = []
        self.config: dict[str, Any] = {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["/bin/sh"]}

    def layer(
        self,
        add: Additions = (),
        *,
        remove: Iterable[Name] = (),
        opaque: Iterable[Name] = (),
        markers_first: bool = False,
        raw: bytes | None = None,
    ) -> Self:
        """Append a layer of entries in the order given, whiteouts, and opaque directories; or a ready-made tar."""
        pairs = add.items() if isinstance(add, Mapping) else add
        entries = [(name, Entry(data=value) if isinstance(value, bytes) else value) for name, value in pairs]
        markers: list[tuple[Name, Entry]] = []
        for path in remove:
            parent, slash, name = raw_name(path).rstrip(b"/").rpartition(b"/")
            markers.append((parent + slash + b".wh." + name, Entry()))
        markers.extend((raw_name(path).rstrip(b"/") + b"/.wh..wh..opq", Entry()) for path in opaque)
        self.tars.append(tar_bytes(markers + entries if markers_first else entries + markers) if raw is None else raw)
        return self.step(f"RUN step {len(self.tars)} # buildkit", empty=False)

    def run(self, created_by: str, **record: Any) -> Self:
        """Say what made the layer just added (`created_by` of its history record)."""
        assert self.history, "run() names the layer before it"
        self.history[-1] |= {"created_by": created_by, **record}
        return self

    def step(self, created_by: str, *, empty: bool = True, **record: Any) -> Self:
        """Append a history record; an empty one unless told otherwise."""
        if self.history is not None:
            entry = {"created": CREATED, "created_by": created_by, "comment": "buildkit.dockerfile.v0", **record}
            self.history.append(entry | {"empty_layer": True} if empty else entry)
        return self

    def env(self, **values: str) -> Self:
        """Append an ENV step for each variable."""
        for key, value in values.items():
            self.config["Env"].append(f"{key}={value}")
            self.step(f"ENV {key}={value}")
        return self

    def configure(self, **values: Any) -> Self:
        """Set fields of the configuration, such as `Healthcheck={…}`, without a step."""
        self.config |= values
        return self

    def without_history(self) -> Self:
        """Leave history out altogether."""
        self.history = None
        return self

    @property
    def diff_ids(self) -> list[Digest]:
        """Digests of the uncompressed layers, base first."""
        return [sha256(tar) for tar in self.tars]

    @property
    def config_json(self) -> bytes:
        """The configuration blob."""
        value: dict[str, Any] = {
            "architecture": self.architecture, "os": self.os, "created": CREATED, "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": self.diff_ids},
        }  # fmt: skip
        if self.variant:
            value["variant"] = self.variant
        return _json(value if self.history is None else value | {"history": self.history})

    @property
    def image_id(self) -> Digest:
        """Digest of the configuration."""
        return sha256(self.config_json)

    def raw_image(self, reference: str = "test:1") -> RawImage:
        """Give the image as a source would, straight from memory."""
        layers = tuple(
            LayerBlob(name=f"layer {index}", diff_id=sha256(tar), stored_bytes=len(tar), opener=_opener(tar))
            for index, tar in enumerate(self.tars)
        )
        history = tuple(
            HistoryRecord(index=index, created=record["created"], created_by=record["created_by"],
                          comment=record.get("comment", ""), author=record.get("author", ""),
                          empty=record.get("empty_layer", False))
            for index, record in enumerate(self.history or ())
        )  # fmt: skip
        return RawImage(reference=reference, source="test", layers=layers, image_id=self.image_id, tags=self.tags,
                        os=self.os, architecture=self.architecture, variant=self.variant or "", created=CREATED,
                        config=ImageConfig(env=tuple(self.config["Env"])), history=history)  # fmt: skip

    def members(self, layout: Layout = "docker25", compression: Compression = "none") -> Members:
        """Give the files of an archive or layout, to be changed and written with `write`."""
        return image_members([self], layout, compression)

    def save(
        self,
        path: Path,
        layout: Layout = "docker25",
        compression: Compression = "none",
        *,
        outer: Compression = "none",
        edit: Callable[[Members], Members | None] | None = None,
    ) -> Path:
        """Write the image; layers get `compression`, the archive itself `outer`; `edit` may change its members."""
        members = self.members(layout, compression)
        if edit is not None:
            members = edit(members) or members
        return write(path, members, outer=outer, as_directory=layout == "oci")


def _opener(data: bytes) -> Callable[[], io.BytesIO]:
    return lambda: io.BytesIO(data)


def write(path: Path, members: Members, *, outer: Compression = "none", as_directory: bool = False) -> Path:
    """Write members as an archive or as files in a directory."""
    if not as_directory:
        path.write_bytes(compress(tar_bytes(members), outer))
        return path
    for name, entry in members:
        target = path / name
        if entry.type == b"5":
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(entry.data)
    return path


def image_members(images: Sequence[ImageBuilder], layout: Layout, compression: Compression = "none") -> Members:
    """Give the files of an archive that holds several images."""
    from builder_layouts import legacy_members, oci_members

    if layout == "legacy":
        return legacy_members(images, compression)
    return oci_members(images, compression, with_manifest_json=layout == "docker25")


def edit_json(members: Members, name: str, change: Callable[[Any], Any]) -> Members:
    """Change one JSON member in place; `change` may return a new value or change the one it gets."""
    for index, (member, entry) in enumerate(members):
        if member == name:
            value = json.loads(entry.data)
            result = change(value)
            members[index] = (member, Entry(data=_json(value if result is None else result)))
            return members
    raise KeyError(name)
