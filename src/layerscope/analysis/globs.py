"""Globs over the paths of an image → one compiled pattern. Knows no rule and no tree."""

import re
from collections.abc import Sequence

from layerscope.units import encode

_PARTS = re.compile(rb"\*\*/|/\*\*$|\*\*|\*|\?|\[[!^]?\]?[^]/]*\]|[^*?[]+|\[")


def compile_globs(globs: Sequence[str]) -> "re.Pattern[bytes]":
    """Compile globs (see `PathRule`) into a pattern for `fullmatch` on absolute paths; none matches nothing."""
    if not globs:
        return re.compile(rb"(?!)")
    return re.compile(b"|".join(_pattern(encode(glob)) for glob in globs), re.DOTALL)


def _pattern(glob: bytes) -> bytes:
    rooted = glob.startswith(b"/")
    # A directory stands for all that is in it, so a trailing slash or /** says nothing more.
    body = b"".join(_part(match[0]) for match in _PARTS.finditer(glob.strip(b"/")))
    return (rb"/" if rooted else rb"/(?:.*/)?") + body + rb"(?:/.*)?"


def _part(part: bytes) -> bytes:
    fixed = {b"**/": rb"(?:.*/)?", b"/**": rb"/.*", b"**": rb".*", b"*": rb"[^/]*", b"?": rb"[^/]"}
    if part in fixed:
        return fixed[part]
    if part.startswith(b"[") and len(part) > 2:
        inside = part[1:-1]
        negated = inside[:1] in {b"!", b"^"}
        chars = inside[1:] if negated else inside
        safe = re.sub(rb"([\\\[\]&~|^])", rb"\\\1", chars)
        try:
            re.compile(b"[" + safe + b"]")
        except re.error:  # [z-a]: meant as it stands
            return re.escape(part)
        return b"[^/" + safe + b"]" if negated else b"[" + safe + b"]"
    return re.escape(part)
