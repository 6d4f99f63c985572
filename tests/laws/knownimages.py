"""Images that the real code once got wrong, or that engines were asked about: checked every time, not by luck."""

from builder import Entry, directory, file, hardlink, sparse, symlink
from laws.slowmodel import Item, item


def image(*layers: list[tuple[str, Entry]]) -> list[list[Item]]:
    """Write layers shortly; sparse files are made as `Item` by hand."""
    return [[item(name, entry) for name, entry in layer] for layer in layers]


D, F, S, H = directory, file, symlink, hardlink
OPAQUE = ".wh..wh..opq"
_SPARSE = Item(b"a", sparse(1000, [(0, b"hello")]), b"hello" + bytes(995), 5)
_EMPTY = Item(b"a", sparse(1000, []), bytes(1000), 0)

KNOWN: dict[str, list[list[Item]]] = {
    "the root as a file": image([("a", F(b"xx"))], [(".", F(b"y"))]),
    "the root as a symlink": image([("a", F(b"xx"))], [("/", S("/etc")), ("c/..", S("a"))]),
    "the root as a directory": image([("./", D(0o700)), ("a", F(b"x"))], [("./", D(0o755))]),
    "a hard link through an own symlink": image([("usr/bin/x", F(b"XX")), ("bin", S("usr/bin")), ("y", H("bin/x"))]),
    "opaque, then a file": image([("d/a", F(b"xx"))], [(f"d/{OPAQUE}", F()), ("d", F(b"new"))]),
    "opaque, then a symlink": image([("d/a", F(b"xx"))], [(f"d/{OPAQUE}", F()), ("d", S("real"))]),
    "opaque below an own file": image([(f"a/a/{OPAQUE}", F()), ("a", F())]),
    "opaque on a lower file": image([("d", F(b"1"))], [(f"d/{OPAQUE}", F())]),
    "opaque of nothing": image([("k", F(b"1"))], [(f"d/{OPAQUE}", F())]),
    "opaque at the root": image([("a", F(b"1")), ("d/x", F(b"22"))], [(OPAQUE, F()), ("b", F(b"3"))]),
    "nested opaques": image(
        [("d/s/z", F(b"1")), ("d/a", F(b"2"))],
        [("d/", D()), ("d/s/", D()), (f"d/s/{OPAQUE}", F()), (f"d/{OPAQUE}", F()), ("d/s/n", F(b"3"))],
    ),
    "shipped and flipped away": image([("l/", D()), ("l/x", F(b"xx"))], [("l/x", F(b"yy")), ("l", S("real"))]),
    "added and flipped away": image([("k", F())], [("l/x", F(b"yy")), ("l", S("real"))]),
    "another name goes": image([("a", F(b"12")), ("b", H("a"))], [(".wh.b", F())]),
    "a hard link with attributes of its own": image(
        [("a", F(b"1", mtime=5, xattrs={"user.a": b"1"})), ("b", H("a", mtime=9, mode=0o600, uid=7))],
        [("b", F(b"1", mtime=9, mode=0o600, uid=7, xattrs={"user.a": b"1"}))],
    ),
    "a hard link to a symlink": image([("s", S("t")), ("b", H("s", mode=0o777))], [("b", S("t"))]),
    "the first name of a symlink goes": image([("s", S("t")), ("b", H("s", mode=0o777))], [(".wh.s", F())]),
    "hard links in a chain before their file": image(
        [("b", H("a")), ("c", H("b")), ("a", F(b"x" * 10))], [(".wh.a", F()), (".wh.b", F())]
    ),
    "a hard link before its file": image([("b", H("a", mode=0o600)), ("a", F(b"x", mode=0o755))]),
    "a hard link before its file, replaced": image([("a", H("a", mode=0o600, xattrs={"user.k": b"v"})), ("a", F())]),
    "hard links to nothing": image([("a", H("b")), ("b", H("a")), ("c", H("nope"))], [("a", F(b"1")), ("c", H("no"))]),
    "a hard link to a directory": image([("d/", D()), ("y", H("d"))]),
    "a hard link to a lower file": image([("a", F(b"12", mode=0o600))], [("b", H("a"))], [(".wh.a", F())]),
    "a hard link to what the layer removes": image([("a", F(b"12"))], [(".wh.a", F()), ("b", H("a"))]),
    "a hard link keeps what a rewrite replaces": image(
        [("a", F(b"1")), ("b", H("a")), ("a", F(b"22"))], [(".wh.b", F())]
    ),
    "a link group is chowned": image([("a", F(b"12")), ("b", H("a"))], [("b", F(b"12", uid=7)), ("a", H("b", uid=7))]),
    "one name is rewritten, the other goes": image([("a", F(b"12")), ("b", H("a"))], [("a", F(b"3")), (".wh.b", F())]),
    "a link that a file replaced": image(
        [("a/", D()), ("a/b", S("../b")), ("a", F(b"1")), ("a/b/a", F(b"22"))],
    ),
    "below another name of a symlink": image([("real/", D()), ("s", S("real")), ("t", H("s")), ("t/x", F(b"1"))]),
    "below a hard link alone": image([("a", F()), ("b", S("c/a")), ("a", H("b")), ("a/a", F(b"1"))]),
    "below a symlink that is a loop": image([("a", S("a")), ("a/a", F()), ("b", S("a")), ("b/a", F(b"1"))]),
    "below a symlink that leads nowhere": image([("l", S("nowhere/deep")), ("l/x", F(b"1"))]),
    "below a symlink that leads out": image([("l", S("../../../etc")), ("l/x", F(b"1"))]),
    "below a lower symlink": image([("usr/bin/x", F(b"1")), ("bin", S("usr/bin"))], [("bin/y", F(b"22"))]),
    "below a lower file": image([("d", F(b"1"))], [("d/e/x", F(b"22"))]),
    "below an own file": image([("d", F(b"1")), ("d/x", F(b"22"))]),
    "a whiteout below a lower file": image([("a", F(b"12"))], [("a/.wh.x", F())]),
    "a whiteout below a lower symlink": image([("usr/x", F(b"1")), ("bin", S("usr"))], [("bin/.wh.x", F())]),
    "a whiteout of nothing": image([("a", F(b"1"))], [("no/dir/.wh.nope", F())]),
    "a whiteout and its child's": image([("d/a", F(b"1")), ("d/b", F(b"2"))], [(".wh.d", F()), ("d/.wh.a", F())]),
    "a whiteout of what comes again": image([("d/a", F(b"1"))], [("d/", D()), ("d/b", F(b"1")), (".wh.d", F())]),
    "a whiteout of what comes again the same": image([("x", F(b"12"))], [("x", F(b"12")), (".wh.x", F())]),
    "whiteouts deeper and deeper": image([(".wh.a", F()), ("a/a/.wh.a", F()), ("a/b", F())]),
    "AUFS keeps a hard-linked file": image(
        [(".wh..wh.plnk/", D()), (".wh..wh.plnk/1.2", F(b"AUFS")), ("a", H(".wh..wh.plnk/1.2"))]
    ),
    "sparse, then plain": [[_SPARSE], *image([("a", F(b"hello" + bytes(995)))])],
    "sparse, then nothing but a hole": [[_SPARSE], [_EMPTY], [_EMPTY], [_SPARSE]],
    "three contents of one size": image([("a", F(b"1"))], [("a", F(b"2"))], [("a", F(b"3"))], [("a", F(b"1"))]),
    "directory, file, directory": image([("a/x", F(b"1"))], [("a", F(b"22"))], [("a/y", F(b"333"))]),
    "no layers with anything": [[], [], []],
}
