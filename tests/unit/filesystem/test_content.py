"""Which entries of one path hold the same bytes, and that no more is read than that needs."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import ImageBuilder, directory, file, hardlink, sparse, symlink
from layerscope.errors import DamagedImageError
from layerscope.filesystem import compiled
from layerscope.filesystem.reading import LayerReader
from layerscope.filesystem.tarscan import scan_stream
from layerscope.model.image import FileWindow, RawImage
from layerscope.model.inspection import Inspection
from layerscope.pipeline import Watcher, inspect_raw
from unit.filesystem.alone import alone
from unit.filesystem.opened import Inspect, Layer, image, saved

A, B = b"a" * 100, b"b" * 100


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Collect path and layer of every content that is read, where Python reads it."""
    monkeypatch.setattr(compiled, "IN_USE", value=False)
    found: list[tuple[str, int]] = []
    stored, at_once = LayerReader.stored, LayerReader.at_once

    def note(reader: LayerReader, entry_id: int) -> None:
        entry = reader._tree.entry(entry_id)
        found.append((entry.path.decode(), entry.layer_index))

    def spy(reader: LayerReader, entry_id: int) -> Iterator[bytes]:
        note(reader, entry_id)
        return stored(reader, entry_id)

    def spy_at_once(reader: LayerReader, entry_id: int) -> bytes:
        note(reader, entry_id)
        return at_once(reader, entry_id)

    monkeypatch.setattr(LayerReader, "stored", spy)
    monkeypatch.setattr(LayerReader, "at_once", spy_at_once)
    return found


UNREAD: dict[str, tuple[Layer, ...]] = {
    "a path that one layer has": ({"a": A, "b": A}, {"c": A}),
    "sizes that differ": ({"a": A}, {"a": A + B}, {"a": b""}),
    "files that are empty": ({"a": b""}, {"a": b""}),
    "other kinds": ({"a": A, "d/": directory()}, {"a": symlink("x"), "d/": directory(0o700)}, {"a": directory()}),
    "a name of the very same file": ({"a": A}, {"a": hardlink("a")}),
    "a link to nothing": ({"a": A}, {"a": hardlink("nowhere")}),
}


@pytest.mark.parametrize("what", UNREAD)
def test_nothing_is_read_where_headers_decide(what: str, read: list[tuple[str, int]], tmp_path: Path) -> None:
    inspection = saved(image(*UNREAD[what]), tmp_path)
    del inspection
    assert read == []


def test_two_versions_of_one_size_are_both_read(read: list[tuple[str, int]], tmp_path: Path) -> None:
    assert saved(image({"a": A, "k": A}, {"a": B}), tmp_path).ledger.overwritten_bytes == 100
    assert read == [("/a", 0), ("/a", 1)]


def test_many_versions_of_one_size_are_read_once_each(read: list[tuple[str, int]], tmp_path: Path) -> None:
    layers = [{"a": b"%03d" % (number % 3), "b": b"%03d" % number} for number in range(12)]
    inspection = saved(image(*layers), tmp_path)
    assert inspection.ledger.overwritten_bytes == 2 * 11 * 3
    assert sorted(read) == sorted((path, layer) for path in ("/a", "/b") for layer in range(12))


def test_a_file_with_many_names_is_read_once(read: list[tuple[str, int]], tmp_path: Path) -> None:
    group = [("a", A), *((f"l{number}", hardlink("a")) for number in range(20))]
    assert saved(image(group, group, group), tmp_path).ledger.reshipped_bytes == 200
    assert read == [("/a", 0), ("/a", 1), ("/a", 2)]


def streams(builder: ImageBuilder) -> RawImage:
    """Give the image as an engine does: its layers streamed past once and cannot be opened again."""
    raw = builder.raw_image()
    layers = []
    for blob in raw.layers:
        with blob.open_tar() as stream:
            layers.append(dataclasses.replace(blob, opener=None, table=scan_stream(stream, blob.name)))
    return dataclasses.replace(raw, layers=tuple(layers))


def test_what_streamed_past_is_compared_by_hash_and_never_read(read: list[tuple[str, int]]) -> None:
    builder = image({"a": A, "b": A, "s": sparse(500, [(0, A)])}, {"a": A, "b": B, "s": A + bytes(400)}, {"a": B})
    inspection = inspect_raw(streams(builder))
    assert [(one.path, one.fate.label, one.wasted_bytes) for one in inspection.waste] == [
        (b"/a", "reshipped", 100),
        (b"/a", "overwritten", 100),
        (b"/b", "overwritten", 100),
        (b"/s", "reshipped", 100),
    ]
    assert read == []


def classes(inspection: Inspection, path: bytes) -> list[int]:
    """Give, for each entry of a path, which is the first that holds the same bytes."""
    tree = inspection.tree
    entries = tree.entries_at(tree.find(path) or 0)
    return [entries.index(tree.content_class.get(entry, entry)) for entry in entries]


def test_every_entry_knows_the_first_of_its_path_that_holds_the_same_bytes(inspected: Inspect) -> None:
    versions = [A, B, A, A + B, B, file(A, mode=0o600), A[::-1]]
    inspection = inspected(image(*({"a": version} for version in versions)))
    assert classes(inspection, b"/a") == [0, 1, 0, 3, 1, 0, 0]
    assert all(
        inspection.tree.same_bytes(one, other) == (mine == theirs)
        for one, mine in zip(inspection.tree.entries_at(1), classes(inspection, b"/a"), strict=True)
        for other, theirs in zip(inspection.tree.entries_at(1), classes(inspection, b"/a"), strict=True)
    )


@pytest.mark.parametrize("at", [0, 1 << 16, (1 << 16) - 1, 149_999])
def test_files_that_differ_in_one_byte_anywhere_are_not_the_same(at: int, inspected: Inspect) -> None:
    other = bytearray(150_000)
    other[at] = 1
    assert classes(inspected(image({"a": bytes(150_000)}, {"a": bytes(other)})), b"/a") == [0, 1]


def test_an_archive_that_shrinks_before_its_contents_are_compared_is_damaged(tmp_path: Path) -> None:
    builder = image({"a": A * 1000}, {"a": A * 1000})
    raw = builder.raw_image()
    tars = tmp_path / "tars"
    tars.write_bytes(b"".join(builder.tars))
    offsets = (0, len(builder.tars[0]))
    layers = tuple(
        dataclasses.replace(blob, opener=None, window=FileWindow(tars, offset, len(tar)))
        for blob, tar, offset in zip(raw.layers, builder.tars, offsets, strict=True)
    )

    def shrink(phase: str, _done: int, _total: int | None) -> None:
        if phase == "stack":
            with tars.open("r+b") as file_:
                file_.truncate(offsets[1] + 600)

    with pytest.raises(DamagedImageError, match="layer 1: it became shorter while it was read"):
        inspect_raw(dataclasses.replace(raw, layers=layers), watcher=Watcher(progress=shrink))


def test_helpers_compare_while_the_layers_are_folded(tmp_path: Path) -> None:
    """In a process of its own, because nothing is forked beside the threads of the tests."""
    one = {f"d/{number:05}": b"%05d" % number for number in range(6_000)}
    other = {name: b"other" if number % 3 else bytes_ for number, (name, bytes_) in enumerate(one.items())}
    path = image(one, other).save(tmp_path / "image.tar")
    script = """
    import os, sys
    from layerscope.filesystem import compiled, content, crew
    compiled.IN_USE = False
    content.cores = crew.cores = lambda: 2
    started, read, at_once = os.getpid(), [], content.LayerReader.at_once
    def spy(reader, entry):
        read.append(entry)
        return at_once(reader, entry)
    content.LayerReader.at_once = spy
    from layerscope.pipeline import inspect
    ledger = inspect(sys.argv[1]).ledger
    print(ledger.overwritten_bytes, ledger.reshipped_bytes, len(read) < 12_000)
    """
    assert alone(script, str(path)) == "20000 10000 True"


def test_names_are_looked_through_while_helpers_compare(tmp_path: Path, loops: str) -> None:
    """Unless somebody waits for what comes before the findings; what is found is the same in any case."""
    one = {f"d/{number:05}.pyc": b"%0100d" % number for number in range(9_000)}
    path = image(one, one).save(tmp_path / "image.tar")
    script = """
    import sys
    from layerscope.analysis import divescores, findings
    from layerscope.filesystem import compiled, content, crew, threadcrew
    compiled.IN_USE = sys.argv[2] == "compiled"
    names_of, dive_scores, early = findings.names_of, divescores.dive_scores, []
    def spy(name, function):
        def spied(tree):
            early.append((name, bool(tree.fate)))
            return function(tree)
        return spied
    findings.names_of, divescores.dive_scores = spy("names", names_of), spy("dive", dive_scores)
    from layerscope.pipeline import Watcher, inspect
    found = []
    for cores, watcher in ((1, Watcher()), (2, Watcher()), (2, Watcher(inspected=lambda _one: None))):
        content.cores = crew.cores = threadcrew._cores = lambda: cores
        one = inspect(sys.argv[1], watcher=watcher)
        found.append((one.scores, one.findings))
    print(early)
    print(found[0] == found[1] == found[2], sorted({finding.rule for finding in found[0][1]}))
    """
    early, same = alone(script, str(path), loops).splitlines()
    assert early == "[('dive', True), ('dive', False), ('names', False), ('dive', False)]"
    assert same.startswith("True ")
    assert "LS203" in same  # bytecode, which names tell


def test_a_file_that_is_written_to_while_a_helper_reads_it_is_an_error(tmp_path: Path) -> None:
    """Where the helper reads all there is, this process has not even opened the file."""
    one = {f"d/{number:05}": b"%05d" % number for number in range(6_000)}
    path = image(one, one).save(tmp_path / "image.tar")
    script = """
    import os, sys, time
    from layerscope.filesystem import compiled, content, crew
    compiled.IN_USE = False
    content.cores = crew.cores = lambda: 2
    started, at_once, fold = os.getpid(), content.LayerReader.at_once, content._Ahead.fold
    def written(reader, entry):
        found = at_once(reader, entry)
        if os.getpid() != started:
            os.utime(sys.argv[1], ns=(1, 1))
        return found
    def after(ahead, how):
        time.sleep(1)
        return fold(ahead, how)
    content.LayerReader.at_once, content._Ahead.fold = written, after
    from layerscope.errors import ImageError
    from layerscope.pipeline import inspect
    try:
        print(inspect(sys.argv[1]).ledger)
    except ImageError as error:
        print(error.message.removeprefix(sys.argv[1]))
    """
    assert alone(script, str(path)) == "was written to while it was read"
