"""Digests and diff IDs of every layer, compared with what manifest and configuration say (`--verify`).

Owns the reading and hashing, on all cores, and the words for what does not match. Knows nothing of what is in a layer:
bytes behind a tar's end marker count, too (formats: OCI image-spec config.md, DiffID).
"""

import os
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import BinaryIO, cast

from layerscope.errors import CancelledError, DamagedImageError, ImageError
from layerscope.frozen import replace
from layerscope.model.image import Compression, Digest, LayerBlob, Measured, Note, ProgressCallback, RawImage
from layerscope.sources.blobs import buffered, open_decompressed
from layerscope.sources.budget import Budget
from layerscope.sources.hashing import HashingReader
from layerscope.sources.metering import Metered
from layerscope.sources.windows import WindowReader

_TELL_S = 0.1
_MISMATCHES = frozenset({"digest-mismatch"})
"""Notes of the sources that are errors to who asked for the truth: of a manifest, or of the configuration."""


def verify(raw: RawImage, progress: ProgressCallback) -> RawImage:
    """Compare every digest that is known of an image; give it back with a note that says how much was compared.

    Raises `DamagedImageError` that names the first layer that is not what it should be, with both digests, and
    `ImageError` when a layer cannot be read again. Layers that are absent are not compared.
    """
    for note in raw.notes:
        if note.code in _MISMATCHES:
            raise DamagedImageError(note.text)
    wanted = {index: blob for index, blob in enumerate(raw.layers) if blob.absent_reason is None}
    measured = _measure_all(wanted, progress)
    compared = 0
    for index, blob in wanted.items():
        compared += _compare(index, blob, measured[index])
    return replace(raw, notes=(*raw.notes, _summary(raw, compared)))


def _summary(raw: RawImage, compared: int) -> Note:
    count = len(raw.layers)
    if compared == count:
        return Note("verified", f"verified: {'both' if count == 2 else 'all'} {count} layers have their digests")
    others = "the others are not there, or no digest of them is known"
    return Note("verified", f"verified: {compared} of {count} layers have their digests; {others}")


def _compare(index: int, blob: LayerBlob, measured: Measured) -> bool:
    """Say whether there was anything to compare a layer with."""
    pairs = [(blob.digest, measured.digest, "digest"), (blob.diff_id, measured.diff_id, "diff ID")]
    known = False
    for expected, found, what in pairs:
        if expected is None or found is None or expected.partition(":")[0] != found.partition(":")[0]:
            continue
        known = True
        if expected != found:
            raise DamagedImageError(
                f"layer {index} ({blob.name}) is not what it should be: its {what} is {found}, expected {expected}",
                hint="copy or download the image again",
            )
    return known


class _Work:
    """What the threads share."""

    def __init__(self, blobs: Sequence[LayerBlob]) -> None:
        self.total_bytes = sum(blob.stored_bytes for blob in blobs)
        self.budget = Budget(blobs[0].name if blobs else "", self.total_bytes)
        self.stopped = threading.Event()
        self._done: dict[str, int] = {}

    @property
    def done_bytes(self) -> int:
        """Stored bytes that were read."""
        return min(sum(list(self._done.values())), self.total_bytes)

    def metered(self, source: BinaryIO, name: str) -> BinaryIO:
        """Count what is read; CancelledError in the thread when nobody wants the rest."""

        def tell(_phase: str, done_bytes: int, _total_bytes: int | None) -> None:
            self._done[name] = done_bytes
            if self.stopped.is_set():
                raise CancelledError

        return buffered(Metered(source, "verify", None, tell))


def _measure_all(blobs: dict[int, LayerBlob], progress: ProgressCallback) -> dict[int, Measured]:
    """Hash every layer that was not hashed while it went by, the same bytes once, the largest first."""
    found = {index: blob.measured for index, blob in blobs.items() if blob.measured is not None}
    jobs: dict[object, list[int]] = {}
    for index, blob in sorted(blobs.items(), key=lambda pair: -pair[1].stored_bytes):
        if index not in found:
            jobs.setdefault((blob.stored or blob.window or index, _algorithm(blob)), []).append(index)
    firsts = [blobs[indexes[0]] for indexes in jobs.values()]
    work = _Work(firsts)
    # Hashing and unpacking let other threads run: no second process is needed.
    with ThreadPoolExecutor(max(1, min(len(jobs), os.cpu_count() or 1))) as pool:
        futures = [pool.submit(_measure, blob, work) for blob in firsts]
        try:
            _wait(futures, work, progress)
        except BaseException:
            work.stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for future, indexes in zip(futures, jobs.values(), strict=True):
        found |= dict.fromkeys(indexes, future.result())
    return found


def _wait(futures: Iterable["Future[Measured]"], work: _Work, progress: ProgressCallback) -> None:
    """Tell how far it is until all is done, and raise what went wrong."""
    left = set(futures)
    while left:
        progress("verify", work.done_bytes, work.total_bytes)
        done, left = wait(left, timeout=_TELL_S, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
    progress("verify", work.total_bytes, work.total_bytes)


def _algorithm(blob: LayerBlob) -> str:
    known = blob.digest or blob.diff_id
    return known.partition(":")[0] if known else "sha256"


def _measure(blob: LayerBlob, work: _Work) -> Measured:
    """Read one layer to its end."""
    try:
        where = blob.stored or blob.window
        if where is None:  # made on the spot, or within a compressed archive: only the tar can be had
            with blob.open_tar() as stream:
                plain = _hash_all(work.metered(stream, blob.name), "sha256")
            return Measured(plain if blob.compression is Compression.NONE else None, plain)
        with work.metered(cast("BinaryIO", WindowReader(where, blob.name)), blob.name) as source:
            if blob.compression is Compression.NONE:
                plain = _hash_all(source, _algorithm(blob))
                return Measured(plain, plain)
            stored = HashingReader(source, _algorithm(blob))
            meter = work.budget.meter(blob.name)
            unpacked = _hash_all(open_decompressed(buffered(stored), blob.compression, blob.name, meter), "sha256")
            return Measured(stored.digest, unpacked)
    except OSError as error:
        raise ImageError(f"{blob.name} cannot be read: {error.strerror or error}") from error


def _hash_all(stream: BinaryIO, algorithm: str) -> Digest:
    reader = HashingReader(stream, algorithm)
    reader.drain()
    return reader.digest
