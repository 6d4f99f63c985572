"""The images of the benchmarks, as descriptions: which files, links and whiteouts each layer holds.

Owns the shapes and how their sizes come about; knows nothing of tars or bytes. Everything is computed from numbers,
so that the same shape is the same archive on every machine.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import Final

from bench.archives import File, Layer

_WORDS: Final = (
    "core",
    "python3",
    "gnome",
    "perl-base",
    "x86_64-linux",
    "locale",
    "doc",
    "node_modules",
    "dist",
    "pkg",
)
_ENDINGS: Final = (".so.6", ".py", ".html", ".mo", ".h", "", ".js", ".1.gz", ".cpython-311.pyc", ".conf")
_MB: Final = 1_000_000
_LINK: Final = 17
"""Of forty entries, which one is a symlink."""


def tree(files: int, *, top: str, size: Callable[[int], int], seed: int = 0, per_directory: int = 13) -> Iterator[File]:
    """Lay out files as package trees are: directories of directories, a dozen files in each, links among them."""
    seen: set[str] = set()
    for number in range(files):
        bucket = number // per_directory
        word = _WORDS[bucket // 20 % 10]
        directory = f"{top}/{_WORDS[bucket // 300 % 10]}/{word}{bucket // 200}/package-{bucket:05d}/"
        if number % per_directory == 0:
            yield from _parents(directory, seen)
        stem = f"{_WORDS[number * 7 % 10]}-{number:05d}"
        if number % 40 == _LINK:
            yield File(directory + stem, target=f"{stem}{_ENDINGS[0]}", seed=number)
        else:
            mode = 0o755 if number % 10 == 0 else 0o644
            yield File(directory + stem + _ENDINGS[number * 3 % 10], size(number), seed + number, mode)


def _parents(directory: str, seen: set[str]) -> Iterator[File]:
    parts = directory.rstrip("/").split("/")
    for depth in range(1, len(parts) + 1):
        parent = "/".join(parts[:depth]) + "/"
        if parent not in seen:
            seen.add(parent)
            yield File(parent)


def _package_sizes(files: int, total_bytes: int) -> Callable[[int], int]:
    """Give sizes as package trees have them: most files are small, a few hold most of the bytes."""

    def typical(number: int) -> int:
        return 900_000 if number % 500 == 7 else 90_000 if number % 40 == 3 else 600 + number * 37 % 7000

    whole = sum(typical(number) for number in range(files) if number % 40 != _LINK)
    return lambda number: typical(number) * total_bytes // whole


def packages(files: int, total_bytes: int, *, top: str, seed: int = 0) -> Iterator[File]:
    """Lay out a package tree whose files have so many bytes together, but for rounding."""
    return tree(files, top=top, size=_package_sizes(files, total_bytes), seed=seed)


def _row(count: int, total_bytes: int, *, name: str, seed: int) -> list[File]:
    """Lay out files of one size beside one another, with their directories."""
    first = name.format(0)
    files = [File(name.format(number), total_bytes // count, seed + number) for number in range(count)]
    return [*_parents(first.rpartition("/")[0], set()), *files]


def _once(*files: File) -> list[File]:
    """Leave a directory away where it came before: Docker's graph drivers refuse a layer that has it twice."""
    return list({file.name: file for file in files}.values())


def big() -> list[Layer]:
    """Describe 3 GB in 98,006 entries and 18 layers: an application that is chowned, patched and cleaned up too late.

    Of 2.96 GB 1.62 are live, 0.12 overwritten, 0.64 reshipped and 0.58 deleted; 2,234 files of 720 MB are
    shipped a second time with their size unchanged.
    """
    application = list(packages(2_051, 640 * _MB, top="srv/application", seed=2))
    models = _row(234, 80 * _MB, name="opt/venv/models/weights-{:03}.bin", seed=40_000)
    data = _row(300, 40 * _MB, name="opt/venv/data/table-{:03}.db", seed=41_000)
    downloads = _row(5, 430 * _MB, name="tmp/downloads/archive-{}.tar", seed=42_000)
    lists = _row(60, 110 * _MB, name="var/lib/apt/lists/mirror_{:02}_Packages", seed=50_000)
    debs = _row(40, 40 * _MB, name="var/cache/apt/archives/package-{:02}.deb", seed=43_001)
    layers: list[list[File]] = [
        list(packages(26_000, 300 * _MB, top="usr")),
        _once(*lists, *debs),
        list(packages(32_000, 350 * _MB, top="usr/lib", seed=1)),
        [File("var/lib/apt/"), File("var/lib/apt/.wh.lists"), File("var/cache/"), File("var/cache/.wh.apt")],
        application,
        [replace(file, uid=1000) for file in application],
        _once(*packages(18_000, 110 * _MB, top="opt/venv", seed=3), *models, *data),
        [replace(file, seed=file.seed + 7) for file in models],
        [replace(file, size=file.size and file.size + (-1) ** (file.seed % 2)) for file in data],
        downloads,
        [File(f"tmp/downloads/.wh.archive-{number}.tar") for number in range(5)],
        *(list(packages(800, 14 * _MB, top=f"srv/service-{number}", seed=number)) for number in range(6)),
    ]
    return [*layers, _entries(98_006 - sum(map(len, layers)), 16 * _MB, top="srv/service-6")]


def _entries(count: int, total_bytes: int, *, top: str) -> list[File]:
    """Lay out a package tree with so many entries, directories and links included."""
    files = sum(not file.name.endswith("/") for file in islice(tree(count, top=top, size=lambda _: 0), count))
    return list(islice(packages(files, total_bytes, top=top), count))


def whiteouts() -> list[Layer]:
    """Describe 50,000 files, then 1,000 of them deleted one by one."""
    return deleted(50_000, 1_000)


def deleted(files: int, deletions: int) -> list[Layer]:
    """Describe so many files, and then some of them, evenly spread, deleted one by one."""
    layer = list(islice(tree(files * 2, top="data", size=lambda _: 100), files))
    names = [file.name for file in layer if not file.name.endswith("/")]
    step = max(len(names) / deletions, 1)
    chosen = sorted({int(number * step) for number in range(deletions) if int(number * step) < len(names)})
    markers = [File("/.wh.".join(names[number].rsplit("/", 1))) for number in chosen]
    return [layer, markers]


def many_layers() -> list[Layer]:
    """Describe 50,000 files below 40 small layers."""
    small = (tree(20, top=f"more{index}", size=lambda _: 100, seed=index) for index in range(40))
    return [tree(50_000, top="data", size=lambda _: 100), *small]


def million() -> list[Layer]:
    """Describe 1,000,000 entries in 60 layers, a third of which ship again what another one did."""
    share = [1_000_000 * (index + 1) // 60 - 1_000_000 * index // 60 for index in range(60)]
    trees = (tree(20_000, top=f"part{index % 40:02d}", size=lambda _: 60, seed=index * 20_000) for index in range(60))
    return [islice(files, count) for files, count in zip(trees, share, strict=True)]


def tiny() -> list[Layer]:
    """Describe ten entries."""
    return [islice(tree(6, top="app", size=lambda _: 1000), 10)]


def unpacked() -> list[Layer]:
    """Describe 700 MB of package trees in five layers, to be compressed."""
    sizes = (300, 200, 120, 60, 20)
    return [packages(60 * size, size * _MB, top=f"usr{index}", seed=index * 20_000) for index, size in enumerate(sizes)]


def growing_files(entries: int) -> list[Layer]:
    """Describe one layer with so many entries."""
    return [islice(tree(entries, top="data", size=lambda _: 60), entries)]


def growing_layers(entries: int) -> list[Layer]:
    """Describe so many entries in layers of a thousand, none of which repeats a path of another."""
    trees = (tree(1_000, top=f"top{index:03d}", size=lambda _: 60, seed=index) for index in range(entries // 1_000))
    return [islice(files, 1_000) for files in trees]


def growing_whiteouts(entries: int) -> list[Layer]:
    """Describe so many entries, half of them whiteouts that each delete a file of the other half."""
    half = entries // 2
    files = [File(f"data/d{number // 50:05d}/file-{number:06d}", 60, number) for number in range(half)]
    return [files, [File("/.wh.".join(file.name.rsplit("/", 1))) for file in files]]


def growing_depth(entries: int) -> list[Layer]:
    """Describe so many entries in chains of directories: 10 deep for 10,000 entries, 100 deep for 1,000,000."""
    depth = max(round(entries**0.5 / 10), 2)
    chains = (_chain(number, depth) for number in range(entries // (2 * depth) + 1))
    return [islice(chain.from_iterable(chains), entries)]


def _chain(number: int, depth: int) -> Iterator[File]:
    name = f"{number:x}"
    for level in range(depth):
        yield File(f"{name}/")
        yield File(f"{name}/f", 60, number + level)
        name += f"/{level % 10}"


SHAPES: Final[dict[str, Callable[[], Iterable[Layer]]]] = {
    "big": big,
    "whiteouts": whiteouts,
    "many-layers": many_layers,
    "million": million,
    "tiny": tiny,
    "packages": unpacked,
}
GROWING: Final[dict[str, Callable[[int], Iterable[Layer]]]] = {
    "files": growing_files,
    "layers": growing_layers,
    "whiteouts": growing_whiteouts,
    "depth": growing_depth,
}
