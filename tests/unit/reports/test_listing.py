"""`layerscope ls`, line by line."""

import io
import json
from functools import cache
from typing import Any

from builder import ImageBuilder, device, directory, fifo, file, hardlink, symlink
from layerscope.filesystem.diff import compare
from layerscope.model.filetree import FileTree
from layerscope.model.inspection import Inspection
from layerscope.pipeline import inspect_raw
from layerscope.reports.listing import Listing, Manner, list_changes, list_final, write_listing
from unit.reports.samples import HOSTILE, wasteful

KEYS = ["path", "kind", "size_bytes", "mode", "uid", "gid", "mtime_s", "link_target", "layer_index", "change"]


def text(listing: Listing, *, as_json: bool = False, human: bool = False, biggest_first: bool = False) -> str:
    stream = io.StringIO()
    write_listing(listing, stream, Manner(as_json=as_json, human=human, biggest_first=biggest_first))
    return stream.getvalue()


def rows(listing: Listing) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text(listing, as_json=True).splitlines()]


def by_path(listing: Listing) -> dict[str, dict[str, Any]]:
    return {row["path"]: row for row in rows(listing)}


@cache
def linked() -> Inspection:
    """One content under three names over two layers, and a link to nothing."""
    builder = (
        ImageBuilder()
        .layer({"z/file": file(b"x" * 1_000, mode=0o600, uid=7), "a/link": hardlink("z/file"),
                "m/link": hardlink("z/file"), "lost": hardlink("never/there")})
        .layer({"m/other": hardlink("m/link"), "b": file(b"y" * 10)})
        .layer(remove=["z/file"])
    )  # fmt: skip
    return inspect_raw(builder.raw_image())


def node(tree: FileTree, path: bytes) -> int:
    found = tree.find(path)
    assert found is not None
    return found


def test_a_row_has_the_keys_of_the_contract_in_their_order() -> None:
    assert {tuple(row) for row in rows(list_final(wasteful().tree, 0))} == {(*KEYS, "implied")}


def test_the_final_image_is_listed_in_path_order_without_its_root() -> None:
    assert [row["path"] for row in rows(list_final(wasteful().tree, 0))] == [
        "/etc", "/etc/passwd", "/tool", "/usr", "/usr/bin", "/usr/bin/again", "/usr/bin/tool", "/var",
    ]  # fmt: skip


def test_sizes_of_files_add_up_to_the_live_bytes() -> None:
    for inspection in (wasteful(), linked()):
        files = [row["size_bytes"] for row in rows(list_final(inspection.tree, 0)) if row["kind"] == "file"]
        assert sum(files) == inspection.ledger.live_bytes


def test_the_first_live_name_of_an_inode_is_the_file_and_the_others_link_to_it() -> None:
    found = by_path(list_final(linked().tree, 0))
    assert (found["/a/link"]["kind"], found["/a/link"]["size_bytes"]) == ("file", 1_000)
    assert found["/a/link"]["link_target"] is None
    for other in ("/m/link", "/m/other"):
        row = found[other]
        assert (row["kind"], row["size_bytes"], row["link_target"]) == ("hardlink", 0, "/a/link")


def test_the_first_name_is_the_same_when_only_a_part_is_listed() -> None:
    tree = linked().tree
    assert rows(list_final(tree, node(tree, b"/m")))[1]["link_target"] == "/a/link"


def test_a_hard_link_to_nothing_keeps_the_target_it_names() -> None:
    row = by_path(list_final(linked().tree, 0))["/lost"]
    assert (row["kind"], row["size_bytes"], row["link_target"]) == ("hardlink", 0, "/never/there")


def test_a_part_of_the_tree_is_listed_with_its_top() -> None:
    tree = wasteful().tree
    assert [row["path"] for row in rows(list_final(tree, node(tree, b"/usr/bin")))] == [
        "/usr/bin", "/usr/bin/again", "/usr/bin/tool",
    ]  # fmt: skip
    assert [row["path"] for row in rows(list_final(tree, node(tree, b"/etc/passwd")))] == ["/etc/passwd"]


def test_a_layer_is_listed_by_what_it_changed() -> None:
    tree = wasteful().tree
    found = by_path(list_changes(tree, compare(tree, 3, 3), 0))
    assert {path: row["change"] for path, row in found.items() if row["kind"] != "directory"} == {
        "/etc/passwd": "modified",
        "/tool": "added",
        "/var/cache/lists": "removed",
        "/var/cache/caf\\xe9 \x1b[31m[red]\n\u202e.deb": "removed",
    }
    assert found["/var/cache"]["change"] == "removed"
    assert "/usr" not in found


def test_a_removed_row_says_which_layer_brought_it() -> None:
    tree = wasteful().tree
    assert by_path(list_changes(tree, compare(tree, 3, 3), 0))["/var/cache/lists"]["layer_index"] == 1


def test_a_layers_hard_links_are_listed_as_the_layer_has_them() -> None:
    tree = linked().tree
    found = by_path(list_changes(tree, compare(tree, 0, 0), 0))
    assert (found["/z/file"]["kind"], found["/z/file"]["size_bytes"]) == ("file", 1_000)
    assert (found["/a/link"]["kind"], found["/a/link"]["link_target"]) == ("hardlink", "/z/file")


def test_mode_is_the_integer_of_the_permission_bits() -> None:
    builder = ImageBuilder().layer({"suid": file(b"", mode=0o4755, uid=3_000_000, gid=5), "d": directory(0o1777)})
    found = by_path(list_final(inspect_raw(builder.raw_image()).tree, 0))
    assert (found["/suid"]["mode"], found["/suid"]["uid"], found["/suid"]["gid"]) == (0o4755, 3_000_000, 5)
    assert found["/d"]["mode"] == 0o1777


def test_times_are_whole_seconds_where_they_are_whole() -> None:
    builder = ImageBuilder().layer({"whole": file(b"", mtime=-5), "part": file(b"", mtime=1.5, pax={"mtime": "1.5"})})
    listing = list_final(inspect_raw(builder.raw_image()).tree, 0)
    assert '"mtime_s": -5,' in text(listing, as_json=True)
    found = by_path(list_final(inspect_raw(builder.raw_image()).tree, 0))
    assert found["/part"]["mtime_s"] == 1.5


def test_text_shows_mode_owner_size_change_path_and_target() -> None:
    tree = wasteful().tree
    final = text(list_final(tree, 0)).splitlines()
    assert final[1] == "-rw-r--r--         0:0        75000 /etc/passwd"
    assert final[2] == "lrwxrwxrwx         0:0            0 /tool -> usr/bin/tool"
    assert final[6] == "-rwxr-xr-x         0:0            0 /usr/bin/tool => /usr/bin/again"
    changes = text(list_changes(tree, compare(tree, 3, 3), 0)).splitlines()
    assert "-rw-r--r--         0:0        75000 ~ /etc/passwd" in changes


def test_text_is_one_printable_line_an_entry() -> None:
    tree = wasteful().tree
    listing = text(list_changes(tree, compare(tree, 1, 1), 0))
    assert r"/var/cache/caf\xe9 \x1b[31m[red]\x0a\u202e.deb" in listing
    assert len(listing.splitlines()) == 4
    assert HOSTILE.decode("latin-1") not in listing


def test_devices_show_their_numbers_and_every_kind_its_letter() -> None:
    builder = ImageBuilder().layer(
        {
            "null": device("c", 1, 3),
            "loop": device("b", 7, 0),
            "pipe": fifo(),
            "s": symlink("/"),
        }
    )
    listing = list_final(inspect_raw(builder.raw_image()).tree, 0)
    assert [line.split(" ", 1)[0][0] for line in text(listing).splitlines()] == ["b", "c", "p", "l"]
    assert "1, 3" in text(list_final(inspect_raw(builder.raw_image()).tree, 0))


def test_rows_can_come_by_size_then_path_with_sizes_for_people() -> None:
    image = inspect_raw(ImageBuilder().layer({"b": b"x" * 10, "c": b"x" * 6_250_000, "a": b"x" * 10}).raw_image())
    by_size = text(list_final(image.tree, 0), biggest_first=True, human=True).splitlines()
    assert [line.split()[2:] for line in by_size] == [["6.2", "MB", "/c"], ["10", "B", "/a"], ["10", "B", "/b"]]
    as_json = text(list_final(image.tree, 0), as_json=True, biggest_first=True).splitlines()
    assert [json.loads(line)["size_bytes"] for line in as_json] == [6_250_000, 10, 10]


def test_a_directory_that_no_tar_lists_is_told_apart_in_json() -> None:
    tree = inspect_raw(ImageBuilder().layer({"var/lib/x": b"x", "srv": directory()}).raw_image("x")).tree
    found = {path: (row["implied"], row["mtime_s"]) for path, row in by_path(list_final(tree, 0)).items()}
    assert {path for path, (implied, _time) in found.items() if implied} == {"/var", "/var/lib"}
    assert found["/var"] == (True, 0)
    assert not found["/srv"][0]
    assert found["/srv"][1] > 0
