"""Whether the hot loops run compiled: `COMPILED`, to be asked at each use.

They are where an installation found a C compiler (`compiled.pyx`, built by `hatch_build.py`), unless LAYERSCOPE_PURE
is set. Where not, the Python beside them does the same at half the speed. That same Python put through a compiler
gained a tenth only, because objects are what costs: bytes of each header and of each field, numbers in lists. So these
are loops of their own, for the plain cases. On 98,000 entries in 18 layers they take, of processor time (in brackets:
Python):

- `Headers`: headers into columns, 110 ms (410); reading 98,000 headers alone takes 80. Beside other threads.
- `arrange` and `fold`: parents and ends of paths, entries one over the other, 6 ms (70).
- `versions` and `Comparer`: files at one path compared, 140 ms (200). Beside other threads.
"""

import os
from pathlib import Path


def _is_compiled() -> bool:
    """Tell whether the compiled loops are there, and were made of the source that is there."""
    if os.environ.get("LAYERSCOPE_PURE"):
        return False
    try:
        from layerscope.filesystem import compiled
    except ImportError:
        return False
    source = Path(__file__).with_name("compiled.pyx")
    if not source.exists():  # installed
        return True
    from zlib import crc32

    return crc32(source.read_bytes()) == compiled.SOURCE


COMPILED = _is_compiled()
