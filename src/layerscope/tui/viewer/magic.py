"""What the first bytes of a file say it is: a few words, and facts such as the size of a picture. Pure.

Formats are those of file(1) and of the specifications named beside each; a file that only looks like one is believed.
"""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

HEAD_BYTES = 1 << 16
"""How much of a file is looked at."""


class Nature(NamedTuple):
    """What a file is."""

    words: str
    """"PNG image", "ELF program"."""
    facts: tuple[tuple[str, str], ...] = ()
    """(name, value) pairs."""
    text: bool = False


_MACHINES = {
    3: "x86",
    8: "MIPS",
    20: "PowerPC",
    21: "PowerPC 64",
    22: "s390",
    40: "ARM",
    62: "x86-64",
    183: "ARM 64",
    243: "RISC-V",
    258: "LoongArch",
}
_ELF_TYPES = {1: "object", 2: "program", 3: "shared object or program", 4: "core dump"}
_SIMPLE: tuple[tuple[bytes, int, str], ...] = (
    (b"\x1f\x8b", 0, "gzip archive"),
    (b"\xfd7zXZ\0", 0, "xz archive"),
    (b"\x28\xb5\x2f\xfd", 0, "zstd archive"),
    (b"BZh", 0, "bzip2 archive"),
    (b"PK\3\4", 0, "zip archive (also jar, wheel, docx)"),
    (b"7z\xbc\xaf\x27\x1c", 0, "7-zip archive"),
    (b"!<arch>\n", 0, "ar archive (static library or Debian package)"),
    (b"\xed\xab\xee\xdb", 0, "RPM package"),
    (b"ustar", 257, "tar archive"),
    (b"%PDF-", 0, "PDF document"),
    (b"\xca\xfe\xba\xbe", 0, "Java class"),
    (b"\0asm", 0, "WebAssembly module"),
    (b"wOF2", 0, "WOFF2 font"),
    (b"\0\1\0\0", 0, "TrueType font"),
    (b"OTTO", 0, "OpenType font"),
    (b"MZ", 0, "Windows program"),
    (b"\xde\x12\x04\x95", 0, "gettext catalogue"),
    (b"TZif", 0, "time zone"),
    (b"ID3", 0, "MP3 audio"),
    (b"OggS", 0, "Ogg media"),
    (b"fLaC", 0, "FLAC audio"),
    (b"-----BEGIN", 0, "PEM text (key or certificate)"),
)


def nature_of(head: bytes, size_bytes: int) -> Nature:
    """Say what a file is by its first bytes (up to `HEAD_BYTES`)."""
    if not size_bytes:
        return Nature("empty file", text=True)
    for look in _LOOKS:
        found = look(head)
        if found:
            return found
    for mark, at, words in _SIMPLE:
        if head[at : at + len(mark)] == mark:
            return Nature(words, text=mark.startswith(b"-"))
    return _text(head, whole=len(head) >= size_bytes)


def _text(head: bytes, *, whole: bool) -> Nature:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Nature("UTF-16 text, shown as bytes")
    if b"\0" in head:
        return Nature("binary data")
    try:
        head.decode("ascii")
    except UnicodeDecodeError:
        try:
            head.decode("utf-8")
        except UnicodeDecodeError as error:
            cut_off = not whole and error.start > len(head) - 4
            odd = sum(byte >= 0x80 for byte in head)
            if not cut_off and odd > len(head) // 3:
                return Nature("binary data")
            return Nature("UTF-8 text" if cut_off else "text in another encoding than UTF-8", text=True)
        return Nature("UTF-8 text", text=True)
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b\b" for byte in head)
    if controls > len(head) // 10:
        return Nature("binary data")
    if head.startswith(b"#!"):
        return Nature("script", (("runs with", head[2:200].split(b"\n")[0].decode("ascii").strip()),), text=True)
    return Nature("text", text=True)


def _elf(head: bytes) -> Nature | None:
    """System V ABI, chapter 4."""
    if head[:4] != b"\x7fELF" or len(head) < 20:
        return None
    order = "<" if head[5] == 1 else ">"
    kind, machine = struct.unpack_from(order + "HH", head, 16)
    bits = "64-bit" if head[4] == 2 else "32-bit"
    words = f"ELF {_ELF_TYPES.get(kind, 'file')}"
    return Nature(words, (("made for", f"{_MACHINES.get(machine, f'machine {machine}')}, {bits}"), *_interpreter(head)))


def _interpreter(head: bytes) -> Iterator[tuple[str, str]]:
    at = head.find(b"/lib", 64, 4096)
    end = head.find(b"\0", at)
    if at > 0 and b"ld" in head[at:end]:
        yield "loader", head[at:end].decode("ascii", "backslashreplace")


def _picture(words: str, width: int, height: int) -> Nature:
    return Nature(words, (("picture", f"{width:,} x {height:,} pixels"),))


def _png(head: bytes) -> Nature | None:
    """W3C PNG, section 11.2.2."""
    if head[:8] != b"\x89PNG\r\n\x1a\n" or len(head) < 24:
        return None
    return _picture("PNG image", *struct.unpack_from(">II", head, 16))


def _gif(head: bytes) -> Nature | None:
    if head[:6] not in {b"GIF87a", b"GIF89a"} or len(head) < 10:
        return None
    return _picture("GIF image", *struct.unpack_from("<HH", head, 6))


def _bmp(head: bytes) -> Nature | None:
    if head[:2] != b"BM" or len(head) < 26 or head[6:10] != b"\0\0\0\0":
        return None
    width, height = struct.unpack_from("<ii", head, 18)
    return _picture("BMP image", abs(width), abs(height))


def _webp(head: bytes) -> Nature | None:
    """RFC 9649."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        return _picture("WebP image", *(int.from_bytes(head[at : at + 3], "little") + 1 for at in (24, 27)))
    if head[12:16] == b"VP8 ":
        return _picture("WebP image", *(value & 0x3FFF for value in struct.unpack_from("<HH", head, 26)))
    packed = int.from_bytes(head[21:25], "little")
    return _picture("WebP image", (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1)


def _jpeg(head: bytes) -> Nature | None:
    """ITU T.81, annex B: walk the segments to the frame's header."""
    if head[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return _picture("JPEG image", width, height)
        at += 2 + max(int.from_bytes(head[at + 2 : at + 4], "big"), 2)
    return Nature("JPEG image")


def _sqlite(head: bytes) -> Nature | None:
    """SQLite database file format, section 1.3."""
    if head[:16] != b"SQLite format 3\0" or len(head) < 32:
        return None
    page = int.from_bytes(head[16:18], "big")
    pages = int.from_bytes(head[28:32], "big")
    return Nature("SQLite database", (("pages", f"{pages:,} of {65536 if page == 1 else page:,} bytes"),))


def _python(head: bytes) -> Nature | None:
    """importlib: magic number, CR LF."""
    return Nature("Python bytecode") if head[2:4] == b"\r\n" and 0x0A <= head[1] <= 0x0F else None


_LOOKS: tuple[Callable[[bytes], Nature | None], ...] = (_elf, _png, _gif, _jpeg, _webp, _bmp, _sqlite, _python)
