"""An image as its source describes it: configuration, history, and layers that can be opened.

Sources make these; nothing here knows where bytes come from, and nothing here has looked inside a layer yet.
"""

import enum
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, NewType

from layerscope.frozen import dataclass, field
from layerscope.model.files import LayerTable
from layerscope.model.localfile import FileIdentity, check_unchanged, open_unchanged

Digest = NewType("Digest", str)
"""`algorithm:hex`, as in OCI descriptors (image-spec descriptor.md)."""

ProgressCallback = Callable[[str, int, int | None], None]
"""(phase, done bytes, total bytes or None). May raise `CancelledError`: whoever calls it lets that pass."""


_PHASES = {
    "layers": "reading layers",
    "stack": "folding layers",
    "compare": "comparing files",
    "ledger": "adding up",
    "index": "looking through",
    "verify": "checking digests",
    "findings": "finding",
}


def phase_words(phase: str) -> str:
    """Say what is done in a phase, in words for people."""
    return _PHASES.get(phase, phase)


def no_progress(_phase: str, _done_bytes: int, _total_bytes: int | None) -> None:
    """Tell nobody, and never cancel."""


class Compression(enum.StrEnum):
    """How a layer's bytes are stored."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


@dataclass(frozen=True, slots=True)
class FileWindow:
    """A byte range of a local file, which may be read in any order."""

    path: Path
    offset: int
    size_bytes: int
    identity: FileIdentity | None = None
    """Of the file when the range was found; None for a file that nobody else can write to."""

    def open(self) -> int:
        """Open the file, and give its descriptor; ImageError when it is not what it was, OSError when it cannot."""
        return open_unchanged(self.path, self.identity)

    def check(self, descriptor: int) -> None:
        """Raise ImageError when the open file was written to since the range was found."""
        check_unchanged(descriptor, self.path, self.identity)


@dataclass(frozen=True, slots=True)
class Measured:
    """Digests of a layer's bytes, taken while they went by."""

    digest: Digest | None
    """Of the blob as it is stored; None where only the tar can be had."""
    diff_id: Digest
    """Of the uncompressed tar, to its last byte."""


@dataclass(frozen=True, slots=True)
class LayerBlob:
    """One layer as it is stored.

    One of `window`, `opener`, `table` and `absent_reason` is there; with a `table`, also
    an `opener` where the layer can be unpacked again.

    `name` is how errors call it ("bad.tar: 1f3c…/layer.tar"). `open_tar` gives the whole uncompressed stream, from
    its first byte to its last (a diff ID covers bytes after the tar's end marker, too: formats.md 1.12).
    """

    name: str
    diff_id: Digest | None = None
    """Digest of the uncompressed tar, from the configuration."""
    digest: Digest | None = None
    """Digest of the stored blob, where the source tells."""
    media_type: str | None = None
    stored_bytes: int = 0
    compression: Compression = Compression.NONE
    window: FileWindow | None = None
    """The uncompressed tar, where it lies in a local file as it is."""
    stored: FileWindow | None = None
    """The stored bytes, compressed or not, where they lie in a local file."""
    measured: Measured | None = None
    """What the bytes were, where that was asked for and they went by once."""
    opener: Callable[[], BinaryIO] | None = None
    table: LayerTable | None = None
    """Already scanned, while it streamed past: such a layer cannot be opened again."""
    keeper: object = None
    """What must live as long as the layer is read: a temporary file that goes with it."""
    absent_reason: str | None = None
    """Why the layer cannot be read: its bytes are not there (foreign layer, not in this archive) or are damaged."""

    def open_tar(self) -> BinaryIO:
        """Open the uncompressed tar from its start; OSError if the layer cannot be opened again."""
        if self.opener is not None:
            return self.opener()
        if self.window is not None:
            stream = os.fdopen(self.window.open(), "rb")
            stream.seek(self.window.offset)
            return stream
        raise OSError(f"{self.name} cannot be opened again")


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One entry of the configuration's history (image-spec config.md), as written, untrusted."""

    index: int
    created: str | None
    """RFC 3339 as the builder wrote it: year 1, nanoseconds and offsets included."""
    created_by: str
    comment: str
    author: str
    empty: bool
    """It made no layer (`empty_layer`)."""


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """HEALTHCHECK; durations in nanoseconds as Docker stores them, None where unset."""

    test: tuple[str, ...]
    interval_ns: int | None = None
    timeout_ns: int | None = None
    start_period_ns: int | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What a container started from the image gets (image-spec config.md, `config`)."""

    env: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = ""
    shell: tuple[str, ...] = ()
    onbuild: tuple[str, ...] = ()
    healthcheck: Healthcheck | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something skipped, guessed, or found not to match; every face shows it (house rule 5)."""

    code: str
    """Stable, lower-case words with hyphens, such as `history-mismatch`."""
    text: str


@dataclass(frozen=True, slots=True)
class Attestation:
    """An in-toto statement about the image that lies beside it: how it was built, or what is in it; untrusted."""

    predicate_type: str
    """Such as `https://slsa.dev/provenance/v0.2` or `https://spdx.dev/Document`; "" where the manifest does not say."""
    digest: Digest
    size_bytes: int
    read: Callable[[], object]
    """Parse the statement (JSON); raises `ImageError` when it is not there, too large, or no JSON."""


@dataclass(frozen=True, slots=True)
class RawImage:
    """What a source hands over. `layers[0]` is the base."""

    reference: str
    """What the user asked for."""
    source: str
    """Name of the source: `docker`, `docker-archive`, `oci`, `demo` …"""
    layers: tuple[LayerBlob, ...]
    image_id: Digest | None = None
    tags: tuple[str, ...] = ()
    os: str = ""
    architecture: str = ""
    variant: str = ""
    created: str | None = None
    author: str = ""
    config: ImageConfig = field(default_factory=ImageConfig)
    history: tuple[HistoryRecord, ...] = ()
    base_layer_count: int | None = None
    """How many of the layers are the FROM image's; None where not known."""
    dockerfile: str | None = None
    """The text of the Dockerfile that it was built from, where the source has it as a file of its own."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    """What the archive or layout holds about this image and its platform; engines keep none."""

    @property
    def platform(self) -> str:
        """`os/arch[/variant]`, or "" where the configuration does not say."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)
