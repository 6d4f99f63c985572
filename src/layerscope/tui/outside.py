"""A file of an image in the user's own pager or editor: a private copy that cannot be mistaken for the original.

Owns the copies: they are read-only, in a directory that nobody else can look into, and go when layerscope ends. Which
program that is, the environment says. Knows no widget.
"""

import os
import shlex
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from layerscope.errors import LayerscopeError, UsageError
from layerscope.model.image import ProgressCallback
from layerscope.patterns import regex

_PAGERS = ("less", "more")
_EDITORS = ("nano", "vim", "vi", "notepad")
_EVERY_BYTES = 1 << 20
_UNSAFE = regex(r"[^A-Za-z0-9._+-]")


def command_for(environment: Mapping[str, str], *, editor: bool) -> list[str]:
    """Find the program to use; raises `UsageError` when there is none."""
    names = ("LAYERSCOPE_EDITOR", "VISUAL", "EDITOR") if editor else ("LAYERSCOPE_PAGER", "PAGER")
    for name in names:
        if environment.get(name, "").strip():
            try:
                return shlex.split(environment[name], posix=os.name != "nt")
            except ValueError as error:
                raise UsageError(f"${name} is not a command: {error}") from None
    found = next((program for program in (_EDITORS if editor else _PAGERS) if shutil.which(program)), None)
    if found is None:
        raise UsageError(f"there is no {'editor' if editor else 'pager'}", hint=f"name one in ${names[-1]}")
    return [found]


class Copies:
    """The private copies of one run."""

    def __init__(self) -> None:
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0
        self._lock = threading.Lock()
        self._over = False

    def write(self, name: str, pieces: Iterator[bytes], size_bytes: int, progress: ProgressCallback) -> Path:
        """Write a copy under a name that no program takes for an option, a control code or another directory."""
        try:
            place = self._place()
            path = place / (_UNSAFE.sub("_", name)[-100:].lstrip("-.") or "file")
            done = told = 0
            with path.open("xb") as file:
                for piece in pieces:
                    file.write(piece)
                    done += len(piece)
                    if done - told >= _EVERY_BYTES:
                        told = done
                        progress("copying", done, size_bytes)
            path.chmod(0o400)
        except OSError as error:
            raise LayerscopeError(f"the copy cannot be written: {error.strerror or error}") from error
        return path

    def _place(self) -> Path:
        """Make a directory for one copy; threads ask for it, also one that is late."""
        with self._lock:
            if self._over:
                raise LayerscopeError("the copy is wanted no more")
            if self._directory is None:
                self._directory = tempfile.TemporaryDirectory(prefix="layerscope-", ignore_cleanup_errors=True)
            self._count += 1
            place = Path(self._directory.name) / str(self._count)
            place.mkdir(mode=0o700)
            return place

    def remove(self) -> None:
        """Remove all copies, and make no more: nobody would remove them."""
        with self._lock:
            self._over = True
            if self._directory is not None:
                self._directory.cleanup()
                self._directory = None
