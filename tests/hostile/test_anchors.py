"""Ideas of others, each made a case of ours: what broke some tool once, tried on the whole command or on extraction.

Every test names the advisory, or the other project's test, that it stands for; `attacks.md` lists them all.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builder import (
    Entry,
    ImageBuilder,
    Layout,
    Members,
    directory,
    edit_json,
    file,
    hardlink,
    sha256,
    symlink,
    tar_bytes,
)
from builder_images import three_layers
from cutting import RUN, Outcome, run
from unit.filesystem.disk import extracted, written
from unit.filesystem.opened import image, listing, seen

MINE = "mine"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Make a directory beside the target, with a file that nothing may touch."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "a").write_text(MINE)
    (folder / "a").chmod(0o640)
    os.utime(folder / "a", (1, 1))
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir(mode=0o750)
    return folder


def untouched(outside: Path) -> bool:
    """Say whether the file outside is as it was, attributes included, and alone."""
    status = (outside / "a").stat()
    as_it_was = (status.st_mode & 0o7777, status.st_mtime, status.st_nlink, status.st_size) == (0o640, 1, 1, 4)
    return as_it_was and [path.name for path in outside.iterdir()] == ["a"]


def nothing_leads_out(target: Path) -> bool:
    """Say whether every link below a directory stays below it, however it is resolved."""
    root = target.resolve()
    return all(path.resolve().is_relative_to(root) for path in target.rglob("*") if path.is_symlink())


# CPython's Lib/test/test_tarfile.py, TestExtractionFilters


@pytest.mark.parametrize("name", ["../outside/a", "/../outside/a", "x/../../outside/a", "{outside}/a", "//{outside}/a"])
def test_names_that_climb_or_are_absolute_stay_below(name: str, target: Path, outside: Path) -> None:
    """CVE-2007-4559; TestExtractionFilters.test_absolute, test_parent_symlink."""
    extracted(image({name.format(outside=outside): b"evil"}), target)
    assert untouched(outside)
    assert all(path.is_relative_to(target) for path in target.rglob("*"))


CHAINS: dict[str, dict[str, Any]] = {
    "test_parent_symlink": {"current": symlink("."), "parent": symlink("current/.."), "parent/a": b"evil"},
    "test_parent_symlink2": {"current": symlink("."), "current/parent": symlink(".."), "parent/a": b"evil"},
    "test_absolute_symlink": {"parent": symlink("{outside}"), "parent/a": b"evil"},
    "test_absolute_hardlink": {"parent": hardlink("{outside}/a")},
    "test_sly_relative0": {"../moo": symlink("..//tmp/moo")},
    "test_sly_relative2": {"tmp/": directory(), "tmp/../../moo": symlink("tmp/../..//tmp/moo")},
    "test_chains": {"a/": directory(), "a/b": symlink(".."), "c": symlink("a/b/../.."), "c/a": b"evil"},
    "symlink to a symlink that climbs": {
        "d/e/f/": directory(), "d/e/up": symlink("../.."), "s": symlink("d/e/up/../outside"), "s/a": b"evil",
    },
    "CVE-2025-4517, a target longer than realpath follows": {
        **{"/".join(["d" * 247] * depth) + "/": directory() for depth in range(1, 16)},
        **{"/".join(["d" * 247] * depth) + "/l": symlink("d" * 247) for depth in range(1, 15)},
        "escape": symlink("/".join(["d" * 247] * 15) + "/" + "../" * 17 + "outside"), "escape/a": b"evil",
    },
    "CVE-2025-4330, a hard link to a symlink that climbs": {
        "a/b/c": symlink("../../x"), "l": hardlink("a/b/c"), "l/a": b"evil",
    },
    "CVE-2026-11940, a hard link at a shallower place": {
        "a/b/c/deep": symlink("../../../../outside/a"), "shallow": hardlink("a/b/c/deep"),
    },
    "CVE-2025-4138, a link to a name that is made later": {"l": symlink("later/../../outside"), "later/": directory()},
    "CVE-2026-50163, a hard link from the working directory": {
        "l": hardlink("outside/a"), "m": hardlink("../outside/a"),
    },
    "CVE-2026-26960, two links and a hard link": {
        "a/b/c/up": symlink("../.."), "a/b/escape": symlink("c/up/../.."), "exfil": hardlink("a/b/escape/outside/a"),
    },
    "moby TestBreakouts, a link to / and below": {"loophole": symlink("/"), "loophole/../outside/a": b"evil"},
    "containerd TestBreakouts, a directory over a link": {
        "d": symlink("../outside"), "d/": directory(0o777), "d/a": b"evil",
    },
    "osv-scalibr TestTargetOutsideRoot, escape.tar": {
        "trampoline/": symlink("."), "trampoline/trampoline/..": symlink("/"),
    },
}  # fmt: skip
"""Entries in tar order, in one layer, or each in a layer of its own."""


@pytest.mark.parametrize("one_each", [False, True], ids=["one layer", "a layer each"])
@pytest.mark.parametrize("chain", CHAINS)
def test_no_chain_of_links_leads_out(chain: str, one_each: bool, target: Path, outside: Path) -> None:  # noqa: FBT001
    """CPython TestExtractionFilters and the bypasses of its filters (CVE-2025-4138, CVE-2025-4330, CVE-2025-4517,
    CVE-2026-4360, CVE-2026-11940), CVE-2026-50163 (oras), CVE-2026-26960 (node-tar), CVE-2014-9356 and CVE-2014-6407
    (docker load), CVE-2018-15664; moby TestUntarInvalidFilenames, TestUntarInvalidHardlink, TestUntarInvalidSymlink,
    TestApplyLayerInvalidFilenames, TestApplyLayerInvalidHardlink, TestApplyLayerInvalidSymlink; containerd
    TestBreakouts; osv-scalibr TestTargetOutsideRoot with symlink-attack.tar and escape.tar.
    """
    entries = {
        name: Entry(type=entry.type, mode=entry.mode, link=str(entry.link).format(outside=outside))
        if isinstance(entry, Entry)
        else entry
        for name, entry in CHAINS[chain].items()
    }
    layers = [{name: entry} for name, entry in entries.items()] if one_each else [entries]
    extracted(image(*layers), target)
    assert untouched(outside)
    assert nothing_leads_out(target)


@pytest.mark.parametrize("name", [".", "./", "/", "d/.."])
def test_the_target_itself_keeps_its_mode_and_time(name: str, target: Path) -> None:
    """CVE-2024-12718: an entry for "." changed the attributes of a directory that is not the image's."""
    before = target.stat().st_mode
    extracted(image([(name, directory(0o777)), ("a", b"x")]), target)
    assert target.stat().st_mode == before


def test_what_is_refused_is_not_extracted_all_the_same(target: Path, outside: Path) -> None:
    """CVE-2025-4435: with errorlevel 0 a member that the filter had refused came out."""
    done = extracted(image({"bad": symlink("../outside"), "good": b"x"}), target)
    assert written(target) == {"good": "x"}
    assert [note.code for note in done.notes] == ["extract-left-out"]
    assert untouched(outside)


# Layers


@pytest.mark.parametrize("name", [".", "/", "./", "..", "a/.."])
def test_a_symlink_in_the_place_of_the_root_is_none(name: str, target: Path, outside: Path) -> None:
    """CVE-2021-29136: umoci took a symlink called "." or "/" for its rootfs."""
    extracted(image({"a": b"1"}, [(name, symlink(str(outside)))], {"b": b"2"}), target)
    assert written(target) == {"a": "1", "b": "2"}
    assert untouched(outside)
    assert not target.is_symlink()


@pytest.mark.parametrize("kind", ["file", "whiteout", "opaque"])
def test_what_a_layer_does_under_a_lower_symlink_stays_in_the_image(kind: str, target: Path, outside: Path) -> None:
    """CVE-2014-9356, CVE-2018-15664; moby TestApplyLayerWhiteouts, containerd TestBreakouts ("whiteout …")."""
    name = {"file": "d/a", "whiteout": "d/.wh.a", "opaque": "d/.wh..wh..opq"}[kind]
    builder = image({"d": symlink(str(outside)), "e": b"1"}, {name: b""})
    extracted(builder, target)
    assert untouched(outside)
    assert listing(seen({"d": symlink("/x"), "x/a": b"1"}, {name: b""})).count("/x/a: 1") == 1


# The archive around the layers


def whole(path: Path, *more: str) -> Outcome:
    """Run the command within its limits of time and memory."""
    return run(*RUN, *more, str(path))


def refused(found: Outcome) -> str:
    """Give the one line that a refusal is."""
    assert (found.code, found.out) == (3, "")
    assert "Traceback" not in found.err
    return found.err


SECRET = "../../../../../../../../etc/passwd"


@pytest.mark.parametrize(
    "digest", [f"sha256:{SECRET}", "sha256:", "sha512:" + "0" * 64, "/etc/passwd", "md5:" + "0" * 32]
)
@pytest.mark.parametrize("place", ["manifest", "config", "layer"])
def test_a_digest_that_is_a_path_is_no_digest(place: str, digest: str, tmp_path: Path) -> None:
    """CVE-2024-3727 (containers/image): digests become paths, so they are looked at first."""

    def lying(members: Members) -> Members:
        index = json.loads(dict(members)["index.json"].data)
        old = f"blobs/sha256/{index['manifests'][0]['digest'][7:]}"
        manifest = json.loads(dict(members)[old].data)
        {"config": manifest["config"], "layer": manifest["layers"][0], "manifest": {}}[place]["digest"] = digest
        data = json.dumps(manifest).encode()
        index["manifests"][0]["digest"] = digest if place == "manifest" else sha256(data)
        members += [(f"blobs/sha256/{sha256(data)[7:]}", Entry(data=data))]
        return edit_json(members, "index.json", lambda _old: index)

    assert "is not a digest" in refused(whole(three_layers().save(tmp_path / "x.tar", "oci-archive", edit=lying)))


@pytest.mark.parametrize("field", ["Config", "Layers"])
@pytest.mark.parametrize(
    "name", [SECRET, "/etc/passwd", "x.tar-evil/layer.tar", "../x.tar-evil/layer.tar", "a/../../x"]
)
def test_a_name_in_a_manifest_stays_in_the_archive(field: str, name: str, tmp_path: Path) -> None:
    """CVE-2024-24579 (stereoscope "possible path traversal (same prefix)"), moby's safePath in load.go."""
    (tmp_path / "x.tar-evil").mkdir()
    (tmp_path / "x.tar-evil/layer.tar").write_bytes(tar_bytes([("evil", file(b"x"))]))

    def pointed(members: Members) -> Members:
        value: Any = name if field == "Config" else [name]
        return edit_json(members, "manifest.json", lambda images: images[0].update({field: value}))

    path = three_layers().save(tmp_path / "x.tar", "legacy", edit=pointed)
    assert "is not there" in refused(whole(path))


CONFUSED: list[dict[str, Any]] = [
    {"manifests": [], "layers": []}, {"manifests": [], "config": {}, "layers": []},
    {"schemaVersion": 2, "manifests": [], "fsLayers": [], "layers": []},
]  # fmt: skip


@pytest.mark.parametrize("document", CONFUSED)
def test_a_document_is_an_index_or_an_image_and_never_both(document: dict[str, Any], tmp_path: Path) -> None:
    """CVE-2021-41190; containers/image TestValidateUnambiguousManifestFormat."""
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes([("index.json", Entry(data=json.dumps(document).encode()))]))
    refused(whole(path))


@pytest.mark.parametrize("manifest", ["null", "[]", "[null]", "{}", '"x"', "7", "[[]]", "", "[{}]"])
def test_a_manifest_of_nothing_is_no_image_and_no_success(manifest: str, tmp_path: Path) -> None:
    """moby TestValidateManifest ("manifest cannot be null (but can be [])"), null_manifest.tar: Dive panics, exit 0."""
    path = tmp_path / "x.tar"
    path.write_bytes(tar_bytes([("manifest.json", Entry(data=manifest.encode()))]))
    refused(whole(path))


def test_a_layer_that_is_two_layers_is_told_by_verify(tmp_path: Path) -> None:
    """skopeo: "Layer tarfile used for two different DiffID values"; go-containerregistry's TestBadHash."""

    def twice(members: Members) -> Members:
        return edit_json(members, "manifest.json", lambda images: images[0].update(Layers=[images[0]["Layers"][0]] * 3))

    path = three_layers().save(tmp_path / "x.tar", "legacy", edit=twice)
    assert "sha256:" in refused(whole(path, "--verify"))


@pytest.mark.parametrize("size", [0, 1, 10**6])
def test_a_blob_of_another_size_is_damage(size: int, tmp_path: Path) -> None:
    """go-containerregistry's TestBadSize; the stored size is not the unpacked one."""

    def lying(members: Members) -> Members:
        index = json.loads(dict(members)["index.json"].data)
        name = f"blobs/sha256/{index['manifests'][0]['digest'][7:]}"
        manifest = json.loads(dict(members)[name].data)
        manifest["layers"][0]["size"] = size
        data = json.dumps(manifest).encode()
        index["manifests"][0]["digest"] = sha256(data)
        members += [(f"blobs/sha256/{sha256(data)[7:]}", Entry(data=data))]
        return edit_json(members, "index.json", lambda _old: index)

    built = ImageBuilder().layer({"a": b"1"})
    assert "where its manifest says" in refused(whole(built.save(tmp_path / "x.tar", "oci-archive", edit=lying)))


# Bytes that some readers never come to an end with


def raw_header(change: Callable[[bytearray], None]) -> bytes:
    """Make a header with a right checksum and something odd in it."""
    block = bytearray(tar_bytes([("a", file())], end=b"")[:512])
    change(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def size_field(value: bytes) -> Callable[[bytearray], None]:
    def change(block: bytearray) -> None:
        block[124:136] = value.ljust(12, b"\0")

    return change


def pax(body: bytes) -> bytes:
    return tar_bytes([("p", file(body, type=b"x"))], end=b"")


ENDLESS = {
    "CVE-2019-20907, recursion.tar: a PAX record of length 0": pax(b"0 x=y\n") + raw_header(lambda _block: None),
    "CVE-2019-20907, a record shorter than itself": pax(b"3 x=y\n") + raw_header(lambda _block: None),
    "CVE-2025-8194, a negative size": raw_header(size_field(b"\xff" * 12)),
    "CVE-2025-8194, a negative size in text": raw_header(size_field(b"-1000")),
    "CVE-2024-6232, digits without an end": pax(b"1" * 400_000) + raw_header(lambda _block: None),
    "CVE-2024-6232, blanks and equals signs": pax(b" =" * 200_000) + raw_header(lambda _block: None),
    "CVE-2022-2879, pax-bad-hdr-large: a header of a terabyte": raw_header(
        lambda block: (size_field(b"\x80\0\0\0\0\0\1\0\0\0\0\0")(block), block.__setitem__(156, ord("x")))[0]
    ),
    "libarchive test_read_format_tar_pax_g_large": raw_header(
        lambda block: (size_field(b"\x80\0\0\0\0\0\1\0\0\0\0\0")(block), block.__setitem__(156, ord("g")))[0]
    ),
    "CVE-2025-58183, gnu-sparse-many-zeros: a map without an end": raw_header(
        lambda block: (block.__setitem__(156, ord("S")), block.__setitem__(482, 1))[0]
    ) + (b"00000000000\0" * 42 + b"\1" + bytes(7)) * 10_000,
}  # fmt: skip


@pytest.mark.parametrize("case", ENDLESS)
def test_a_header_that_leads_round_in_circles_ends_at_once(case: str, tmp_path: Path) -> None:
    """CVE-2019-20907, CVE-2024-6232, CVE-2025-8194, CVE-2022-2879, CVE-2025-58183: each in a process with limits."""
    built = ImageBuilder().layer(raw=ENDLESS[case] + bytes(1024))
    found = whole(built.save(tmp_path / "x.tar", "legacy"))
    assert refused(found)
    assert found.seconds < 2
    assert found.peak_bytes < 100_000_000


@pytest.mark.parametrize("what", ["manifest.json", "config", "index.json"])
def test_a_document_beyond_four_mebibytes_is_not_read(what: str, tmp_path: Path) -> None:
    """CVE-2020-1702, CVE-2023-25153 (containerd import); containers/image's iolimits, TestReadAtMost."""

    def long(members: Members) -> Members:
        pad = b" " * (4 << 20)
        config = next(name for name in dict(members) if name.endswith(".json") and name != "manifest.json")
        wanted = config if what == "config" else what
        return [(name, Entry(data=entry.data + pad) if name == wanted else entry) for name, entry in members]

    layout: Layout = "oci-archive" if what == "index.json" else "legacy"
    found = whole(three_layers().save(tmp_path / "x.tar", layout, outer="zstd", edit=long))
    assert "JSON of at most 4,194,304 is read" in refused(found)
    assert found.peak_bytes < 100_000_000


# Big ones


def test_a_sparse_file_of_very_many_zeros_costs_what_it_stores(tmp_path: Path) -> None:
    """stereoscope's perFileReadLimit, osv-scalibr's MaxFileBytes: here no file is read whole that need not be."""
    body = b"".join(
        b"%d %s=%s\n" % (len(key) + len(value) + 4 + (len(key) + len(value) > 95), key, value)
        for key, value in ((b"GNU.sparse.major", b"0"), (b"GNU.sparse.minor", b"1"), (b"GNU.sparse.map", b"0,1"),
                           (b"GNU.sparse.realsize", b"9000000000000000000"))
    )  # fmt: skip
    entry = Entry(raw=pax(body) + tar_bytes([("a", file(b"x"))], end=b""))
    built = ImageBuilder().layer([("a", entry)]).layer([("a", entry)])
    found = whole(built.save(tmp_path / "x.tar", "legacy"))
    assert found.code in {0, 3}
    assert found.seconds < 2


SHAPES: dict[str, Callable[[], dict[str, bytes]]] = {
    "64,000 siblings": lambda: {f"d/{number}": b"" for number in range(64_000)},
    "4,000 bytes deep": lambda: {"/".join(["d"] * 2_000): b"x"},
    "many symlinks on the way (Test_complexSymlinkPerformance)": lambda: {
        "a/" * 200 + str(n): b"" for n in range(2_000)
    },
}


@pytest.mark.parametrize("shape", SHAPES)
def test_wide_and_deep_trees_take_their_size_in_time(shape: str, tmp_path: Path) -> None:
    """stereoscope Test_complexSymlinkPerformance, osv-scalibr's depth; 200,000 entries are in tests/bench."""
    files: dict[str, Any] = SHAPES[shape]()
    if "symlinks" in shape:
        files = {**{f"l{n}": symlink(f"l{n + 1}") for n in range(39)}, "l39": symlink("a"), **files,
                 **{f"l0/{'a/' * 199}x{n}": b"" for n in range(2_000)}}  # fmt: skip
    built = ImageBuilder().layer(files).layer(dict.fromkeys(list(files)[:1], b"y"))
    found = whole(built.save(tmp_path / "x.tar", "legacy"))
    assert found.code == 0
    assert found.seconds < 8
    assert found.peak_bytes < 300_000_000


def test_a_report_that_takes_the_place_of_a_longer_one_is_whole(tmp_path: Path) -> None:
    """Dive's --json does not truncate the file that is there."""
    path, out = three_layers().save(tmp_path / "x.tar"), tmp_path / "report.json"
    out.write_text("x" * 1_000_000)
    assert run("report", "--no-cache", "--format", "json", "--output", str(out), str(path)).code == 0
    assert json.loads(out.read_text())["image"]["layer_count"] == 3
