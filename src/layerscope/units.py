"""Sizes, ratios and names, between what people type or read and what the program holds.

Owns the two borders where text from an image becomes visible (`printable`) and where a user's size becomes bytes
(`parse_size`). Knows nothing of images.
"""

import math
import re
from functools import lru_cache

from layerscope.patterns import regex

_FACTORS = {
    "": 1, "b": 1,
    "k": 1000, "kb": 1000, "m": 1000**2, "mb": 1000**2, "g": 1000**3, "gb": 1000**3,
    "t": 1000**4, "tb": 1000**4, "p": 1000**5, "pb": 1000**5,
    "ki": 1024, "kib": 1024, "mi": 1024**2, "mib": 1024**2, "gi": 1024**3, "gib": 1024**3,
    "ti": 1024**4, "tib": 1024**4, "pi": 1024**5, "pib": 1024**5,
}  # fmt: skip
_SIZE = regex(r"\s*(\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})\s*([a-zA-Z]{0,3})\s*", re.ASCII)

# What would act on a terminal, reorder the line, hide, or pass for a blank: C0, DEL, C1, blanks other than the space,
# separators, bidi controls, zero-width and other format characters (category Cf), lone surrogates (bytes that are not
# UTF-8), and the backslash that introduces an escape.
_UNPRINTABLE = regex(
    "[\\\\\x00-\x1f\x7f-\xa0\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u1680\u17b4\u17b5"
    "\u180b-\u180f\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_ESCAPE = regex(r"\\(?:\\|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")


def parse_size(text: str) -> int:
    """Read "20MB", "5 KiB", "1.5g" or "4096" as bytes; SI and IEC as written; ValueError on anything else."""
    match = _SIZE.fullmatch(text)
    factor = _FACTORS.get(match[2].lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"not a size: {text!r} (write it as 20MB, 5KiB or plain bytes)")
    from fractions import Fraction

    return int(Fraction(match[1]) * factor)


@lru_cache(maxsize=4096)
def format_size(size_bytes: int) -> str:
    """Write bytes in SI units with three significant digits at most: "0 B", "983 kB", "56.2 MB"."""
    if abs(size_bytes) < 1000:
        return f"{size_bytes} B"  # what small images are written with: the library is not loaded for them
    import humanize

    number, unit = humanize.naturalsize(size_bytes, format="%.1f").split(" ")
    if abs(float(number)) < 100:
        return f"{number} {unit}"
    number, unit = humanize.naturalsize(size_bytes, format="%.0f").split(" ")
    return f"{number} {unit}" if abs(float(number)) >= 100 else f"{float(number):.1f} {unit}"


def format_percent(ratio: float | None, *, digits: int = 1) -> str:
    """Write a ratio 0-1 as a percentage; rounded toward zero, and only a whole is ever shown as 100 %."""
    if ratio is None or math.isnan(ratio):
        return "n/a"
    if math.isinf(ratio):
        return "∞ %"
    steps = int(round(ratio * 100 * 10**digits, 6))
    if ratio < 1:
        steps = min(steps, 100 * 10**digits - 1)
    return f"{steps / 10**digits:.{digits}f} %"


def decode(raw: bytes) -> str:
    """Turn bytes from an image into text that still tells every byte apart (surrogateescape, PEP 383)."""
    return raw.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """Undo `decode`."""
    return text.encode("utf-8", "surrogateescape")


def _visible(match: re.Match[str]) -> str:
    char = match[0]
    code = ord(char)
    if char == "\\":
        return "\\\\"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def printable(raw: bytes | str) -> str:
    r"""Make any text from an image safe to show: one line, no control codes, nothing hidden, still unambiguous.

    Control codes and bytes that are not UTF-8 appear as `\xNN`, other dangerous characters as `\uNNNN`, and a
    backslash as two. `from_printable` undoes it. Two different inputs never look the same.
    """
    text = decode(raw) if isinstance(raw, bytes) else raw
    return _UNPRINTABLE.sub(_visible, text) if _UNPRINTABLE.search(text) else text


def prose(text: str) -> str:
    """Make a message safe to show on one line; names in it may be printable already, so backslashes stay single."""
    return printable(" ".join(text.split())).replace("\\\\", "\\")


def from_printable(text: str) -> bytes:
    """Read a name as `printable` wrote it back into bytes; text without escapes comes back unchanged."""
    out = bytearray()
    position = 0
    for match in _ESCAPE.finditer(text):
        out += encode(text[position : match.start()])
        code = int(match[2] or match[3] or "0", 16)
        if match[1]:
            out.append(int(match[1], 16))
        elif code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            out += encode(match[0])  # no character: meant as it stands
        elif match[2] or match[3]:
            out += encode(chr(code))
        else:
            out += b"\\"
        position = match.end()
    return bytes(out + encode(text[position:]))


def json_name(raw: bytes) -> str:
    r"""Write a path for JSON: exact where it is UTF-8, with `\xNN` for each byte that is not (interface.md)."""
    return raw.decode("utf-8", "backslashreplace")


def json_bytes(raw: bytes) -> str | None:
    r"""Write a path as base64 where `json_name` is not exact; None where it is: `\xff` may be one byte, or four."""
    if raw.isascii():
        return None
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        import base64

        return base64.b64encode(raw).decode()
    return None
