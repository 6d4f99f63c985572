"""Believable contents for the demo image: sources, styles and lists of packages as text, the beginnings of binaries.

Owns what stands in them; all of it is made up. Names of packages are Debian's.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping

_NOUNS = ("note", "page", "tag", "user", "draft", "image", "link", "query", "theme", "board")
_VERBS = ("show", "list", "create", "update", "archive", "search", "export", "import_", "render", "check")


def text_of(suffix: str, seed: str, size_bytes: int) -> bytes:
    """Write at least so much text of a kind of file; different for each seed."""
    write = TEXTS[suffix]
    parts = [_HEADS.get(suffix, "")]
    size = len(parts[0])
    for number, (verb, noun) in enumerate(_words(seed), start=1):
        parts.append(write(verb, noun, number))
        size += len(parts[-1])
        if size >= size_bytes:
            break
    return "".join(parts).encode()


def _words(seed: str) -> Iterator[tuple[str, str]]:
    digest = hashlib.sha256(seed.encode()).digest()
    while True:
        for one, other in zip(digest, digest[1:] + digest[:1], strict=True):
            yield _VERBS[one % len(_VERBS)], _NOUNS[other % len(_NOUNS)]


def _python(verb: str, noun: str, number: int) -> str:
    return (
        f"def {verb}_{noun}_{number}(store, {noun}_id, *, limit={number % 7 * 10 + 20}):\n"
        f'    """{verb.strip("_").capitalize()} a {noun}, or say that there is none."""\n'
        f"    {noun} = store.get({noun}_id)\n"
        f"    if {noun} is None:\n"
        f'        raise LookupError(f"no {noun} {{{noun}_id}}")\n'
        f"    return {noun}.{verb}(limit=limit)\n\n\n"
    )


def _script(verb: str, noun: str, number: int) -> str:
    return (
        f"export function {verb}{noun.capitalize()}{number}({noun}) {{\n"
        f"  const rows = {noun}.rows.slice(0, {number % 9 + 1});\n"
        f'  return rows.map((row) => row.{verb} ?? "{noun}").join(", ");\n}}\n\n'
    )


def _style(verb: str, noun: str, number: int) -> str:
    return f".{noun}-{verb}-{number} {{\n  padding: {number % 5}rem;\n  color: var(--{noun}-{number % 3});\n}}\n\n"


def _record(verb: str, noun: str, number: int) -> str:
    return f'  {{"model": "notes.{noun}", "pk": {number}, "fields": {{"title": "{verb} {noun} {number}"}}}},\n'


def _shape(verb: str, noun: str, number: int) -> str:
    return f'  <symbol id="{noun}-{verb}-{number}"><path d="M{number % 24} 2h{number % 9}v12z"/></symbol>\n'


TEXTS: Mapping[str, Callable[[str, str, int], str]] = {
    "py": _python,
    "js": _script,
    "css": _style,
    "json": _record,
    "svg": _shape,
}
"""By the ending of a name: how a piece of such a file is written."""
_HEADS = {
    "py": '"""Made up for the demo image."""\n\n\n',
    "json": "[\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg">\n',
}
BEGINNINGS: Mapping[str, bytes] = {
    "deb": b"!<arch>\ndebian-binary   1709510400  0     0     100644  4         `\n2.0\n",
    "pyc": b"\xa7\x0d\x0d\x0a\0\0\0\0",
    "whl": b"PK\3\4\x14\0\0\0\x08\0",
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x07\x80\0\0\x04\x38\x08\x06\0\0\0",
    "woff2": b"wOF2\0\1\0\0",
    "sqlite3": b"SQLite format 3\0\x10\0\1\1\0\x40\x20\x20",
    "so": b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0",
    "": b"\x7fELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0",
}
"""By the ending of a name: with what such a file begins; "" for programs."""

BASE_PACKAGES = """
    adduser apt base-files base-passwd bash bsdutils coreutils dash debconf debian-archive-keyring debianutils
    diffutils dpkg e2fsprogs findutils gcc-12-base gpgv grep gzip hostname init-system-helpers libacl1 libapt-pkg6.0
    libattr1 libaudit-common libaudit1 libblkid1 libbz2-1.0 libc-bin libc6 libcap-ng0 libcap2 libcom-err2 libcrypt1
    libdb5.3 libdebconfclient0 libext2fs2 libffi8 libgcc-s1 libgcrypt20 libgmp10 libgnutls30 libgpg-error0
    libhogweed6 libidn2-0 liblz4-1 liblzma5 libmd0 libmount1 libnettle8 libp11-kit0 libpam-modules libpam-runtime
    libpam0g libpcre2-8-0 libseccomp2 libselinux1 libsemanage2 libsepol2 libsmartcols1 libss2 libstdc++6 libsystemd0
    libtasn1-6 libtinfo6 libudev1 libunistring2 libuuid1 libxxhash0 libzstd1 login logsave mount
""".split()  # noqa: SIM905 - names are read more easily so
COMPILER_PACKAGES = """
    binutils cpp cpp-12 gcc gcc-12 libbinutils libcc1-0 libctf0 libgcc-12-dev
""".split()  # noqa: SIM905
ADDED_PACKAGES = """
    libc-dev-bin libc6-dev libcrypt-dev libexpat1 libgomp1 libisl23 libitm1 liblsan0 libmpc3 libmpfr6 libncursesw6
    libnsl-dev libpq-dev libpq5 libpython3-stdlib libreadline8 libsqlite3-0 libtirpc3 linux-libc-dev media-types
    python3 python3-minimal python3-pip python3-setuptools python3-wheel python3.11
""".split()  # noqa: SIM905
_PACKAGE_BYTES = 1000
_LONGEST_LINE = 72


def package_status(packages: list[str]) -> str:
    """Write what dpkg knows of some packages, a thousand bytes for each."""
    return "".join(map(_stanza, sorted(packages)))


def _stanza(name: str) -> str:
    head = (
        f"Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: misc\n"
        f"Installed-Size: {len(name) * 97}\nMaintainer: Nobody <nobody@example.org>\nArchitecture: amd64\n"
        f"Version: 1.{len(name)}.0-1\nDescription: {name}, as in a small Debian\n"
    )
    text = head
    while len(text) < _PACKAGE_BYTES - 2 * _LONGEST_LINE:
        text += f" Line {text.count(' Line ')} of what {name} is good for, which is made up.\n"
    field = "Checksum: "
    digits = hashlib.shake_128(name.encode()).hexdigest(_LONGEST_LINE)
    return f"{text}{field}{digits[: _PACKAGE_BYTES - len(text) - len(field) - 2]}\n\n"
