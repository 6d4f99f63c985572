"""What a file is to hold, by what is asked for or by how its name ends.

An ending that says nothing is a mistake rather than text.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from layerscope.errors import UsageError

_TEXT = "text"
ALIASES = {"md": "markdown"}
"""Other words for a kind, as people know it from the end of a file's name."""
_TEXT_ENDINGS = frozenset({"", ".txt", ".text", ".log", ".out"})


def kind_by_ending(target: str, by_ending: Mapping[str, str], kinds: Iterable[str]) -> str:
    """Tell the kind, text where a name has no ending (or a number: `report-1.2`); raises `UsageError`."""
    ending = Path(target).suffix.lower()
    if ending in _TEXT_ENDINGS or ending[1:].isdecimal():
        return _TEXT
    if ending in by_ending:
        return by_ending[ending]
    raise UsageError(
        f"{target}: what is to be in a {ending} file is not known",
        hint=f"known are {', '.join(by_ending)}; else name the kind: {', '.join(kinds)}",
    )
