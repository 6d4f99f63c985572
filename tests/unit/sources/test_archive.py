"""docker-save archives, and what is said of files that are none."""

import gzip
import json
import os
import random
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import (
    END,
    Compression,
    Entry,
    ImageBuilder,
    Layout,
    Members,
    directory,
    edit_json,
    file,
    hardlink,
    image_members,
    symlink,
    tar_bytes,
    write,
)
from layerscope.errors import DamagedImageError, ImageError, ImageNotFoundError, NotAnImageError, UnsupportedImageError
from layerscope.model.image import Compression as Packing
from layerscope.model.image import LayerBlob, RawImage

Open = Callable[..., RawImage]
Rows = Callable[[LayerBlob], list[tuple[object, ...]]]

LAYOUTS: tuple[Layout, ...] = ("legacy", "docker25", "oci", "oci-archive")
PACKINGS: tuple[Compression, ...] = ("none", "gzip", "zstd")


def image() -> ImageBuilder:
    """Three layers, of which the last is the first once more, and two empty steps."""
    return (
        ImageBuilder("app:1")
        .layer({"etc/": directory(), "etc/passwd": b"root", "x" * 120: b"long"})
        .run("RUN one")
        .env(A="1")
        .layer({"etc/link": symlink("passwd")}, remove=["etc/passwd"])
        .env(B="2")
        .layer({"etc/": directory(), "etc/passwd": b"root", "x" * 120: b"long"})
    )


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
    built = image()
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
    built = image()
    opened = open_ref(built.save(tmp_path / "x.tar"))
    for layer, tar in zip(opened.layers, built.tars, strict=True):
        assert layer.window is not None
        with layer.open_tar() as stream:
            assert stream.read(layer.window.size_bytes) == tar


@pytest.mark.parametrize("outer", ["gzip", "zstd"])
def test_layers_of_a_compressed_archive_can_be_opened_again(outer: Compression, tmp_path: Path, open_ref: Open) -> None:
    built = image()
    for packing in PACKINGS:
        opened = open_ref(built.save(tmp_path / "x", "docker25", packing, outer=outer))
        for layer, tar in zip(opened.layers, built.tars, strict=True):
            assert layer.table is not None
            with layer.open_tar() as stream:
                assert stream.read() == tar


@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci-archive"])
@pytest.mark.parametrize("outer", ["none", "gzip"])
def test_members_may_come_in_any_order(layout: Layout, outer: Compression, tmp_path: Path, open_ref: Open) -> None:
    built = image()
    for seed in range(5):

        def shuffled(members: Members, seed: int = seed) -> Members:
            random.Random(seed).shuffle(members)
            return members

        opened = open_ref(built.save(tmp_path / "x.tar", layout, outer=outer, edit=shuffled))
        assert [layer.diff_id for layer in opened.layers] == built.diff_ids


def test_members_may_begin_with_a_dot(tmp_path: Path, open_ref: Open) -> None:
    built = image()
    path = built.save(tmp_path / "x.tar", edit=lambda members: [(f"./{name}", entry) for name, entry in members])
    assert len(open_ref(path).layers) == 3


def test_a_configuration_may_be_named_by_its_digest(tmp_path: Path, open_ref: Open) -> None:
    built = image()

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

    opened = open_ref(image().save(tmp_path / "x.tar", "legacy", edit=lowered))
    assert (len(opened.layers), opened.tags) == (3, ("app:1",))


@pytest.mark.parametrize("tags", [None, []])
def test_an_image_may_have_no_tags(tags: object, tmp_path: Path, open_ref: Open) -> None:
    def untagged(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(RepoTags=tags))

    assert open_ref(image().save(tmp_path / "x.tar", "legacy", edit=untagged)).tags == ()


def test_a_layer_that_is_a_link_is_the_layer_it_points_to(tmp_path: Path, open_ref: Open) -> None:
    opened = open_ref(image().save(tmp_path / "x.tar", "legacy"))
    assert opened.layers[0].window == opened.layers[2].window


def test_a_layer_may_be_a_hard_link(tmp_path: Path, open_ref: Open) -> None:
    def linked(members: Members) -> Members:
        first = next(name for name, _entry in members if name.endswith("layer.tar"))
        return [(name, hardlink(first) if entry.type == b"2" else entry) for name, entry in members]

    opened = open_ref(image().save(tmp_path / "x.tar", "legacy", edit=linked))
    assert opened.layers[0].window == opened.layers[2].window


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc/passwd", "points outside the archive"),
        ("../../etc/passwd", "points outside the archive"),
        ("layer.tar", "leads nowhere"),
        ("../nowhere/layer.tar", "is listed and is not there"),
    ],
)
def test_links_never_lead_out_of_the_archive(target: str, message: str, tmp_path: Path, open_ref: Open) -> None:
    def linked(members: Members) -> Members:
        return [(name, symlink(target) if entry.type == b"2" else entry) for name, entry in members]

    with pytest.raises(DamagedImageError, match=message):
        open_ref(image().save(tmp_path / "x.tar", "legacy", edit=linked))


@pytest.mark.parametrize("path", ["../layer.tar", "/etc/passwd", "", ".", "a\0b", "\ud800", "x" * 5000])
def test_a_layer_path_never_leads_out_of_the_archive(path: str, tmp_path: Path, open_ref: Open) -> None:
    def pointed(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0]["Layers"].__setitem__(0, path))

    with pytest.raises(DamagedImageError, match="is listed and is not there"):
        open_ref(image().save(tmp_path / "x.tar", "legacy", edit=pointed))
    members = pointed([pair for pair in image().members("legacy") if pair[1].type != b"2"])
    with pytest.raises(ImageError, match=r"is listed and is not there|cannot be read"):
        open_ref(write(tmp_path / "unpacked", members, as_directory=True))


def test_links_of_an_unpacked_archive_never_lead_out_of_it(tmp_path: Path, open_ref: Open) -> None:
    (tmp_path / "secret").write_bytes(tar_bytes([]))
    built = image()
    write(tmp_path / "image", built.members("docker25"), as_directory=True)
    blob = tmp_path / "image/blobs/sha256" / built.diff_ids[0].removeprefix("sha256:")
    blob.unlink()
    blob.symlink_to(tmp_path / "secret")
    with pytest.raises(DamagedImageError, match="points outside the directory"):
        open_ref(tmp_path / "image")


def test_an_unpacked_archive_opens_like_the_archive(tmp_path: Path, open_ref: Open) -> None:
    built = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"})
    opened = open_ref(write(tmp_path / "image", built.members("legacy"), as_directory=True))
    assert opened.source == "docker-archive"
    assert [layer.diff_id for layer in opened.layers] == built.diff_ids


def test_a_directory_with_a_registry_manifest_opens(tmp_path: Path, open_ref: Open) -> None:
    """`skopeo copy … dir:DIRECTORY` and `podman save --format docker-dir` write such."""
    built = image()
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


def test_a_missing_layer_is_named(tmp_path: Path, open_ref: Open) -> None:
    def without(members: Members) -> Members:
        return [(name, entry) for name, entry in members if entry.type != b"2"]

    with pytest.raises(DamagedImageError, match=r"x.tar: [0-9a-f]{12}…/layer.tar is listed and is not there"):
        open_ref(image().save(tmp_path / "x.tar", "legacy", edit=without))


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


def test_a_layer_of_no_bytes_has_no_entries(tmp_path: Path, open_ref: Open, rows_of: Rows) -> None:
    opened = open_ref(ImageBuilder().layer(raw=b"").layer({"a": b"1"}).save(tmp_path / "x.tar", "legacy"))
    assert [len(rows_of(layer)) for layer in opened.layers] == [0, 1]


def test_an_image_without_layers_opens(tmp_path: Path, open_ref: Open) -> None:
    opened = open_ref(ImageBuilder().env(A="1").save(tmp_path / "x.tar"))
    assert (opened.layers, len(opened.history)) == ((), 1)


def test_the_first_of_several_images_is_taken_and_the_others_are_named(tmp_path: Path, open_ref: Open) -> None:
    one, two = ImageBuilder("one:1").layer({"a": b"1"}), ImageBuilder("two:1", "two:2").layer({"b": b"2"})
    path = write(tmp_path / "x.tar", image_members([one, two], "legacy"))
    opened = open_ref(path)
    assert (opened.tags, codes(opened)) == (("one:1",), ["several-images"])
    assert "two:1" in opened.notes[0].text
    for tag in ("two:1", "two:2", "docker.io/library/two:2", two.image_id, two.image_id[7:19]):
        chosen = open_ref(path, tag=tag)
        assert (chosen.tags, chosen.notes) == (("two:1", "two:2"), ())
    with pytest.raises(ImageNotFoundError, match="holds no image called three") as caught:
        open_ref(path, tag="three")
    assert caught.value.hint == "it holds one:1, two:1; choose with --tag"


def test_several_platforms_are_chosen_among(tmp_path: Path, open_ref: Open) -> None:
    amd, arm = ImageBuilder("a:1").layer({"a": b"1"}), ImageBuilder("a:1", platform="linux/arm/v7").layer({"a": b"2"})
    path = write(tmp_path / "x.tar", image_members([amd, arm], "docker25"))
    assert codes(open_ref(path)) == ["several-platforms"]
    for wanted, found in (
        ("linux/amd64", "linux/amd64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v7", "linux/arm/v7"),
    ):
        opened = open_ref(path, platform=wanted)
        assert (opened.platform, opened.notes) == (found, ())
    with pytest.raises(ImageNotFoundError, match="no image for linux/s390x"):
        open_ref(path, platform="linux/s390x")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (b"null", "lists no image"),
        (b"[]", "lists no image"),
        (b"{}", "should be a list and is an object"),
        (b"[null]", r"manifest.json\[0\].Config should be the name of the configuration and is null"),
        (b"[[]]", r"manifest.json\[0\] should be an object and is a list"),
        (b'[{"Config": "nope.json"}]', "nope.json is listed and is not there"),
        (b'[{"Config": "x", "Layers": [1]}]', r"manifest.json\[0\].Layers\[0\] should be text and is a number"),
        (b"", "is not JSON"),
        (b"\x00\x01", "is not JSON"),
        (b"[" * 50_000, "nested too deeply"),
        (b" " * (4 * 1024 * 1024 + 1), "4,194,305 bytes"),
    ],
)
@pytest.mark.parametrize("outer", ["none", "gzip"])
def test_a_strange_manifest_is_refused_in_one_line(
    manifest: bytes, message: str, outer: Compression, tmp_path: Path, open_ref: Open
) -> None:
    path = write(tmp_path / "x.tar", [("manifest.json", file(manifest))], outer=outer)
    with pytest.raises(ImageError, match=message) as caught:
        open_ref(path)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_odd_fields_of_the_configuration_become_notes(tmp_path: Path, open_ref: Open) -> None:
    built = image().configure(Env=7, Labels={"a": 1}, User=None, Healthcheck="no", ExposedPorts=["80"])
    opened = open_ref(built.save(tmp_path / "x.tar"))
    assert codes(opened) == ["odd-field"] * 3
    assert opened.config.exposed_ports == ("80",)


def test_diff_ids_that_do_not_fit_the_layers_are_not_assigned(tmp_path: Path, open_ref: Open) -> None:
    def shortened(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Layers=images[0]["Layers"][:2]))

    opened = open_ref(image().save(tmp_path / "x.tar", "legacy", edit=shortened))
    assert codes(opened) == ["diff-ids-mismatch"]
    assert [layer.diff_id for layer in opened.layers] == [None, None]


def test_a_configuration_that_was_changed_is_noted(tmp_path: Path, open_ref: Open) -> None:
    built = image()

    def changed(members: Members) -> Members:
        name = built.image_id.removeprefix("sha256:") + ".json"
        return edit_json(members, name, lambda config: config.update(author="somebody"))

    assert codes(open_ref(built.save(tmp_path / "x.tar", "legacy", edit=changed))) == ["digest-mismatch"]


def test_healthcheck_and_the_rest_of_the_configuration_are_read(tmp_path: Path, open_ref: Open) -> None:
    built = image().configure(
        Healthcheck={"Test": ["CMD", "true"], "Interval": 5_000_000_000, "Retries": 3},
        Entrypoint=["/bin/app"],
        Volumes={"/data": {}},
        Labels={"a": "b"},
        OnBuild=["RUN x"],
        Shell=["/bin/bash"],
        User="app",
        WorkingDir="/srv",
        StopSignal="SIGINT",
    )
    config = open_ref(built.save(tmp_path / "x.tar")).config
    assert config.healthcheck is not None
    assert (config.healthcheck.test, config.healthcheck.interval_ns) == (("CMD", "true"), 5_000_000_000)
    assert (config.healthcheck.timeout_ns, config.healthcheck.retries) == (None, 3)
    assert (config.entrypoint, config.volumes, config.labels) == (("/bin/app",), ("/data",), {"a": "b"})
    assert (config.onbuild, config.shell, config.user) == (("RUN x",), ("/bin/bash",), "app")
    assert (config.working_dir, config.stop_signal) == ("/srv", "SIGINT")


def test_of_two_documents_that_disagree_manifest_json_is_believed_and_it_is_said(
    tmp_path: Path, open_ref: Open
) -> None:
    other = ImageBuilder("other:1").layer({"b": b"2"}).members("oci-archive")
    path = image().save(
        tmp_path / "x.tar",
        edit=lambda members: [pair for pair in members if pair[0] != "index.json"] + other,
    )
    opened = open_ref(path)
    assert (len(opened.layers), codes(opened)) == (3, ["manifests-disagree"])
    assert len(open_ref(f"oci-archive://{path}").layers) == 1


def test_index_json_is_used_when_manifest_json_names_what_is_not_there(tmp_path: Path, open_ref: Open) -> None:
    def broken(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Config="blobs/sha256/none"))

    path = image().save(tmp_path / "x.tar", edit=broken)
    opened = open_ref(path)
    assert (opened.source, len(opened.layers), codes(opened)) == ("oci-archive", 3, ["index-json-used"])
    with pytest.raises(DamagedImageError, match="is listed and is not there"):
        open_ref(f"docker-archive://{path}")


def test_a_scheme_insists_on_its_document(tmp_path: Path, open_ref: Open) -> None:
    legacy, oci = image().save(tmp_path / "legacy", "legacy"), image().save(tmp_path / "oci", "oci-archive")
    assert open_ref(f"docker-tar://{legacy}").source == "docker-archive"
    with pytest.raises(NotAnImageError, match=r"has no index.json"):
        open_ref(f"oci-archive://{legacy}")
    with pytest.raises(NotAnImageError, match=r"has no manifest.json"):
        open_ref(oci, source="docker-archive")


def test_an_archive_without_end_marker_opens_when_all_is_there(tmp_path: Path, open_ref: Open) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes(image().members("legacy"), end=b""))
    assert codes(open_ref(path)) == ["no-end-marker"]


@pytest.mark.parametrize("outer", PACKINGS)
@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci-archive"])
def test_an_archive_cut_anywhere_is_refused_or_gives_the_same_image(
    layout: Layout, outer: Compression, tmp_path: Path, open_ref: Open, rows_of: Rows
) -> None:
    path = image().save(tmp_path / "x.tar", layout, outer=outer)
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
        (b'{"schemaVersion": 1}', NotAnImageError, "neither a tar nor a compressed one"),
        (b"BZh91AY", UnsupportedImageError, "is compressed with bzip2"),
        (END, NotAnImageError, "neither manifest.json nor index.json"),
        (tar_bytes([("etc/", directory()), ("etc/passwd", file())]), NotAnImageError, "holds a file system"),
        (tar_bytes([("a/layer.tar", file())]), UnsupportedImageError, "before Docker 1.10"),
        (tar_bytes([("a", file())], end=b""), DamagedImageError, "is cut off"),
        (gzip.compress(b"hello"), NotAnImageError, "not a tar"),
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


def test_a_pipe_is_read_as_it_comes(tmp_path: Path, open_ref: Open) -> None:
    built = image()
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
    opened = open_ref(image().save(tmp_path / "x.tar"), image_ready=ready.append)
    assert ready == [opened]


def test_a_file_that_may_not_be_read_is_said_so(open_ref: Open) -> None:
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        path = image().save(Path(directory) / "x.tar")
        path.chmod(0)
        if root:  # who may read everything
            os.seteuid(65534)
        try:
            with pytest.raises(ImageError, match="cannot be read: Permission denied"):
                open_ref(path)
        finally:
            if root:
                os.seteuid(0)


def test_the_last_of_two_members_of_one_name_counts(tmp_path: Path, open_ref: Open) -> None:
    path = image().save(
        tmp_path / "x.tar", "legacy", edit=lambda members: [("manifest.json", Entry(data=b"[]")), *members]
    )
    assert len(open_ref(path).layers) == 3
