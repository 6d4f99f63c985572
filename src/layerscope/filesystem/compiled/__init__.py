"""The hot loops of reading and folding, in C where an installation found a compiler, unless LAYERSCOPE_PURE is set.

Each does the plain case only and stops at whatever is not plain: there the Python beside it goes on (`tarscan.py`,
`numbering.py`, `stack.py`, `content.py`, `diff.py`), which does all cases, and is all that runs where nothing is
compiled. So what is rare, odd or hostile is read by one program only, and tests hold the two against each other. Arrays
are read and written through checked views. `hatch_build.py` compiles the `.pyx` files.

That Python itself put through a compiler gained a tenth only, because objects are what costs: bytes of each header and
of each field, numbers in lists. So these are loops of their own. On 98,000 entries in 18 layers they take, of processor
time (Python in brackets), 1,000,000 entries behind the stroke:

- `headers`: headers into columns, 0.11 s (0.41) / 0.40 (3.0); to read 98,000 headers takes any program 0.08. While it
  reads other threads run, so that layers are read on all cores without processes that send tables to each other.
- `folding`: paths numbered, entries one over the other, 16 ms (130) / 0.26 s (1.0); changes counted, 2 ms (20) / 30 ms
  (890).
- `comparer`: files at one path compared, 0.2 s (0.22) / 0.5 (1.3); other threads run here, too.
"""

import os
from pathlib import Path


def _is_there() -> bool:
    """Tell whether all are compiled, and of the source that is there."""
    if os.environ.get("LAYERSCOPE_PURE"):
        return False
    try:
        from layerscope.filesystem.compiled import comparer, folding, headers
    except ImportError:
        return False
    from zlib import crc32

    for name, module in (("comparer", comparer), ("folding", folding), ("headers", headers)):
        source = Path(__file__).with_name(f"{name}.pyx")
        if source.exists() and crc32(source.read_bytes()) != getattr(module, "SOURCE", None):  # it is not installed
            return False
    return True


IN_USE = _is_there()
"""To be asked at each use."""
