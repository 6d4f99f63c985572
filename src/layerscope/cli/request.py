"""What the command line says of an image: which one, how to read it, and how to talk meanwhile."""

from pathlib import Path
from typing import Any

from layerscope.frozen import dataclass
from layerscope.pipeline import InspectOptions


@dataclass(frozen=True, slots=True)
class Request:
    """Which image, how to read it, and how to talk meanwhile."""

    reference: str
    options: InspectOptions
    quiet: bool
    no_color: bool

    @property
    def images(self) -> tuple[str, ...]:
        """All references that are read."""
        return tuple(one for one in (self.reference, self.options.base) if one is not None)


def request_for(
    image: str, *, quiet: bool, no_color: bool, no_cache: bool, no_dockerfile: bool, **more: Any
) -> Request:
    """Make a request of what options say; `more` are fields of `InspectOptions`, by their own names."""
    options = InspectOptions(dockerfile_folder=None if no_dockerfile else Path(), remember=not no_cache, **more)
    return Request(reference=image, options=options, quiet=quiet, no_color=no_color)
