"""Files of an image archive or layout, wherever they lie: in a tar, in a directory, or in a stream that went by.

Owns finding a file by its path inside the archive (and never outside it) and making a `LayerBlob` of its bytes.
Knows nothing of manifests: `dockersave.py` and `oci.py` say which file is what.
"""

import posixpath
import stat
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from layerscope.errors import DamagedImageError, ImageError
from layerscope.frozen import dataclass, replace
from layerscope.model.files import LayerTable
from layerscope.model.image import Compression, Digest, FileWindow, LayerBlob, ProgressCallback, no_progress
from layerscope.model.localfile import FileIdentity
from layerscope.patterns import regex
from layerscope.sources.blobs import BLOCK, compression_of, open_decompressed, sniff
from layerscope.sources.budget import Budget
from layerscope.sources.manifest import Json, check_json_size, parse_json
from layerscope.sources.outertar import Member, MemberKind, TarWalk, clean_name
from layerscope.sources.windows import WindowReader

MAX_LINKS = 40
"""Symlinks followed for one file, as the kernel does."""
_LONG_HEX = regex(r"([0-9a-f]{12})[0-9a-f]{52,}")
_PROGRESS_MEMBERS = 1000


@dataclass(frozen=True, slots=True)
class LayerRef:
    """A layer as a manifest names it."""

    path: str
    """Of its file, inside the archive."""
    diff_id: Digest | None = None
    digest: Digest | None = None
    media_type: str | None = None
    size_bytes: int | None = None
    """Of the stored blob, where the manifest says."""
    foreign: bool = False
    """Its bytes may be left out on purpose (Windows base layers)."""


class Store(Protocol):
    """Files by their path."""

    @property
    def name(self) -> str:
        """How errors call the archive."""
        ...

    @property
    def complete(self) -> bool:
        """Nothing can be missing at its end."""
        ...

    def paths(self) -> Collection[str]:
        """All paths, for saying what this is when it is not an image."""
        ...

    def size_of(self, path: str) -> int | None:
        """Size of a file in bytes; None where there is no such file."""
        ...

    def read(self, path: str) -> bytes:
        """Read a small file; its size has been asked for before."""
        ...

    def layer(self, ref: LayerRef) -> LayerBlob:
        """Make the layer of a file that is there."""
        ...


def blob_path(digest: Digest) -> str:
    """Say where an OCI layout keeps a blob."""
    return "blobs/" + digest.replace(":", "/")


def label(store: Store, path: str) -> str:
    """Name a file in an error, with digests cut to what people compare."""
    short = _LONG_HEX.sub(r"\1…", path)
    return f"{store.name}: {short}"


def read_json(store: Store, path: str) -> Json:
    """Read and parse a JSON file of the archive."""
    where = label(store, path)
    size_bytes = store.size_of(path)
    if size_bytes is None:
        raise missing(store, path)
    check_json_size(size_bytes, where)
    return parse_json(store.read(path), where)


def missing(store: Store, path: str) -> DamagedImageError:
    """Make the error for a file that a manifest names and that is not there."""
    if store.complete:
        return DamagedImageError(f"{label(store, path)} is listed and is not there")
    return DamagedImageError(
        f"{label(store, path)} is not there, and the end of the archive is missing, too",
        hint="copy or download it again",
    )


def resolve(members: Mapping[str, Member], path: str, store_name: str) -> Member | None:
    """Find a file in a tar, following links inside it; None where there is none."""
    name = clean_name(path)
    for _ in range(MAX_LINKS):
        member = members.get(name)
        if member is None or member.kind not in {MemberKind.SYMLINK, MemberKind.HARDLINK}:
            return member if member is not None and member.kind is MemberKind.FILE else None
        target = member.link
        if member.kind is MemberKind.SYMLINK:
            target = posixpath.join(posixpath.dirname(name), target)
            if posixpath.isabs(member.link) or posixpath.normpath(target).startswith("../"):
                raise DamagedImageError(f"{store_name}: {name} points outside the archive")
        name = clean_name(posixpath.normpath(target))
    raise DamagedImageError(f"{store_name}: {clean_name(path)} is a link that leads nowhere")


def window_layer(ref: LayerRef, name: str, stored: FileWindow, budget: Budget) -> LayerBlob:
    """Make the layer of a byte range of a file."""
    with WindowReader(stored, name) as stream:
        head = stream.read(BLOCK) or b""
    compression = compression_of(sniff(head), name)
    plain = compression is Compression.NONE
    return replace(
        make_layer(
            ref,
            name,
            stored.size_bytes,
            compression,
            window=stored if plain else None,
            opener=None if plain else partial(_open_window, stored, compression, name, budget),
        ),
        stored=stored,
    )


def make_layer(
    ref: LayerRef,
    name: str,
    size_bytes: int,
    compression: Compression,
    *,
    window: FileWindow | None = None,
    opener: Callable[[], BinaryIO] | None = None,
) -> LayerBlob:
    """Put together what the manifest and the store know of a layer."""
    return LayerBlob(
        name=name,
        diff_id=ref.diff_id,
        digest=ref.digest,
        media_type=ref.media_type,
        stored_bytes=size_bytes,
        compression=compression,
        window=window,
        opener=opener,
        table=None if size_bytes else LayerTable(digest={}),  # a file of no bytes is a legal layer of no entries
    )


def _open_window(stored: FileWindow, compression: Compression, name: str, budget: Budget) -> BinaryIO:
    meter = budget.meter(f"{stored.path}:{stored.offset}")
    return open_decompressed(cast("BinaryIO", WindowReader(stored, name)), compression, name, meter)


class ArchiveStore:
    """An uncompressed tar in a file that can seek."""

    def __init__(self, file: Path, name: str, progress: ProgressCallback = no_progress) -> None:
        self.name = name
        self._file = file
        self._members: dict[str, Member] = {}
        with file.open("rb") as stream:
            self._identity = FileIdentity.of(stream.fileno())
            self._budget = Budget(name, self._identity.size_bytes)
            walk = TarWalk(stream, name, self._identity.size_bytes)
            for count, member in enumerate(walk):
                if member.name:
                    self._members[member.name] = member  # as in any tar, the last one wins
                if count % _PROGRESS_MEMBERS == 0:
                    progress("index", member.offset, walk.size_bytes)
            self.complete = walk.complete

    def paths(self) -> Collection[str]:
        """Give the names of all members."""
        return self._members

    def size_of(self, path: str) -> int | None:
        """Give a member's size, through links."""
        member = resolve(self._members, path, self.name)
        return None if member is None else member.size_bytes

    def read(self, path: str) -> bytes:
        """Read a member whole."""
        with WindowReader(self._window(path), label(self, path)) as stream:
            return stream.readall()

    def layer(self, ref: LayerRef) -> LayerBlob:
        """Make a layer that is read where it lies."""
        return window_layer(ref, label(self, ref.path), self._window(ref.path), self._budget)

    def _window(self, path: str) -> FileWindow:
        member = resolve(self._members, path, self.name)
        if member is None:
            raise missing(self, path)
        return FileWindow(self._file, member.offset, member.size_bytes, self._identity)


class DirectoryStore:
    """A directory: an OCI layout, or an archive that somebody unpacked."""

    complete = True

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self._root = root.resolve()
        self._budget = Budget(name, 0)
        self._counted: set[Path] = set()

    def paths(self) -> Collection[str]:
        """Give the names at the top only."""
        return [entry.name for entry in self._root.iterdir()]

    def size_of(self, path: str) -> int | None:
        """Give a file's size."""
        file = self._find(path)
        return None if file is None else file.stat().st_size

    def read(self, path: str) -> bytes:
        """Read a file whole."""
        return self._file(path).read_bytes()

    def layer(self, ref: LayerRef) -> LayerBlob:
        """Make a layer that is read where it lies."""
        file = self._file(ref.path)
        identity = FileIdentity.at(file)
        if file not in self._counted:
            self._counted.add(file)
            self._budget.store(identity.size_bytes)
        stored = FileWindow(file, 0, identity.size_bytes, identity)
        return window_layer(ref, label(self, ref.path), stored, self._budget)

    def _file(self, path: str) -> Path:
        file = self._find(path)
        if file is None:
            raise missing(self, path)
        return file

    def _find(self, path: str) -> Path | None:
        """Find a regular file; links may not lead out of the directory."""
        name = clean_name(path)
        try:
            file = (self._root / name).resolve()
            if not name or not stat.S_ISREG(file.stat().st_mode):
                return None
        except (FileNotFoundError, NotADirectoryError, ValueError):  # a name with NUL, or one no file can have
            return None
        except (OSError, RuntimeError) as error:  # a loop of links
            raise ImageError(f"{self.name}: {name} cannot be read: {error}") from error
        if not file.is_relative_to(self._root):
            raise DamagedImageError(f"{self.name}: {name} points outside the directory")
        return file
