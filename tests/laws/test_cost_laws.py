"""Laws of cost: four times the image may take about four times as long, whatever its shape."""

import gc
import time
from collections.abc import Callable, Iterable

import pytest

from layerscope.analysis.ledger import killed_by_layer, settle, waste_of
from layerscope.filesystem.content import classify
from layerscope.filesystem.diff import compare, count_changes
from layerscope.filesystem.stack import stack
from layerscope.model.files import Kind, LayerTable, PathKey
from layerscope.model.image import HistoryRecord, LayerBlob, RawImage
from layerscope.pipeline import inspect_raw

Shape = Callable[[int], list[LayerTable]]


def layer(
    files: Iterable[bytes] = (),
    *,
    directories: Iterable[bytes] = (),
    links: Iterable[tuple[bytes, bytes]] = (),
    symlinks: Iterable[tuple[bytes, bytes]] = (),
    whiteouts: Iterable[bytes] = (),
    opaques: Iterable[bytes] = (),
    content: bytes = b"",
) -> LayerTable:
    """Make a table as a scan of a stream does; components are joined by NUL."""
    table = LayerTable(digest={}, terminated=True)
    rows: list[tuple[bytes, Kind, bytes | None]] = [(key, Kind.SYMLINK, target) for key, target in symlinks]
    rows += [(key, Kind.DIRECTORY, None) for key in directories]
    rows += [(key, Kind.FILE, None) for key in files]
    rows += [(key, Kind.HARDLINK, target) for key, target in links]
    for row, (key, kind, target) in enumerate(rows):
        table.keys.append(PathKey(key))
        table.kind.append(kind)
        table.size.append(10 if kind is Kind.FILE else 0)
        for column in (table.uid, table.gid, table.offset, table.mode):
            column.append(0)
        table.mtime_s.append(0)
        if target is not None:
            table.link[row] = target
        if kind is Kind.FILE and table.digest is not None:
            table.digest[row] = content
    table.whiteouts, table.opaques = [PathKey(key) for key in whiteouts], [PathKey(key) for key in opaques]
    return table


def spread(count: int) -> list[bytes]:
    return [b"d%d\0s%d\0f%d" % (number // 4000, number // 20 % 200, number) for number in range(count)]


def siblings_rewritten(count: int) -> list[LayerTable]:
    names = [b"d\0f%d" % number for number in range(count)]
    return [layer(names), layer(names, content=b"other"), layer(names, content=b"other")]


def whiteouts_without_directories(count: int) -> list[LayerTable]:
    names = [b"d%d\0f" % number for number in range(count)]
    return [layer(names), layer(whiteouts=names[::4])]


def removed_and_added_again(count: int) -> list[LayerTable]:
    names = [b"d\0f%d" % number for number in range(200)]
    return [layer(names, whiteouts=[b"d"], content=b"%d" % number) for number in range(count // 200)]


def hard_links_to_one_file(count: int) -> list[LayerTable]:
    one = layer([b"a"], links=[(b"l%d" % number, b"a") for number in range(count)])
    two = layer([b"a"], links=[(b"l%d" % number, b"a") for number in range(count)])
    return [one, two, layer(whiteouts=[b"l%d" % number for number in range(count // 2)])]


def links_that_come_first(count: int) -> list[LayerTable]:
    return [layer([b"l%d" % count], links=[(b"l%d" % number, b"l%d" % (number + 1)) for number in range(count)])]


def opaque_in_opaque(count: int) -> list[LayerTable]:
    names = [b"d%d" % (n // 50) + b"".join(b"\0s%d" % depth for depth in range(n % 50)) for n in range(count)]
    return [layer(directories=names), layer(directories=names, opaques=names)]


def below_own_symlinks(count: int) -> list[LayerTable]:
    links = [(b"l%d" % number, b"t%d" % number) for number in range(count // 2)]
    return [layer([link + b"\0f" for link, _ in links], symlinks=links)]


def deep_below_a_symlink(count: int) -> list[LayerTable]:
    parent = b"l" + b"\0a" * (count // 20)
    return [layer([b"%s\0f%d" % (parent, number) for number in range(200)], symlinks=[(b"l", b"t")])]


def plain(count: int) -> list[LayerTable]:
    names = spread(count)
    return [layer(names), layer(names[::3]), layer(names[::4], content=b"other")]


SHAPES: tuple[Shape, ...] = (
    plain, siblings_rewritten, whiteouts_without_directories, removed_and_added_again, hard_links_to_one_file,
    links_that_come_first, opaque_in_opaque, below_own_symlinks, deep_below_a_symlink,
)  # fmt: skip


def cost_s(tables: list[LayerTable]) -> float:
    """CPU seconds of everything between the scan and the screen."""
    last = len(tables) - 1
    gc.collect()
    start = time.process_time()
    tree = stack(tables)
    classify(tree, [LayerBlob(name="layer") for _ in tables])
    settle(tree)
    len(waste_of(tree))
    killed_by_layer(tree)
    for index in range(len(tables)):
        count_changes(tree, index)
    for first in (0, last):
        compare(tree, first, last)
        compare(tree, first, last, unmodified=True)
    return time.process_time() - start


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_four_times_the_image_takes_about_four_times_as_long(shape: Shape) -> None:
    small = min(cost_s(shape(2_000)) for _ in range(3))
    big = min(cost_s(shape(8_000)) for _ in range(2))
    assert big < 10 * small + 0.05, f"{small:.3f} s and {big:.3f} s; 16 times as long would be quadratic"


def whole_s(tables: list[LayerTable]) -> float:
    """CPU seconds of all there is, scores and findings included, with a history of package managers' steps."""
    texts = ("RUN apk add a", "RUN rm -rf /d && chown -R 1 /d", "COPY . /d", "RUN find / -delete && touch /d")
    history = tuple(
        HistoryRecord(index, None, f"/bin/sh -c {texts[index % 4]} # buildkit", "", "", empty=False)
        for index in range(len(tables))
    )
    layers = tuple(LayerBlob(name="layer", table=table) for table in tables)
    gc.collect()
    start = time.process_time()
    inspection = inspect_raw(RawImage("image", "test", layers, history=history))
    spent = time.process_time() - start
    assert sum(one.wasted_bytes for one in inspection.findings) == inspection.ledger.wasted_bytes
    return spent


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_scores_and_findings_take_about_four_times_as_long_too(shape: Shape) -> None:
    small = min(whole_s(shape(1_000)) for _ in range(3))
    big = min(whole_s(shape(4_000)) for _ in range(2))
    assert big < 10 * small + 0.05, f"{small:.3f} s and {big:.3f} s; 16 times as long would be quadratic"


def test_the_versions_of_one_path_are_put_in_order_in_their_number_s_time() -> None:
    tree = stack([layer([b"a"] * 200_000)])
    start = time.process_time()
    assert tree.entries_at(1) == list(range(200_000))
    assert time.process_time() - start < 5  # compared with one another they would take hours


def test_rows_at_a_path_are_the_same_be_they_asked_for_once_or_often() -> None:
    names = [b"d", b"b\0x", b"b", b"d", b"a", b"d"] + [b"n%03d" % number for number in range(700, 0, -1)]
    tree = stack([layer([b"a", b"c"]), layer(names)])
    nodes = list(tree.tables[1].node)
    for _ in range(2):  # there is an order before it ends
        for node in range(tree.node_count):
            assert list(tree.rows_at(node, 1)) == [row for row, one in enumerate(nodes) if one == node]
    assert 1 in tree.orders
    assert 0 not in tree.orders
    assert list(tree.rows_at(1, 0)) == [0]


def test_what_a_layer_ships_within_a_range_is_found_whatever_the_order_of_its_tar() -> None:
    names = [b"a", b"b", b"b\0x", b"c", b"d"]
    for files in ([b"b\0x", b"d"], [b"d", b"b\0x"], [b"c"], []):
        tree = stack([layer(names), layer(files)])
        nodes = set(tree.tables[1].node)
        for first in range(tree.node_count):
            for last in range(first, tree.node_count + 1):
                assert tree.ships_within(first, last, 1) == any(first <= node < last for node in nodes)
