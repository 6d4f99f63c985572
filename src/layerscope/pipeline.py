"""The one door: a reference becomes an inspection, with progress and cancel.

Owns the order of the steps; each step lives in its own room. Prints nothing, never exits.
"""

import contextlib
import gc
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from layerscope.errors import LayerscopeError
from layerscope.frozen import dataclass, field, replace
from layerscope.model.analysis import Analysis
from layerscope.model.files import LayerTable
from layerscope.model.findings import Finding
from layerscope.model.history import Step
from layerscope.model.image import LayerBlob, Note, ProgressCallback, RawImage, no_progress
from layerscope.model.inspection import ImageFacts, Inspection, Layer
from layerscope.model.ledger import Ledger

if TYPE_CHECKING:
    from layerscope.analysing import Memory
    from layerscope.analysis.evidence import Inputs
    from layerscope.filesystem.reading import LayerReader
    from layerscope.history.beside import Beside
    from layerscope.model.columns import Room


@dataclass(frozen=True, slots=True)
class InspectOptions:
    """How to read an image."""

    source: str | None = None
    """Name of a source (`docker`, `docker-archive` …) when the reference has no scheme."""
    platform: str | None = None
    """`os/arch[/variant]` when there are several."""
    tag: str | None = None
    """Which image of an archive that holds several."""
    pull: bool = False
    """Have an engine fetch the image where it is not local."""
    base: str | None = None
    """The base image, when the user says it: a reference as `inspect` takes it, or a number of layers."""
    dockerfile: Path | None = None
    """The Dockerfile that the image was built from."""
    dockerfile_folder: Path | None = None
    """Where to look for a Dockerfile that fits the image, when none is named; None to look nowhere."""
    git: Path | None = None
    """The build's directory, in a git repository: how often the sources of COPY changed counts then."""
    remember: bool = False
    """Recall the analysis of the same files from the user's cache directory, or remember it there (README)."""
    prefer_recall: bool = False
    """Recall an image in an engine even with `keep_contents`: it opens at once, but no file of it can be read."""
    keep_contents: bool = False
    """Files will be read: keep what an engine or a pipe sends in a private temporary file."""
    ask: bool = False
    """Somebody can choose among several images or platforms: raise `AmbiguousImageError` with its candidates."""
    verify: bool = False
    """Compare all digests and diff IDs; a layer that is not what it should be is a `DamagedImageError`."""
    room: "Room | None" = None
    """Where to put what is recalled; None for memory of this process."""


def _nobody(_inspection: Inspection) -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who wants to know how it goes. Callbacks run on the thread of `inspect`; one that raises ends it."""

    progress: ProgressCallback = no_progress
    """(phase, done, total or None): raise `CancelledError` in it to stop."""
    image_ready: Callable[[RawImage], None] = field(default=lambda _image: None)
    """Manifest and configuration are read: layers can be listed, with names and stored sizes. May be called twice:
    an engine first says what it will send."""
    inspected: Callable[[Inspection], None] = field(default=_nobody)
    """All is known but the findings, which take longer: an inspection without any."""


@contextlib.contextmanager
def _no_collections() -> Iterator[None]:
    """Spare the garbage collector the walks over all that is made: none of it is garbage (a tenth of the time)."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@_no_collections()
def inspect(
    reference: str | Path, *, options: InspectOptions | None = None, watcher: Watcher | None = None
) -> Inspection:
    """Read an image and work out everything about it.

    `reference` is what the command line takes: a path, an image name, `demo`, or `SCHEME://…` (interface.md).
    Raises `ImageError` when it cannot be read, `CancelledError` when the watcher stopped it.
    """
    from layerscope.analysing import load_the_rest
    from layerscope.analysis.masking import masked_image
    from layerscope.basing import named_base
    from layerscope.filesystem.allowance import Allowance
    from layerscope.filesystem.tarscan import scan_stream
    from layerscope.sources.base import Request
    from layerscope.sources.registry import open_image

    options, watcher = options or InspectOptions(), watcher or Watcher()
    named = options

    def ready(image: RawImage) -> None:  # a wrong --base is told before minutes are spent on the image
        nonlocal options
        if named.base is not None and options is named and image.layers:
            options = replace(named, base=str(named_base(named.base, image, watcher.progress)))
        watcher.image_ready(masked_image(image))

    memory = _memory(options)
    request = Request(
        reference=str(reference),
        scan=partial(scan_stream, allowance=Allowance()),
        source=options.source,
        platform=options.platform,
        tag=options.tag,
        pull=options.pull,
        keep_contents=options.keep_contents,
        ask=options.ask,
        verify=options.verify,
        meanwhile=load_the_rest,
        progress=watcher.progress,
        image_ready=ready,
    )
    if (options.prefer_recall or not options.keep_contents) and not options.verify:  # what is recalled has no bytes
        request = replace(request, recall=memory.recall)
    return _inspected(open_image(request), options, watcher, memory)


def inspect_raw(raw: RawImage, *, options: InspectOptions | None = None, watcher: Watcher | None = None) -> Inspection:
    """Work out everything about an image that a source has opened; tables that its layers have are used up."""
    options = options or InspectOptions()
    return _inspected(raw, options, watcher or Watcher(), _memory(options))


@_no_collections()
def _inspected(raw: RawImage, options: InspectOptions, watcher: Watcher, memory: "Memory") -> Inspection:
    from layerscope.analysing import EarlyNames
    from layerscope.analysis.efficiency import scores_of
    from layerscope.analysis.evidence import Inputs
    from layerscope.analysis.ledger import total_ledger, waste_of
    from layerscope.analysis.masking import masked_inspection
    from layerscope.basing import base_of
    from layerscope.history.align import steps_of

    if options.verify:
        from layerscope.sources.verify import verify

        raw = verify(raw, watcher.progress)
    steps, step_notes = steps_of(raw)
    found = _beside(raw, steps, options)
    steps, dockerfile = found.steps, found.dockerfile
    if raw.base_layer_count is None:
        raw = replace(raw, base_layer_count=found.base_layer_count)
    base, base_notes = base_of(raw, steps, options.base, watcher.progress)
    # What may be wrong with the command line is found before the layers are read.
    names = EarlyNames(later=watcher.inspected is not _nobody)
    analysis = memory.analysed(raw, watcher.progress, names.look_through)
    if memory.recalled_image and options.keep_contents:
        text = "what the engine sent is remembered, but no file can be looked into; --no-cache has it sent again"
        raw = replace(raw, notes=(*raw.notes, Note("recalled", text)))
    tree = analysis.tree
    total = total_ledger(analysis.ledgers)
    image, layers = _facts(raw, total, base), _layers(raw, analysis, steps)
    inspection = Inspection(
        image=image,
        ledger=total,
        scores=scores_of(analysis.ledgers, base, analysis.dive),
        layers=layers,
        steps=steps,
        waste=waste_of(tree),
        findings=(),
        notes=(*raw.notes, *base_notes, *step_notes, *found.notes, *_tar_notes(raw.layers, tree.tables)),
        tree=tree,
        blobs=raw.layers,
        dockerfile=dockerfile,
    )
    shown = masked_inspection(inspection)  # what leaves here holds no secret; detectors must see them
    watcher.inspected(shown)
    watcher.progress("findings", 0, None)
    findings = _findings(raw.layers, Inputs(image, tree, layers, steps, dockerfile, named=names.found))
    memory.remember(analysis)
    return replace(shown, findings=findings)


def _memory(options: InspectOptions) -> "Memory":
    from layerscope.analysing import Memory

    if not options.remember:
        return Memory()
    from layerscope.cache import Cache
    from layerscope.filesystem.hashes import content_hash

    return Memory(Cache.of_user(os.environ, content_hash, options.room))


def contents(inspection: Inspection) -> "LayerReader":
    """Open the layers of an inspection for reading files; close it (it is a context manager) when done."""
    from layerscope.filesystem.reading import LayerReader

    return LayerReader(inspection.tree, inspection.blobs)


def _beside(raw: RawImage, steps: tuple[Step, ...], options: InspectOptions) -> "Beside":
    """Put the Dockerfile beside the history; raises `UsageError` when what was named cannot be read."""
    from layerscope.history.beside import Wanted, beside

    found = beside(raw, steps, Wanted(options.dockerfile, options.dockerfile_folder))
    if options.git is None or found.dockerfile is None or not found.dockerfile.is_real:
        return found
    from layerscope.history.gitchanges import volatility_of

    volatility, notes = volatility_of(found.dockerfile.lines, options.git)
    return replace(found, dockerfile=replace(found.dockerfile, volatility=volatility), notes=(*found.notes, *notes))


def on_reconstruction(inspection: Inspection) -> Inspection:
    """Give an inspection whose findings have lines of a Dockerfile written from the history, if there is no real one.

    What is said of it stays true: its origin is `RECONSTRUCTED`. For plans, which need lines to change.
    """
    from layerscope.analysis.evidence import Inputs
    from layerscope.history.beside import beside_reconstruction
    from layerscope.history.reconstruct import reconstruct_image

    if (inspection.dockerfile is not None and inspection.dockerfile.is_real) or not inspection.steps:
        return inspection
    found = beside_reconstruction(inspection.steps, reconstruct_image(inspection).text)
    if found.dockerfile is None:
        return inspection
    made_by = {step.layer_index: step.instruction for step in found.steps if step.layer_index is not None}
    layers = tuple(replace(layer, instruction=made_by.get(layer.index)) for layer in inspection.layers)
    inputs = Inputs(inspection.image, inspection.tree, layers, found.steps, found.dockerfile)
    findings = _findings(inspection.blobs, inputs)
    return replace(inspection, steps=found.steps, layers=layers, dockerfile=found.dockerfile, findings=findings)


def _findings(blobs: tuple[LayerBlob, ...], inputs: "Inputs") -> tuple[Finding, ...]:
    """Look for what to change; the start of a file is read where only that tells what it is."""
    from layerscope.analysis.findings import find
    from layerscope.filesystem.reading import LayerReader

    with LayerReader(inputs.tree, blobs) as reader:

        def start(entry: int, most_bytes: int) -> bytes | None:
            try:
                found = bytearray()
                for piece in reader.content(entry):
                    found += piece
                    if len(found) >= most_bytes:
                        break
                return bytes(found[:most_bytes])
            except (LayerscopeError, OSError, ValueError):
                return None

        return find(replace(inputs, read=start))


def _facts(raw: RawImage, total: Ledger, base: int | None) -> ImageFacts:
    return ImageFacts(
        reference=raw.reference,
        source=raw.source,
        image_id=raw.image_id,
        tags=raw.tags,
        platform=raw.platform,
        created=raw.created,
        author=raw.author,
        layer_count=len(raw.layers),
        base_layer_count=base,
        content_bytes=total.total_bytes,
        stored_bytes=sum(blob.stored_bytes for blob in raw.layers),
        config=raw.config,
        annotations=raw.annotations,
    )


def _layers(raw: RawImage, analysis: Analysis, steps: tuple[Step, ...]) -> tuple[Layer, ...]:
    made_by = {step.layer_index: step for step in steps if step.layer_index is not None}
    ledgers, tables = analysis.ledgers, analysis.tree.tables
    layers = []
    for index, blob in enumerate(raw.layers):
        added, modified, removed = analysis.changes[index]
        step = made_by.get(index)
        layers.append(
            Layer(
                index=index,
                diff_id=blob.diff_id,
                digest=blob.digest,
                media_type=blob.media_type,
                content_bytes=ledgers[index].total_bytes,
                stored_bytes=blob.stored_bytes,
                entry_count=tables[index].entry_count,
                added_count=added,
                modified_count=modified,
                removed_count=removed,
                ledger=ledgers[index],
                killed_bytes=analysis.killed_bytes[index],
                created=step.record.created if step else None,
                created_by=step.record.created_by if step else None,
                instruction=step.instruction if step else None,
                absent_reason=blob.absent_reason or tables[index].fault,
                rebuilt_content_bytes=sum(ledger.total_bytes for ledger in ledgers[index:]),
                rebuilt_stored_bytes=sum(above.stored_bytes for above in raw.layers[index:]),
            )
        )
    return tuple(layers)


def _tar_notes(blobs: tuple[LayerBlob, ...], tables: list[LayerTable]) -> tuple[Note, ...]:
    """Say what was odd about layers' tars: nothing is dropped in silence."""
    from layerscope.units import decode

    notes = []
    for index, (blob, table) in enumerate(zip(blobs, tables, strict=True)):
        missing = blob.absent_reason or table.fault
        if missing is not None:
            notes.append(Note("layer-absent", f"layer {index} could not be read: {missing}; totals are partial"))
        elif not table.terminated and table.tar_bytes:
            notes.append(Note("tar-end-missing", f"layer {index} has no end marker: it may have been cut short"))
        notes += [Note("tar-remark", f"layer {index}: {text}") for text in table.remarks]
        if table.quarantined:
            name, reason = table.quarantined[0]
            more = f", and {len(table.quarantined) - 1:,} more" if len(table.quarantined) > 1 else ""
            notes.append(Note("entry-left-out", f"layer {index}: {decode(name)} was left out because {reason}{more}"))
    return tuple(notes)
