"""Images in one line a layer, so that hundreds fit on a screen; and random ones that make paths collide.

d/         directory          f=30      file of 30 bytes            f~9000   sparse file that looks like 9000 bytes
f>d/g      hard link to d/g   f@        named pipe                  f->d     symlink
-d/f       whiteout of d/f    !d        opaque marker in d
"""

import random
import re
from dataclasses import replace

from builder import Entry, ImageBuilder, directory, fifo, file, hardlink, sparse, symlink
from layerscope.model.ledger import DiveScores
from layerscope.pipeline import inspect_raw

_ENTRY = re.compile(r"(?P<path>[^=~>@]+?)(?P<sign>->|[=~>@])(?P<value>.*)")
# Around ".wh." in the order of names, which is what Dive goes by
_NAMES = ("a", "b", ".c", "d", ".wh", ".whz", ".x", "-n", "!", "zz", "a.b", "ä")


def image(*layers: str) -> ImageBuilder:
    """Build an image from one line a layer. No two layers are the same: `docker save` before 25 wrote a repeated layer
    as a symlink, which Dive takes for an empty layer."""
    builder = ImageBuilder()
    for index, line in enumerate(layers):
        entries = [(path, replace(entry, mtime=index)) for path, entry in map(_entry, line.split())]
        builder.layer([("./", directory(mtime=index)), *entries])
    return builder


def scores(builder: ImageBuilder) -> DiveScores:
    """Score an image without going through a file."""
    return inspect_raw(builder.raw_image()).scores.dive


def _entry(word: str) -> tuple[str, Entry]:
    if word[0] in "-!" and not _ENTRY.fullmatch(word) and not word.endswith("/"):
        parent, slash, name = word[1:].rpartition("/")
        return (f"{parent}{slash}.wh.{name}" if word[0] == "-" else f"{word[1:]}/.wh..wh..opq"), file()
    if word.endswith("/"):
        return word, directory()
    match = _ENTRY.fullmatch(word)
    assert match, word
    path, sign, value = match["path"], match["sign"], match["value"]
    if sign == "=":
        return path, file(bytes(int(value)))
    if sign == "~":
        return path, sparse(int(value), [(0, b"stored")])
    if sign == ">":
        return path, hardlink(value)
    return path, fifo() if sign == "@" else symlink(value)


def random_layers(seed: int) -> list[str]:
    """Make up an image in which little goes right: few names, many whiteouts, missing parents, no order."""
    dice = random.Random(seed)
    names = _NAMES[: dice.choice([3, 5, len(_NAMES)])]
    known: list[str] = []
    return [" ".join(_random_layer(dice, names, known)) for _ in range(dice.randint(2, 6))]


def _random_layer(dice: random.Random, names: tuple[str, ...], known: list[str]) -> list[str]:
    with_parents = dice.random() < 0.6
    words: list[str] = []
    for _ in range(dice.randint(0, 8)):
        path = _random_path(dice, names, known)
        if with_parents:
            parts = path.split("/")
            words += ["/".join(parts[:depth]) + "/" for depth in range(1, len(parts)) if dice.random() < 0.7]
        known.append(path)
        # a symlink gets a name that nothing is ever put below: what is there, we follow and Dive does not
        other = f">{dice.choice(known)}", f"/s{dice.randint(0, 2)}->/a", "@", f"~{dice.randint(5000, 9000)}"
        size = f"={dice.choice([0, 1, 7, 100, dice.randint(0, 5000)])}"
        words.append(path + dice.choices([size, "/", *other], [50, 28, 7, 7, 3, 5])[0])
    for _ in range(dice.choice([0, 0, 1, 2, 4])):
        path = _random_path(dice, names, known)
        words.append("-" + (path.rsplit("/", 1)[0] if dice.random() < 0.5 else path))
    for _ in range(dice.choice([0, 0, 0, 1])):
        words.append("!" + _random_path(dice, names, known))
    if dice.random() < 0.3:
        dice.shuffle(words)
    return words


def _random_path(dice: random.Random, names: tuple[str, ...], known: list[str]) -> str:
    path = "/".join(dice.choice(names) for _ in range(dice.randint(1, 3)))
    if known and dice.random() < 0.7:
        path = dice.choice(known) + ("/" + path if dice.random() < 0.3 else "")
    return path
