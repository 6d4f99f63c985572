"""Which Dockerfile stands beside the history: the one that was named, the image's own, one that lies here, or none.

Owns that choice and what is said of it; a file that does not belong to the image is recognised as such and never used.
Which line made which step is `align.py`'s business, and `provenance.py`'s where BuildKit wrote it down.
"""

from collections.abc import Sequence
from pathlib import Path

from layerscope.errors import ImageError, UsageError
from layerscope.frozen import dataclass, replace
from layerscope.history.align import Alignment, align
from layerscope.history.baselayers import named_base
from layerscope.history.dockerfile import MAX_DOCKERFILE_BYTES, Dockerfile, Stage, parse_dockerfile
from layerscope.history.provenance import Provenance, read_provenance, with_provenance
from layerscope.history.reconstruct import Origin, reconstruct
from layerscope.model.history import DockerfileOrigin, DockerfileText, Step
from layerscope.model.image import Note, RawImage

NAMES = ("Dockerfile", "Containerfile")
"""What is looked for, in this order; of two that fit, the one that fits better."""
MIN_FOUND_FIT = 0.6
"""A file that nobody named must fit better than one that somebody did: it may be of a younger image, or of another."""

_PROVENANCE = "https://slsa.dev/provenance/"
_MAX_STATEMENT_BYTES = 1 << 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said of Dockerfiles."""

    given: Path | None = None
    """The file to use."""
    folder: Path | None = None
    """Where to look for one that fits; None to look nowhere."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The steps with their lines, and the file that these are of."""

    steps: tuple[Step, ...]
    dockerfile: DockerfileText | None
    """None where there is no history to stand beside."""
    base_layer_count: int | None
    """How many layers are the FROM image's, where the file or the provenance leaves no doubt."""
    notes: tuple[Note, ...]


def beside(raw: RawImage, steps: tuple[Step, ...], wanted: Wanted) -> Beside:
    """Find the Dockerfile and give the steps its lines; raises `UsageError` for a named one that cannot be read."""
    notes: tuple[Note, ...] = ()
    recorded = _provenance(raw)
    if wanted.given is not None:
        text = read_dockerfile(wanted.given)
        found = _with_text(_digests(raw), steps, _File(str(wanted.given), text, DockerfileOrigin.GIVEN), recorded)
        if found.dockerfile is not None:
            return found
        notes = found.notes
    own = raw.dockerfile or (recorded.dockerfile if recorded else None)
    if own and len(own) > MAX_DOCKERFILE_BYTES:
        notes = (*notes, Note("dockerfile-too-long", f"the image carries a Dockerfile of {len(own):,} characters; "
                              f"{MAX_DOCKERFILE_BYTES:,} are read"))  # fmt: skip
        own = None
    if own:
        name = (recorded.filename if recorded else None) or NAMES[0]
        found = _with_text(_digests(raw), steps, _File(name, own, DockerfileOrigin.IMAGE), recorded)
        notes = (*notes, *found.notes)
        if found.dockerfile is not None:
            return replace(found, notes=notes)
    elif wanted.given is None and wanted.folder is not None and steps:
        found = _looked_for(raw, steps, wanted.folder)
        if found.dockerfile is not None:
            return replace(found, notes=(*notes, *found.notes))
        notes = (*notes, *found.notes)
    base = recorded.base_layer_count(_digests(raw)) if recorded else 0
    return Beside(steps, _reconstructed(raw, steps), base or None, notes)


def beside_reconstruction(steps: tuple[Step, ...], text: str) -> Beside:
    """Give steps the lines of a Dockerfile that was written from them, as though it were the real one."""
    return _with_text((), steps, _File(NAMES[0], text, DockerfileOrigin.RECONSTRUCTED), None)


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    text: str
    origin: DockerfileOrigin


def read_dockerfile(path: Path) -> str:
    """Read a file of the size that Dockerfiles have; raises `UsageError`."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_DOCKERFILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error
    if len(content) > MAX_DOCKERFILE_BYTES:
        raise UsageError(f"{path} is larger than {MAX_DOCKERFILE_BYTES:,} bytes: it is no Dockerfile")
    return content.decode("utf-8-sig", "surrogateescape")


def _looked_for(raw: RawImage, steps: tuple[Step, ...], folder: Path) -> Beside:
    """Take the file of a directory that fits best, if one fits."""
    candidates: list[tuple[Alignment, Beside]] = []
    for name in NAMES:
        path = folder / name
        try:
            text = read_dockerfile(path) if path.is_file() else None
        except (OSError, UsageError):
            text = None  # nobody asked for this file
        if text is None:
            continue
        alignment = align(steps, parse_dockerfile(text))
        if alignment.stage is None or alignment.fit < MIN_FOUND_FIT:
            note = Note("dockerfile-not-used", _refusal(name, alignment))
            candidates.append((alignment, Beside(steps, None, None, (note,))))
        else:
            found = _with_text(_digests(raw), steps, _File(name, text, DockerfileOrigin.FOUND), None)
            notes = (Note("dockerfile-found", _use(name, alignment)), *found.notes)
            candidates.append((alignment, replace(found, notes=notes)))
    fitting = [one for one in candidates if one[1].dockerfile is not None]
    if fitting:
        return max(fitting, key=lambda one: one[0].fit)[1]
    return Beside(steps, None, None, tuple(note for _, one in candidates for note in one.notes))


def _use(name: str, alignment: Alignment) -> str:
    known, all_of_it = alignment.found_count, alignment.wanted_count
    return f"lines are those of ./{name}, which fits: {known} of its {all_of_it} instructions are in the history"


def _refusal(name: str, alignment: Alignment) -> str:
    if alignment.stage is None:
        return f"./{name} is not this image's: {alignment.notes[0].text}" if alignment.notes else f"./{name} is empty"
    known, all_of_it = alignment.found_count, alignment.wanted_count
    held = f"only {known} of its {all_of_it} instructions are in the history"
    return f"./{name} was not used: {held}; -f {name} uses it nevertheless"


def _with_text(digests: Sequence[str], steps: tuple[Step, ...], file: _File, recorded: Provenance | None) -> Beside:
    """Give the steps the lines of a text; nothing but notes where it is some other image's."""
    parsed = parse_dockerfile(file.text)
    alignment = align(steps, parsed)
    lined, stage, base = alignment.steps, alignment.stage, _base_of(alignment)
    exact = recorded is not None and recorded.dockerfile is not None and _same(recorded.dockerfile, file.text)
    if recorded is not None and exact:
        lined = with_provenance(lined, recorded, digests, parsed)
        base = recorded.base_layer_count(digests) or base
        stage = stage or (_stage_of(lined, parsed) if lined != alignment.steps else None)
    if stage is None:
        return Beside(steps, None, None, alignment.notes)
    others = [one for one in parsed.stages if one not in parsed.chain(stage)]
    text = DockerfileText(
        name=file.name,
        lines=parsed.text,
        origin=file.origin,
        spans=tuple(_span(step) for step in lined),
        instructions=parsed.instructions,
        other_stages=tuple(map(_lines_of, others)),
        fit=alignment.fit,
        base_step_count=alignment.base_step_count,
        escape=parsed.escape,
        line_end="\r\n" if 2 * file.text.count("\r\n") > file.text.count("\n") else "\n",
        is_ended=file.text.endswith("\n"),
    )
    notes = (Note("dockerfile-exact", "lines of layers are exact: the image carries BuildKit's provenance"),)
    return Beside(lined, text, base, notes if exact else alignment.notes)


def _base_of(alignment: Alignment) -> int | None:
    """Count the layers of the FROM image, where the file's very first instruction was found."""
    if alignment.stage is None or not alignment.base_is_certain:
        return None
    own = [step.layer_index for step in alignment.steps[alignment.base_step_count :] if step.layer_index is not None]
    below = [step.layer_index for step in alignment.steps[: alignment.base_step_count] if step.layer_index is not None]
    if not own and not below:
        return None  # history and layers do not match
    return min(own) if own else max(below) + 1


def _span(step: Step) -> tuple[int, int] | None:
    found = step.instruction
    if found is None or found.dockerfile_line is None:
        return None
    return found.dockerfile_line, max(found.dockerfile_line, found.dockerfile_end_line or 0)


def _lines_of(stage: Stage) -> tuple[int, int]:
    first = stage.origin.dockerfile_line or 1
    ends = [statement.line.last for statement in stage.statements]
    return first, max([stage.origin.dockerfile_end_line or first, *ends])


def _stage_of(steps: Sequence[Step], dockerfile: Dockerfile) -> Stage | None:
    """Find the stage that the topmost step with a line is in."""
    names = [step.instruction.stage for step in steps if step.instruction and step.instruction.dockerfile_line]
    return next((stage for stage in reversed(dockerfile.stages) if names and stage.name == names[-1]), None)


def _same(one: str, other: str) -> bool:
    """Tell whether two texts are one Dockerfile, however their lines end."""
    return one.removeprefix("\ufeff").split() == other.removeprefix("\ufeff").split() and (
        one.count("\n") == other.count("\n") or one.rstrip().count("\n") == other.rstrip().count("\n")
    )


def _digests(raw: RawImage) -> list[str]:
    """List the digests of the layers' blobs; "" where one is not known, which no provenance names."""
    return [str(blob.digest or "") for blob in raw.layers]


def _provenance(raw: RawImage) -> Provenance | None:
    """Read what BuildKit wrote down about the build; what cannot be read is not there."""
    for attestation in raw.attestations:
        wanted = attestation.predicate_type.startswith(_PROVENANCE) or not attestation.predicate_type
        if wanted and attestation.size_bytes <= _MAX_STATEMENT_BYTES:
            try:
                found = read_provenance(attestation.read())
            except (ImageError, OSError):
                continue
            if found is not None:
                return found
    return None


def _reconstructed(raw: RawImage, steps: tuple[Step, ...]) -> DockerfileText | None:
    """Write a Dockerfile from the history."""
    if not steps:
        return None
    base, count = named_base(steps, raw.base_layer_count, raw.annotations)
    written = reconstruct(steps, Origin(raw.reference, base=base, base_step_count=count, config=raw.config))
    return DockerfileText(
        name="Dockerfile",
        lines=written.lines,
        origin=DockerfileOrigin.RECONSTRUCTED,
        spans=written.spans,
        base_step_count=count,
    )
