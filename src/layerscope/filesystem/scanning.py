"""The tables of all layers, read on all cores where that pays.

A layer is one job. Helpers are forked processes, because reading headers is Python work that threads would only share;
they take jobs from the same queue as this process and hand back columns. Whatever a helper does not hand back (a
damaged layer, a helper that was killed) is read here, so that errors are the same as without helpers.

Forked by hand and not through `multiprocessing`: that costs 30 ms of imports, which is a fifth of a whole small run.
"""

import os
import pickle
import signal
import struct
import threading
from collections.abc import Sequence
from typing import BinaryIO

from layerscope.errors import ImageError, LayerscopeError
from layerscope.filesystem.tarscan import scan_stream, scan_window
from layerscope.model.files import LayerTable
from layerscope.model.image import LayerBlob, ProgressCallback, no_progress

PAYS_FROM_BYTES = 1 << 25
"""Stored bytes to read below which a second process costs more than it saves (measured: 8 ms to fork and collect)."""
MAX_HELPERS = 7
_JOB = struct.Struct("<I")
_MAX_JOBS = 4096
"""Jobs that fit into any pipe's buffer; beyond them nothing is shared out."""


def scan_layers(blobs: Sequence[LayerBlob], progress: ProgressCallback = no_progress) -> list[LayerTable]:
    """Read the entries of every layer that was not read while it streamed past."""
    tables: list[LayerTable | None] = [blob.table for blob in blobs]
    for index, blob in enumerate(blobs):
        if blob.absent_reason is not None and tables[index] is None:
            tables[index] = LayerTable()
    jobs = [index for index, table in enumerate(tables) if table is None]
    total = sum(blob.stored_bytes for blob in blobs)
    done = total - sum(blobs[job].stored_bytes for job in jobs)
    helpers = _Helpers(blobs, jobs)
    try:
        for job in helpers.jobs():
            progress("layers", done, total)
            tables[job] = scan_one(blobs[job])
            done += blobs[job].stored_bytes
        for job, table in helpers.results():
            tables[job] = table
    finally:
        helpers.stop()
    for job in jobs:
        if tables[job] is None:
            tables[job] = scan_one(blobs[job])
    progress("layers", total, total)
    return [table for table in tables if table is not None]


def scan_one(blob: LayerBlob) -> LayerTable:
    """Read the entries of one layer."""
    try:
        if blob.window is not None:
            descriptor = os.open(blob.window.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            try:
                return scan_window(descriptor, blob.window.offset, blob.window.size_bytes, blob.name)
            finally:
                os.close(descriptor)
        with blob.open_tar() as stream:
            return scan_stream(stream, blob.name)
    except OSError as error:
        raise ImageError(f"{blob.name} cannot be read: {error.strerror or error}") from error


class _Helpers:
    """Forked processes that read layers; none where forking is not safe or does not pay."""

    def __init__(self, blobs: Sequence[LayerBlob], jobs: list[int]) -> None:
        self._blobs = blobs
        self._running: list[tuple[int, BinaryIO]] = []
        self._queue: BinaryIO | None = None
        # the largest first, so that no process starts on it last
        self._jobs = sorted(jobs, key=lambda job: -blobs[job].stored_bytes)
        count = min(len(jobs), _cores(), MAX_HELPERS + 1) - 1
        if count > 0 and len(jobs) <= _MAX_JOBS and sum(blobs[job].stored_bytes for job in jobs) >= PAYS_FROM_BYTES:
            self._start(count)

    def jobs(self) -> "Sequence[int] | _Queue":
        """Give the layers that this process shall read."""
        return self._jobs if self._queue is None else _Queue(self._queue)

    def _start(self, count: int) -> None:
        reading, writing = os.pipe()
        os.write(writing, b"".join(map(_JOB.pack, self._jobs)))
        os.close(writing)
        self._queue = os.fdopen(reading, "rb", buffering=0)
        for _ in range(count):
            ours, theirs = os.pipe()
            try:
                pid = os.fork()
            except OSError:  # no more processes: this one reads what is left
                os.close(ours)
                os.close(theirs)
                return
            if not pid:
                self._help(theirs)
            os.close(theirs)
            self._running.append((pid, os.fdopen(ours, "rb")))

    def _help(self, descriptor: int) -> None:
        """Read layers until none is left, hand them over, and end; never returns."""
        try:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            assert self._queue is not None
            found = []
            for job in _Queue(self._queue):
                try:
                    found.append((job, scan_one(self._blobs[job])))
                except LayerscopeError:
                    continue  # read again by who can raise it
            with os.fdopen(descriptor, "wb") as results:
                pickle.dump(found, results, pickle.HIGHEST_PROTOCOL)
        finally:
            os._exit(0)

    def results(self) -> list[tuple[int, LayerTable]]:
        """Collect what the helpers have read."""
        found: list[tuple[int, LayerTable]] = []
        for _, stream in self._running:
            try:
                found += pickle.load(stream)  # noqa: S301  written by our own fork
            except (EOFError, pickle.UnpicklingError):
                continue  # it was killed: its layers are read again
        return found

    def stop(self) -> None:
        """End the helpers, whatever they do."""
        while self._running:
            pid, stream = self._running.pop()
            stream.close()
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        if self._queue is not None:
            self._queue.close()


class _Queue:
    """Jobs as they are taken, by several processes, from one pipe: reads of a few bytes are not torn (pipe(7))."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def __iter__(self) -> "_Queue":
        return self

    def __next__(self) -> int:
        job = self._pipe.read(_JOB.size)
        if len(job) < _JOB.size:
            raise StopIteration
        return int(_JOB.unpack(job)[0])


def _cores() -> int:
    """Cores this process may use; 1 where a fork is not safe (other threads, no fork at all)."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
