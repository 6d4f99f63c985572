"""Files out of an image onto the disk: what comes out, and what is there already."""

import errno
import os
import stat
from pathlib import Path

import pytest

from builder import device, directory, fifo, file, hardlink, sparse, symlink
from layerscope.errors import AlreadyThereError, LimitError, UsageError
from layerscope.pipeline import contents
from unit.filesystem.disk import extracted, written
from unit.filesystem.opened import image, streamed


def test_every_file_comes_out_at_its_whole_path_with_content_mode_and_time(tmp_path: Path) -> None:
    builder = image({"a/b/f": file(b"text", mode=0o640, mtime=1_600_000_000), "a/empty": b"", "d/": directory()})
    done = extracted(builder, tmp_path)
    assert written(tmp_path) == {"a": None, "a/b": None, "a/b/f": "text", "a/empty": "", "d": None}
    status = (tmp_path / "a/b/f").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_mtime) == (0o640, 1_600_000_000)
    assert (done.files, done.directories, done.written_bytes, done.notes) == (2, 3, 4, [])


def test_only_what_was_asked_for_comes_out(tmp_path: Path) -> None:
    """Dive takes foobar, too, when asked for foo."""
    builder = image({"d/foo/x": b"x", "d/foobar": b"no", "d/foo.txt": b"no"})
    extracted(builder, tmp_path, "/d/foo")
    assert written(tmp_path) == {"d": None, "d/foo": None, "d/foo/x": "x"}


def test_files_come_out_as_a_layer_has_them(tmp_path: Path) -> None:
    builder = image({"d/x": b"old", "d/gone": b"y"}).layer({"d/x": b"new"}, remove=["d/gone"]).layer(remove=["d"])
    extracted(builder, tmp_path / "0", "/d", layer=0)
    extracted(builder, tmp_path / "1", "/d", layer=1)
    extracted(builder, tmp_path / "2", "/", layer=2)
    assert written(tmp_path / "0") == {"d": None, "d/x": "old", "d/gone": "y"}
    assert written(tmp_path / "1") == {"d": None, "d/x": "new"}
    assert written(tmp_path / "2") == {}


def test_directories_that_hold_it_are_made_and_can_be_written_to(tmp_path: Path) -> None:
    locked = image({"locked/": directory(0o500), "locked/inner/": directory(0), "locked/inner/f": b"x"})
    extracted(locked, tmp_path / "all")
    extracted(locked, tmp_path / "one", "/locked/inner/f")
    for target in (tmp_path / "all", tmp_path / "one"):
        assert (target / "locked/inner/f").read_text() == "x"
        assert stat.S_IMODE((target / "locked").stat().st_mode) & 0o700 == 0o700


def test_a_sparse_file_comes_out_whole(tmp_path: Path) -> None:
    extracted(image({"a": sparse(100_000, [(90_000, b"tail")])}), tmp_path)
    assert (tmp_path / "a").read_bytes() == bytes(90_000) + b"tail" + bytes(9_996)


def test_a_file_of_exabytes_of_holes_costs_what_it_stores(tmp_path: Path) -> None:
    """16 TB is what ext4 takes; beyond, the disk's own error is told."""
    huge = image({"a": sparse(1 << 43, [(0, b"head"), (1 << 42, b"tail")])})
    done = extracted(huge, tmp_path / "out")
    status = (tmp_path / "out/a").stat()
    assert (status.st_size, done.written_bytes) == (1 << 43, 8)
    assert status.st_blocks * 512 < 1 << 20
    inspection = streamed(huge)
    with contents(inspection) as reader, pytest.raises(LimitError, match="holes"):
        reader.content(inspection.tree.live[1])


def test_directories_have_their_modes_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        extracted(image({"open/": directory(0o755), "open/f": file(b"x", mode=0o644)}), tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "open/f").stat().st_mode) == 0o644


@pytest.mark.parametrize("number", [errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP])
def test_where_hard_links_cannot_be_made_files_are_written_again(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", refuse)
    extracted(image([("a", b"text"), ("b", hardlink("a"))]), tmp_path)
    assert written(tmp_path) == {"a": "text", "b": "text"}


@pytest.mark.parametrize(
    "name", [b"caf\xe9", b"\xff\xfe", "名前".encode(), b"new\nline", b"\x1b[31m", b"-rf", b"a\\x41"]
)
def test_names_come_out_byte_by_byte(name: bytes, tmp_path: Path) -> None:
    extracted(image([(b"d/" + name, b"x")]), tmp_path)
    assert [os.fsencode(path.name) for path in (tmp_path / "d").iterdir()] == [name]


@pytest.mark.parametrize("mtime", [-1, -(2**40), 2**40, 2**62])
def test_times_that_no_disk_can_keep_come_out_as_the_nearest(mtime: int, tmp_path: Path) -> None:
    extracted(image({"a": file(b"x", mtime=mtime)}), tmp_path)
    found = (tmp_path / "a").stat().st_mtime
    assert found == 0 if mtime < 0 else found > 2**31


# Links


def test_names_of_one_file_come_out_as_hard_links(tmp_path: Path) -> None:
    builder = image([("d/f", b"text"), ("a", hardlink("d/f")), ("z", hardlink("d/f"))])
    done = extracted(builder, tmp_path)
    assert len({(tmp_path / name).stat().st_ino for name in ("a", "d/f", "z")}) == 1
    assert (done.files, done.written_bytes) == (3, 4)


def test_a_hard_link_alone_comes_out_as_the_file_it_names(tmp_path: Path) -> None:
    builder = image([("d/f", b"text")], {"a": hardlink("d/f")}).layer(remove=["d"])
    extracted(builder, tmp_path, "/a")
    assert written(tmp_path) == {"a": "text"}


def test_another_name_of_a_symlink_comes_out_as_a_symlink_from_its_own_place(tmp_path: Path) -> None:
    builder = image([("d/e/s", symlink("../../x")), ("t", hardlink("d/e/s")), ("u/v/w", hardlink("d/e/s"))])
    done = extracted(builder, tmp_path)
    assert written(tmp_path / "d/e") == {"s": "../../x"}
    assert written(tmp_path / "u/v") == {"w": "../../x"}
    assert not (tmp_path / "t").is_symlink()
    assert [note.text for note in done.notes] == ["the link /t leads to ../../x, outside the target"]


INSIDE = {
    "l": {"x": "x", "./x": "x", "d/x": "d/x", "d//x/": "d/x", "/": ".", "/etc/x": "etc/x", "//etc//x": "etc/x"},
    "a/b/l": {"x": "x", "..": "..", "../x": "../x", "../../x": "../../x", "/": "../..", "/x": "../../x"},
}


@pytest.mark.parametrize(("name", "target"), [(name, target) for name, targets in INSIDE.items() for target in targets])
def test_symlinks_that_stay_inside_lead_to_the_same_place_below_the_target(
    name: str, target: str, tmp_path: Path
) -> None:
    done = extracted(image({name: symlink(target)}), tmp_path)
    assert (tmp_path / name).readlink() == Path(INSIDE[name][target])
    assert done.notes == []


OUTSIDE = [
    ("l", ".."), ("l", "../x"), ("l", "../../../../etc/passwd"), ("l", "./../x"), ("l", "d/../../x"),
    ("a/b/l", "../../.."), ("a/b/l", "../../../x"), ("a/b/l", "c/../../../../x"), ("a/b/l", "c/../x"),
    ("l", "/.."), ("a/l", "/../x"), ("a/b/l", "/c/../../x"), ("l", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "target"), OUTSIDE)
def test_symlinks_that_could_lead_out_are_left_out_and_told(name: str, target: str, tmp_path: Path) -> None:
    """Also those whose ".." comes after a name: it would leave the other end of a link (CVE-2025-4517)."""
    done = extracted(image({name: symlink(target), "other": b"x"}), tmp_path)
    assert not (tmp_path / name).is_symlink()
    assert (tmp_path / "other").exists()
    assert [note.code for note in done.notes] == ["extract-left-out"]
    assert f"/{name} " in done.notes[0].text


# What is never made


@pytest.mark.parametrize(
    ("entry", "word"),
    [(device("c", 1, 3), "character device"), (device("b", 8, 0), "block device"), (fifo(), "pipe")],
)
def test_devices_and_pipes_are_left_out_and_told_by_all_their_names(entry: object, word: str, tmp_path: Path) -> None:
    done = extracted(image([("p", entry), ("q", hardlink("p")), ("f", b"x")]), tmp_path)
    assert written(tmp_path) == {"f": "x"}
    assert [(note.code, note.text) for note in done.notes] == [
        ("extract-left-out", f"/p is a {word}"),
        ("extract-left-out", f"/q is a {word}"),
    ]


def test_a_hard_link_to_nothing_is_left_out_and_told(tmp_path: Path) -> None:
    done = extracted(image({"a": hardlink("nowhere"), "f": b"x"}), tmp_path)
    assert written(tmp_path) == {"f": "x"}
    assert [note.code for note in done.notes] == ["extract-left-out"]


@pytest.mark.parametrize("bits", [0o4000, 0o2000, 0o6000])
def test_set_id_bits_are_dropped_and_told(bits: int, tmp_path: Path) -> None:
    done = extracted(image({"f": file(b"x", mode=bits | 0o755), "d/": directory(bits | 0o755)}), tmp_path)
    assert not {(tmp_path / name).stat().st_mode & 0o6000 for name in "fd"} - {0}
    assert sorted((note.code, note.text) for note in done.notes) == [
        ("extract-set-id", "/d lost its set-id bits"),
        ("extract-set-id", "/f lost its set-id bits"),
    ]


# What is there already


@pytest.mark.parametrize("entry", [file(b"new"), symlink("x")])
def test_nothing_that_is_there_is_replaced_without_force(entry: object, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("mine")
    with pytest.raises(AlreadyThereError, match="f is already there") as caught:
        extracted(image({"f": entry}), tmp_path)
    assert "choose another" in (caught.value.hint or "")
    assert written(tmp_path) == {"f": "mine"}


def test_with_force_files_are_replaced_and_directories_shared(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_text("mine")
    (tmp_path / "d/kept").write_text("kept")
    extracted(image({"d/f": b"new", "d/s": symlink("f")}), tmp_path, force=True)
    extracted(image({"d/f": b"newer", "d/s": symlink("kept")}), tmp_path, force=True)
    assert written(tmp_path / "d") == {"f": "newer", "kept": "kept", "s": "kept"}


def test_force_replaces_a_name_and_does_not_write_through_it(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "target").mkdir()
    (tmp_path / "target/hard").hardlink_to(tmp_path / "mine")
    (tmp_path / "target/soft").symlink_to(tmp_path / "mine")
    extracted(image({"hard": b"new", "soft": b"new"}), tmp_path / "target", force=True)
    assert (tmp_path / "mine").read_text() == "mine"
    assert written(tmp_path / "target") == {"hard": "new", "soft": "new"}


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("entry", [file(b"new"), symlink("x")])
def test_a_directory_is_never_replaced(entry: object, force: bool, tmp_path: Path) -> None:  # noqa: FBT001
    (tmp_path / "f/inner").mkdir(parents=True)
    with pytest.raises(UsageError, match="f is "):
        extracted(image({"a": b"x", "f": entry}), tmp_path, force=force)
    assert written(tmp_path) == {"f": None, "f/inner": None}


@pytest.mark.parametrize("force", [True, False])
def test_a_file_is_never_replaced_by_a_directory(force: bool, tmp_path: Path) -> None:  # noqa: FBT001
    (tmp_path / "d").write_text("mine")
    for builder in (image({"d/": directory()}), image({"d/x": b"x"})):
        with pytest.raises(UsageError, match="d is in the way"):
            extracted(builder, tmp_path, force=force)
    assert written(tmp_path) == {"d": "mine"}


def test_the_target_is_made_where_it_is_missing_and_may_be_reached_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    extracted(image({"f": b"x"}), tmp_path / "link/new/deep")
    assert (tmp_path / "real/new/deep/f").read_text() == "x"


def test_a_target_that_is_no_directory_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to("nowhere")
    for target in ("file", "file/below", "dangling", "x" * 300):
        with pytest.raises(UsageError, match=target):
            extracted(image({"f": b"x"}), tmp_path / target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file"]
