"""layerscope: why a container image is as big as it is, byte by byte, and what to change in the Dockerfile.

The library: `inspect("image.tar")` gives an `Inspection`; its parts are in `layerscope.model`. Everything is
loaded on first use, so that importing the package costs nothing.
"""

TYPE_CHECKING = False  # not typing's: `--version` does without that module
if TYPE_CHECKING:
    from typing import Any

    from layerscope.model.inspection import Inspection as Inspection
    from layerscope.pipeline import InspectOptions as InspectOptions
    from layerscope.pipeline import inspect as inspect

__version__ = "0.1.0"
__all__ = ["InspectOptions", "Inspection", "__version__", "inspect"]

_HOMES = {
    "inspect": "layerscope.pipeline",
    "InspectOptions": "layerscope.pipeline",
    "Inspection": "layerscope.model.inspection",
}


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
