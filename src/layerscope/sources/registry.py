"""All sources, and which of them a reference means.

Owns the order of detection and what is said when nothing is found. Knows nothing of formats and engines.
"""

import re
from typing import TYPE_CHECKING, Any

from layerscope.errors import UsageError
from layerscope.frozen import replace
from layerscope.model.image import RawImage
from layerscope.patterns import regex
from layerscope.sources.archive import DOCKER_ARCHIVE, OCI_ARCHIVE, OCI_LAYOUT
from layerscope.sources.base import Request, Source
from layerscope.sources.demo import DEMO

if TYPE_CHECKING:
    SOURCES: tuple[Source, ...]
    """In order of detection: the first that claims a reference without scheme gets it; engines are asked together."""

_SCHEME = regex(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)

_HERE: tuple[Source, ...] = (
    DEMO,  # one word of our own; a file of that name is ./demo
    DOCKER_ARCHIVE,  # what exists as a path is meant as a path; it finds out by itself what the file is
    OCI_ARCHIVE,
    OCI_LAYOUT,
)


def _engines() -> tuple[Source, ...]:
    """Load the engines: last, because asking them is slow, and a name says nothing about where it is."""
    from layerscope.sources.engine import DOCKER, PODMAN

    return DOCKER, PODMAN


def __getattr__(name: str) -> Any:
    if name == "SOURCES":
        return _HERE + _engines()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def open_image(request: Request) -> RawImage:
    """Open what the user named; raises `UsageError` or an `ImageError`, or what the progress callback raises."""
    scheme, reference = _split(request.reference)
    named = request.source or scheme
    if scheme is not None and request.source is not None and _source(scheme) is not _source(request.source):
        raise UsageError(f"{request.reference} says {scheme}, --source says {request.source}")
    if not reference:
        raise UsageError("no image is named", hint="try: layerscope demo")
    if named is not None:
        source = _source(named)
        return source.load(replace(request, reference=reference, source=source.name))
    for source in _HERE:
        if source.claims(reference):
            return source.load(replace(request, reference=reference))
    from layerscope.sources.engine import DOCKER, PODMAN, find_in_engines

    return find_in_engines(replace(request, reference=reference), (DOCKER, PODMAN))


def _split(reference: str) -> tuple[str | None, str]:
    match = _SCHEME.fullmatch(reference)
    return (match[1].lower(), match[2]) if match else (None, reference)


def _source(scheme: str) -> Source:
    schemes = {name: source for source in _HERE + _engines() for name in source.schemes}
    found = schemes.get(scheme)
    if found is None:
        import difflib

        close = difflib.get_close_matches(scheme, schemes, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(schemes)}"
        raise UsageError(f"there is no source called {scheme}", hint=hint)
    return found
