"""`--verify`: every byte of every layer is what manifest and configuration say, or it is told which is not."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder import Compression, Entry, ImageBuilder, Layout, Members, edit_json, sha256, write
from builder_images import three_layers
from layerscope.errors import CancelledError, DamagedImageError
from layerscope.model.image import Note, no_progress
from layerscope.pipeline import InspectOptions, Watcher, inspect
from layerscope.sources.verify import verify

VERIFY = InspectOptions(verify=True)
LAYOUTS: tuple[Layout, ...] = ("legacy", "docker25", "oci", "oci-archive")
ALL = Note("verified", "verified: all 3 layers have their digests")


def altered(members: Members) -> tuple[Members, str, str]:
    """Change one byte in the contents of the base layer; give its digest before and after."""
    place = next(index for index, (_name, entry) in enumerate(members) if b"root" in entry.data[512:2048])
    name, entry = members[place]
    assert entry.data[257:262] == b"ustar"
    data = entry.data.replace(b"root", b"r00t")
    members[place] = (name, Entry(data=data))
    return members, sha256(entry.data), sha256(data)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
def test_an_image_that_is_what_it_says_is_verified(layout: Layout, packing: Compression, tmp_path: Path) -> None:
    for outer in ("none", "gzip") if layout != "oci" else ("none",):
        path = three_layers().save(tmp_path / f"{outer}.bin", layout, packing, outer=outer)
        assert inspect(path, options=VERIFY).notes[0] == ALL


def test_the_demo_is_verified() -> None:
    assert inspect("demo", options=VERIFY).notes[0].text == "verified: all 15 layers have their digests"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_altered_layer_is_named_with_both_digests(layout: Layout, tmp_path: Path) -> None:
    for outer in ("none", "zstd") if layout != "oci" else ("none",):
        members, was, now = altered(three_layers().members(layout))
        path = write(tmp_path / f"{outer}.bin", members, outer=outer, as_directory=layout == "oci")
        assert inspect(path, options=InspectOptions()).layers[0].content_bytes == 8, "nobody asked"
        with pytest.raises(DamagedImageError) as caught:
            inspect(path, options=VERIFY)
        text = str(caught.value)
        assert text.startswith("layer 0 (")
        assert was in text
        assert now in text
        assert caught.value.exit_code == 3


def test_bytes_after_the_end_of_a_layer_s_tar_count(tmp_path: Path) -> None:
    def longer(members: Members) -> Members:
        return [
            (name, Entry(data=entry.data + b"\0" * 512) if name.endswith("layer.tar") and entry.data else entry)
            for name, entry in members
        ]

    path = three_layers().save(tmp_path / "x.tar", "legacy", edit=longer)
    assert len(inspect(path).layers) == 3
    with pytest.raises(DamagedImageError, match=r"^layer 0 .* its diff ID is sha256:.*, expected sha256:"):
        inspect(path, options=VERIFY)


def test_a_compressed_layer_is_checked_as_it_is_stored_and_as_it_unpacks(tmp_path: Path) -> None:
    built = three_layers()
    path = built.save(tmp_path / "x.tar", "oci-archive", "gzip")
    raw = inspect(path, options=VERIFY)
    assert raw.notes[0] == ALL
    config = f"blobs/sha256/{built.image_id[7:]}"

    def other_tar(members: Members) -> Members:
        return edit_json(members, config, lambda value: value["rootfs"]["diff_ids"].__setitem__(1, sha256(b"")))

    path = built.save(tmp_path / "y.tar", "oci-archive", "gzip", edit=other_tar)
    with pytest.raises(DamagedImageError, match="is not what its name says"):  # the configuration was altered for it
        inspect(path, options=VERIFY)


def test_an_altered_configuration_or_manifest_is_an_error_to_who_verifies(tmp_path: Path) -> None:
    built = three_layers()
    name = built.image_id.removeprefix("sha256:") + ".json"
    path = built.save(
        tmp_path / "x.tar",
        "legacy",
        edit=lambda members: edit_json(members, name, lambda value: value.update(author="x")),
    )
    assert [note.code for note in inspect(path).notes][:1] == ["digest-mismatch"]
    with pytest.raises(DamagedImageError, match="is not what its name says"):
        inspect(path, options=VERIFY)


def test_layers_that_no_digest_is_known_of_are_said_to_be_so(tmp_path: Path) -> None:
    def shortened(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Layers=images[0]["Layers"][:2]))

    notes = inspect(three_layers().save(tmp_path / "x.tar", "legacy", edit=shortened), options=VERIFY).notes
    assert [note.text for note in notes if note.code == "verified"] == [
        "verified: 0 of 2 layers have their digests; the others are not there, or no digest of them is known"
    ]


def test_other_algorithms_than_sha256_are_understood(tmp_path: Path, open_ref: Callable[..., Any]) -> None:
    raw = open_ref(ImageBuilder().layer({"a": b"1"}).save(tmp_path / "x.tar", "oci-archive"))
    with raw.layers[0].open_tar() as stream:
        data = stream.read(raw.layers[0].stored_bytes)
    for digest, good in ((hashlib.sha512(data).hexdigest(), True), ("0" * 128, False)):
        changed = replace(raw, layers=(replace(raw.layers[0], digest=f"sha512:{digest}"),))
        if good:
            assert verify(changed, no_progress).notes[-1].code == "verified"
        else:
            with pytest.raises(DamagedImageError, match="its digest is sha512:"):
                verify(changed, no_progress)


def test_verifying_tells_how_far_it_is_on_the_caller_s_thread_and_can_be_stopped(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": bytes(3_000_000)}).layer({"b": bytes(10)}).save(tmp_path / "x.tar")
    told: list[tuple[int, int | None]] = []

    def progress(phase: str, done_bytes: int, total_bytes: int | None) -> None:
        assert threading.current_thread() is threading.main_thread()
        if phase == "verify":
            told.append((done_bytes, total_bytes))

    inspect(path, options=VERIFY, watcher=Watcher(progress=progress))
    total = path.stat().st_size
    assert told[-1][0] == told[-1][1]
    assert 3_000_000 < (told[-1][1] or 0) < total

    def stop(phase: str, _done_bytes: int, _total_bytes: int | None) -> None:
        if phase == "verify":
            raise CancelledError

    before = set(threading.enumerate())  # another test may have left one that still ends
    with pytest.raises(CancelledError):
        inspect(path, options=VERIFY, watcher=Watcher(progress=stop))
    assert set(threading.enumerate()) <= before


def test_one_blob_is_read_once_however_many_layers_it_is(tmp_path: Path) -> None:
    layers = ImageBuilder()
    for _ in range(50):
        layers.layer({"a": bytes(100_000)})
    totals: list[int | None] = []
    watcher = Watcher(progress=lambda phase, _done, total: totals.append(total) if phase == "verify" else None)
    notes = inspect(layers.save(tmp_path / "x.tar"), options=VERIFY, watcher=watcher).notes
    assert notes[0].text == "verified: all 50 layers have their digests"
    assert set(totals) == {len(layers.tars[0])}
