"""Reading in a process of its own: the same answer, the same errors, and an end when it is asked for.

Each test runs a program of its own: a process that has other threads, as pytest's may, is not forked.
"""

import subprocess
import sys
from pathlib import Path

import pytest

import layerscope
from tui.wasteful import wasteful_image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere images are read in the same process")

_SOURCES = str(Path(layerscope.__file__).parents[1])
_HEAD = """
import os, signal, sys, time
os.sched_getaffinity = lambda _process: {0, 1}
from dataclasses import fields, replace
from layerscope.errors import *
from layerscope.pipeline import InspectOptions, Watcher, inspect, contents
from layerscope.tui.apart import begin
image, options = sys.argv[1], InspectOptions()
apart = begin(image, options)
"""


def run(program: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + program, *map(str, arguments)],
        env={"PYTHONPATH": _SOURCES, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("compressed", [False, True], ids=["archive", "directory-of-gzip"])
def test_the_answer_is_the_same_and_files_can_be_read(tmp_path: Path, *, compressed: bool) -> None:
    path = tmp_path / "image"
    wasteful_image().save(path, "oci" if compressed else "docker25", "gzip" if compressed else "none")
    program = """
assert apart is not None
rows, phases, early = [], [], []
watcher = Watcher(lambda *how: phases.append(how[0]), rows.append, early.append)
theirs = apart(image, options=options, watcher=watcher)
ours = inspect(image, options=options)
for name in ("image", "ledger", "scores", "layers", "steps", "findings", "notes"):
    assert getattr(theirs, name) == getattr(ours, name), name
assert list(theirs.waste) == list(ours.waste)
assert [one.ledger for one in early] == [ours.ledger] and not early[0].findings and early[0].tree is theirs.tree
assert theirs.tree.orders.keys() == set(range(theirs.tree.layer_count))  # in order before a path is looked for
assert rows[0].history and "layers" in phases
with contents(theirs) as reader:
    node = theirs.tree.find(b"/etc/passwd")
    print(b"".join(reader.content(theirs.tree.live[node])).decode())
assert apart(image, options=options, watcher=Watcher()).ledger == ours.ledger  # again, here
"""
    assert "app:x:1000" in run(program, path)


def test_a_tree_arrives_whole(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    program = """
import layerscope.tui.apart as module
theirs = module.begin(image, options)(image, options=options)
ours = inspect(image, options=options)
assert ours.tree.node_count > 4 and theirs.waste[0].path == ours.waste[0].path
compared = [column.name for column in fields(ours.tree) if column.compare]
assert len(compared) > 15
print(*(name for name in compared if getattr(theirs.tree, name) != getattr(ours.tree, name)))
apart.stop()
"""
    assert run(program, path).strip() == ""


def test_the_first_comparison_is_made_there_and_is_the_one_that_would_be_made_here(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    program = """
import layerscope.tui.apart as module
module.AT_ONCE = 0
there, coming = module.begin(image, options), []
theirs = there(image, options=options, watcher=Watcher(inspected=lambda _inspection: coming.append(there.coming)))
made, here = coming[0].taken(theirs.tree), coming[0].wanted.made(theirs.tree)
print(made.tree is theirs.tree, made == here, len(made) > 1, there.coming, coming[0].taken(inspect(image).tree))
apart.stop()
"""
    assert run(program, path).split() == ["True", "True", "True", "None", "None"]


def test_much_waste_is_put_in_order_there(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    program = """
import layerscope.tui.apart as module
from layerscope.analysis.wastetable import WasteTable
module._MANY = 0
there, seen = module.begin(image, options), []
coming = there.coming
early = Watcher(inspected=lambda one: seen.append((one.waste.is_gathered, coming.waste_is_over.is_set())))
theirs = there(image, options=options, watcher=early)
print(seen, theirs.waste.is_gathered, coming.waste_is_over.is_set(), end=" ")
ours = list(inspect(image, options=options).waste)
WasteTable._gather = None
print(list(theirs.waste) == ours, len(ours) > 1)
apart.stop()
"""
    assert run(program, path).split() == ["[(False,", "False)]", "True", "True", "True", "True"]


def test_the_layers_are_there_before_anybody_waits_for_them(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    program = """
while (raw := apart.early()) is None:
    time.sleep(0.01)
seen = []
apart(image, options=options, watcher=Watcher(image_ready=seen.append))
print(len(raw.layers), seen == [raw])
"""
    assert run(program, path).split() == ["6", "True"]


def test_errors_are_those_of_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    program = """
def error_of(read):
    try:
        read(image, options=options, watcher=Watcher())
    except ImageError as error:
        return type(error).__name__, error.message, error.hint
print(error_of(apart) == error_of(inspect), error_of(inspect))
"""
    assert run(program, path).startswith("True")


def test_an_error_keeps_its_choices() -> None:
    program = """
import pickle
from layerscope.tui.sent import Failed
error = pickle.loads(pickle.dumps(Failed.of(AmbiguousImageError("two", choices=("a", "b"), hint="say which")))).error()
print(type(error).__name__, error, error.choices, error.hint)
"""
    assert run(program, "demo") == "AmbiguousImageError two ('a', 'b') say which\n"


def test_who_stops_the_reading_ends_the_process(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    program = """
child = apart._child
def stop(*_progress):
    raise CancelledError
try:
    apart(image, options=options, watcher=Watcher(progress=stop))
except CancelledError:
    print("stopped", os.path.exists(f"/proc/{child}"))
"""
    assert run(program, path) == "stopped False\n"


def test_a_process_that_is_killed_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    wasteful_image().save(path)
    program = """
os.kill(apart._child, signal.SIGKILL)
time.sleep(0.05)
apart._waiting.clear()
try:
    while True:
        apart._receive(lambda: None)
except ImageError as error:
    print(error.message)
"""
    assert run(program, path) == "the process that reads the image was ended\n"


@pytest.mark.parametrize("reference", ["demo", "-", "no-such-image:1", "docker://x"])
def test_what_is_no_file_is_read_in_this_process(reference: str) -> None:
    assert run("print(apart)", reference) == "None\n"


def test_a_compressed_archive_is_read_in_this_process(tmp_path: Path) -> None:
    path = tmp_path / "image.tar.gz"
    path.write_bytes(b"\x1f\x8b" + bytes(1000))
    assert run("print(apart)", path) == "None\n"


def test_what_is_remembered_is_recalled_there_and_is_in_memory_once(tmp_path: Path) -> None:
    image = wasteful_image().save(tmp_path / "image.tar")
    program = """
from layerscope import analysing
from layerscope.tui import apart as module
analysing.WORTH_REMEMBERING_S = analysing._SETTLED_S = -1.0
os.environ["LAYERSCOPE_CACHE_DIR"] = sys.argv[2]
options = replace(options, remember=True)
first = inspect(image, options=options)
apart.stop()
phases, sizes = [], []
def look(inspection):
    sizes.append(os.fstat(again._memory._descriptor).st_size)
again = begin(image, options)
found = again(image, options=options, watcher=Watcher(lambda phase, *_: phases.append(phase), inspected=look))
(file,) = os.scandir(sys.argv[2])
print(found.ledger == first.ledger, list(found.waste) == list(first.waste), found.findings == first.findings)
print(*(name.name for name in fields(first.tree) if getattr(found.tree, name.name) != getattr(first.tree, name.name)))
print("layers" in phases, 0 < sizes[0] <= file.stat().st_size)
"""
    assert run(program, image, tmp_path / "cache").splitlines() == ["True True True", "", "False True"]


def test_an_image_that_cannot_be_read_says_why_however_early_it_is_asked_for(tmp_path: Path) -> None:
    whole = wasteful_image().save(tmp_path / "whole.tar").read_bytes()
    path = tmp_path / "cut.tar"
    path.write_bytes(whole[: len(whole) // 2])
    program = """
time.sleep(0.5)  # the process has failed, and ended
assert apart.early() is None
try:
    apart(image, options=options)
except DamagedImageError as error:
    print(error.message)
"""
    assert "cut off" in run(program, path)
