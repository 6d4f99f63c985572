"""Archives that are broken, hostile, or no images: refused in one line, in part, or as good as whole."""

import contextlib
import gzip
import os
import random
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import (
    END,
    Compression,
    ImageBuilder,
    Layout,
    Members,
    directory,
    edit_json,
    file,
    image_members,
    symlink,
    tar_bytes,
    write,
)
from builder_images import three_layers
from layerscope.errors import DamagedImageError, ImageError, LimitError, NotAnImageError, UnsupportedImageError
from layerscope.model.image import LayerBlob, RawImage
from layerscope.pipeline import inspect
from layerscope.sources import candidates

Open = Callable[..., RawImage]
Rows = Callable[[LayerBlob], list[tuple[object, ...]]]

LAYOUTS: tuple[Layout, ...] = ("legacy", "docker25", "oci", "oci-archive")
PACKINGS: tuple[Compression, ...] = ("none", "gzip", "zstd")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc/passwd", "points outside the archive"),
        ("../../etc/passwd", "points outside the archive"),
        ("layer.tar", "leads nowhere"),
    ],
)
def test_links_never_lead_out_of_the_archive(target: str, message: str, tmp_path: Path, open_ref: Open) -> None:
    def linked(members: Members) -> Members:
        return [(name, symlink(target) if entry.type == b"2" else entry) for name, entry in members]

    with pytest.raises(DamagedImageError, match=message):
        open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=linked))


@pytest.mark.parametrize("path", ["../layer.tar", "/etc/passwd", "", ".", "a\0b", "\ud800", "x" * 5000])
def test_a_layer_path_never_leads_out_of_the_archive(path: str, tmp_path: Path, open_ref: Open) -> None:
    def pointed(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0]["Layers"].__setitem__(0, path))

    opened = open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=pointed))
    assert [layer.absent_reason is not None for layer in opened.layers] == [True, False, False]
    members = pointed([pair for pair in three_layers().members("legacy") if pair[1].type != b"2"])
    with contextlib.suppress(ImageError):  # a name that no file can have
        opened = open_ref(write(tmp_path / "unpacked", members, as_directory=True))
        assert [layer.absent_reason is not None for layer in opened.layers] == [True, False, True]


def test_links_of_an_unpacked_archive_never_lead_out_of_it(tmp_path: Path, open_ref: Open) -> None:
    (tmp_path / "secret").write_bytes(tar_bytes([]))
    built = three_layers()
    write(tmp_path / "image", built.members("docker25"), as_directory=True)
    blob = tmp_path / "image/blobs/sha256" / built.diff_ids[0].removeprefix("sha256:")
    blob.unlink()
    blob.symlink_to(tmp_path / "secret")
    with pytest.raises(DamagedImageError, match="points outside the directory"):
        open_ref(tmp_path / "image")


def test_a_missing_layer_is_absent_and_the_others_are_there(tmp_path: Path, open_ref: Open) -> None:
    def without(members: Members) -> Members:
        return [(name, entry) for name, entry in members if entry.type != b"2"]

    opened = open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=without))
    assert [layer.absent_reason is not None for layer in opened.layers] == [False, False, True]
    assert re.search(r"x.tar: [0-9a-f]{12}…/layer.tar is not there", str(opened.layers[2].absent_reason))


@pytest.mark.parametrize("outer", ["none", "gzip"])
def test_an_image_of_which_no_layer_is_there_is_refused(outer: Compression, tmp_path: Path, open_ref: Open) -> None:
    def without(members: Members) -> Members:
        return [(name, entry) for name, entry in members if not name.endswith("layer.tar")]

    with pytest.raises(DamagedImageError, match=r"x.tar: [0-9a-f]{12}…/layer.tar is listed and is not there"):
        open_ref(three_layers().save(tmp_path / "x.tar", "legacy", outer=outer, edit=without))


def test_what_may_have_been_cut_off_is_not_said_to_be_missing(tmp_path: Path, open_ref: Open) -> None:
    members = [pair for pair in three_layers().members("legacy") if pair[1].type != b"2"]
    (tmp_path / "x.tar").write_bytes(tar_bytes(members, end=b""))
    with pytest.raises(DamagedImageError, match="the end of the archive is missing, too"):
        open_ref(tmp_path / "x.tar")


def test_a_whole_image_is_taken_before_one_in_part(tmp_path: Path, open_ref: Open) -> None:
    one = ImageBuilder("one:1").layer({"a": b"1"}).layer({"b": b"2"})
    two = ImageBuilder("two:1").layer({"c": b"3"})
    gone = f"blobs/sha256/{one.diff_ids[1][7:]}"
    members = [pair for pair in image_members([one, two], "docker25") if pair[0] != gone]
    path = write(tmp_path / "x.tar", members)
    assert open_ref(path).tags == ("two:1",)
    opened = open_ref(path, tag="one:1")
    assert [layer.absent_reason is not None for layer in opened.layers] == [False, True]


@pytest.mark.parametrize("outer", ["none", "gzip"])
@pytest.mark.parametrize(
    "bad", [b"this is text", b"\xfd7zXZ\0...", b"\x1f\x8bnonsense" * 100], ids=["text", "xz", "gzip"]
)
def test_a_damaged_layer_is_absent_with_its_reason_and_the_others_are_there(
    bad: bytes, outer: Compression, tmp_path: Path
) -> None:
    built = ImageBuilder().layer({"a": b"1"}).layer(raw=bad).layer({"c": b"3"})
    inspection = inspect(built.save(tmp_path / "x.tar", "legacy", outer=outer))
    assert inspection.partial
    assert [layer.absent_reason is not None for layer in inspection.layers] == [False, True, False]
    assert [layer.content_bytes for layer in inspection.layers] == [1, 0, 1]
    assert [note.code for note in inspection.notes if "layer 1" in note.text] == ["layer-absent"]


def test_a_foreign_layer_that_is_missing_is_absent_with_its_reason(tmp_path: Path, open_ref: Open) -> None:
    built = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"})

    def without(members: Members) -> Members:
        first = next(name for name, _entry in members if name.endswith("layer.tar"))
        described = {"mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "urls": ["there"]}
        edit_json(
            members, "manifest.json", lambda images: images[0].update(LayerSources={built.diff_ids[0]: described})
        )
        return [(name, entry) for name, entry in members if name != first]

    opened = open_ref(built.save(tmp_path / "x.tar", "legacy", edit=without))
    assert [layer.absent_reason is not None for layer in opened.layers] == [True, False]
    assert "foreign layer" in str(opened.layers[0].absent_reason)


@pytest.mark.parametrize("outer", PACKINGS)
@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci-archive"])
def test_an_archive_cut_anywhere_is_refused_or_gives_the_same_image(
    layout: Layout, outer: Compression, tmp_path: Path, open_ref: Open, rows_of: Rows
) -> None:
    path = three_layers().save(tmp_path / "x.tar", layout, outer=outer)
    whole = path.read_bytes()
    expected = [rows_of(layer) for layer in open_ref(path).layers]
    chance = random.Random(layout + outer)
    cuts = {*range(0, len(whole), 512), *(chance.randrange(len(whole)) for _ in range(20))}
    for length in sorted(cuts):
        path.write_bytes(whole[:length])
        try:
            opened = [rows_of(layer) for layer in open_ref(path).layers]
        except ImageError as error:
            assert str(error).startswith(str(path))  # noqa: PT017  some cuts are harmless
        else:
            assert opened == expected


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", NotAnImageError, "is empty"),
        (b"hello", NotAnImageError, "neither a tar nor a compressed one"),
        (b'{"schemaVersion": 1}', NotAnImageError, "is JSON, such as a manifest, and holds no layers"),
        (b"BZh91AY", UnsupportedImageError, "is compressed with bzip2"),
        (END, NotAnImageError, "neither manifest.json nor index.json"),
        (tar_bytes([("etc/", directory()), ("etc/passwd", file())]), NotAnImageError, "holds a file system"),
        (tar_bytes([("a/layer.tar", file())]), UnsupportedImageError, "before Docker 1.10"),
        (tar_bytes([("a", file())], end=b""), DamagedImageError, "is cut off"),
        (gzip.compress(b"hello", mtime=0), NotAnImageError, "not a tar"),
    ],
)  # fmt: skip
def test_what_is_no_image_is_said_to_be_what_it_is(
    data: bytes, error: type[ImageError], message: str, tmp_path: Path, open_ref: Open
) -> None:
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(error, match=message):
        open_ref(tmp_path / "x")


def test_a_layer_that_is_no_tar_is_damage(tmp_path: Path, open_ref: Open) -> None:
    built = ImageBuilder().layer(raw=b"this is text")
    with pytest.raises(DamagedImageError, match=r"layer.tar is not a tar, compressed or not"):
        open_ref(built.save(tmp_path / "x.tar", "legacy"))
    with pytest.raises(DamagedImageError, match="is not a tar, compressed or not"):
        open_ref(built.save(tmp_path / "x.tar", "legacy", outer="gzip"))


def test_a_layer_in_an_unreadable_compression_is_named(tmp_path: Path, open_ref: Open) -> None:
    with pytest.raises(UnsupportedImageError, match=r"layer.tar is compressed with xz"):
        open_ref(ImageBuilder().layer(raw=b"\xfd7zXZ\0...").save(tmp_path / "x.tar", "legacy"))


def test_a_file_that_may_not_be_read_is_said_so(open_ref: Open) -> None:
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        path = three_layers().save(Path(directory) / "x.tar")
        path.chmod(0)
        if root:  # who may read everything
            os.seteuid(65534)
        try:
            with pytest.raises(ImageError, match="cannot be read: Permission denied"):
                open_ref(path)
        finally:
            if root:
                os.seteuid(0)


def test_more_layers_than_any_builder_makes_are_refused(
    tmp_path: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_LAYERS", 2)
    with pytest.raises(LimitError, match=r"x\.tar: manifest.json\[0\].Layers has 3 layers; 2 are read"):
        open_ref(three_layers().save(tmp_path / "x.tar"))
