"""The inspection: everything that is known about one image. Every face shows it, none adds a number of its own."""

from collections.abc import Mapping, Sequence

from layerscope.frozen import dataclass
from layerscope.model.filetree import FileTree
from layerscope.model.findings import Finding, Verdict
from layerscope.model.history import DockerfileText, Instruction, Step
from layerscope.model.image import Digest, ImageConfig, LayerBlob, Note
from layerscope.model.ledger import Ledger, Scores, Waste


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """The image as a whole. Bytes are uncompressed content (`content_bytes`) or as stored (`stored_bytes`)."""

    reference: str
    source: str
    image_id: Digest | None
    tags: tuple[str, ...]
    platform: str
    created: str | None
    author: str
    layer_count: int
    base_layer_count: int | None
    """How many layers are the FROM image's; None where not known."""
    content_bytes: int
    stored_bytes: int
    config: ImageConfig
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, 0 = base. Counts are of paths, compared with everything below."""

    index: int
    diff_id: Digest | None
    digest: Digest | None
    media_type: str | None
    content_bytes: int
    stored_bytes: int
    entry_count: int
    """Entries of the tar, markers included."""
    added_count: int
    modified_count: int
    removed_count: int
    ledger: Ledger
    killed_bytes: int
    """Bytes, in this and lower layers, that this layer ended."""
    created: str | None
    created_by: str | None
    instruction: Instruction | None
    absent_reason: str | None = None
    """Set when the layer's bytes are not in the source; its numbers are then 0 and the totals partial."""
    rebuilt_content_bytes: int = 0
    """What a change of this layer costs: content of it and of all layers above, which are built again."""
    rebuilt_stored_bytes: int = 0
    """The same as stored: what is pushed and pulled again, at most."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `layerscope.inspect` returns."""

    image: ImageFacts
    ledger: Ledger
    scores: Scores
    layers: tuple[Layer, ...]
    steps: tuple[Step, ...]
    waste: Sequence[Waste]
    """Most bytes first."""
    findings: tuple[Finding, ...]
    notes: tuple[Note, ...]
    tree: FileTree
    verdict: Verdict | None = None
    blobs: tuple[LayerBlob, ...] = ()
    """By layer: where its bytes can be read again (`pipeline.contents`)."""
    dockerfile: DockerfileText | None = None
    """The Dockerfile beside the history: the real one where known, else one reconstructed; None without history."""

    @property
    def partial(self) -> bool:
        """Some layer could not be read, so the totals are lower bounds."""
        return any(layer.absent_reason for layer in self.layers)
