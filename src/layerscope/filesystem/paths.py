"""Names in a layer's tar: which path they mean, which are markers, which mean nothing. The security border.

Whiteouts: OCI image-spec layer.md, "Whiteouts". A name is never resolved against a file system: neither the host's
nor the image's.
"""

import enum

from layerscope.frozen import dataclass
from layerscope.model.files import PathKey

MAX_PATH_BYTES = 4096
"""Longer paths cannot exist in a container (Linux PATH_MAX)."""

_WHITEOUT = b".wh."
_META = b".wh..wh."
_OPAQUE = b".wh..wh..opq"


class EntryNameError(Exception):
    """The name means no path in an image; the text says why."""


class MarkerKind(enum.Enum):
    """What a marker does."""

    WHITEOUT = "whiteout"
    OPAQUE = "opaque"
    LEFTOVER = "leftover"
    """AUFS bookkeeping (`.wh..wh.plnk`, `.wh..wh.aufs`, `.wh..wh.orph`): does nothing. What lies below such a
    directory is an ordinary file to every engine."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker and the path it acts on: what a whiteout removes, the directory an opaque marker empties."""

    kind: MarkerKind
    key: PathKey


def clean_key(raw: bytes) -> PathKey | Marker:
    """Turn an entry's name into the path or marker it means; EntryNameError when it means neither.

    Drops a leading "/" (kaniko writes absolute names), "." components and repeated or trailing slashes, and takes
    ".." back as text, never above the root: so do Docker, containerd, Podman and umoci.
    """
    if b"\0" in raw:
        raise EntryNameError("its name holds NUL")
    if len(raw) > MAX_PATH_BYTES:
        raise EntryNameError(f"its name is {len(raw):,} bytes long")
    if not raw:
        raise EntryNameError("its name is empty")
    parts = components(raw)
    name = parts[-1] if parts else b""
    if b".wh." in raw:
        if name == _OPAQUE:
            return Marker(MarkerKind.OPAQUE, PathKey(b"\0".join(parts[:-1])))
        if name.startswith(_META):
            return Marker(MarkerKind.LEFTOVER, PathKey(b"\0".join(parts)))
        if name.startswith(_WHITEOUT):
            target = name[len(_WHITEOUT) :]
            if target in {b"", b".", b".."}:
                raise EntryNameError(f'it is a whiteout of "{target.decode()}"')
            return Marker(MarkerKind.WHITEOUT, PathKey(b"\0".join([*parts[:-1], target])))
    return PathKey(b"\0".join(parts))


def clean_link(raw: bytes) -> PathKey | None:
    """Turn a hard link's target into the path it means, from the root of the image; None when it means none."""
    parts = components(raw)
    return None if b"\0" in raw or not parts else PathKey(b"\0".join(parts))


def components(raw: bytes) -> list[bytes]:
    """Split a path as text: "." and repeated slashes mean nothing, ".." takes one back, never above the root."""
    parts: list[bytes] = []
    for part in raw.split(b"/"):
        if part == b"..":
            del parts[-1:]
        elif part not in {b"", b"."}:
            parts.append(part)
    return parts
