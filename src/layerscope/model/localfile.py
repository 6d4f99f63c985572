"""A file of this machine that has to stay the same while it is read: offsets found in one file mean nothing in another.

Owns noticing that it did not. Knows nothing of what is in it.
"""

import os
from pathlib import Path
from typing import Self

from layerscope.errors import ImageError
from layerscope.frozen import dataclass

_BINARY = getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What tells a file from one that took its place, and from itself before something wrote to it."""

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, descriptor: int) -> Self:
        """Look at an open file."""
        status = os.fstat(descriptor)
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)

    @classmethod
    def at(cls, path: Path) -> Self:
        """Look at the file that a path names now."""
        status = path.stat()
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def open_unchanged(path: Path, identity: FileIdentity | None) -> int:
    """Open a file for reading; ImageError when it is not what it was, OSError when it cannot be opened."""
    descriptor = os.open(path, os.O_RDONLY | _BINARY)
    try:
        check_unchanged(descriptor, path, identity)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def check_unchanged(descriptor: int, path: Path, identity: FileIdentity | None) -> None:
    """Raise ImageError when an open file is another one, or was written to; None checks nothing."""
    if identity is None:
        return
    now = FileIdentity.of(descriptor)
    if now == identity:
        return
    if (now.device, now.inode) != (identity.device, identity.inode):
        what = "was replaced by another file"
    elif now.size_bytes < identity.size_bytes:
        what = "became shorter"
    else:
        what = "became longer" if now.size_bytes > identity.size_bytes else "was written to"
    raise ImageError(f"{path} {what} while it was read", hint="read it again when nothing writes to it")
