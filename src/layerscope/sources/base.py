"""What a source is, and what it is asked for.

Owns the contract between the pipeline and the files of this folder. Knows no format and no engine; how a layer's
entries are scanned is handed in, because sources do not know the `filesystem` room.
"""

from collections.abc import Callable
from typing import BinaryIO, Protocol

from layerscope.frozen import dataclass, field
from layerscope.model.files import LayerTable
from layerscope.model.image import Digest, ProgressCallback, RawImage, no_progress

Scan = Callable[[BinaryIO, str], LayerTable]
"""Read an uncompressed tar stream to its end, hashing contents; the string is how errors call it."""


def _read_anew(_place: str, _image: RawImage, read: Callable[[], RawImage]) -> RawImage:
    return read()


@dataclass(frozen=True, slots=True)
class Request:
    """One image to open."""

    reference: str
    """As the user typed it for `open_image`; without its scheme for `Source.load`."""
    scan: Scan
    source: str | None = None
    """A scheme that the user insists on (`docker`, `oci-archive` …); None to find out."""
    platform: str | None = None
    """`os/arch[/variant]`, where several are there."""
    tag: str | None = None
    """Which image, where several are there."""
    base_of: tuple[Digest, ...] = ()
    """Diff IDs of an image that is built on the one wanted: where several are there, the one that fits is taken."""
    pull: bool = False
    """Have an engine fetch the image where it is not local."""
    ask: bool = False
    """Somebody can choose: raise `AmbiguousImageError` where else the likeliest is taken, with a note."""
    keep_contents: bool = False
    """Files will be read out of the layers: keep what cannot be asked for again."""
    verify: bool = False
    """Digests will be compared: measure those of layers that go by once."""
    recall: Callable[[str, RawImage, Callable[[], RawImage]], RawImage] = _read_anew
    """Give what an engine at a place would send of the image that it has described, from an earlier run where that is
    known, or by reading it with the function."""
    meanwhile: Callable[[], None] = field(default=lambda: None)
    """Called once where there is nothing to do but to wait: an engine may prepare for a minute before it sends."""
    progress: ProgressCallback = no_progress
    """Called while bytes stream; what it raises ends the reading, with everything closed."""
    image_ready: Callable[[RawImage], None] = field(default=lambda _image: None)
    """Called as soon as layers can be listed, perhaps before their bytes are there, and again once they are."""


class Source(Protocol):
    """A place where images come from. One file, one line in `registry.SOURCES`."""

    @property
    def name(self) -> str:
        """What `RawImage.source` and messages say; the first of the schemes."""
        ...

    @property
    def schemes(self) -> tuple[str, ...]:
        """What stands before `://` to mean this source."""
        ...

    def claims(self, reference: str) -> bool:
        """Say whether a reference without a scheme is meant for this source; cheap, and never raising."""
        ...

    def load(self, request: Request) -> RawImage:
        """Open the image, or raise an `ImageError` that says in one line why not."""
        ...
