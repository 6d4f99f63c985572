"""Random layers for the laws: few names, few contents, so that everything collides with everything."""

from typing import Any

from hypothesis import strategies as st

from builder import device, directory, fifo, file, hardlink, sparse, symlink
from laws.slowmodel import Item, item

NAMES = (b"a", b"a", b"b", b"b", b"c", b"a\x01")
"""The last sorts between a directory `a` and what is in it, if anything is wrong with the order of paths."""
CONTENTS = (b"", b"1", b"2", b"11", b"22", b"\0\0", b"0123456789")
TARGETS = (b"a", b"b", b"/a", b"../b", b"a/b", b"c/a", b".", b"/", b"nowhere")


def paths(max_depth: int = 3) -> st.SearchStrategy[bytes]:
    """Give clean relative paths."""
    return st.lists(st.sampled_from(NAMES), min_size=1, max_size=max_depth).map(b"/".join)


def _odd(path: bytes, form: int) -> bytes:
    parent, slash, name = path.rpartition(b"/")
    forms = (
        b"./" + path, b"/" + path, path.replace(b"/", b"//"), parent + slash + b"./" + name, b"x/../" + path,
        b"../" + path,
    )  # fmt: skip
    return forms[form] if form < len(forms) else path


# Strategies are made once: making them anew for every draw costs more than all the rest.
_PATH = paths()
_NAME = st.tuples(_PATH, st.integers(0, 30)).map(lambda drawn: _odd(*drawn))
_KIND = st.sampled_from("fffffffddddlllhhhhsxp")
_CONTENT = st.sampled_from(CONTENTS)
_SPARSE_CONTENT = st.sampled_from((b"\0\0", b"1\0", b"\0" * 9 + b"9", b"01234\0\0\0\0\0"))
_CUTS = st.sets(st.integers(0, 10), max_size=4).map(sorted)
_TARGET = st.sampled_from(TARGETS)
_DEVICE = st.tuples(st.sampled_from(("c", "b")), st.integers(1, 2))
_MARKER = st.sampled_from(("whiteout",) * 4 + ("opaque", "opaque", "opaque at the root", "aufs"))
_ATTRIBUTES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.sampled_from((0o600, 0o755)),
        "uid": st.just(7),
        "mtime": st.just(1),
        "xattrs": st.just({"user.k": b"v"}),
    },
)


def _sparse(name: bytes, content: bytes, cuts: list[int], attributes: dict[str, Any]) -> Item:
    """A sparse file of few bytes: sometimes the same content as a plain one."""
    runs = [
        (start, content[start:end]) for start, end in zip(cuts[::2], cuts[1::2], strict=False) if start < len(content)
    ]
    kept = bytearray(len(content))
    for start, run in runs:
        kept[start : start + len(run)] = run
    return Item(name, sparse(len(content), runs, **attributes), bytes(kept), sum(len(run) for _, run in runs))


@st.composite
def _entry(draw: st.DrawFn) -> Item:
    """One entry that is no marker."""
    name, kind, attributes = draw(_NAME), draw(_KIND), draw(_ATTRIBUTES)
    if kind == "s":
        return _sparse(name, draw(_SPARSE_CONTENT), draw(_CUTS), attributes)
    if kind == "f":
        return item(name, file(draw(_CONTENT), **attributes))
    if kind == "d":
        return item(b"./" if name.startswith(b"../") else name + b"/", directory(**attributes))
    if kind == "l":
        return item(name, symlink(draw(_TARGET), **attributes))
    if kind == "h":
        return item(name, hardlink(draw(_NAME), **attributes))
    if kind == "p":
        return item(name, fifo(**attributes))
    which, minor = draw(_DEVICE)
    return item(name, device("c" if which == "c" else "b", 1, minor, **attributes))


def _marker(kind: str, path: bytes) -> Item:
    """A whiteout, an opaque marker, or what AUFS left behind."""
    parent, slash, name = path.rpartition(b"/")
    if kind == "whiteout":
        return item(parent + slash + b".wh." + name, file())
    if kind == "aufs":
        return item(b".wh..wh.plnk", directory())
    return item(b".wh..wh..opq" if kind == "opaque at the root" else path + b"/.wh..wh..opq", file())


_MARKERS = st.lists(st.tuples(_MARKER, _PATH).map(lambda drawn: _marker(*drawn)), max_size=3)
_ENTRIES = st.lists(_entry(), max_size=8)
_LAYER = st.tuples(_MARKERS, _ENTRIES).map(lambda drawn: drawn[0] + drawn[1])


@st.composite
def shuffled(draw: st.DrawFn, layer: list[Item]) -> list[Item]:
    """Put a layer's markers elsewhere among its entries."""
    moving = [one for one in layer if b".wh." in one.name]
    rest = [one for one in layer if b".wh." not in one.name]
    for one in moving:
        rest.insert(draw(st.integers(0, len(rest))), one)
    return rest


def images(max_layers: int = 5) -> st.SearchStrategy[list[list[Item]]]:
    """A stack of layers, markers first in each; `shuffled` puts them anywhere."""
    return st.lists(_LAYER, min_size=1, max_size=max_layers)
