"""Images of which a layer is damaged or absent: shown for what they are, and not passed as healthy ones."""

import json
from pathlib import Path

import pytest

from builder import ImageBuilder, Layout
from golden.command import layerscope_ends

FINE = ["--lowest-efficiency", "0.1"]


def partial_image(folder: Path, layout: Layout = "docker25") -> Path:
    """Three layers, of which the middle one is text."""
    return ImageBuilder().layer({"a": b"1"}).layer(raw=b"no tar").layer({"c": b"3"}).save(folder / "image.tar", layout)


def test_ci_refuses_to_judge_a_part_and_says_so_in_every_report(tmp_path: Path) -> None:
    image = partial_image(tmp_path)
    kinds = ("json", "markdown", "html", "junit", "sarif", "gitlab", "github", "csv", "azure", "csv-files")
    reports = [f"--report={kind}={tmp_path / kind}" for kind in kinds]
    ended = layerscope_ends("ci", image, *FINE, *reports, "--quiet", "--report=-")
    assert ended.code == 3
    assert ended.err.splitlines() == [
        "layerscope: 1 of 3 layers could not be read, and a part is not judged",
        "  see the report; --allow-partial judges what is there",
    ]
    assert ended.lines[0].startswith("layerscope: FAILED")
    assert "partial: 1 of 3 layers not read" in ended.lines[0]
    found = json.loads((tmp_path / "json").read_text())
    assert found["image"]["partial"] is True
    assert [layer["absent_reason"] is not None for layer in found["layers"]] == [False, True, False]
    assert found["verdict"]["status"] == "failed"
    assert found["verdict"]["rules"][0] | {"rule": "unread-layers", "measured": 1} == found["verdict"]["rules"][0]
    assert "Partial: 1 of 3 layers not read" in (tmp_path / "markdown").read_text()
    assert "partial: 1 of 3 layers not read" in (tmp_path / "html").read_text()
    for kind in ("junit", "sarif", "gitlab", "github", "azure"):
        assert "unread-layers" in (tmp_path / kind).read_text(), kind


@pytest.mark.parametrize("command", [["ci"], [], ["inspect"]])
def test_allow_partial_judges_what_is_there(command: list[str], tmp_path: Path) -> None:
    image = partial_image(tmp_path)
    assert layerscope_ends(*command, image, more={"CI": "true"}).code == 3
    ended = layerscope_ends("ci", image, *FINE, "--allow-partial")
    assert (ended.code, ended.lines[0].startswith("layerscope: PASSED")) == (0, True)
    assert "partial: 1 of 3 layers not read" in ended.lines[0]
    assert layerscope_ends("ci", image, "--highest-layer-count", "1", "--allow-partial").code == 1


def test_a_baseline_is_not_made_from_a_part(tmp_path: Path) -> None:
    image, baseline = partial_image(tmp_path), tmp_path / "baseline.json"
    assert layerscope_ends("ci", image, "--baseline", baseline, "--update-baseline").code == 3
    assert not baseline.exists()


@pytest.mark.parametrize("command", [["report"], ["history"], ["ls"]])
def test_other_commands_show_the_part_and_say_that_it_is_one(command: list[str], tmp_path: Path) -> None:
    ended = layerscope_ends(*command, partial_image(tmp_path))
    assert ended.code == 0
    assert "layer 1 could not be read" in ended.out + ended.err


@pytest.mark.parametrize("command", [["report", "--output"], ["history", "--output"], ["ci", "--report"]])
def test_a_report_never_takes_the_place_of_the_image(command: list[str], tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"1"}).save(tmp_path / "image.tar")
    before = image.read_bytes()
    target = f"text={image}" if command[0] == "ci" else image
    ended = layerscope_ends(command[0], image, command[1], target)
    assert ended.code == 2
    assert "is the image that is read: it is not replaced" in ended.err
    assert image.read_bytes() == before


def test_an_altered_layer_is_an_error_to_every_command_that_verifies(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"1" * 100}).save(tmp_path / "image.tar")
    image.write_bytes(image.read_bytes().replace(b"1" * 100, b"2" + b"1" * 99))
    assert layerscope_ends("report", image).code == 0, "nobody asked"
    for command in (["ci"], ["history"], ["cat"]):
        path = ["/a"] if command[0] == "cat" else []
        ended = layerscope_ends(*command, image, *path, "--verify")
        assert ended.code == 3
        assert ended.err.startswith("layerscope: layer 0 (")
        assert "expected sha256:" in ended.err
        assert ended.out == ""


def test_a_wrong_base_is_told_before_the_image_is_read(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"1"}).layer(raw=b"no tar").save(tmp_path / "image.tar")
    ended = layerscope_ends("report", image, "--base", tmp_path / "nothing.tar")
    assert (ended.code, "nothing.tar: no such file" in ended.err) == (3, True)
    other = ImageBuilder("z:1").layer({"z": b"1"}).save(tmp_path / "other.tar")
    ended = layerscope_ends("report", image, "--base", other)
    assert (ended.code, "is not the base of" in ended.err) == (2, True)


def test_of_several_images_the_base_is_the_one_that_fits(tmp_path: Path) -> None:
    from builder import image_members, write

    other, base = ImageBuilder("other:1").layer({"z": b"9"}), ImageBuilder("base:1").layer({"a": b"1"})
    image = ImageBuilder("app:1").layer({"a": b"1"}).layer({"b": b"2"}).save(tmp_path / "image.tar")
    both = write(tmp_path / "both.tar", image_members([other, base], "docker25"))
    ended = layerscope_ends("report", image, "--base", both, "--format", "json")
    assert json.loads(ended.out)["image"]["base_layer_count"] == 1
