"""Where a report may go: never onto what is read."""

from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.cli.streams import check_output
from layerscope.errors import UsageError


def test_a_report_never_takes_the_place_of_an_image(tmp_path: Path) -> None:
    image = ImageBuilder().layer({"a": b"1"}).save(tmp_path / "image.tar")
    layout = ImageBuilder().layer({"a": b"1"}).save(tmp_path / "layout", "oci")
    (tmp_path / "link").symlink_to(image)
    (tmp_path / "hard").hardlink_to(image)
    blob = next((layout / "blobs/sha256").iterdir())
    for reference, target in (
        (image, image),
        (image, tmp_path / "link"),
        (image, tmp_path / "hard"),
        (f"docker-archive://{image}", image),
        (f"oci-archive://{image}:tag", image),
        (layout, layout / "index.json"),
        (layout, blob),
        (f"oci://{layout}:1", layout / "oci-layout"),
    ):
        with pytest.raises(UsageError, match="is the image that is read: it is not replaced"):
            check_output(str(target), ["demo", str(reference)])


def test_any_other_file_may_be_replaced(tmp_path: Path) -> None:
    layout = ImageBuilder().layer({"a": b"1"}).save(tmp_path / "layout", "oci")
    report = layout / "report.json"
    report.write_text("old")
    (tmp_path / "manifest.json").write_text("of something else")
    for reference in (layout, "alpine", "-", "demo", "docker://alpine:3", "x" * 5000, "a\0b", ""):
        check_output(str(report), [str(reference)])
        check_output(str(tmp_path / "manifest.json"), [str(reference)])
        check_output(str(tmp_path / "new.json"), [str(reference)])
        check_output("-", [str(reference)])
