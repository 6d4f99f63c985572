"""Several images or platforms in one archive: what is taken, what is said, and what is asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import (
    ImageBuilder,
    Layout,
    edit_json,
    image_members,
    write,
)
from layerscope.errors import AmbiguousImageError, Choice, ImageNotFoundError, LimitError
from layerscope.model.image import LayerBlob, RawImage
from layerscope.sources import candidates, dockersave
from layerscope.sources.manifest import Json
from layerscope.sources.store import Store, read_json

Open = Callable[..., RawImage]
Rows = Callable[[LayerBlob], list[tuple[object, ...]]]


def codes(opened: RawImage) -> list[str]:
    return [note.code for note in opened.notes]


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


def asked(open_ref: Open, path: Path, **options: Any) -> tuple[Choice, ...]:
    with pytest.raises(AmbiguousImageError) as caught:
        open_ref(path, ask=True, **options)
    assert caught.value.choices == tuple(choice.value for choice in caught.value.candidates)
    assert "\n" not in str(caught.value)
    return caught.value.candidates


@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci-archive"])
def test_who_can_be_asked_gets_the_images_to_choose_from(layout: Layout, tmp_path: Path, open_ref: Open) -> None:
    built = [ImageBuilder(*tags).layer({"a": tags[0].encode()}) for tags in (("one:1",), ("two:1", "two:2"), ("x:1",))]
    path = write(tmp_path / "x.tar", image_members(built, layout))
    choices = asked(open_ref, path)
    assert [(choice.label, choice.option) for choice in choices] == [
        ("one:1", "tag"), ("two:1, two:2", "tag"), ("x:1", "tag"),
    ]  # fmt: skip
    for choice, image in zip(choices, built, strict=True):
        opened = open_ref(path, ask=True, tag=choice.value)
        assert (opened.image_id, opened.notes) == (image.image_id, ())


@pytest.mark.parametrize("layout", ["legacy", "oci-archive"])
def test_platforms_are_the_question_where_only_they_differ(layout: Layout, tmp_path: Path, open_ref: Open) -> None:
    built = [
        ImageBuilder("a:1", platform=platform).layer({"a": platform.encode()})
        for platform in ("linux/arm", "linux/arm/v7", "linux/s390x")
    ]
    path = write(tmp_path / "x.tar", image_members(built, layout))
    choices = asked(open_ref, path)
    assert [(choice.value, choice.option) for choice in choices] == [
        ("linux/arm", "platform"), ("linux/arm/v7", "platform"), ("linux/s390x", "platform"),
    ]  # fmt: skip
    for choice, image in zip(choices, built, strict=True):
        assert open_ref(path, ask=True, platform=choice.value).image_id == image.image_id


def test_after_the_image_its_platform_is_asked_for(tmp_path: Path, open_ref: Open) -> None:
    built = [
        ImageBuilder(name, platform=platform).layer({"a": (name + platform).encode()})
        for name in ("one:1", "two:1")
        for platform in ("linux/amd64", "linux/arm64")
    ]
    path = write(tmp_path / "x.tar", image_members(built, "oci-archive"))
    assert [choice.label for choice in asked(open_ref, path)] == ["one:1", "two:1"]
    assert {choice.value for choice in asked(open_ref, path, tag="two:1")} == {"linux/amd64", "linux/arm64"}
    assert open_ref(path, ask=True, tag="two:1", platform="linux/arm64").image_id == built[3].image_id


def test_images_without_names_are_told_apart_by_their_digests(tmp_path: Path, open_ref: Open) -> None:
    built = [ImageBuilder("a:1").layer({"a": data}) for data in (b"1", b"2")]

    def unnamed(images: Any) -> None:
        for image in images:
            image["RepoTags"] = None

    path = write(tmp_path / "x.tar", edit_json(image_members(built, "legacy"), "manifest.json", unnamed))
    choices = asked(open_ref, path)
    assert [choice.label for choice in choices] == [image.image_id[7:19] for image in built]
    for choice, image in zip(choices, built, strict=True):
        assert open_ref(path, ask=True, tag=choice.value).image_id == image.image_id


def test_one_image_under_several_names_is_no_question(tmp_path: Path, open_ref: Open) -> None:
    for layout in ("legacy", "docker25", "oci-archive"):
        path = ImageBuilder("a:1", "b:1").layer({"a": b"1"}).save(tmp_path / "x.tar", layout)
        assert open_ref(path, ask=True).notes == ()


def test_of_several_images_the_base_of_another_is_the_one_with_its_layers(tmp_path: Path, open_ref: Open) -> None:
    other, base = ImageBuilder("other:1").layer({"z": b"9"}), ImageBuilder("base:1").layer({"a": b"1"})
    longer = ImageBuilder("longer:1").layer({"a": b"1"}).layer({"b": b"2"})
    image = ImageBuilder("app:1").layer({"a": b"1"}).layer({"b": b"2"}).layer({"c": b"3"})
    path = write(tmp_path / "x.tar", image_members([other, base, longer], "legacy"))
    assert open_ref(path, base_of=tuple(image.diff_ids)).tags == ("longer:1",)
    assert open_ref(path, base_of=tuple(base.diff_ids)).tags == ("base:1",)
    assert open_ref(path, base_of=("sha256:" + "0" * 64,)).tags == ("other:1",)


def test_more_images_than_an_archive_has_are_refused(
    tmp_path: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dockersave, "MAX_IMAGES", 1)
    path = write(tmp_path / "x.tar", image_members([ImageBuilder("a:1"), ImageBuilder("b:1")], "legacy"))
    with pytest.raises(LimitError, match=r"manifest\.json has 2 images; 1 are read"):
        open_ref(path)


def test_a_configuration_is_read_once_however_many_images_share_it(
    tmp_path: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []

    def counted(store: Store, path: str) -> Json:
        reads.append(path)
        return read_json(store, path)

    monkeypatch.setattr(candidates, "read_json", counted)
    built = [ImageBuilder("a:1").layer({"a": b"1"}), ImageBuilder("b:1").layer({"b": b"1"})]

    def repeated(images: Any) -> None:
        both = list(zip("ab", images, strict=True))
        images[:] = [one | {"RepoTags": [f"{name}:{number}"]} for number in range(400) for name, one in both]

    path = write(tmp_path / "x.tar", edit_json(image_members(built, "docker25"), "manifest.json", repeated))
    assert open_ref(path, platform="linux/amd64").tags[0] == "a:0"
    assert len(reads) <= 4


def test_configurations_of_too_many_bytes_are_not_read_to_choose(
    tmp_path: Path, open_ref: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "MAX_CONFIG_BYTES", 600)
    built = [ImageBuilder("a:1").layer({"a": b"1"}), ImageBuilder("b:1").layer({"b": b"1"})]
    path = write(tmp_path / "x.tar", image_members(built, "legacy"))
    with pytest.raises(LimitError, match="have more than 600 bytes"):
        open_ref(path, platform="linux/amd64")
