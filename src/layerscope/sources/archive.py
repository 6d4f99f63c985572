"""Images in files: docker-save and OCI archives, OCI layout directories, and archives on stdin.

Owns finding out what a path is (by content) and which of manifest.json and index.json is believed. Knows nothing of
what those say (`dockersave.py`, `oci.py`) nor of what is in a layer.
"""

import os
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal

from layerscope.errors import (
    AmbiguousImageError,
    DamagedImageError,
    ImageError,
    ImageNotFoundError,
    NotAnImageError,
    UnsupportedImageError,
    UsageError,
)
from layerscope.frozen import dataclass, replace
from layerscope.model.image import Compression, Note, RawImage
from layerscope.model.localfile import FileIdentity, open_unchanged
from layerscope.sources.attestations import read_attestations
from layerscope.sources.base import Request
from layerscope.sources.blobs import BLOCK, Content, buffered, compression_of, open_decompressed, sniff
from layerscope.sources.budget import Budget
from layerscope.sources.candidates import Candidate, Configs, build
from layerscope.sources.choosing import choose
from layerscope.sources.dockersave import MANIFEST, docker_candidates
from layerscope.sources.metering import Metered
from layerscope.sources.oci import INDEX, oci_candidates
from layerscope.sources.spool import SpooledStore
from layerscope.sources.store import ArchiveStore, DirectoryStore, Store
from layerscope.sources.stream import StreamStore

STDIN = "-"
_OUTER = "outer"
Belief = Literal["manifest.json", "index.json"]


@dataclass(frozen=True, slots=True)
class SavedImage:
    """One of the schemes for files. They differ only in which document they insist on when they are asked for."""

    schemes: tuple[str, ...]
    document: Belief

    @property
    def name(self) -> str:
        """The first scheme."""
        return self.schemes[0]

    def claims(self, reference: str) -> bool:
        """Claim what is written as a path, and what exists; a directory that holds no image is not meant."""
        if reference == STDIN or reference in {".", ".."} or reference.startswith(("/", "./", "../", "~")):
            return True
        path = Path(reference)
        try:
            return (path / MANIFEST).exists() or (path / INDEX).exists() if path.is_dir() else path.exists()
        except OSError:  # a name too long for a file, a directory closed to us
            return False

    def load(self, request: Request) -> RawImage:
        """Open a file, a directory, a pipe, or stdin."""
        only = None
        if request.source is not None:
            only, request = self.document, _split_tag(request)
        try:
            image = open_store(_store(request), request, only)
        except OSError as error:
            raise ImageError(f"{request.reference} cannot be read: {error.strerror or error}") from error
        request.image_ready(image)
        return image


def open_store(store: Store, request: Request, only: Belief | None = None) -> RawImage:
    """Open the image that a store holds; `only` insists on one document.

    manifest.json is believed when every file it names is there, else index.json: that is what `docker load` does
    with archives that are both (formats.md 1.4 says who reads which).
    """
    documents = [name for name in (MANIFEST, INDEX) if store.size_of(name) is not None]
    if not documents:
        raise _not_an_image(store)
    if only is not None and only not in documents:
        raise NotAnImageError(f"{store.name} has no {only}", hint=f"it has {documents[0]}: leave the scheme out")
    try:
        return _open(store, request, documents, only)
    except DamagedImageError as error:
        if not store.complete:  # what is not there may be what was cut off
            raise
        try:
            return _open(store, request, documents, only, in_part=True)
        except AmbiguousImageError:
            raise
        except ImageError:
            raise error from None


def _open(
    store: Store, request: Request, documents: list[str], only: Belief | None, *, in_part: bool = False
) -> RawImage:
    """Open what one document says; an image that lacks some of its layers counts only `in_part`."""
    if only == INDEX or documents == [INDEX]:
        return _open_oci(store, request, in_part=in_part)
    try:
        image, candidate = _open_docker(store, request, in_part=in_part)
    except AmbiguousImageError:
        raise
    except ImageError as error:
        if only is not None or INDEX not in documents:
            raise
        return _open_oci_instead(store, request, error, in_part=in_part)
    return _compared(image, candidate, store) if INDEX in documents else image


def _open_docker(store: Store, request: Request, *, in_part: bool) -> tuple[RawImage, Candidate]:
    configs = Configs(store)
    candidate, notes = choose(docker_candidates(store, configs), store, request, configs, in_part=in_part)
    image = build(candidate, store, request, "docker-archive")
    return replace(image, notes=(*notes, *image.notes)), candidate


def _open_oci(store: Store, request: Request, *, in_part: bool) -> RawImage:
    candidates, others = oci_candidates(store)
    candidate, notes = choose(candidates, store, request, Configs(store), in_part=in_part)
    image = build(candidate, store, request, "oci" if isinstance(store, DirectoryStore) else "oci-archive")
    return replace(image, notes=(*notes, *others, *image.notes))


def _open_oci_instead(store: Store, request: Request, error: ImageError, *, in_part: bool) -> RawImage:
    try:
        image = _open_oci(store, request, in_part=in_part)
    except ImageError:
        raise error from None
    note = Note("index-json-used", f"index.json is believed, because of manifest.json: {error.message}")
    return replace(image, notes=(note, *image.notes))


def _compared(image: RawImage, chosen: Candidate, store: Store) -> RawImage:
    """Take annotations from index.json where it lists the same image, else say that it does not."""
    try:
        candidates, _notes = oci_candidates(store)
    except NotAnImageError:  # Docker 25 writes an empty index for an image saved by its ID
        return image
    except ImageError as error:
        note = Note("manifests-disagree", f"manifest.json is believed; index.json is of no use: {error.message}")
        return replace(image, notes=(*image.notes, note))
    config = _digest_part(chosen.config_path)
    same = next((one for one in candidates if _digest_part(one.config_path) == config), None)
    if same is not None and len(same.layers) == len(chosen.layers):
        attestations = read_attestations(same.attested_by, store)
        return replace(image, annotations=same.annotations, attestations=attestations)
    text = f"{store.name}: manifest.json is believed; index.json lists another image"
    return replace(image, notes=(*image.notes, Note("manifests-disagree", text)))


def _digest_part(path: str) -> str:
    return path.rpartition("/")[2].removeprefix("sha256:").removesuffix(".json")


def _not_an_image(store: Store) -> ImageError:
    paths = store.paths()
    if not store.complete:
        return DamagedImageError(
            f"{store.name} is cut off: neither manifest.json nor the end of the archive is there",
            hint="copy or download it again",
        )
    if "repositories" in paths or any(path.endswith("/layer.tar") for path in paths):
        return UnsupportedImageError(
            f"{store.name} was saved in the format before Docker 1.10, which layerscope does not read",
            hint="load it into a Docker that still does (before 28), and save it again",
        )
    if any(path.partition("/")[0] in {"etc", "usr", "bin", "lib"} for path in paths):
        return NotAnImageError(
            f"{store.name} holds a file system, not an image",
            hint="`docker export` and layers give such a tar; use: docker save NAME -o image.tar",
        )
    return NotAnImageError(
        f"{store.name} is not an image: it has neither manifest.json nor index.json",
        hint="images are written by: docker save NAME -o image.tar",
    )


def _split_tag(request: Request) -> Request:
    """Read `oci://DIRECTORY:TAG` as skopeo does, where there is no file of the whole name."""
    path, colon, tag = request.reference.rpartition(":")
    if not colon or request.tag is not None or Path(request.reference).exists() or not Path(path).exists():
        return request
    return replace(request, reference=path, tag=tag)


def _store(request: Request) -> Store:
    name = request.reference
    if name == STDIN:
        return _stdin_store(request)
    path = Path(name)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise ImageNotFoundError(f"{name}: no such file or directory") from None
    if stat.S_ISDIR(mode):
        return DirectoryStore(path, name)
    if not stat.S_ISREG(mode):  # a pipe, such as the shell's <(docker save NAME)
        return _stream_store(path.open("rb"), name, request)
    with path.open("rb") as stream:
        content = sniff(stream.read(BLOCK))
    if _compression(content, name) is Compression.NONE:
        return ArchiveStore(path, name, request.progress)
    return _compressed_store(path, request)


def _compressed_store(path: Path, request: Request) -> Store:
    """Go through a compressed archive, and see to it that the file stays the same meanwhile and later."""
    raw = path.open("rb")
    identity = FileIdentity.of(raw.fileno())

    def reopen() -> BinaryIO:
        return os.fdopen(open_unchanged(path, identity), "rb")

    store = _stream_store(raw, request.reference, request, identity.size_bytes, reopen)
    os.close(open_unchanged(path, identity))
    return store


def _stdin_store(request: Request) -> Store:
    if sys.stdin is None or sys.stdin.isatty():
        hint = "docker save NAME | layerscope -"
        raise UsageError("- reads an archive from stdin, and nothing is piped into it", hint=hint)
    # A duplicate, because closing descriptor 0 would let the next file that is opened become stdin.
    return _stream_store(os.fdopen(os.dup(sys.stdin.fileno()), "rb"), "stdin", request)


def _stream_store(
    raw: BinaryIO,
    name: str,
    request: Request,
    size_bytes: int | None = None,
    reopen: Callable[[], BinaryIO] | None = None,
) -> Store:
    """Go through a stream, compressed or not; it is closed whatever happens."""
    with buffered(Metered(raw, "read", size_bytes, request.progress)) as stream:
        compression = _compression(sniff(stream.peek(BLOCK)[:BLOCK]), name)
        if compression is Compression.NONE:
            return pass_through(stream, name, request)
        budget = Budget(name, size_bytes)

        def again(open_file: Callable[[], BinaryIO]) -> BinaryIO:
            return open_decompressed(open_file(), compression, name, budget.meter(_OUTER, outer=True))

        plain = open_decompressed(stream, compression, name, budget.meter(_OUTER, outer=True))
        return pass_through(plain, name, request, budget, None if reopen is None else partial(again, reopen))


def pass_through(
    stream: BinaryIO,
    name: str,
    request: Request,
    budget: Budget | None = None,
    reopen: Callable[[], BinaryIO] | None = None,
    *,
    to_its_end: bool = True,
) -> Store:
    """Read a tar stream once: keep it where its files are wanted later, else scan its layers as they pass.

    `budget` is that of the compressed stream around it, if there is one. Without `to_its_end` what follows the tar's
    end marker need not be read.
    """
    if request.keep_contents:
        return SpooledStore(stream, name)
    return StreamStore(stream, name, request.scan, reopen, budget=budget, measure=request.verify, to_its_end=to_its_end)


def _compression(content: Content, name: str) -> Compression:
    if content is Content.EMPTY:
        raise NotAnImageError(f"{name} is empty")
    if content is Content.JSON:
        raise NotAnImageError(
            f"{name} is JSON, such as a manifest, and holds no layers",
            hint="save the image itself: skopeo copy docker://NAME oci-archive:image.tar",
        )
    if content in {Content.OTHER, Content.ZIP}:
        raise NotAnImageError(
            f"{name} is not an image archive: neither a tar nor a compressed one",
            hint="images are written by: docker save NAME -o image.tar",
        )
    return compression_of(content, name)


DOCKER_ARCHIVE = SavedImage(("docker-archive", "docker-tar"), MANIFEST)
OCI_LAYOUT = SavedImage(("oci",), INDEX)
OCI_ARCHIVE = SavedImage(("oci-archive",), INDEX)
