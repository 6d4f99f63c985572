"""Analyses remembered in the user's cache directory, so that opening an image again costs next to nothing.

Owns the directory, the file format, its size and its safety: a file that is cut short, altered, of another version or
not ours is as good as none, and is taken away. Knows nothing of images: a key says what was analysed. No contents of
files are ever in an analysis.

Read by `pickle`, which is fifty times as fast as anything that makes objects one by one, through an unpickler that
knows the classes of an analysis and nothing else: a file cannot make it run anything.
"""

import contextlib
import errno
import hashlib
import io
import os
import pickle
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Self

from layerscope.frozen import dataclass
from layerscope.model.analysis import Remembered

_ON_LINUX = sys.platform == "linux"
MAX_BYTES = 1 << 29
"""Of all files together; the least recently used go first."""
MAX_FILE_BYTES = 1 << 28
"""Of one analysis (100 bytes an entry); a larger one is not remembered."""
_MAGIC = b"layerscope analysis 1\n"
_HASH_BYTES = 32
_SUFFIX = ".analysis"
_WRITING = "layerscope-writing-"
_OURS = re.compile(rf"[0-9a-f]{{40}}{re.escape(_SUFFIX)}|{_WRITING}\w+")
_ABANDONED_S = 3600.0
"""Age of a temporary file whose writer cannot be at work any more."""
_CLASSES = {
    "array": {"_array_reconstructor", "array"},
    "builtins": {"bytearray"},
    "layerscope.model.analysis": {"Analysis", "Remembered"},
    "layerscope.model.files": {"LayerTable", "SparseMap"},
    "layerscope.model.filetree": {"FileTree"},
    "layerscope.model.image": {
        "Compression",
        "Healthcheck",
        "HistoryRecord",
        "ImageConfig",
        "LayerBlob",
        "Note",
        "RawImage",
    },
    "layerscope.model.ledger": {"DiveScores", "Ledger"},
}


@dataclass(frozen=True, slots=True)
class Cache:
    """One directory of remembered analyses; nothing that goes wrong with it is an error."""

    folder: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Self | None:
        """Give the user's cache; None where there is no place for one."""
        named = environ.get("LAYERSCOPE_CACHE_DIR")
        if named is not None:
            return cls(Path(named)) if named else None
        base = environ.get("XDG_CACHE_HOME", "")
        if Path(base).is_absolute():  # what is relative counts as unset (XDG Base Directory Specification)
            return cls(Path(base) / "layerscope")
        try:
            if _ON_LINUX:  # as platformdirs has it, which takes a while to load
                return cls(Path.home() / ".cache" / "layerscope")
            import platformdirs

            return cls(Path(platformdirs.user_cache_dir("layerscope", appauthor=False)))
        except RuntimeError:  # a user without a home
            return None

    def size_bytes(self, key: str) -> int:
        """Say how large what is remembered under a key is; 0 where nothing is."""
        try:
            return self._path(key).stat().st_size
        except OSError:
            return 0

    def get(self, key: str) -> Remembered | None:
        """Give what was remembered under a key."""
        path = self._path(key)
        try:
            if not self._is_ours():
                return None
            with path.open("rb") as file:
                found = _read(file, key)
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
                    _write(file, key, value)
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


class _Unpickler(pickle.Unpickler):
    """Makes the classes of an analysis, and nothing else."""

    def find_class(self, module_name: str, global_name: str) -> object:
        if global_name in _CLASSES.get(module_name, ()):
            return super().find_class(module_name, global_name)
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is no part of an analysis")


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


class _Hashed:
    """A file that hashes what is written to it, and takes no more than an analysis may have."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._bytes = 0
        self.digest = hashlib.sha256()

    def write(self, data: "bytes | memoryview") -> int:
        """Write and hash; OSError beyond the limit."""
        self._bytes += len(data)
        if self._bytes > MAX_FILE_BYTES:
            raise OSError(errno.EFBIG, "the analysis is too large to be remembered")
        self.digest.update(data)
        return self._file.write(data)


def _head(key: str) -> bytes:
    return _MAGIC + _hash(key.encode())


def _write(file: BinaryIO, key: str, value: Remembered) -> None:
    """Write head, checksum and body, the body as it is made: it is never whole in memory."""
    start = len(_head(key)) + _HASH_BYTES
    file.seek(start)
    body = _Hashed(file)
    pickle.dump(value, body, pickle.HIGHEST_PROTOCOL)
    file.seek(0)
    file.write(_head(key) + body.digest.digest())


def _read(file: io.BufferedReader, key: str) -> Remembered | None:
    """Make the analysis that a file holds; None when it is anything but whole, ours, and of this key."""
    head = _head(key)
    start = len(head) + _HASH_BYTES
    found = file.read(start)
    if not found.startswith(head) or hashlib.file_digest(file, "sha256").digest() != found[len(head) :]:
        return None
    file.seek(start)
    try:
        value = _Unpickler(file).load()
    except MemoryError:
        raise OSError(errno.ENOMEM, "no memory for what is remembered") from None
    except Exception:  # noqa: BLE001  pickle raises whatever the bytes lead to
        return None
    return value if isinstance(value, Remembered) else None
