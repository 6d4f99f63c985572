"""Files out of an image onto the host's disk: only where the user asked, never outside the target directory.

Every name is created relative to an open directory, one component at a time, without following a link
(`dir_fd`, `O_NOFOLLOW`, `O_EXCL`): no name, link or race in an image or in the target can lead elsewhere. Devices and
FIFOs are never made, set-id bits are dropped, absolute links lead to the same place below the target, and links that
could lead out of it are left out: each such loss is told as a note.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from layerscope.errors import AlreadyThereError, LayerscopeError, UsageError
from layerscope.filesystem.reading import LayerReader
from layerscope.frozen import dataclass, field, replace
from layerscope.model.files import Entry, Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.image import Note, ProgressCallback, no_progress
from layerscope.units import decode

_DIRECTORY_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


_LATEST_S = (1 << 34) - 1
"""The latest time that ext4 can keep, in the year 2514."""
_TOLD_EACH = 1 << 22
"""Bytes of one large file between two words of progress, where stopping is possible."""
_NO_LINKS = {errno.EPERM, errno.EMLINK, errno.ENOSYS, errno.EOPNOTSUPP}
"""A file system without hard links, or with no room for one more: the file is written again."""
_WORDS = {Kind.CHARACTER: "character device", Kind.BLOCK: "block device", Kind.FIFO: "pipe"}


@dataclass(slots=True)
class Extracted:
    """What came out."""

    files: int = 0
    """Regular files, hard links and symlinks."""
    directories: int = 0
    written_bytes: int = 0
    notes: list[Note] = field(default_factory=list)


def entries_below(tree: FileTree, node: int, layer_index: int) -> Iterator[int]:
    """Give the entries of a subtree, parents first, as they are once layers 0 … `layer_index` are applied."""
    for below in range(node, tree.end[node]):
        entry = tree.alive_after(below, layer_index)
        if entry != NONE:
            yield entry


def extract(
    tree: FileTree,
    reader: LayerReader,
    entries: Sequence[int],
    target: Path,
    *,
    force: bool = False,
    progress: ProgressCallback = no_progress,
) -> Extracted:
    """Write entries below a directory, each at its whole path in the image; all of them or, on an error, none.

    Raises `AlreadyThereError` when something is already there and `force` is not given, `UsageError` when the target
    is no directory.
    """
    made: list[Path] = []
    try:
        for directory in reversed([target, *target.parents]):
            if not directory.exists():
                directory.mkdir()
                made.append(directory)
        root = os.open(target, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError as error:
        _remove(made)
        raise UsageError(f"{target}: {error.strerror or error}", hint="name a directory to write to") from error
    writer = _Writer(root, reader, progress, force=force)
    try:
        for entry_id in entries:
            progress("extract", writer.done.written_bytes, None)
            writer.put(_resolved(tree, entry_id), tree.inode_of(entry_id))
    except BaseException as error:
        writer.undo()
        _remove(made)
        os.close(root)
        if isinstance(error, OSError):
            raise UsageError(f"{target}: {error.strerror or error}") from error
        raise
    writer.finish()  # from here on everything is out, and nothing is taken back
    os.close(root)
    return writer.done


def _remove(directories: list[Path]) -> None:
    """Remove directories that were made, the last first, as far as they are empty."""
    for directory in reversed(directories):
        with contextlib.suppress(OSError):
            directory.rmdir()


def _resolved(tree: FileTree, entry_id: int) -> Entry:
    """Make the object for an entry; a hard link to something other than a file is that thing, at its own place."""
    entry = tree.entry(entry_id)
    if entry.kind is not Kind.HARDLINK:
        return entry
    inode = tree.entry(tree.inode_of(entry_id))
    if inode.kind is Kind.FILE:
        return entry
    return replace(entry, kind=inode.kind, link_target=inode.link_target)


class _Writer:
    """Writes entries below one open directory, and can take back what it made."""

    def __init__(self, root: int, reader: LayerReader, progress: ProgressCallback, *, force: bool) -> None:
        self._root = root
        self._progress = progress
        self._reader = reader
        self._force = force
        self._made: list[tuple[list[bytes], bool]] = []
        """Paths made, with whether they are directories, in order."""
        self._aside: list[tuple[list[bytes], list[bytes]]] = []
        """Paths that were in the way, and what they are called meanwhile."""
        self._own: set[tuple[int, int]] = set()
        """Device and inode of what was made: some file systems take two names for one."""
        self._first_name: dict[int, list[bytes]] = {}
        self.done = Extracted()

    def put(self, entry: Entry, inode: int) -> None:
        """Write one entry."""
        parts = entry.path.strip(b"/").split(b"/")
        if parts == [b""]:
            return
        if b".." in parts or b"." in parts:
            raise LayerscopeError(f"{decode(entry.path)} is no path to write to")
        if entry.kind is Kind.DIRECTORY:
            known = self.done.directories
            made = self._enter(parts, entry.mode & 0o777 | 0o700)
            try:
                if self.done.directories > known:
                    os.fchmod(made, entry.mode & 0o777 | 0o700)  # whatever the umask says
            finally:
                os.close(made)
            self._set_id(entry)
            return
        if entry.kind in _WORDS:
            self._note("extract-left-out", f"{decode(entry.path)} is a {_WORDS[entry.kind]}")
            return
        if entry.kind is Kind.SYMLINK:
            target = _within(parts, entry.link_target or b"")
            if target is None:
                whither = decode(entry.link_target or b"")
                self._note("extract-left-out", f"the link {decode(entry.path)} leads to {whither}, outside the target")
                return
            entry = replace(entry, link_target=target)
        elif entry.kind is Kind.HARDLINK and inode == entry.entry_id:
            self._note("extract-left-out", f"{decode(entry.path)} is a hard link to nothing")
            return
        directory = self._enter(parts[:-1], 0o755)
        try:
            self._create(directory, parts, entry, inode)
        finally:
            os.close(directory)

    def _create(self, directory: int, parts: list[bytes], entry: Entry, inode: int) -> None:
        name = parts[-1]
        if self._force:
            self._set_aside(directory, parts)
        try:
            if entry.kind is Kind.SYMLINK:
                os.symlink(entry.link_target or b"", name, dir_fd=directory)
                self._made.append((parts, False))
            elif not self._link(directory, parts, inode):
                self._write(directory, parts, entry)
                self._first_name[inode] = parts
        except FileExistsError:
            raise AlreadyThereError(
                f"{decode(b'/'.join(parts))} is already there", hint="choose another directory"
            ) from None
        made = os.stat(name, dir_fd=directory, follow_symlinks=False)
        self._own.add((made.st_dev, made.st_ino))
        self.done.files += 1

    def _set_aside(self, directory: int, parts: list[bytes]) -> None:
        """Rename what is in the way, until all is written: if something fails, it comes back."""
        try:
            old = os.stat(parts[-1], dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return
        path = decode(b"/".join(parts))
        if stat.S_ISDIR(old.st_mode):
            raise UsageError(f"{path} is a directory in the target: it is not replaced")
        if (old.st_dev, old.st_ino) in self._own:
            raise UsageError(f"{path} is the same name as another file of the image to this file system")
        aside = [*parts[:-1], f".layerscope-{secrets.token_hex(8)}".encode()]
        os.rename(parts[-1], aside[-1], src_dir_fd=directory, dst_dir_fd=directory)
        self._aside.append((parts, aside))

    def _link(self, directory: int, parts: list[bytes], inode: int) -> bool:
        """Make a further name of a file that is already out; False when there is none."""
        first = self._first_name.get(inode)
        if first is None:
            return False
        other = self._enter(first[:-1], 0o755)
        try:
            os.link(first[-1], parts[-1], src_dir_fd=other, dst_dir_fd=directory, follow_symlinks=False)
        except OSError as error:
            if error.errno in _NO_LINKS:
                return False
            raise
        finally:
            os.close(other)
        self._made.append((parts, False))
        return True

    def _write(self, directory: int, parts: list[bytes], entry: Entry) -> None:
        descriptor = os.open(parts[-1], _FILE_FLAGS, 0o600, dir_fd=directory)
        self._made.append((parts, False))
        with os.fdopen(descriptor, "wb") as out:
            for offset, piece in self._reader.runs(entry.entry_id):
                out.seek(offset)  # holes stay holes: a header alone can claim exabytes of them
                if piece.count(0) < len(piece):
                    out.write(piece)
                self.done.written_bytes += len(piece)
                if not offset % _TOLD_EACH and offset:
                    self._progress("extract", self.done.written_bytes, None)
            out.truncate(entry.size_bytes)
            out.flush()
            os.fchmod(out.fileno(), entry.mode & 0o777)
            mtime_s = min(max(entry.mtime_s, 0), _LATEST_S)
            os.utime(out.fileno(), (mtime_s, mtime_s))
        self._set_id(entry)

    def _set_id(self, entry: Entry) -> None:
        if entry.mode & 0o6000:
            self._note("extract-set-id", f"{decode(entry.path)} lost its set-id bits")

    def _enter(self, parts: list[bytes], mode: int) -> int:
        """Open a directory below the target, making what is missing; never through a link."""
        current = os.dup(self._root)
        for depth, part in enumerate(parts, 1):
            try:
                if self._make(part, mode if depth == len(parts) else 0o755, current):
                    self._made.append((parts[:depth], True))
                    self.done.directories += 1
                following = os.open(part, _DIRECTORY_FLAGS, dir_fd=current)
            except (NotADirectoryError, FileNotFoundError, PermissionError) as error:
                raise UsageError(
                    f"{decode(b'/'.join(parts[:depth]))} is in the way in the target: {error.strerror}"
                ) from None
            finally:
                os.close(current)
            current = following
        return current

    @staticmethod
    def _make(name: bytes, mode: int, directory: int) -> bool:
        try:
            os.mkdir(name, mode, dir_fd=directory)
        except FileExistsError:
            return False
        return True

    def _note(self, code: str, text: str) -> None:
        self.done.notes.append(Note(code, text))

    def undo(self) -> None:
        """Remove what was made, newest first, and bring back what it replaced; what cannot be undone stays."""
        for parts, is_directory in reversed(self._made):
            self._at(parts, os.rmdir if is_directory else os.unlink)
        for parts, aside in self._aside:
            self._at(
                aside, lambda name, *, dir_fd, old=parts[-1]: os.rename(name, old, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
            )

    def finish(self) -> None:
        """Remove what was replaced."""
        for _, aside in self._aside:
            self._at(aside, os.unlink)

    def _at(self, parts: list[bytes], act: Callable[..., None]) -> None:
        with contextlib.suppress(UsageError, OSError):
            above = self._enter(parts[:-1], 0o755)
            try:
                act(parts[-1], dir_fd=above)
            finally:
                os.close(above)


def _within(parts: list[bytes], target: bytes) -> bytes | None:
    """Give a symlink's target so that it can only lead below the target directory, or None.

    ".." counts only at the start, where it leaves real directories: after a name it could leave the other end of a
    link (CVE-2025-4517 and its kin). "/" is the target directory, as it is the root in a container.
    """
    steps = [step for step in target.split(b"/") if step not in {b"", b"."}]
    if target.startswith(b"/"):
        steps = [b".."] * (len(parts) - 1) + steps
    ups = next((index for index, step in enumerate(steps) if step != b".."), len(steps))
    if not target or ups >= len(parts) or b".." in steps[ups:]:
        return None
    return b"/".join(steps) or b"."
