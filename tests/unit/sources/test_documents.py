"""manifest.json, index.json and the configuration: which is believed, and what is said of odd ones."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import (
    Compression,
    ImageBuilder,
    Members,
    edit_json,
    file,
    write,
)
from builder_images import three_layers
from layerscope.errors import DamagedImageError, ImageError, NotAnImageError, UnsupportedImageError
from layerscope.model.image import LayerBlob, RawImage

Open = Callable[..., RawImage]
Rows = Callable[[LayerBlob], list[tuple[object, ...]]]


def codes(opened: RawImage) -> list[str]:
    return [note.code for note in opened.notes]


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
    built = three_layers().configure(Env=7, Labels={"a": 1}, User=None, Healthcheck="no", ExposedPorts=["80"])
    opened = open_ref(built.save(tmp_path / "x.tar"))
    assert codes(opened) == ["odd-field"] * 3
    assert opened.config.exposed_ports == ("80",)


def test_diff_ids_that_do_not_fit_the_layers_are_not_assigned(tmp_path: Path, open_ref: Open) -> None:
    def shortened(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Layers=images[0]["Layers"][:2]))

    opened = open_ref(three_layers().save(tmp_path / "x.tar", "legacy", edit=shortened))
    assert codes(opened) == ["diff-ids-mismatch"]
    assert [layer.diff_id for layer in opened.layers] == [None, None]


def test_a_configuration_that_was_changed_is_noted(tmp_path: Path, open_ref: Open) -> None:
    built = three_layers()

    def changed(members: Members) -> Members:
        name = built.image_id.removeprefix("sha256:") + ".json"
        return edit_json(members, name, lambda config: config.update(author="somebody"))

    assert codes(open_ref(built.save(tmp_path / "x.tar", "legacy", edit=changed))) == ["digest-mismatch"]


def test_healthcheck_and_the_rest_of_the_configuration_are_read(tmp_path: Path, open_ref: Open) -> None:
    built = three_layers().configure(
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
    path = three_layers().save(
        tmp_path / "x.tar",
        edit=lambda members: [pair for pair in members if pair[0] != "index.json"] + other,
    )
    opened = open_ref(path)
    assert (len(opened.layers), codes(opened)) == (3, ["manifests-disagree"])
    assert len(open_ref(f"oci-archive://{path}").layers) == 1


def test_index_json_is_used_when_manifest_json_names_what_is_not_there(tmp_path: Path, open_ref: Open) -> None:
    def broken(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Config="blobs/sha256/none"))

    path = three_layers().save(tmp_path / "x.tar", edit=broken)
    opened = open_ref(path)
    assert (opened.source, len(opened.layers), codes(opened)) == ("oci-archive", 3, ["index-json-used"])
    with pytest.raises(DamagedImageError, match="is listed and is not there"):
        open_ref(f"docker-archive://{path}")


def test_a_scheme_insists_on_its_document(tmp_path: Path, open_ref: Open) -> None:
    legacy, oci = (
        three_layers().save(tmp_path / "legacy", "legacy"),
        three_layers().save(tmp_path / "oci", "oci-archive"),
    )
    assert open_ref(f"docker-tar://{legacy}").source == "docker-archive"
    with pytest.raises(NotAnImageError, match=r"has no index.json"):
        open_ref(f"oci-archive://{legacy}")
    with pytest.raises(NotAnImageError, match=r"has no manifest.json"):
        open_ref(oci, source="docker-archive")


def test_a_directory_with_a_manifest_of_schema_1_says_what_to_do(tmp_path: Path, open_ref: Open) -> None:
    manifest = {"schemaVersion": 1, "name": "old", "fsLayers": [{"blobSum": "sha256:" + "0" * 64}]}
    path = write(tmp_path / "x", [("manifest.json", file(json.dumps(manifest).encode()))], as_directory=True)
    with pytest.raises(UnsupportedImageError, match="is a manifest of schema 1") as caught:
        open_ref(path)
    assert "skopeo copy" in str(caught.value.hint)
