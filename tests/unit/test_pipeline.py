"""The one door: what an inspection tells beside its numbers, how it is watched and stopped, and the library's face."""

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import layerscope
from builder import Entry, ImageBuilder, Layout, device, directory, file, hardlink, tar_bytes
from layerscope.errors import CancelledError, ImageNotFoundError, UsageError
from layerscope.filesystem.tarscan import scan_stream
from layerscope.history.dockerfile import MAX_DOCKERFILE_BYTES
from layerscope.model.image import Digest, FileWindow, LayerBlob, Note, RawImage
from layerscope.model.inspection import Inspection
from layerscope.model.ledger import Ledger
from layerscope.pipeline import InspectOptions, Watcher, inspect_raw

BIG = bytes(100_000)
WASTEFUL = (
    ImageBuilder()
    .layer({"etc/os-release": b"ID=test", "big": BIG})
    .run("ADD rootfs.tar / # buildkit")
    .env(A="1")
    .layer({"big": file(BIG, uid=7), "tmp/x": BIG})
    .run("RUN /bin/sh -c chown 7 /big # buildkit")
    .layer(remove=["tmp"])
    .run("RUN /bin/sh -c rm -rf /tmp # buildkit")
)


def noted(inspection: Inspection, code: str) -> list[str]:
    """Give the texts of the notes of one kind."""
    return [note.text for note in inspection.notes if note.code == code]


def of_tars(*tars: bytes) -> Inspection:
    """Inspect ready-made layers."""
    builder = ImageBuilder()
    for tar in tars:
        builder.layer(raw=tar)
    return inspect_raw(builder.raw_image())


@pytest.fixture
def open_files() -> Callable[[], int]:
    """Count the open files of this process, where the system tells."""
    folder = next((Path(one) for one in ("/proc/self/fd", "/dev/fd") if Path(one).is_dir()), None)
    if folder is None:
        pytest.skip("this system does not list open files")
    return lambda: len(list(folder.iterdir()))


# The whole


def test_an_inspection_has_the_image_its_layers_and_its_steps(tmp_path: Path) -> None:
    inspection = layerscope.inspect(WASTEFUL.save(tmp_path / "image.tar"))
    image = inspection.image
    assert (image.reference, image.source) == (str(tmp_path / "image.tar"), "docker-archive")
    assert (image.platform, image.tags, image.layer_count) == ("linux/amd64", ("test:1",), 3)
    assert image.image_id == WASTEFUL.image_id
    assert image.content_bytes == inspection.ledger.total_bytes == 300_007
    assert image.stored_bytes == sum(layer.stored_bytes for layer in inspection.layers) == sum(map(len, WASTEFUL.tars))
    assert [layer.diff_id for layer in inspection.layers] == WASTEFUL.diff_ids
    assert [layer.created_by for layer in inspection.layers] == [
        record["created_by"] for record in WASTEFUL.history or () if not record.get("empty_layer")
    ]
    assert [step.layer_index for step in inspection.steps] == [0, None, 1, 2]
    assert inspection.ledger == Ledger(100_007, 0, 100_000, 100_000)
    assert [layer.killed_bytes for layer in inspection.layers] == [0, 100_000, 100_000]
    assert [layer.entry_count for layer in inspection.layers] == [2, 2, 1]
    assert not inspection.partial


def test_a_path_may_be_text_or_a_path(tmp_path: Path) -> None:
    archive = WASTEFUL.save(tmp_path / "image.tar")
    assert layerscope.inspect(archive).ledger == layerscope.inspect(str(archive)).ledger


def test_an_image_without_layers_is_an_image() -> None:
    inspection = inspect_raw(ImageBuilder().raw_image())
    assert (inspection.ledger, inspection.layers, inspection.waste) == (Ledger(), (), ())
    assert inspection.scores.efficiency == 1.0


def test_notes_of_the_source_come_first() -> None:
    raw = dataclasses.replace(WASTEFUL.raw_image(), notes=(Note("tag-chosen", "one of two"),))
    assert inspect_raw(raw).notes[0] == Note("tag-chosen", "one of two")


# Odd tars


@pytest.mark.parametrize(
    ("entries", "remark"),
    [
        ({"../a": b""}, 'it has names that hold ".."; they were read as engines read them'),
        ({"a": hardlink("b")}, "the hard link /a points to /b, which is not there"),
        ({"g": Entry(data=b"11 path=zz\n", type=b"g"), "a": b""}, "it has a global PAX header, which engines ignore"),
        (
            {"a": device("c", 0, 0)},
            "it has character devices 0:0; overlayfs takes them for whiteouts, and so they were read",
        ),
        ({"a": file(b"", uid=2**40)}, "uid"),
    ],
)
def test_what_was_odd_about_a_tar_is_told_with_the_layer(entries: dict[str, Entry], remark: str) -> None:
    inspection = inspect_raw(ImageBuilder().layer({"k": b"k"}).layer(entries).raw_image())
    (text,) = noted(inspection, "tar-remark")
    assert text.startswith("layer 1: ")
    assert remark in text


def test_the_same_oddity_is_told_once_a_layer() -> None:
    climbing = {f"../{number}": b"" for number in range(50)}
    inspection = inspect_raw(ImageBuilder().layer(climbing).layer(climbing).raw_image())
    assert len(noted(inspection, "tar-remark")) == 2


def test_remarks_on_one_layer_end_at_a_hundred() -> None:
    dangling = {f"l{number}": hardlink("nowhere") for number in range(500)}
    assert len(noted(inspect_raw(ImageBuilder().layer(dangling).raw_image()), "tar-remark")) == 100


LEFT_OUT = [
    (Entry(), b".wh.", 'it is a whiteout of ""'),
    (Entry(), b"", "its name is empty"),
    (Entry(pax={"path": "a/" * 3000}), b"x", "its name is 6,000 bytes long"),
    (Entry(type=b"V"), b"label", "its tar type is b'V'"),
    (Entry(), b".", "it would take the place of the root directory"),
]


@pytest.mark.parametrize(("entry", "name", "reason"), LEFT_OUT)
def test_what_was_left_out_is_told_with_name_and_reason(entry: Entry, name: bytes, reason: str) -> None:
    (text,) = noted(of_tars(tar_bytes([(name, entry), ("a", Entry())])), "entry-left-out")
    assert text.startswith("layer 0: ")
    assert f" was left out because {reason}" in text


def test_of_many_left_out_the_first_is_named_and_the_others_counted() -> None:
    tar = tar_bytes([(f"d{number}/.wh.", Entry()) for number in range(1234)])
    assert noted(of_tars(tar), "entry-left-out") == [
        'layer 0: d0/.wh. was left out because it is a whiteout of "", and 1,233 more'
    ]


def test_a_layer_without_an_end_marker_is_told() -> None:
    tar = tar_bytes([("a", file(b"x"))], end=b"")
    assert noted(of_tars(tar + bytes(1024), tar), "tar-end-missing") == [
        "layer 1 has no end marker: it may have been cut short"
    ]
    assert noted(of_tars(b""), "tar-end-missing") == []


def test_a_layer_that_is_not_there_is_told_and_makes_the_totals_partial() -> None:
    raw = WASTEFUL.raw_image()
    absent = LayerBlob(name="foreign", diff_id=raw.layers[0].diff_id, absent_reason="it is a foreign layer")
    inspection = inspect_raw(dataclasses.replace(raw, layers=(absent, *raw.layers[1:])))
    assert noted(inspection, "layer-absent") == ["layer 0 could not be read: it is a foreign layer; totals are partial"]
    assert inspection.partial
    assert inspection.layers[0].absent_reason == "it is a foreign layer"
    assert inspection.layers[0].ledger == Ledger()
    assert inspection.ledger.total_bytes == 200_000


# The base


def test_a_number_says_how_many_layers_are_the_base_s() -> None:
    for count in range(4):
        inspection = inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(base=str(count)))
        assert inspection.image.base_layer_count == count
        assert noted(inspection, "base-unknown") == []
        user = [layer.ledger for layer in inspection.layers[count:]]
        shipped, wasted = (sum(one.total_bytes for one in user), sum(one.wasted_bytes for one in user))
        assert inspection.scores.user_wasted_ratio == (wasted / shipped if shipped else 0.0)
        assert inspection.scores.user_efficiency == ((shipped - wasted) / shipped if shipped else 1.0)


@pytest.mark.parametrize("count", ["4", "99", "9" * 5000])
def test_more_base_layers_than_the_image_has_are_wrong_usage(count: str) -> None:
    with pytest.raises(UsageError, match="the image has 3 layers"):
        inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(base=count))


def test_without_any_word_about_it_the_base_is_unknown_and_what_to_do_is_told() -> None:
    inspection = inspect_raw(WASTEFUL.raw_image())
    assert inspection.image.base_layer_count is None
    assert (inspection.scores.user_efficiency, inspection.scores.user_wasted_ratio) == (None, None)
    (text,) = noted(inspection, "base-unknown")
    assert "--base" in text


def test_what_the_source_says_of_the_base_counts_and_what_the_user_says_counts_more() -> None:
    raw = dataclasses.replace(WASTEFUL.raw_image(), base_layer_count=1)
    assert inspect_raw(raw).image.base_layer_count == 1
    assert inspect_raw(raw, options=InspectOptions(base="2")).image.base_layer_count == 2
    assert inspect_raw(dataclasses.replace(raw, base_layer_count=9)).image.base_layer_count == 3


def base_of(layers: int) -> ImageBuilder:
    """Build the image that `WASTEFUL` begins with."""
    builder = ImageBuilder("base:1")
    for tar in WASTEFUL.tars[:layers]:
        builder.layer(raw=tar)
    return builder


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_an_image_with_the_same_lower_layers_says_where_the_base_ends(layers: int, tmp_path: Path) -> None:
    base = base_of(layers).save(tmp_path / "base.tar")
    inspection = inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(base=str(base)))
    assert inspection.image.base_layer_count == layers


def test_an_image_with_other_layers_is_not_the_base(tmp_path: Path) -> None:
    other = base_of(1).layer({"other": b"x"}).save(tmp_path / "other.tar")
    with pytest.raises(UsageError, match="is not the base of test:1: they differ from layer 1 on"):
        inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(base=str(other)))
    longer = base_of(3).layer({"more": b"x"}).save(tmp_path / "longer.tar")
    with pytest.raises(UsageError, match="from layer 3 on"):
        inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(base=str(longer)))


def test_a_base_that_is_not_found_is_an_image_error(tmp_path: Path) -> None:
    with pytest.raises(ImageNotFoundError):
        inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(base=str(tmp_path / "nowhere.tar")))


# The Dockerfile


def test_a_dockerfile_gives_the_steps_its_lines(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM scratch\nADD rootfs.tar /\nENV A=1\nRUN chown 7 /big\nRUN rm -rf /tmp\n")
    inspection = inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(dockerfile=dockerfile))
    assert [step.instruction and step.instruction.dockerfile_line for step in inspection.steps] == [2, 3, 4, 5]


def test_a_dockerfile_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.touch()
    os.truncate(large, MAX_DOCKERFILE_BYTES + 1)
    for path in (tmp_path / "nowhere", tmp_path, large):
        with pytest.raises(UsageError, match=path.name):
            inspect_raw(WASTEFUL.raw_image(), options=InspectOptions(dockerfile=path))


# Progress and cancelling


class Phases:
    """Collects what progress is told, and perhaps stops at a phase."""

    def __init__(self, stop_at: str = "") -> None:
        self.told: list[tuple[str, int, int | None]] = []
        self.stop_at = stop_at

    def __call__(self, phase: str, done: int, total: int | None) -> None:
        self.told.append((phase, done, total))
        if phase == self.stop_at:
            raise CancelledError

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(phase for phase, _, _ in self.told))


def test_progress_goes_through_the_phases_in_order() -> None:
    phases = Phases()
    inspect_raw(WASTEFUL.raw_image(), watcher=Watcher(progress=phases))
    assert phases.names == ["layers", "stack", "compare", "ledger", "findings"]


def test_progress_through_the_layers_counts_stored_bytes_up_to_the_total() -> None:
    phases = Phases()
    inspect_raw(WASTEFUL.raw_image(), watcher=Watcher(progress=phases))
    sizes = [len(tar) for tar in WASTEFUL.tars]
    layers = [(done, total) for phase, done, total in phases.told if phase == "layers"]
    assert layers == [(sum(sizes[:count]), sum(sizes)) for count in range(4)]


@pytest.mark.parametrize("phase", ["layers", "stack", "compare", "ledger", "findings"])
def test_raising_in_progress_stops_it_in_any_phase_with_everything_closed(
    phase: str, tmp_path: Path, open_files: Callable[[], int]
) -> None:
    archive = WASTEFUL.save(tmp_path / "image.tar")
    before = open_files()
    with pytest.raises(CancelledError):
        layerscope.inspect(archive, watcher=Watcher(progress=Phases(phase)))
    assert open_files() == before


def test_who_watches_sees_the_layers_before_they_are_read(tmp_path: Path) -> None:
    seen: list[RawImage] = []
    phases = Phases("layers")
    with pytest.raises(CancelledError):
        layerscope.inspect(
            WASTEFUL.save(tmp_path / "image.tar"), watcher=Watcher(progress=phases, image_ready=seen.append)
        )
    assert [blob.diff_id for blob in seen[-1].layers] == WASTEFUL.diff_ids
    assert [record.created_by for record in seen[-1].history][1] == "ENV A=1"


def test_what_the_watcher_raises_when_the_image_is_ready_ends_it(tmp_path: Path) -> None:
    def stop(_image: RawImage) -> None:
        raise CancelledError("enough")

    with pytest.raises(CancelledError, match="enough"):
        layerscope.inspect(WASTEFUL.save(tmp_path / "image.tar"), watcher=Watcher(image_ready=stop))


# Where layers come from


def test_a_layer_gives_the_same_numbers_from_a_stream_a_window_or_a_table(tmp_path: Path) -> None:
    raw = WASTEFUL.raw_image()
    (tmp_path / "tars").write_bytes(b"".join(WASTEFUL.tars))
    windows, tables, offset = [], [], 0
    for blob, tar in zip(raw.layers, WASTEFUL.tars, strict=True):
        window = FileWindow(tmp_path / "tars", offset, len(tar))
        windows.append(dataclasses.replace(blob, opener=None, window=window))
        with blob.open_tar() as stream:
            tables.append(dataclasses.replace(blob, opener=None, table=scan_stream(stream, blob.name)))
        offset += len(tar)
    mixed = (windows[0], tables[1], raw.layers[2])
    expected = inspect_raw(raw)
    for layers in (tuple(windows), mixed, tuple(dataclasses.replace(one) for one in tables[:1] + windows[1:])):
        found = inspect_raw(dataclasses.replace(raw, layers=layers))
        assert (found.ledger, found.waste, found.scores) == (expected.ledger, expected.waste, expected.scores)


def test_a_layer_that_occurs_twice_is_two_layers(tmp_path: Path) -> None:
    tar = tar_bytes([("d/", directory()), ("d/a", file(b"x"))])
    builder = ImageBuilder().layer(raw=tar).layer({"b": b"y"}).layer(raw=tar)
    layouts: tuple[Layout, ...] = ("legacy", "docker25", "oci")
    for layout in layouts:
        inspection = layerscope.inspect(builder.save(tmp_path / layout, layout))
        assert inspection.ledger == Ledger(live_bytes=2, reshipped_bytes=1)
        assert inspection.layers[0].diff_id == inspection.layers[2].diff_id != Digest("")


# The library


def run(program: str) -> str:
    """Run a program in a fresh interpreter."""
    source = Path(layerscope.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


HEAVY = ("textual", "rich", "docker", "click", "yaml", "platformdirs", "requests", "urllib3")


def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys; import layerscope; print(sorted(m for m in sys.modules if m.startswith('layerscope')))"
    assert run(program) == "['layerscope']"


def test_inspecting_an_archive_loads_no_face_and_no_engine(tmp_path: Path) -> None:
    archive = WASTEFUL.save(tmp_path / "image.tar")
    program = (
        f"import sys; import layerscope; inspection = layerscope.inspect({str(archive)!r});"
        f"print(inspection.ledger.wasted_bytes, [m for m in {HEAVY!r} if m in sys.modules])"
    )
    assert run(program) == "200000 []"


def test_the_library_s_names_are_found_on_first_use_and_no_others() -> None:
    assert set(layerscope.__all__) >= {"inspect", "Inspection", "InspectOptions", "__version__"}
    for name in layerscope.__all__:
        assert getattr(layerscope, name)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        layerscope.nothing  # noqa: B018


def test_the_library_is_typed() -> None:
    assert (Path(layerscope.__file__).parent / "py.typed").exists()
