"""Analyses are remembered safely: what is not whole, not ours or not of the very same files is as good as none."""

import dataclasses
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope import analysing, cache
from layerscope.analysing import Memory
from layerscope.cache import Cache
from layerscope.filesystem.hashes import content_hash
from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.columns import taken_apart
from layerscope.model.image import RawImage, no_progress
from layerscope.model.inspection import Inspection
from layerscope.pipeline import InspectOptions, Watcher, inspect

REMEMBER = InspectOptions(remember=True)
IMAGE = (
    ImageBuilder()
    .layer({"big": b"x" * 1000, "same": b"s", "etc/passwd": b"root"})
    .layer({"same": b"s", "other": b"o"}, remove=["big"])
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Remember everything, in a directory of this test."""
    monkeypatch.setenv("LAYERSCOPE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(analysing, "WORTH_REMEMBERING_S", -1.0)
    return tmp_path / "cache"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Save the image, long enough ago."""
    return settled(IMAGE.save(tmp_path / "image.tar"))


def settled(path: Path) -> Path:
    """Pretend that a file was written an hour ago: only its modification time can be set back."""
    then = time.time() - 3600
    os.utime(path, (then, then))
    return path


@pytest.fixture(autouse=True)
def _settled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysing, "_SETTLED_S", -1.0)


def phases(path: Path, options: InspectOptions = REMEMBER) -> tuple[list[str], Inspection]:
    """Inspect, and give the phases it went through."""
    told: list[str] = []
    inspection = inspect(
        path, options=options, watcher=Watcher(progress=lambda phase, _done, _total: told.append(phase))
    )
    return list(dict.fromkeys(told)), inspection


def facts(inspection: Inspection) -> object:
    """All that an inspection says."""
    return [
        list(value) if field.name == "waste" else value
        for field in dataclasses.fields(inspection)
        if field.name != "blobs" and (value := getattr(inspection, field.name)) is not None
    ]


def test_the_second_opening_reads_no_layer_and_says_the_same(folder: Path, image: Path) -> None:
    first_phases, first = phases(image)
    second_phases, second = phases(image)
    assert "layers" in first_phases
    assert "layers" not in second_phases
    assert facts(first) == facts(second)
    assert len(list(folder.iterdir())) == 1


def test_the_directory_is_the_users_alone_and_holds_no_contents(folder: Path, image: Path) -> None:
    secret = ImageBuilder().layer({"id_rsa": b"-----BEGIN OPENSSH PRIVATE KEY-----MIIsecret"})
    phases(settled(secret.save(image.with_name("secret.tar"))))
    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE KEY" not in file.read_bytes()


def test_without_remember_nothing_is_read_or_written(folder: Path, image: Path) -> None:
    phases(image, InspectOptions())
    assert not folder.exists()
    phases(image)
    assert "layers" in phases(image, InspectOptions())[0]


def _changed(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"x" * 1000, b"y" * 1000))
    settled(path)


def _replaced(path: Path) -> None:
    ImageBuilder().layer({"new": b"n" * 5}).save(path)


def _touched(path: Path) -> None:
    os.utime(path, (1, 1))


@pytest.mark.parametrize("change", [_changed, _replaced, _touched])
def test_a_file_that_is_not_the_same_is_analysed_anew(
    folder: Path, image: Path, change: Callable[[Path], None]
) -> None:
    phases(image)
    change(image)
    assert "layers" in phases(image)[0]
    assert facts(phases(image)[1]) == facts(phases(image, InspectOptions())[1])
    assert folder.exists()


def test_a_file_written_just_now_is_not_remembered(folder: Path, image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysing, "_SETTLED_S", 3600.0)
    phases(image)
    assert not folder.exists()


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _newer(content: bytes) -> bytes:
    return content.replace(b"analysis 2", b"analysis 3", 1)


def _emptied(_content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("damage", [_cut, _flipped, _newer, _emptied])
def test_a_damaged_or_newer_file_is_replaced(folder: Path, image: Path, damage: Callable[[bytes], bytes]) -> None:
    phases(image)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    told, inspection = phases(image)
    assert "layers" in told
    assert facts(inspection) == facts(inspect(image))
    assert file.read_bytes() == whole
    assert "layers" not in phases(image)[0]


def test_a_file_can_make_nothing_but_an_analysis(folder: Path, image: Path, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "owned"),)

    phases(image)
    (file,) = folder.iterdir()
    head = file.read_bytes()[: len(cache._MAGIC) + 32]
    body = b"".join(taken_apart(Evil()))
    file.write_bytes(head + content_hash(body).digest() + body)
    assert "layers" in phases(image)[0]
    assert not (tmp_path / "owned").exists()


def test_a_directory_that_others_may_write_to_is_not_used(folder: Path, image: Path) -> None:
    phases(image)
    folder.chmod(0o777)
    assert "layers" in phases(image)[0]


def test_the_least_recently_used_go_when_there_is_too_much(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [settled(IMAGE.save(tmp_path / f"{name}.tar")) for name in "abc"]
    phases(images[0])
    size = next(folder.iterdir()).stat().st_size
    monkeypatch.setattr(cache, "MAX_BYTES", 2 * size + size // 2)
    phases(images[1])
    for age, file in enumerate(sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)):
        os.utime(file, (1000 + age, 1000 + age))
    phases(images[0])  # used again: now the second is the oldest
    phases(images[2])
    assert ["layers" in phases(path)[0] for path in (images[0], images[2])] == [False, False]
    assert len(list(folder.iterdir())) == 2


def test_what_does_not_fit_on_the_disk_is_not_remembered_and_leaves_nothing(
    folder: Path, image: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MAX_FILE_BYTES", 100)
    phases(image)
    assert list(folder.iterdir()) == []


def test_a_writer_that_was_killed_leaves_nothing_for_long(folder: Path, image: Path) -> None:
    folder.mkdir(mode=0o700)
    left = folder / "layerscope-writing-1234"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    phases(image)
    assert not left.exists()


def test_a_cache_directory_that_cannot_be_made_is_no_error(
    image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LAYERSCOPE_CACHE_DIR", str(tmp_path / "file" / "below"))
    assert phases(image)[1].layers


@pytest.fixture
def many(folder: Path, image: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Start several runs at once on one image."""
    script = (
        "import sys\nfrom layerscope import analysing\nfrom layerscope.pipeline import InspectOptions, inspect\n"
        "analysing.WORTH_REMEMBERING_S = analysing._SETTLED_S = -1.0\n"
        "for _ in range(10):\n    print(inspect(sys.argv[1], options=InspectOptions(remember=True)).ledger)\n"
    )
    command = [sys.executable, "-c", script, str(image)]
    environ = {**os.environ, "LAYERSCOPE_CACHE_DIR": str(folder)}
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) for _ in range(3)]
    yield running
    for process in running:
        process.kill()
        process.wait()


def test_several_runs_at_once_do_not_harm_one_another(
    many: list[subprocess.Popen[str]], folder: Path, image: Path
) -> None:
    said = {line for process in many for line in process.communicate(timeout=60)[0].splitlines()}
    assert said == {str(inspect(image).ledger)}
    assert len(list(folder.iterdir())) == 1


def sent(builder: ImageBuilder) -> RawImage:
    """Give an image as an engine sends it: its layers went by once."""
    raw = builder.raw_image()
    layers = []
    for blob in raw.layers:
        with blob.open_tar() as stream:
            layers.append(dataclasses.replace(blob, opener=None, table=scan_stream(stream, blob.name)))
    return dataclasses.replace(raw, layers=tuple(layers), image_id=builder.image_id)


def opened(builder: ImageBuilder, place: str = "docker (unix:///run/docker.sock)") -> tuple[RawImage, int]:
    """Open an image in an engine as one run does; give it, and how often the engine was made to send it."""
    memory, image, exports = Memory(Cache.of_user(os.environ)), sent(builder), 0

    def read() -> RawImage:
        nonlocal exports
        exports += 1
        return image

    raw = memory.recall(place, image, read)
    memory.remember(memory.analysed(raw, no_progress))
    return raw, exports


@pytest.mark.usefixtures("folder")
def test_an_engine_is_not_asked_twice_for_the_same_image() -> None:
    (first, exports), (second, exports_then) = opened(IMAGE), opened(IMAGE)
    assert (exports, exports_then) == (1, 0)
    assert second == dataclasses.replace(
        first, layers=tuple(dataclasses.replace(blob, table=None) for blob in first.layers)
    )


@pytest.mark.usefixtures("folder")
def test_what_one_engine_claims_is_not_believed_of_another() -> None:
    assert [opened(IMAGE, place)[1] for place in ("docker (ssh://far)", "docker (unix:///run/docker.sock)")] == [1, 1]


def with_a_secret() -> ImageBuilder:
    """Make an image whose configuration holds a token."""
    return ImageBuilder().layer({"f": b"1"}).env(API_TOKEN="f00dcafe0123456789")


def with_a_secret_in_its_history() -> ImageBuilder:
    """Make an image whose history holds a token."""
    return ImageBuilder().layer({"f": b"1"}).run("|1 API_TOKEN=f00dcafe0123456789 /bin/sh -c make")


def with_a_secret_argument() -> ImageBuilder:
    """Make an image whose command is given a password as a word of its own."""
    return ImageBuilder().layer({"f": b"1"}).step('CMD ["serve" "--password" "hunter2hunter2"]')


@pytest.mark.parametrize("builder", [with_a_secret, with_a_secret_in_its_history, with_a_secret_argument])
def test_an_image_that_shows_a_secret_is_not_written_to_the_cache(
    builder: Callable[[], ImageBuilder], folder: Path
) -> None:
    assert [opened(builder())[1] for _ in range(2)] == [1, 1]
    assert not folder.exists()


def test_what_others_keep_in_the_directory_is_left_alone(folder: Path, image: Path) -> None:
    folder.mkdir(mode=0o700)
    (folder / "d.analysis").mkdir()
    theirs = [folder / name for name in ("writing-notes.txt", "thesis.analysis", "layerscope-writing.txt")]
    for path in theirs:
        path.write_text("mine")
        os.utime(path, (1, 1))
    phases(image)
    Cache(folder).clear()
    assert all(path.exists() for path in theirs)
    assert (folder / "d.analysis").is_dir()
    assert len(list(folder.iterdir())) == 4


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert Cache.of_user({"XDG_CACHE_HOME": "relative"}) is None


def test_an_image_that_is_not_all_there_is_not_remembered(folder: Path) -> None:
    raw = sent(IMAGE)
    absent = dataclasses.replace(raw.layers[0], table=None, absent_reason="not in this export")
    for _ in range(2):
        memory = Memory(Cache.of_user(os.environ))
        image = memory.recall("docker", raw, lambda: dataclasses.replace(raw, layers=(absent, raw.layers[1])))
        layers = (absent, dataclasses.replace(raw.layers[1], table=sent(IMAGE).layers[1].table))
        memory.remember(memory.analysed(dataclasses.replace(image, layers=layers), no_progress))
    assert not folder.exists()
