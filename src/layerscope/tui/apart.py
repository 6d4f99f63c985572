"""Reading an image in a process of its own, begun before Textual is imported: screen and reading have a core each.

Owns the process, and what is sent through its pipe. To whoever asks, `Apart` is a door like the pipeline's `inspect`.
Only Linux, and only images in files: elsewhere a fork is not safe, and an engine's stream has no second reader.
"""

import contextlib
import copyreg
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from layerscope.errors import ImageError
from layerscope.model.filetree import FileTree
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect

_TREE = "tree"
_INTERVAL_S = 0.1
_PIPE_BYTES = 1 << 20
"""Room in the pipe, the most that Linux gives to anybody: with less, both sides wait for their turn at each 64 KiB."""
_KEYS = 50_000
"""Keys that are sent as one text."""
_WORTH_SENDING_BYTES = 1 << 25


class _Progress(NamedTuple):
    """How far it is."""

    phase: str
    done_bytes: int
    total_bytes: int | None


class _Ready(NamedTuple):
    """The manifest is read."""

    raw: RawImage


class _Recalled(NamedTuple):
    """The analysis is remembered, and large: to read it a second time costs less than to send it."""


class _Piece(NamedTuple):
    """A part of the tree that the inspection after it stands on: sent whole, all of it would be in memory twice."""

    column: str
    value: object

    @classmethod
    def all_of(cls, tree: FileTree) -> "Iterator[_Piece]":
        for column in fields(tree):
            value = getattr(tree, column.name)
            match column.name:
                case "keys":
                    for first in range(0, len(value), _KEYS):
                        yield cls("keys", b"/".join(value[first : first + _KEYS]))  # no key can hold one
                case "tables":
                    yield from (cls("tables", table) for table in value)
                case name:
                    yield cls(name, value)


class _Found(NamedTuple):
    """What an inspection has more than the one that was sent before it."""

    values: dict[str, Any]

    @classmethod
    def of(cls, whole: Inspection, before: Inspection | None) -> "_Found":
        values = {field.name: getattr(whole, field.name) for field in fields(whole)}
        return cls({name: value for name, value in values.items() if getattr(before, name, None) is not value})


class _Failed(NamedTuple):
    """An error, in parts: exceptions with keyword-only arguments cannot be unpickled whole."""

    kind: type[Exception]
    args: tuple[object, ...]
    state: dict[str, object]

    @classmethod
    def of(cls, error: Exception) -> "_Failed":
        import traceback

        # Tracebacks do not travel; --debug shows notes.
        error.add_note("".join(traceback.format_exception(error)))
        return cls(type(error), error.args, error.__dict__)

    def error(self) -> Exception:
        made = self.kind.__new__(self.kind, *self.args)
        made.__dict__.update(self.state)
        return made


_LAST = (_Failed, _Recalled, _Found)
"""After one of these nothing comes."""


def begin(reference: str, options: InspectOptions) -> "Apart | None":
    """Begin to read in a process of its own; None where that is not possible or brings nothing."""
    if sys.platform != "linux" or threading.active_count() > 1 or len(os.sched_getaffinity(0)) < 2:
        return None
    if options.source is not None or not _in_a_file(reference):
        return None
    import fcntl

    receiver, sender = os.pipe()
    with contextlib.suppress(OSError):
        fcntl.fcntl(receiver, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    child = os.fork()
    if child:
        os.close(sender)
        return Apart(child, receiver)
    try:
        os.close(receiver)
        _read(sender, reference, options)
    finally:
        os._exit(0)  # nothing of what the parent has open may be flushed twice


def _in_a_file(reference: str) -> bool:
    """Tell whether a reference is a directory, or a tar that can be read in any order; not for sure an image."""
    from layerscope.sources.blobs import BLOCK, Content, sniff

    try:
        path = Path(reference)
        if path.is_dir():
            return True
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return sniff(file.read(BLOCK)) is Content.TAR
    except (OSError, ValueError):
        return False


# --- in the child


def _read(descriptor: int, reference: str, options: InspectOptions) -> None:
    stream = os.fdopen(descriptor, "wb", buffering=_PIPE_BYTES)

    def send(message: object, sent: FileTree | None = None) -> None:
        _Pickler(stream, sent).dump(message)
        stream.flush()

    last_phase, next_s = "", 0.0

    def progress(phase: str, done_bytes: int, total_bytes: int | None) -> None:
        nonlocal last_phase, next_s
        if phase == "recall" and (total_bytes or 0) > _WORTH_SENDING_BYTES:
            send(_Recalled())
            os._exit(0)
        now_s = time.monotonic()
        if now_s >= next_s or phase != last_phase:
            last_phase, next_s = phase, now_s + _INTERVAL_S
            send(_Progress(phase, done_bytes, total_bytes))

    def ready(raw: RawImage) -> None:
        send(_Ready(replace(raw, attestations=())))  # they are read from the image when asked, which needs its store

    before: Inspection | None = None

    def inspected(inspection: Inspection) -> None:
        nonlocal before
        before = inspection
        for piece in _Piece.all_of(inspection.tree):
            send(piece)
        send(inspection, inspection.tree)

    watcher = Watcher(progress=progress, image_ready=ready, inspected=inspected)
    try:
        whole = inspect(reference, options=options, watcher=watcher)
        send(_Found.of(whole, before))
    except Exception as error:  # noqa: BLE001 - the parent raises it
        send(_Failed.of(error))


class _Pickler(pickle.Pickler):
    """Writes what is sent as it is made, and leaves out the tree that was sent in pieces."""

    def __init__(self, stream: BinaryIO, sent: FileTree | None) -> None:
        super().__init__(stream, pickle.HIGHEST_PROTOCOL)
        self.dispatch_table = {**copyreg.dispatch_table, type(threading.Lock()): _lock_anew}
        self._sent = sent

    def persistent_id(self, value: object) -> str | None:
        return _TREE if self._sent is not None and value is self._sent else None


def _lock_anew(_lock: object) -> tuple[Callable[[], object], tuple[()]]:
    """Give the other side a lock of its own: one guards what is in one process."""
    return threading.Lock, ()


# --- in the parent


class _Arriving:
    """The pipe as a file to unpickle from: what arrives is made into objects at once, and never whole in memory."""

    def __init__(self, descriptor: int, idle: Callable[[], None]) -> None:
        self._descriptor = descriptor
        self._idle = idle

    def read(self, count: int) -> bytes:
        """Give so many bytes, however long they take."""
        found = bytearray(count)
        self.readinto(found)
        return bytes(found)

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill a buffer."""
        rest = memoryview(buffer)
        while rest:
            if not select.select([self._descriptor], [], [], _INTERVAL_S)[0]:
                self._idle()
                continue
            count = os.readv(self._descriptor, [rest])
            if not count:
                raise ImageError("the process that reads the image was ended", hint="is there enough memory?")
            rest = rest[count:]
        return len(buffer)

    def readline(self) -> bytes:
        """Give a line; the protocol that is used has none, but a file must be able to."""
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1)
        return line


class _Unpickler(pickle.Unpickler):
    """Reads what this program wrote, in its own child."""

    def __init__(self, arriving: _Arriving, pieces: list[_Piece]) -> None:
        super().__init__(arriving)
        self._pieces = pieces
        self._tree: FileTree | None = None

    def persistent_load(self, name: str) -> object:
        assert name == _TREE
        self._tree = self._tree or _whole(self._pieces)
        return self._tree


def _whole(pieces: list[_Piece]) -> FileTree:
    """Make the tree of its pieces, which are used up."""
    columns: dict[str, Any] = {"keys": [], "tables": []}
    for name, value in pieces:
        match name:
            case "keys":
                columns["keys"] += value
            case "tables":
                columns["tables"].append(value)
            case _:
                columns[name] = value
    pieces.clear()
    return FileTree(**columns)


class Apart:
    """The first reading; called again, it reads as the pipeline does."""

    def __init__(self, child: int, descriptor: int) -> None:
        self._child: int | None = child
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._used = False
        self._waiting: list[object] = []
        self._pieces: list[_Piece] = []

    def early(self) -> RawImage | None:
        """Give the image as its manifest describes it, if that has been read by now."""
        while not any(isinstance(message, (_Ready, *_LAST)) for message in self._waiting):
            if not select.select([self._descriptor], [], [], 0)[0]:
                return None
            self._waiting.append(self._receive(lambda: None))
        return next((message.raw for message in self._waiting if isinstance(message, _Ready)), None)

    def __call__(
        self, reference: str | Path, *, options: InspectOptions | None = None, watcher: Watcher | None = None
    ) -> Inspection:
        """Give what the process reads, as it comes; raises what it raised, or what the watcher raises."""
        watcher = watcher or Watcher()
        if self._used:
            return inspect(reference, options=options, watcher=watcher)
        self._used = True
        try:
            found = self._followed(watcher)
        finally:
            self.stop()
            os.close(self._descriptor)
        return inspect(reference, options=options, watcher=watcher) if found is None else found

    def _followed(self, watcher: Watcher) -> Inspection | None:
        """Give what the process reads; None where this one is to recall it."""
        last: _Progress | None = None

        def idle() -> None:
            if last:
                watcher.progress(*last)

        inspection: Inspection | None = None
        while True:
            message = self._waiting.pop(0) if self._waiting else self._receive(idle)
            match message:
                case _Ready(raw):
                    watcher.image_ready(raw)
                case _Failed() as failed:
                    raise failed.error()
                case _Recalled():
                    return None
                case Inspection():
                    inspection = message
                    watcher.inspected(inspection)
                case _Found(values):
                    assert inspection is not None
                    return replace(inspection, **values)
                case _Piece(name, value):
                    self._pieces.append(_Piece(name, value.split(b"/")) if isinstance(value, bytes) else message)
                case _Progress():
                    last = message
                    watcher.progress(*last)

    def _receive(self, idle: Callable[[], None]) -> object:
        return _Unpickler(_Arriving(self._descriptor, idle), self._pieces).load()

    def stop(self) -> None:
        """End the process, if it has not ended by itself; on any thread."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
