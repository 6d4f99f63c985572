"""docker-save archives and layouts: every way of writing an image gives the same image."""

import json
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import (
    Compression,
    Entry,
    ImageBuilder,
    Layout,
    Members,
    edit_json,
    file,
    hardlink,
    tar_bytes,
    write,
)
from builder_images import three_layers
from layerscope.model.image import Compression as Packing
from layerscope.model.image import LayerBlob, RawImage

Open = Callable[..., RawImage]
Rows = Callable[[LayerBlob], list[tuple[object, ...]]]

LAYOUTS: tuple[Layout, ...] = ("legacy", "docker25", "oci", "oci-archive")
PACKINGS: tuple[Compression, ...] = ("none", "gzip", "zstd")


def codes(opened: RawImage) -> list[str]:
    return [note.code for note in opened.notes]


@pytest.mark.parametrize(
    ("layout", "packing", "outer"),
    [
        (layout, packing, outer)
        for layout in LAYOUTS
        for packing in PACKINGS
        for outer in (PACKINGS if layout != "oci" else PACKINGS[:1])  # a directory cannot be compressed
    ],
)
def test_every_layout_and_compression_gives_the_same_image(
    layout: Layout, packing: Compression, outer: Compression, tmp_path: Path, open_ref: Open, rows_of: Rows
) -> None:
    built = three_layers()
    opened = open_ref(built.save(tmp_path / "image.bin", layout, packing, outer=outer))
    assert [layer.diff_id for layer in opened.layers] == built.diff_ids
    assert [rows_of(layer) for layer in opened.layers] == [
        [(row[0], *row[1:5], ANY) if row[0] != "whiteout" else row for row in rows_of(layer)]
        for layer in built.raw_image().layers
    ]
    assert {layer.compression for layer in opened.layers} == {Packing(packing)}
    assert opened.image_id == built.image_id
    assert opened.tags == ("app:1",)
    assert opened.platform == "linux/amd64"
    assert [record.created_by for record in opened.history if record.empty] == ["ENV A=1", "ENV B=2"]
    assert opened.source == {"oci": "oci", "oci-archive": "oci-archive"}.get(layout, "docker-archive")
    assert opened.notes == ()


class _Any:
    """Equal to everything: a table that was not hashed has no digests."""

    def __eq__(self, _other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


ANY = _Any()


def test_plain_layers_are_windows_into_the_archive(tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()
    opened = open_ref(built.save(tmp_path / "x.tar"))
    for layer, tar in zip(opened.layers, built.tars, strict=True):
        assert layer.window is not None
        with layer.open_tar() as stream:
            assert stream.read(layer.window.size_bytes) == tar


@pytest.mark.parametrize("outer", ["gzip", "zstd"])
def test_layers_of_a_compressed_archive_can_be_opened_again(outer: Compression, tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()
    for packing in PACKINGS:
        opened = open_ref(built.save(tmp_path / "x", "docker25", packing, outer=outer))
        for layer, tar in zip(opened.layers, built.tars, strict=True):
            assert layer.table is not None
            with layer.open_tar() as stream:
                assert stream.read() == tar


@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci-archive"])
@pytest.mark.parametrize("outer", ["none", "gzip"])
def test_members_may_come_in_any_order(layout: Layout, outer: Compression, tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()
    for seed in range(5):

        def shuffled(members: Members, seed: int = seed) -> Members:
            random.Random(seed).shuffle(members)
            return members

        opened = open_ref(built.save(tmp_path / "x.tar", layout, outer=outer, edit=shuffled))
        assert [layer.diff_id for layer in opened.layers] == built.diff_ids


def test_members_may_begin_with_a_dot(tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()
    path = built.save(tmp_path / "x.tar", edit=lambda members: [(f"./{name}", entry) for name, entry in members])
    assert len(open_ref(path).layers) == 3


def test_a_configuration_may_be_named_by_its_digest(tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()

    def renamed(members: Members) -> Members:
        old = built.image_id.removeprefix("sha256:") + ".json"
        edit_json(members, "manifest.json", lambda value: value[0].update(Config=built.image_id))
        return [(built.image_id if name == old else name, entry) for name, entry in members]

    opened = open_ref(built.save(tmp_path / "x.tar", "legacy", edit=renamed))
    assert opened.image_id == built.image_id
    assert opened.notes == ()


def test_keys_may_be_in_lower_case(tmp_path: Path, open_ref: Open) -> None:
    def lowered(members: Members) -> Members:
        return edit_json(
            members,
            "manifest.json",
            lambda images: [{key[0].lower() + key[1:]: value for key, value in one.items()} for one in images],
        )

    opened = open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=lowered))
    assert (len(opened.layers), opened.tags) == (3, ("app:1",))


@pytest.mark.parametrize("tags", [None, []])
def test_an_image_may_have_no_tags(tags: object, tmp_path: Path, open_ref: Open) -> None:
    def untagged(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(RepoTags=tags))

    assert open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=untagged)).tags == ()


def test_a_layer_that_is_a_link_is_the_layer_it_points_to(tmp_path: Path, open_ref: Open) -> None:
    opened = open_ref(three_layers().save(tmp_path / "x.tar", "legacy"))
    assert opened.layers[0].window == opened.layers[2].window


def test_a_layer_may_be_a_hard_link(tmp_path: Path, open_ref: Open) -> None:
    def linked(members: Members) -> Members:
        first = next(name for name, _entry in members if name.endswith("layer.tar"))
        return [(name, hardlink(first) if entry.type == b"2" else entry) for name, entry in members]

    opened = open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=linked))
    assert opened.layers[0].window == opened.layers[2].window


def test_an_unpacked_archive_opens_like_the_archive(tmp_path: Path, open_ref: Open) -> None:
    built = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"})
    opened = open_ref(write(tmp_path / "image", built.members("legacy"), as_directory=True))
    assert opened.source == "docker-archive"
    assert [layer.diff_id for layer in opened.layers] == built.diff_ids


def test_a_directory_with_a_registry_manifest_opens(tmp_path: Path, open_ref: Open) -> None:
    """`skopeo copy … dir:DIRECTORY` and `podman save --format docker-dir` write such."""
    built = three_layers()
    files = dict(zip(built.diff_ids, built.tars, strict=True))
    layers = [{"digest": digest, "size": len(files[digest]), "mediaType": "x.tar"} for digest in built.diff_ids]
    manifest = {"schemaVersion": 2, "config": {"digest": built.image_id}, "layers": layers}
    blobs = {**files, built.image_id: built.config_json}
    members: Members = [(digest[7:], file(data)) for digest, data in blobs.items()]
    members.append(("manifest.json", file(json.dumps(manifest).encode())))
    opened = open_ref(write(tmp_path / "x", members, as_directory=True))
    assert [layer.diff_id for layer in opened.layers] == built.diff_ids
    assert [layer.digest for layer in opened.layers] == built.diff_ids
    assert opened.notes == ()


def test_a_layer_of_no_bytes_has_no_entries(tmp_path: Path, open_ref: Open, rows_of: Rows) -> None:
    opened = open_ref(ImageBuilder().layer(raw=b"").layer({"a": b"1"}).save(tmp_path / "x.tar", "legacy"))
    assert [len(rows_of(layer)) for layer in opened.layers] == [0, 1]


def test_an_image_without_layers_opens(tmp_path: Path, open_ref: Open) -> None:
    opened = open_ref(ImageBuilder().env(A="1").save(tmp_path / "x.tar"))
    assert (opened.layers, len(opened.history)) == ((), 1)


def test_an_archive_without_end_marker_opens_when_all_is_there(tmp_path: Path, open_ref: Open) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes(three_layers().members("legacy"), end=b""))
    assert codes(open_ref(path)) == ["no-end-marker"]


def test_a_pipe_is_read_as_it_comes(tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()
    data = built.save(tmp_path / "x.tar").read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,), daemon=True)
    writer.start()
    opened = open_ref(pipe)
    writer.join()
    assert [layer.diff_id for layer in opened.layers] == built.diff_ids
    with pytest.raises(OSError, match="cannot be opened again"):
        opened.layers[0].open_tar()


def test_the_image_is_ready_before_its_layers_are_read(tmp_path: Path, open_ref: Open) -> None:
    ready: list[Any] = []
    opened = open_ref(three_layers().save(tmp_path / "x.tar"), image_ready=ready.append)
    assert ready == [opened]


def test_the_last_of_two_members_of_one_name_counts(tmp_path: Path, open_ref: Open) -> None:
    path = three_layers().save(
        tmp_path / "x.tar", "legacy", edit=lambda members: [("manifest.json", Entry(data=b"[]")), *members]
    )
    assert len(open_ref(path).layers) == 3
