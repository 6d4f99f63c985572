"""The built-in demo image."""

import hashlib
import io
import tarfile
from collections.abc import Callable

import pytest

from layerscope.errors import CancelledError, ImageNotFoundError
from layerscope.model.image import RawImage
from layerscope.pipeline import InspectOptions, Watcher, inspect
from layerscope.sources.demofiles import DEMO_DOCKERFILE, DEMO_HISTORY, demo_layers
from layerscope.sources.demotar import DemoTar

Open = Callable[..., RawImage]


def test_diff_ids_are_those_of_the_layers(open_ref: Open) -> None:
    image = open_ref("demo")
    found = ["sha256:" + hashlib.sha256(layer.open_tar().read()).hexdigest() for layer in image.layers]
    assert [layer.diff_id for layer in image.layers] == found
    assert sum(layer.stored_bytes for layer in image.layers) > 60_000_000


def test_every_layer_is_a_tar_of_the_entries_it_was_made_of() -> None:
    for entries in demo_layers():
        with tarfile.open(fileobj=io.BytesIO(DemoTar(entries).readall())) as tar:
            members = tar.getmembers()
        assert [member.name for member in members] == [entry.path.rstrip("/") for entry in entries]
        assert [(member.size, member.mode, member.uid) for member in members] == [
            (len(entry.content), entry.mode, entry.uid) for entry in entries
        ]


def test_a_demo_tar_reads_the_same_from_anywhere() -> None:
    tar = DemoTar(demo_layers()[3])
    whole = tar.readall()
    for position in (0, 1, 511, 512, 70_000, len(whole) - 1, len(whole)):
        for size in (1, 700, 200_000):
            tar.seek(position)
            assert tar.read(size) == whole[position : position + size]


def test_history_has_one_step_that_is_not_empty_for_each_layer(open_ref: Open) -> None:
    image = open_ref("demo")
    assert sum(not record.empty for record in image.history) == len(image.layers)
    assert (image.base_layer_count, image.platform) == (1, "linux/amd64")


def test_history_and_dockerfile_say_the_same_in_the_same_order() -> None:
    lines = [line.partition(" ")[0] for line in DEMO_DOCKERFILE.splitlines() if line and not line.startswith("#")]
    steps = [created_by.partition(" ")[0] for created_by, _empty in DEMO_HISTORY]
    assert lines[1:] == steps[1:]
    commands = [line.removeprefix("RUN ") for line in DEMO_DOCKERFILE.splitlines() if line.startswith("RUN ")]
    for command in commands:
        assert any(command in created_by for created_by, _empty in DEMO_HISTORY)


def test_files_that_are_shipped_again_have_the_same_bytes() -> None:
    layers = demo_layers()
    copied = {entry.path: entry for entry in layers[6] if entry.type == b"0"}
    owned = {entry.path: entry for entry in layers[7] if entry.type == b"0"}
    assert set(copied) < set(owned)
    assert all(copied[path].content == owned[path].content for path in copied)
    assert all(copied[path].uid != owned[path].uid for path in copied)


@pytest.mark.parametrize(("asked", "said"), [({"tag": "other"}, "other"), ({"platform": "linux/arm64"}, "linux/arm64")])
def test_what_the_demo_does_not_hold_is_said(asked: dict[str, str], said: str) -> None:
    with pytest.raises(ImageNotFoundError, match=said) as caught:
        inspect("demo", options=InspectOptions(**asked))  # type: ignore[arg-type]
    assert caught.value.hint


@pytest.mark.parametrize("asked", [{"tag": "demo:latest"}, {"tag": "latest"}, {"platform": "linux/amd64"}])
def test_the_demo_can_be_asked_for_as_what_it_is(asked: dict[str, str]) -> None:
    seen: list[RawImage] = []

    def ready(image: RawImage) -> None:
        seen.append(image)
        raise CancelledError

    with pytest.raises(CancelledError):
        inspect("demo", options=InspectOptions(**asked), watcher=Watcher(image_ready=ready))  # type: ignore[arg-type]
    assert seen[0].tags == ("demo:latest",)


def test_sources_of_the_demo_are_text_and_packages_come_and_go_between_its_layers() -> None:
    contents: dict[str, list[bytes]] = {}
    for entries in demo_layers():
        with tarfile.open(fileobj=io.BytesIO(DemoTar(entries).readall())) as tar:
            for member in tar.getmembers():
                file = tar.extractfile(member) if member.isreg() else None
                if file and member.size:
                    contents.setdefault(member.name, []).append(file.read())
    for name, versions in contents.items():
        if name.endswith((".py", ".css", ".js", ".json", ".svg", "status", "passwd")):
            assert all(b"\0" not in version and version.isascii() for version in versions), name
    compile(contents["srv/notes/notes/api.py"][0].rpartition(b"def ")[0], "api.py", "exec")
    before, with_gcc, after = (version.decode().split("\n\n") for version in contents["var/lib/dpkg/status"])
    assert {"Package: gcc", "Package: python3"} <= {stanza.split("\n")[0] for stanza in set(with_gcc) - set(before)}
    assert {stanza.split("\n")[0] for stanza in set(with_gcc) - set(after)} >= {"Package: gcc", "Package: binutils"}
    assert set(after) < set(with_gcc)
    assert contents["usr/bin/bash"][0].startswith(b"\x7fELF")
