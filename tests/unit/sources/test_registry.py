"""Which source a reference means."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from builder import ImageBuilder, image_members, write
from layerscope.errors import ImageNotFoundError, UsageError
from layerscope.model.image import RawImage
from layerscope.sources.registry import SOURCES

Open = Callable[..., RawImage]


def test_every_scheme_belongs_to_one_source() -> None:
    schemes = [scheme for source in SOURCES for scheme in source.schemes]
    assert len(schemes) == len(set(schemes))
    expected = {"docker", "podman", "docker-archive", "docker-tar", "oci", "oci-archive", "demo"}
    assert set(schemes) == expected
    assert all(source.name == source.schemes[0] for source in SOURCES)


def test_an_unknown_scheme_is_wrong_usage_with_a_suggestion(open_ref: Open) -> None:
    with pytest.raises(UsageError, match="no source called dokcer") as caught:
        open_ref("dokcer://x")
    assert caught.value.hint == "did you mean docker?"
    with pytest.raises(UsageError) as caught:
        open_ref("x", source="zzz")
    assert "docker-archive" in str(caught.value.hint)


def test_a_scheme_and_a_source_must_agree(open_ref: Open, tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": b""}).save(tmp_path / "x.tar")
    assert open_ref(f"docker-tar://{path}", source="docker-archive").source == "docker-archive"
    with pytest.raises(UsageError, match="says docker-archive, --source says oci"):
        open_ref(f"docker-archive://{path}", source="oci")


@pytest.mark.parametrize("reference", ["", "docker-archive://"])
def test_no_reference_is_wrong_usage(reference: str, open_ref: Open) -> None:
    with pytest.raises(UsageError, match="no image is named"):
        open_ref(reference)


def test_an_existing_path_is_meant_before_an_image_name(
    open_ref: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ImageBuilder("from-file:1").layer({"a": b""}).save(tmp_path / "alpine")
    opened = open_ref("alpine")
    assert (opened.tags, opened.reference) == (("from-file:1",), "alpine")


def test_a_directory_is_meant_when_it_holds_an_image(
    open_ref: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none")
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/none")
    (tmp_path / "alpine").mkdir()
    with pytest.raises(ImageNotFoundError, match="no file called alpine"):
        open_ref("alpine")
    ImageBuilder().layer({"a": b""}).save(tmp_path / "alpine", "oci")
    assert open_ref("alpine").source == "oci"


def test_a_layout_may_be_given_with_a_tag_as_skopeo_has_it(open_ref: Open, tmp_path: Path) -> None:
    one, two = ImageBuilder("one:1").layer({"a": b"1"}), ImageBuilder("two:2").layer({"b": b"2"})
    write(tmp_path / "x", image_members([one, two], "oci"), as_directory=True)
    assert open_ref(f"oci://{tmp_path}/x:2").image_id == two.image_id


def test_the_word_demo_is_the_demo_even_beside_a_file_of_that_name(
    open_ref: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ImageBuilder().layer({"a": b""}).save(tmp_path / "demo")
    assert open_ref("demo").source == "demo"
    assert open_ref("./demo").source == "docker-archive"


@pytest.mark.parametrize("reference", ["/no/such.tar", "./no-such.tar", "docker-archive://no-such.tar"])
def test_a_path_that_does_not_exist_is_not_asked_of_engines(reference: str, open_ref: Open) -> None:
    with pytest.raises(ImageNotFoundError, match=r"such.tar: no such file or directory$"):
        open_ref(reference)


READ_STDIN = """
from layerscope.filesystem.tarscan import scan_stream
from layerscope.sources.base import Request
from layerscope.sources.registry import open_image
image = open_image(Request("-", scan_stream))
print(image.source, *(layer.diff_id for layer in image.layers))
open(0, "rb").close()
"""


@pytest.mark.parametrize("outer", ["none", "zstd"])
def test_a_dash_reads_an_archive_from_stdin(outer: str, tmp_path: Path) -> None:
    built = ImageBuilder().layer({"a": b"1"}).layer({"b": b"2"})
    path = built.save(tmp_path / "x", "legacy", outer=outer)  # type: ignore[arg-type]
    done = subprocess.run([sys.executable, "-c", READ_STDIN], input=path.read_bytes(), capture_output=True, check=True)
    assert done.stdout.decode().split() == ["docker-archive", *built.diff_ids]


def test_opening_a_file_imports_no_engine_and_no_face(tmp_path: Path) -> None:
    path = ImageBuilder().layer({"a": b"1"}).save(tmp_path / "x")
    code = READ_STDIN.replace('"-"', repr(str(path))).replace('open(0, "rb").close()', "import sys")
    code += "print(*(name for name in ('docker', 'requests', 'textual', 'rich') if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines()[1] == ""
