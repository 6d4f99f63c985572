"""Entries of layers: as columns where there are 10⁵-10⁶ of them, as an object where one is looked at.

A path is held as a *key*: its components joined by NUL, without a leading one; the root is b"". NUL cannot occur in
a file name, and it sorts before everything, so sorting keys as bytes gives the tree in pre-order: a directory
comes right before its subtree, and the subtree is one contiguous range.
"""

import copy
import enum
from array import array
from collections.abc import Mapping
from typing import NewType

from layerscope.frozen import dataclass, field, fields

PathKey = NewType("PathKey", bytes)
ROOT = PathKey(b"")


def key_of(path: bytes) -> PathKey:
    """Turn a clean path ("/usr/bin", "usr/bin") into its key; it does not resolve "." or ".."."""
    return PathKey(path.strip(b"/").replace(b"/", b"\0"))


def path_of(key: bytes) -> bytes:
    """Turn a key into the absolute path."""
    return b"/" + key.replace(b"\0", b"/")


class Kind(enum.IntEnum):
    """What an entry is; the codes of the `kind` column."""

    FILE = 0
    HARDLINK = 1
    SYMLINK = 2
    DIRECTORY = 3
    CHARACTER = 4
    BLOCK = 5
    FIFO = 6

    @property
    def label(self) -> str:
        """The word of `ls --format json`."""
        return self.name.lower()


class Change(enum.IntEnum):
    """What a layer, or a range of layers, did to a path."""

    UNMODIFIED = 0
    MODIFIED = 1
    ADDED = 2
    REMOVED = 3

    @property
    def label(self) -> str:
        """The word of JSON and of screens."""
        return self.name.lower()


class Aspect(enum.IntFlag):
    """In what a modified path differs."""

    NONE = 0
    KIND = 1
    CONTENT = 2
    MODE = 4
    OWNER = 8
    LINK = 16
    DEVICE = 32
    XATTRS = 64
    MTIME = 128


ATTRIBUTES_ONLY = Aspect.MODE | Aspect.OWNER | Aspect.XATTRS | Aspect.MTIME
"""A modification within these shipped no new content."""


@dataclass(frozen=True, slots=True)
class SparseMap:
    """A sparse file: its apparent size, and the (offset, length) runs that are stored, in order."""

    real_size_bytes: int
    runs: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class LayerTable:
    """The entries of one layer as columns; one row per tar entry that names a path, in tar order.

    Markers (whiteouts, opaque) are not rows. Once the table is part of a `FileTree`, `keys` is emptied, `node`
    says the path instead, and rows from `implied_from` on are directories that no entry mentions.
    """

    keys: list[PathKey] = field(default_factory=list)
    kind: bytearray = field(default_factory=bytearray)
    size: "array[int]" = field(default_factory=lambda: array("Q"))
    """Stored content bytes of a regular file; 0 for everything else."""
    mode: "array[int]" = field(default_factory=lambda: array("H"))
    """Permission bits, 0-0o7777."""
    uid: "array[int]" = field(default_factory=lambda: array("I"))
    gid: "array[int]" = field(default_factory=lambda: array("I"))
    mtime_s: "array[float]" = field(default_factory=lambda: array("d"))
    offset: "array[int]" = field(default_factory=lambda: array("Q"))
    """Where the stored content starts in the uncompressed layer."""
    link: dict[int, bytes] = field(default_factory=dict)
    """Row → target: of a symlink as written, of a hard link as a key."""
    device: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Row → (major, minor)."""
    xattrs: dict[int, Mapping[bytes, bytes]] = field(default_factory=dict)
    sparse: dict[int, SparseMap] = field(default_factory=dict)
    digest: dict[int, bytes] | None = None
    """Row → hash of a regular file's content (`filesystem/hashes.py`); None when contents can be read again instead."""
    whiteouts: list[PathKey] = field(default_factory=list)
    """What the layer's markers remove from lower layers."""
    opaques: list[PathKey] = field(default_factory=list)
    """Directories whose lower content an opaque marker hides."""
    quarantined: list[tuple[bytes, str]] = field(default_factory=list)
    """(raw name, reason) of entries that name no path of an image: "..", NUL. Counted, never resolved."""
    remarks: list[str] = field(default_factory=list)
    """What else was odd about the tar, a sentence each."""
    terminated: bool = False
    """The tar ended with its end marker, as a whole tar does."""
    entry_count: int = 0
    """All entries of the tar, markers and quarantined ones included."""
    content_bytes: int = 0
    """Stored bytes of all regular files, those superseded in the same layer included."""
    tar_bytes: int = 0
    """Length of the uncompressed stream as far as it was read."""
    node: "array[int]" = field(default_factory=lambda: array("i"))
    implied_from: int = 0
    fault: str | None = None
    """Why the layer could not be read although its bytes are there; it has no rows then."""

    def __len__(self) -> int:
        return len(self.kind)

    def copy(self) -> "LayerTable":
        """Give an equal table for another layer with the same bytes: one becomes part of a tree only once."""
        return LayerTable(**{column.name: copy.copy(getattr(self, column.name)) for column in fields(self)})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, as an object: made only for what is looked at."""

    entry_id: int
    node: int
    path: bytes
    """Absolute; make it `printable` before it is shown."""
    kind: Kind
    size_bytes: int
    """Apparent size: what `ls -l` in a container says; for a hard link that of the file it points to."""
    stored_bytes: int
    """What the layer ships for it: 0 for hard links, less than the size for sparse files."""
    mode: int
    uid: int
    gid: int
    mtime_s: float
    link_target: bytes | None
    """Of a symlink as written, of a hard link the absolute path it names."""
    device: tuple[int, int] | None
    xattrs: Mapping[bytes, bytes]
    layer_index: int
    implied: bool
    """No entry mentions it: a directory that a path needs."""
