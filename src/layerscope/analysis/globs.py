"""Globs over the paths of an image → one compiled pattern. Knows no rule and no tree.

Paths are somebody else's, and may be made of 2,000 directories that all fit: a pattern that tries every way to share
them out among its stars takes hours. So each `**/`, and each star but the last of a name, takes the first place where
what follows it fits, and never another (`(?>…)`): a later one could not do better.
"""

import re
from collections.abc import Iterator, Sequence

from layerscope.patterns import regex
from layerscope.units import encode

_PARTS = regex(rb"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^]/]*\]|[^*?[]+|\[")
_NAME_ENDS = rb"(?=/|\Z)"


def compile_globs(globs: Sequence[str], *, below: bool = True) -> "re.Pattern[bytes]":
    """Compile globs (see `PathRule`) into a pattern for `fullmatch` on absolute paths; none matches nothing.

    `below`: a directory stands for all that is in it.
    """
    if not globs:
        return re.compile(rb"(?!)")
    return re.compile(b"|".join(_pattern(encode(glob), below=below) for glob in globs), re.DOTALL)


def _pattern(glob: bytes, *, below: bool) -> bytes:
    # A directory stands for all that is in it, so a trailing slash says nothing more.
    *first, last = _blocks(_PARTS.findall(glob.strip(b"/")))
    rooted = glob.startswith(b"/")
    more = rb"(?:/.*)?" if below else b""
    loose = any(b"**" in block or (block and not block[-1].endswith(b"/")) for block in first)
    if loose or b"**" in last[:-1]:
        # `a**b`, which has no name to hold on to
        return (rb"/" if rooted else rb"/(?:.*/)?") + rb"(?:.*/)?".join(map(_plainly, (*first, last))) + more
    found = rb"/"
    for index, block in enumerate(first):
        found += _written(block) if rooted and not index else rb"(?>(?:.*?/)??" + _written(block) + rb")"
    ends = _NAME_ENDS if below else rb"\Z"
    return (
        found + (_written(last) if rooted and not first else rb"(?>(?:.*?/)??" + _written(last) + ends + rb")") + more
    )


def _blocks(parts: list[bytes]) -> Iterator[list[bytes]]:
    """Give what stands between one `**/` and the next."""
    block: list[bytes] = []
    for part in parts:
        if part == b"**/":
            yield block
            block = []
        else:
            block.append(part)
    yield block


def _plainly(block: list[bytes]) -> bytes:
    return b"".join(rb"[^/]*" if part == b"*" else _part(part) for part in block)


def _written(block: list[bytes]) -> bytes:
    """Write names with stars: all but the last star of a name take as little as they can."""
    found = b""
    position = 0
    while position < len(block):
        if block[position] != b"*":
            found += _part(block[position])
            position += 1
            continue
        following = position + 1
        while following < len(block) and block[following] not in {b"*", b"**"} and b"/" not in block[following]:
            following += 1
        fixed = b"".join(map(_part, block[position + 1 : following]))
        more = following < len(block) and block[following] == b"*"
        found += rb"(?>[^/]*?" + fixed + rb")" if more else rb"[^/]*" + fixed
        position = following
    return found


def _part(part: bytes) -> bytes:
    if part in {b"**", b"?"}:
        return {b"**": rb".*", b"?": rb"[^/]"}[part]
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
