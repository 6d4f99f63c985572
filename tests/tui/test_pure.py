"""The pure parts under any input: text fits its cells, bars do not lie, folds and filters show what they should."""

from array import array
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from builder import ImageBuilder, directory
from layerscope.filesystem.diff import compare
from layerscope.model.filetree import FileTree
from layerscope.pipeline import inspect_raw
from layerscope.tui import fit
from layerscope.tui.arrange import Arrangement, arrange, visible_places
from layerscope.tui.looks import Looks, Sort, turn_sort
from layerscope.tui.matching import found_places, matching_rows
from layerscope.tui.meter import Meter
from layerscope.tui.query import parse_query
from layerscope.tui.roles import Role, width_of_line
from layerscope.tui.search import NameIndex
from layerscope.tui.state import (
    OPEN_ALL,
    Folds,
    Scope,
    ViewState,
    find,
    focus,
    fold,
    fold_all,
    jump,
    layer_to,
    reveal,
    step_to,
    turn_mark,
    turn_scope,
)
from layerscope.tui.widgets.bars import bar, bar_on_track
from layerscope.units import printable
from tui.wasteful import wasteful_image

NAMES = st.text(st.sampled_from("ab/語é.-_ "), max_size=40)
WIDTHS = st.integers(0, 60)


# --- text in cells


@given(NAMES, WIDTHS)
def test_text_cut_or_filled_has_exactly_the_width_asked_for(text: str, width: int) -> None:
    assert cell_len(fit.left(text, width)) == width
    assert cell_len(fit.right(text, width)) == width
    assert cell_len(fit.cut(text, width)) <= width


def test_a_part_that_is_looked_for_stays_in_sight() -> None:
    name = "linux-libc-dev_6.1.0_amd64.deb"
    assert fit.around(name, 16, "linux") == fit.middle(name, 16)
    assert fit.around(name, 16, "lib") == "…inux-libc-dev_…"
    assert fit.around(name, 16, "deb") == fit.middle(name, 16)
    assert fit.around(name, 16, "nowhere") == fit.around(name, 16, "") == fit.middle(name, 16)
    assert fit.around(name, 40, "lib") == name


@given(st.text("aéB世-", max_size=40), st.integers(1, 30), st.text("aéb世-", min_size=1, max_size=3))
def test_a_name_shortened_around_a_part_fits_and_has_it_where_there_is_room(name: str, width: int, part: str) -> None:
    shown = fit.around(name, width, part)
    assert fit.width_of(shown) <= width
    if part in name.lower() and fit.width_of(part) * 2 + 4 <= width:
        assert part in shown.lower()


@given(NAMES, WIDTHS)
def test_a_path_shortened_in_the_middle_fits_and_keeps_its_end(path: str, width: int) -> None:
    shown = fit.middle(path, width)
    assert cell_len(shown) <= width
    if cell_len(path) <= width:
        assert shown == path
    elif width > 3 and path.isascii():
        assert shown[-1] == path[-1]


def test_the_last_component_of_a_shortened_path_stays_whole_where_it_can() -> None:
    assert fit.middle("/usr/lib/x86_64-linux-gnu/libnode.so.108", 24) == "/usr/lib…/libnode.so.108"
    assert fit.middle("/var/lib/apt/lists/mirror.example_Packages", 20) == "…/mirror…le_Packages"


@given(st.text(st.sampled_from("ab 語"), max_size=200), st.integers(2, 40))
def test_wrapped_text_loses_nothing_but_blanks(text: str, width: int) -> None:
    lines = fit.wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


# --- bars


@given(st.floats(0, 1), st.integers(1, 40))
def test_a_bar_fits_shows_anything_above_nothing_and_is_full_only_for_all(ratio: float, width: int) -> None:
    drawn = bar(ratio, width)
    assert len(drawn) <= width
    assert bool(drawn) == (ratio > 0)
    assert (drawn == "━" * width) == (ratio == 1)
    assert width_of_line(bar_on_track(ratio, width, Role.GOOD)) == width


# --- progress


def test_the_rate_is_that_of_the_last_seconds_and_begins_anew_with_a_phase() -> None:
    meter = Meter()
    assert meter.feed("export", 0, 1000, 0.0).rate_bytes_s is None
    assert meter.feed("export", 100, 1000, 1.0).rate_bytes_s == 100
    rates = [meter.feed("export", 100 + 500 * (second - 1), 1000, second).rate_bytes_s for second in range(2, 10)]
    assert rates[-1] == 500
    assert meter.feed("layers", 7, None, 10.0).rate_bytes_s is None
    assert meter.feed("layers", 7, None, 10.0).ratio is None


# --- the view


@pytest.fixture(scope="module")
def tree() -> FileTree:
    return inspect_raw(wasteful_image().raw_image()).tree


def test_an_empty_step_goes_with_the_layer_below_and_a_first_one_with_the_layer_above() -> None:
    layers = [None, 0, None, None, 1]
    assert [step_to(ViewState(), layers, step).layer for step in range(5)] == [0, 0, 0, 0, 1]
    assert step_to(ViewState(), [None, None, 3], 1).layer == 3
    assert step_to(ViewState(), layers, 99).step == 4
    assert step_to(ViewState(), [], 1) == ViewState()


def test_going_to_a_layer_selects_its_row_and_to_none_changes_nothing() -> None:
    assert layer_to(ViewState(), [None, 0, 1], 1) == ViewState(step=2, layer=1)
    assert layer_to(ViewState(step=1), [None, 0, 1], 7) == ViewState(step=1)


def test_scope_and_sort_go_round() -> None:
    views = [ViewState()]
    while len(views) < 4:
        views.append(turn_scope(views[-1]))
    assert [(view.scope, view.unmodified) for view in views] == [
        (Scope.LAYER, False),
        (Scope.LAYER, True),
        (Scope.UP_TO, True),
        (Scope.LAYER, False),
    ]
    assert turn_sort(turn_sort(turn_sort(Looks()))) == Looks()


def test_a_range_begins_at_the_mark_and_goes_to_the_layer_whichever_is_first() -> None:
    marked = turn_mark(ViewState(layer=3))
    assert marked.scope is Scope.RANGE
    assert replace(marked, layer=5).layers() == (3, 5)
    assert replace(marked, layer=1).layers() == (1, 3)
    assert replace(marked, layer=1).title == "what layers 1-3 did together"
    assert turn_mark(replace(marked, layer=1)).layers() == (1, 1)
    assert turn_scope(turn_scope(turn_scope(turn_scope(replace(marked, layer=5))))).scope is Scope.RANGE


def test_everything_up_to_a_layer_is_compared_with_the_base_image() -> None:
    view = ViewState(layer=5, scope=Scope.UP_TO, unmodified=True)
    assert view.layers(3) == (3, 5)
    assert replace(view, layer=1).layers(3) == (1, 1)


def test_the_pane_in_use_becomes_the_first_of_the_recent_ones() -> None:
    view = focus(focus(focus(ViewState(), "files"), "waste"), "files")
    assert view.active == "files"
    assert view.recent == ("files", "waste")


def test_a_fold_goes_to_the_filters_folds_while_there_is_a_filter() -> None:
    assert fold(ViewState(), 3, to_open=False).folds.closed == {3}
    filtered = fold(find(ViewState(), "x"), 3, to_open=False)
    assert filtered.folds == Folds()
    assert filtered.found_folds.closed == {3}
    assert find(filtered, "xy").found_folds == Folds()


def test_to_reveal_a_path_opens_what_is_above_it_and_drops_the_filter(tree: FileTree) -> None:
    node = tree.find(b"/var/cache/apt/pkgcache.bin")
    assert node is not None
    view = reveal(find(fold_all(ViewState(), to_open=False), "zzz"), tree, node)
    assert view.query == ""
    assert {tree.path(one) for one in view.folds.opened} == {b"/", b"/var", b"/var/cache", b"/var/cache/apt"}


def test_a_jump_goes_to_what_one_layer_did_to_one_path(tree: FileTree) -> None:
    view = jump(turn_scope(ViewState()), tree, [0, None, 1], layer=1, node=1)
    assert (view.step, view.layer, view.scope, view.node) == (2, 1, Scope.LAYER, 1)


# --- what is visible


def shown_paths(arrangement: Arrangement, places: Sequence[int]) -> list[bytes]:
    return [arrangement.tree.path(arrangement.node(place)) for place in places]


TREES = st.lists(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join), min_size=1, max_size=20, unique=True
)


def tree_of(paths: list[str]) -> FileTree:
    """Build a tree in which every name that has something below it is a directory."""
    builder = ImageBuilder()
    parents = {path for path in paths if any(other.startswith(f"{path}/") for other in paths)}
    builder.layer({path: directory() if path in parents else b"x" * len(path) for path in sorted(paths)})
    return inspect_raw(builder.raw_image()).tree


def rows_of(arrangement: Arrangement, query: str) -> "array[int]":
    return matching_rows(NameIndex(arrangement.tree), parse_query(query), arrangement)


def open_by_definition(arrangement: Arrangement, folds: Folds, node: int) -> bool:
    tree = arrangement.tree
    folds = folds.resolved(arrangement.level)
    above = tree.parent[node]
    while above >= 0:
        opened = above in folds.opened or (tree.depth[above] < (folds.level or 0) and above not in folds.closed)
        if not opened:
            return False
        above = tree.parent[above]
    return True


@settings(max_examples=60, deadline=None)
@given(TREES, st.data(), st.sampled_from(Sort))
def test_exactly_the_paths_in_open_directories_are_visible(paths: list[str], data: st.DataObject, sort: Sort) -> None:
    tree = tree_of(paths)
    arrangement = arrange(tree, compare(tree, 0, 0), Looks(sort))
    nodes = st.frozensets(st.integers(0, tree.node_count - 1))
    level = data.draw(st.sampled_from([None, 0, 1, 2, OPEN_ALL]))
    folds = Folds(level, data.draw(nodes), data.draw(nodes))
    places = visible_places(arrangement, folds)
    assert list(places) == sorted(places)
    expected = {node for node in range(tree.node_count) if open_by_definition(arrangement, folds, node)}
    assert {arrangement.node(place) for place in places} == expected


@settings(max_examples=60, deadline=None)
@given(TREES, st.sampled_from(Sort), st.text("abc", min_size=1, max_size=2))
def test_a_filter_shows_matches_and_what_is_above_them(paths: list[str], sort: Sort, query: str) -> None:
    tree = tree_of(paths)
    arrangement = arrange(tree, compare(tree, 0, 0), Looks(sort))
    found = NameIndex(tree).find(query)
    assert found == [node for node in range(1, tree.node_count) if query.encode() in tree.name(node)]
    places, matches = found_places(arrangement, rows_of(arrangement, query), Folds())
    assert sorted(arrangement.node(place) for place in matches) == found
    expected = {node for node in range(tree.node_count) if any(node <= one < tree.end[node] for one in found)}
    assert {arrangement.node(place) for place in places} == expected


@settings(max_examples=40, deadline=None)
@given(TREES)
def test_by_size_every_directory_has_its_biggest_entry_first(paths: list[str]) -> None:
    tree = tree_of(paths)
    arrangement = arrange(tree, compare(tree, 0, 0), Looks(Sort.SIZE))
    assert sorted(arrangement.row) == list(range(len(arrangement)))
    for place in arrangement.directories:
        child, sizes = place + 1, []
        while child < arrangement.end[place]:
            assert arrangement.parent[child] == place
            sizes.append(arrangement.diff.size[arrangement.row[child]])
            child = arrangement.end[child]
        assert sizes == sorted(sizes, reverse=True)


def test_a_matching_directory_starts_closed_and_opened_shows_what_is_in_it(tree: FileTree) -> None:
    arrangement = arrange(tree, compare(tree, 1, 1), Looks(Sort.NAME))
    found = NameIndex(tree).find("cache/apt")
    rows = rows_of(arrangement, "cache/apt")
    closed, _matches = found_places(arrangement, rows, Folds())
    assert shown_paths(arrangement, closed)[-1] == b"/var/cache/apt"
    opened, _matches = found_places(arrangement, rows, Folds().turned(found[0], to_open=True))
    assert shown_paths(arrangement, opened)[-1] == b"/var/cache/apt/pkgcache.bin"
    shut, _matches = found_places(arrangement, rows, Folds().turned(0, to_open=False))
    assert shown_paths(arrangement, shut) == [b"/"]


def test_a_small_comparison_starts_wholly_open_and_a_big_one_as_deep_as_there_is_room() -> None:
    small = tree_of(["a/b/c/d", "a/b/c/e"])
    assert arrange(small, compare(small, 0, 0), Looks(Sort.NAME)).level == OPEN_ALL
    wide = inspect_raw(ImageBuilder().layer({f"d/e{n}/f{m}": b"" for n in range(9) for m in range(9)}).raw_image()).tree
    assert arrange(wide, compare(wide, 0, 0), Looks(Sort.NAME)).level == 2
    flat = inspect_raw(ImageBuilder().layer({f"d{n}/f": b"" for n in range(500)}).raw_image()).tree
    assert arrange(flat, compare(flat, 0, 0), Looks(Sort.NAME)).level == 1


def test_the_place_of_a_path_that_is_not_there_is_that_of_the_directory_above(tree: FileTree) -> None:
    for sort in Sort:
        arrangement = arrange(tree, compare(tree, 3, 3), Looks(sort))
        node = tree.find(b"/srv/app/model.bin")
        other = tree.find(b"/usr/bin/sh")
        assert node is not None
        assert other is not None
        assert arrangement.node(arrangement.place_of(node)) == node
        assert arrangement.node(arrangement.place_of(other)) == 0


# --- finding


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("PASSWD", [b"/etc/passwd", b"/usr/bin/passwd"]),
        ("bin/passwd", [b"/usr/bin/passwd"]),
        ("/usr/bin/pass", [b"/usr/bin/passwd"]),
        ("n/pass", [b"/usr/bin/passwd"]),
        ("b/pass", []),
        ("/bin", [b"/bin", b"/usr/bin"]),
        ("/bin/", [b"/bin", b"/usr/bin"]),
        ("sr/", [b"/usr"]),
        ("", []),
        ("/", []),
        ("nothing", []),
    ],
)
def test_a_query_matches_a_part_of_a_name_or_the_end_of_a_path(tree: FileTree, query: str, paths: list[bytes]) -> None:
    found = [tree.path(node) for node in NameIndex(tree).find(query)]
    assert found == paths


def test_names_that_are_not_text_are_found_as_they_are_shown() -> None:
    tree = inspect_raw(ImageBuilder().layer({b"x\xff\ny": b"", "straße".encode(): b""}).raw_image()).tree
    index = NameIndex(tree)
    assert [tree.path(node) for node in index.find(printable(b"\xff\n"))] == [b"/x\xff\ny"]
    assert [tree.path(node) for node in index.find("STRAß")] == ["/straße".encode()]


def test_many_matches_and_few_are_found_alike() -> None:
    tree = inspect_raw(ImageBuilder().layer({f"d/file{n:04}.txt": b"" for n in range(300)}).raw_image()).tree
    index = NameIndex(tree)
    assert len(index.find("file")) == 300
    assert len(index.find("d/f")) == 300
    assert len(index.find(".txt/")) == 300
    assert len(index.find("file0299")) == 1


def test_folds_turn_one_way_and_back() -> None:
    folds = Folds(level=1).turned(5, to_open=True)
    assert folds.opened == {5}
    assert folds.turned(5, to_open=False) == replace(Folds(level=1), closed=frozenset({5}))


def test_what_is_stored_is_told_beside_the_content_where_it_is_much_more() -> None:
    from layerscope.tui.headline import headline

    inspection = inspect_raw(ImageBuilder().layer({"a": b"x" * 100_000}).raw_image("x"))

    def told(stored_bytes: int, width: int = 200) -> str:
        image = replace(inspection.image, stored_bytes=stored_bytes)
        shown = headline(replace(inspection, image=image), width)
        return "".join(text for line in shown for text, _role in line)

    assert "100 kB shipped, 849 MB stored" in told(849_000_000)
    assert "100 kB shipped, 849 MB stored" in told(849_000_000, 80)
    assert "100 kB shipped  " in told(849_000_000, 60)
    for width in (80, 90, 100, 120, 140):
        assert "100 kB shipped" in told(849_000_000, width), told(849_000_000, width)
        assert "100 kB shipped" in told(1_000_000, width), told(1_000_000, width)
    assert "stored" not in told(1_000_000)
