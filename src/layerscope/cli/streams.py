"""Standard output, standard error and report files: the result goes to the one, the talk to the other.

Knows nothing of what is written. A reader that has seen enough and closes the pipe is no error.
"""

import contextlib
import io
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

from layerscope.cli.stopping import stoppable
from layerscope.errors import UsageError
from layerscope.patterns import regex

STDOUT = "-"
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*://")
_LAYOUT_FILES = frozenset({"manifest.json", "index.json", "oci-layout", "repositories"})


def prepare_streams() -> None:
    """Make both streams take any text: UTF-8 where no terminal says otherwise, escapes for what it cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def tell(line: str) -> None:
    """Say something on standard error, if anybody listens; no CI system takes a line of it for a command."""
    if sys.stderr is not None:
        from layerscope.reports.escaping import log_line

        with contextlib.suppress(OSError):
            sys.stderr.write(log_line(line) + "\n")
            sys.stderr.flush()


@contextlib.contextmanager
def standard_output() -> Iterator[TextIO]:
    """Give standard output for the result; UsageError when it is closed or full."""
    stream = sys.stdout
    if stream is None:
        raise UsageError("standard output is closed")
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        _silence(stream)
    except OSError as error:
        _silence(stream)
        raise UsageError(f"standard output: {error.strerror}") from error


@contextlib.contextmanager
def binary_output() -> Iterator[BinaryIO]:
    """Give standard output for bytes; UsageError when it is closed or full."""
    with standard_output() as stream:
        stream.flush()
        yield stream.buffer
        stream.buffer.flush()


def _silence(stream: TextIO) -> None:
    """Keep the interpreter's own flush at exit from failing again."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextlib.contextmanager
def output(target: str) -> Iterator[TextIO]:
    """Give a stream for `-` (standard output) or a file, which appears whole or not at all; UsageError if it cannot."""
    if target == STDOUT:
        with standard_output() as stream:
            yield stream
        return
    try:
        with _file(Path(target)) as stream:
            yield stream
    except OSError as error:
        raise UsageError(f"{target}: {error.strerror}") from error


def check_output(target: str, images: Sequence[str] = ()) -> None:
    """Raise UsageError early, before an image is read for minutes, when `target` cannot be written.

    `images` are references that are read: a report must not take the place of one.
    """
    path = Path(target)
    if target == STDOUT:
        return
    for image in images:
        if path.exists() and _belongs_to(path, image):
            raise UsageError(f"{target} is the image that is read: it is not replaced", hint="name another file")
    if path.is_dir():
        raise UsageError(f"{target} is a directory", hint="name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{target}: there is no directory {path.parent}", hint=f"mkdir -p {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{target} is not writable")


def _belongs_to(path: Path, reference: str) -> bool:
    """Tell whether an existing file is an image, or one of the files of a layout; a reference may be anything."""
    name = _SCHEME.sub("", reference)
    for image in (name, name.rpartition(":")[0]):  # oci:DIRECTORY:TAG
        with contextlib.suppress(OSError, ValueError):
            if image and Path(image).samefile(path):
                return True
            inside = path.resolve().relative_to(Path(image).resolve()) if image and Path(image).is_dir() else Path()
            if inside.parts[:1] == ("blobs",) or inside.name in _LAYOUT_FILES or inside.suffix == ".tar":
                return True
    return False


@contextlib.contextmanager
def _file(path: Path) -> Iterator[TextIO]:
    path = path.resolve()  # the file behind a symbolic link is replaced, not the link
    old = path.stat() if path.exists() else None
    if old is not None and not stat.S_ISREG(old.st_mode):  # /dev/stderr, a FIFO: nothing to replace
        with path.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
        return
    import secrets

    partial = path.with_name(f".layerscope-{secrets.token_hex(8)}")
    # Not a tempfile: those are private, a report has the mode that the umask says, or that it had.
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with stoppable(), os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
        if old is not None:
            partial.chmod(stat.S_IMODE(old.st_mode))
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
