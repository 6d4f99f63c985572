"""Analyses remembered in the user's cache directory, so that opening an image again costs next to nothing.

Owns the directory, the file format, its size and its safety: a file that is cut short, altered, of another version or
not ours is as good as none, and is taken away. Knows nothing of images: a key says what was analysed. No contents of
files are ever in an analysis.

What is remembered lies in a file as it lies in memory (`model/columns.py`), so that reading is all there is to do; its
few objects are made by `pickle`, through an unpickler that knows the classes of an analysis and nothing else: a file
cannot make it run anything.
"""

import contextlib
import errno
import hashlib
import io
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, Protocol, Self

from layerscope.frozen import dataclass
from layerscope.model.analysis import Remembered
from layerscope.model.columns import Classes, Room, own_room, put_together, taken_apart
from layerscope.patterns import regex

_ON_LINUX = sys.platform == "linux"
MAX_BYTES = 1 << 29
"""Of all files together; the least recently used go first."""
MAX_FILE_BYTES = 1 << 28
"""Of one analysis (100 bytes an entry); a larger one is not remembered."""
_MAGIC = b"layerscope analysis 2\n"
_HASH_BYTES = 32
_SUFFIX = ".analysis"
_WRITING = "layerscope-writing-"
_OURS = regex(rf"[0-9a-f]{{40}}{re.escape(_SUFFIX)}|{_WRITING}\w+")
_ABANDONED_S = 3600.0
"""Age of a temporary file whose writer cannot be at work any more."""
CLASSES: Classes = {
    "layerscope.model.analysis": frozenset({"Analysis", "Remembered"}),
    "layerscope.model.files": frozenset({"LayerTable", "SparseMap"}),
    "layerscope.model.filetree": frozenset({"FileTree"}),
    "layerscope.model.image": frozenset(
        {"Compression", "Healthcheck", "HistoryRecord", "ImageConfig", "LayerBlob", "Note", "RawImage"}
    ),
    "layerscope.model.ledger": frozenset({"DiveScores", "Ledger"}),
}
"""Of which objects an analysis is made."""


class Hash(Protocol):
    """A hash under way, of 32 bytes."""

    def update(self, data: bytes | memoryview, /) -> object:
        """Take more bytes."""

    def digest(self) -> bytes:
        """Give what stands for all so far."""


@dataclass(frozen=True, slots=True)
class Cache:
    """One directory of remembered analyses; nothing that goes wrong with it is an error."""

    folder: Path
    hashing: Callable[..., Hash] = hashlib.sha256
    """Begins the checksum of a file: of nothing, or of the bytes that are given."""
    room: Room = own_room
    """Where to put what is remembered."""

    @classmethod
    def of_user(
        cls, environ: Mapping[str, str], hashing: Callable[..., Hash] = hashlib.sha256, room: Room | None = None
    ) -> Self | None:
        """Give the user's cache; None where there is no place for one."""
        folder = _users(environ)
        return None if folder is None else cls(folder, hashing, room or own_room)

    def get(self, key: str) -> Remembered | None:
        """Give what was remembered under a key."""
        path = self._path(key)
        try:
            if not self._is_ours():
                return None
            with path.open("rb") as file:
                found = self._read(file, key)
        except OSError:
            return None
        with contextlib.suppress(OSError):
            if found is None:
                path.unlink()
            else:
                os.utime(path)  # used now: pruned last
        return found

    def put(self, key: str, value: Remembered) -> None:
        """Remember an analysis, and forget the oldest of what is too much; other runs may do the same meanwhile."""
        import tempfile

        with contextlib.suppress(Exception):  # the image was read, whatever becomes of this
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_ours():
                return
            descriptor, name = tempfile.mkstemp(dir=self.folder, prefix=_WRITING)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    self._write(file, key, value)
                Path(name).replace(self._path(key))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            self._prune()

    def clear(self) -> None:
        """Forget everything."""
        with contextlib.suppress(OSError):
            if self._is_ours():
                for path in self._files():
                    path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self.folder / (_hash(key.encode()).hex()[:40] + _SUFFIX)

    def _is_ours(self) -> bool:
        """Whether nobody but this user can have written here; OSError where the folder is not there."""
        status = self.folder.stat()
        return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)

    def _files(self) -> list[Path]:
        """List what is the cache's own; whatever else lies there is somebody's."""
        with os.scandir(self.folder) as files:
            return [
                Path(file.path) for file in files if _OURS.fullmatch(file.name) and file.is_file(follow_symlinks=False)
            ]

    def _write(self, file: BinaryIO, key: str, value: Remembered) -> None:
        """Write head, checksum and body."""
        body = taken_apart(value)
        if sum(map(len, body)) > MAX_FILE_BYTES:
            raise OSError(errno.EFBIG, "the analysis is too large to be remembered")
        checksum = self.hashing()
        for piece in body:
            checksum.update(piece)
        for piece in (_head(key), checksum.digest(), *body):
            file.write(piece)

    def _read(self, file: io.BufferedReader, key: str) -> Remembered | None:
        """Make the analysis that a file holds; None when it is anything but whole, ours, and of this key."""
        head = _head(key)
        found = file.read(len(head) + _HASH_BYTES)
        size_bytes = os.fstat(file.fileno()).st_size - file.tell()
        if not found.startswith(head) or not 0 < size_bytes <= MAX_FILE_BYTES:
            return None
        try:
            body = self.room(file, size_bytes)
            if self.hashing(body).digest() != found[len(head) :]:
                return None
            value = put_together(body, CLASSES)
        except MemoryError:
            raise OSError(errno.ENOMEM, "no memory for what is remembered") from None
        except OSError:
            raise
        except Exception:  # noqa: BLE001  pickle raises whatever the bytes lead to
            return None
        return value if isinstance(value, Remembered) else None

    def _prune(self) -> None:
        now = time.time()
        found = []
        for path in self._files():
            with contextlib.suppress(OSError):  # another run took it away
                status = path.stat()
                if path.suffix == _SUFFIX:
                    found.append((status.st_mtime, status.st_size, path))
                elif now - status.st_mtime > _ABANDONED_S:
                    path.unlink()
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found):
            if total <= MAX_BYTES:
                return
            path.unlink(missing_ok=True)
            total -= size


def _users(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("LAYERSCOPE_CACHE_DIR")
    if named is not None:
        return Path(named) if named else None
    base = environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():  # what is relative counts as unset (XDG Base Directory Specification)
        return Path(base) / "layerscope"
    try:
        if _ON_LINUX:  # as platformdirs has it, which takes a while to load
            return Path.home() / ".cache" / "layerscope"
        import platformdirs

        return Path(platformdirs.user_cache_dir("layerscope", appauthor=False))
    except RuntimeError:  # a user without a home
        return None


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _head(key: str) -> bytes:
    return _MAGIC + _hash(key.encode())
