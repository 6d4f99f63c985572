"""From what the user types to a path of the image."""

import pytest

from builder import ImageBuilder, file, symlink
from layerscope.cli.treepath import check_layer, find_node, require_live
from layerscope.errors import UsageError
from layerscope.pipeline import inspect_raw
from layerscope.units import printable
from unit.reports.samples import wasteful

TREE = wasteful().tree


@pytest.mark.parametrize(
    "text",
    ["/usr/bin/tool", "usr/bin/tool", "./usr//bin/tool", "usr/bin/tool/", "/usr/x/../bin/tool", "/../usr/bin/tool"],
)
def test_a_path_is_found_in_every_spelling(text: str) -> None:
    assert TREE.path(find_node(TREE, text)) == b"/usr/bin/tool"


@pytest.mark.parametrize("text", ["/", "", ".", ".."])
def test_the_root_is_found(text: str) -> None:
    assert find_node(TREE, text) == 0


def test_a_path_is_found_as_layerscope_shows_it_and_as_the_shell_passes_it() -> None:
    shown = r"/var/cache/caf\xe9 \x1b[31m[red]\x0a\u202e.deb"
    passed = "/var/cache/caf\udce9 \x1b[31m[red]\n\u202e.deb"
    assert find_node(TREE, shown) == find_node(TREE, passed)


def test_every_path_means_itself_as_it_is_shown_whatever_other_names_there_are() -> None:
    names = [
        b"\xff",
        b"\\xff",
        b"\\\\xff",
        b"a\\x41",
        b"aA",
        b"a\\\\x41",
        b"\x1b",
        b"\\x1b",
        b"\\",
        "\u202e".encode(),
        b"\\u202e",
    ]
    tree = inspect_raw(ImageBuilder().layer(dict.fromkeys(names, b"x")).raw_image()).tree
    assert [tree.path(find_node(tree, printable(name))) for name in names] == [b"/" + name for name in names]


def test_a_path_with_a_backslash_is_found_as_its_bytes_where_nothing_else_is_shown_so() -> None:
    tree = inspect_raw(ImageBuilder().layer({b"a\\x41": b"x"}).raw_image()).tree
    assert tree.path(find_node(tree, "a\\x41")) == b"/a\\x41"


def test_a_path_that_no_layer_has_is_wrong_usage_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match="no layer has /usr/bin/absent") as caught:
        find_node(TREE, "/usr/bin/absent/deep")
    assert caught.value.hint == "the nearest that exists is /usr/bin"
    assert caught.value.exit_code == 2


def test_a_path_through_a_symbolic_link_says_where_the_link_leads() -> None:
    tree = inspect_raw(ImageBuilder().layer({"bin": symlink("usr/bin"), "usr/bin/ls": file()}).raw_image()).tree
    with pytest.raises(UsageError) as caught:
        find_node(tree, "/bin/ls")
    assert caught.value.hint == "/bin is a symbolic link to usr/bin"


def test_a_path_that_was_removed_says_by_which_layer() -> None:
    require_live(TREE, find_node(TREE, "/etc/passwd"), "/etc/passwd")
    with pytest.raises(UsageError, match="/var/cache/lists is not in the final image") as caught:
        require_live(TREE, find_node(TREE, "/var/cache/lists"), "/var/cache/lists")
    assert caught.value.hint == "layer 1 brought it and layer 3 removed it: see --layer 1"


@pytest.mark.parametrize("layer_index", [-1, 4, 10**12])
def test_a_layer_that_is_not_there_is_wrong_usage(layer_index: int) -> None:
    check_layer(TREE, 3)
    with pytest.raises(UsageError) as caught:
        check_layer(TREE, layer_index)
    assert caught.value.hint == "layers are 0 to 3"
