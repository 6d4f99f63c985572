"""Reading an image in a process of its own, begun before Textual is imported: screen and reading have a core each.

Owns the process, and what is sent through its pipe. To whoever asks, `Apart` is a door like the pipeline's `inspect`.
Only Linux, and only images in files: elsewhere a fork is not safe, and an engine's stream has no second reader.
"""

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from layerscope.analysis.wastetable import WasteTable
from layerscope.cache import CLASSES
from layerscope.filesystem.crew import cores
from layerscope.frozen import replace
from layerscope.model.analysis import Remembered
from layerscope.model.columns import put_together, taken_apart
from layerscope.model.filetree import FileTree
from layerscope.model.image import RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect
from layerscope.tui.arrange import Arrangement
from layerscope.tui.sent import (
    INTERVAL_S,
    LAST,
    PIPE_BYTES,
    TREE,
    Arriving,
    Compared,
    Failed,
    Found,
    Ordered,
    Pickler,
    Progress,
    Ready,
    Shared,
    Unpickler,
)
from layerscope.tui.sharedmemory import SharedMemory
from layerscope.tui.wanted import AT_ONCE, Coming

_MANY = 200_000
"""Entries of an image of which every piece of work counts, and all memory."""
_STEPS_BACK = 2
"""Of priority: with its helper it would keep two cores from the screen, which has all to draw before anybody sees
anything. Two steps bring the layers 0.1 s sooner, and cost nothing later; five delay what is read."""


def begin(reference: str, options: InspectOptions) -> "Apart | None":
    """Begin to read in a process of its own; None where that is not possible or brings nothing."""
    if sys.platform != "linux" or cores() < 2:
        return None
    if options.source is not None or not _in_a_file(reference):
        return None
    import fcntl

    try:
        memory = SharedMemory()
    except OSError:
        return None
    receiver, sender = os.pipe()
    with contextlib.suppress(OSError):
        fcntl.fcntl(receiver, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    child = os.fork()
    if child:
        os.close(sender)
        return Apart(child, receiver, memory)
    try:
        os.close(receiver)
        os.nice(_STEPS_BACK)
        _read(sender, memory, reference, options)
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


def _read(descriptor: int, memory: SharedMemory, reference: str, options: InspectOptions) -> None:
    stream = os.fdopen(descriptor, "wb", buffering=PIPE_BYTES)

    def send(message: object, sent: FileTree | None = None) -> None:
        Pickler(stream, {TREE: sent} if sent is not None else {}).dump(message)
        stream.flush()

    last_phase, next_s = "", 0.0

    def progress(phase: str, done_bytes: int, total_bytes: int | None) -> None:
        nonlocal last_phase, next_s
        now_s = time.monotonic()
        if now_s >= next_s or phase != last_phase:
            last_phase, next_s = phase, now_s + INTERVAL_S
            send(Progress(phase, done_bytes, total_bytes))

    def ready(raw: RawImage) -> None:
        send(Ready(replace(raw, attestations=())))  # they are read from the image when asked, which needs its store

    before: Inspection | None = None
    first = Coming()

    def inspected(inspection: Inspection) -> None:
        nonlocal before
        before = inspection
        tree = inspection.tree
        if tree.entry_count > _MANY:
            _give_back_memory()
        tree.put_in_order()  # here, where no screen waits
        send(Shared(memory.place_of(tree.parent) or memory.keep(taken_apart(tree))))
        send(inspection, inspection.tree)
        if inspection.layers and first.wanted.entry_count(inspection.tree) > AT_ONCE:
            send(Compared(first.wanted.made(inspection.tree)), inspection.tree)
        if tree.entry_count > _MANY and isinstance(inspection.waste, WasteTable):
            send(Ordered(inspection.waste.gathered()))

    watcher = Watcher(progress=progress, image_ready=ready, inspected=inspected)
    try:
        whole = inspect(reference, options=replace(options, room=memory.take), watcher=watcher)
        send(Found.of(whole, before))
    except Exception as error:  # noqa: BLE001 - the parent raises it
        send(Failed.of(error))


def _give_back_memory() -> None:
    """Have the allocator return what reading took, up to a quarter of all: the other process needs as much now."""
    import ctypes

    with contextlib.suppress(AttributeError, OSError):  # there are other allocators than glibc's
        ctypes.CDLL(None).malloc_trim(0)


# --- in the parent


class Apart:
    """The first reading; called again, it reads as the pipeline does."""

    def __init__(self, child: int, descriptor: int, memory: SharedMemory) -> None:
        self._child: int | None = child
        self._descriptor = descriptor
        self._memory = memory
        self._lock = threading.Lock()
        self._used = False
        self._waiting: list[object] = []
        self._tree: FileTree | None = None
        self.coming: Coming | None = Coming()
        """The first comparison, as long as it may come."""
        self._ordered = self.coming.waste_is_over

    def early(self) -> RawImage | None:
        """Give the image as its manifest describes it, if that has been read by now."""
        while not any(isinstance(message, (Ready, *LAST)) for message in self._waiting):
            if not select.select([self._descriptor], [], [], 0)[0]:
                return None
            self._waiting.append(self._receive(lambda: None))
        return next((message.raw for message in self._waiting if isinstance(message, Ready)), None)

    def __call__(
        self, reference: str | Path, *, options: InspectOptions | None = None, watcher: Watcher | None = None
    ) -> Inspection:
        """Give what the process reads, as it comes; raises what it raised, or what the watcher raises."""
        watcher = watcher or Watcher()
        if self._used:
            return inspect(reference, options=options, watcher=watcher)
        self._used = True
        try:
            return self._followed(watcher)
        finally:
            self._give(None)
            self._ordered.set()
            self._tree = None
            self.stop()
            os.close(self._descriptor)
            self._memory.close()

    def _followed(self, watcher: Watcher) -> Inspection:
        """Give what the process reads."""
        last: Progress | None = None

        def idle() -> None:
            if last:
                watcher.progress(*last)

        inspection: Inspection | None = None
        while True:
            message = self._waiting.pop(0) if self._waiting else self._receive(idle)
            match message:
                case Ready(raw):
                    watcher.image_ready(raw)
                case Failed() as failed:
                    raise failed.error()
                case Shared(place):
                    self._tree = _tree_of(put_together(self._memory.view(place), CLASSES))
                case Inspection():
                    inspection = message
                    if inspection.tree.entry_count <= _MANY:
                        self._ordered.set()
                    watcher.inspected(inspection)
                case Compared(made):
                    self._give(made)
                case Ordered(gathered):
                    assert inspection is not None
                    assert isinstance(inspection.waste, WasteTable)
                    inspection.waste.take(gathered)
                    self._ordered.set()
                case Found(values):
                    assert inspection is not None
                    return replace(inspection, **values)
                case Progress():
                    last = message
                    watcher.progress(*last)

    def _give(self, made: Arrangement | None) -> None:
        coming, self.coming = self.coming, None
        if coming:
            coming.give(made)

    def _receive(self, idle: Callable[[], None]) -> object:
        return Unpickler(Arriving(self._descriptor, idle), self._whole).load()

    def _whole(self, name: str) -> FileTree:
        """Give the tree, which was there before what stands on it."""
        assert name == TREE
        assert self._tree is not None
        return self._tree

    def stop(self) -> None:
        """End the process, if it has not ended by itself; on any thread."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _tree_of(shared: object) -> FileTree:
    """Give the tree that is shared, or that is in the analysis that is."""
    found = shared.analysis.tree if isinstance(shared, Remembered) else shared
    assert isinstance(found, FileTree)
    return found
