"""How dead bytes are shared out, what the edits say, and that hostile text changes nothing of it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder import Compression, Entry, ImageBuilder, file, hardlink, sparse
from layerscope.analysis import shelltext
from layerscope.analysis.secretwords import MASK, kinds_in, masked
from layerscope.filesystem.reading import LayerReader
from layerscope.filesystem.unpacking import UnpackedLayer
from layerscope.pipeline import inspect
from unit.detectors.images import MB, TOKEN, base, blob, found, inspected

_HOSTILE = (
    "apt " * 4000, "apt-get install " * 900, "'" * 9000, "((" * 7000 + "&&", "&&" * 7000, 'A="' * 5000,
    "eyJ-" * 3900, "AAA " * 3900, "://a:" * 3000, "a" * 15_900, "$(" * 7000, "rm /a && " * 1500 + "rm /b",
    "\x00\x1b[31m" * 1000, "a" * 300_000,
)  # fmt: skip


def test_findings_of_the_demo_sum_up_to_its_waste() -> None:
    inspection = inspect("demo")
    assert sum(one.wasted_bytes for one in inspection.findings) == inspection.ledger.wasted_bytes
    assert {"LS101", "LS102", "LS103", "LS105", "LS303"} <= {one.rule for one in inspection.findings}


@pytest.mark.parametrize("text", _HOSTILE, ids=lambda text: repr(text[:9]))
def test_hostile_instructions_cost_neither_time_nor_bytes(text: str, tmp_path: Path) -> None:
    image = base().layer({"srv/a": blob(), "srv/b": blob(mark="b")}).run(f"RUN {text} # buildkit")
    image.layer({"srv/a": file(blob(), uid=3)}, remove=["srv/b"]).run(f"RUN {text} && rm -rf /srv/b # buildkit")
    image.step(f"ENV {text}")
    start = time.process_time()
    inspection = inspected(image, tmp_path)
    assert time.process_time() - start < 3
    assert sum(one.wasted_bytes for one in inspection.findings) == inspection.ledger.wasted_bytes == 2 * MB


def test_bytes_of_a_hard_linked_file_are_found_once(tmp_path: Path) -> None:
    image = base().layer({"a": blob(), "b": hardlink("a")}).layer({"a": file(blob(), mode=0o700)}, remove=["b"])
    inspection = inspected(image, tmp_path)
    assert sum(one.wasted_bytes for one in inspection.findings) == inspection.ledger.wasted_bytes == MB


def test_savings_never_exceed_what_is_wasted_or_live() -> None:
    inspection = inspect("demo")
    waste = sum(one.saving_bytes for one in inspection.findings if one.wasted_bytes)
    assert waste <= inspection.ledger.wasted_bytes


def test_package_runs_become_one_run_that_cleans_up(tmp_path: Path) -> None:
    image = base().layer({"var/lib/apt/lists/a": blob()}).run("RUN /bin/sh -c apt-get update # buildkit")
    image.layer({"usr/bin/git": b"git", "var/cache/apt/archives/git.deb": blob(mark="d")})
    image.run("RUN /bin/sh -c apt-get install -y --no-install-recommends git # buildkit")
    image.layer(remove=["var/lib/apt/lists/a", "var/cache/apt/archives"])
    image.run("RUN /bin/sh -c rm -rf /var/lib/apt/lists/* /var/cache/apt/archives # buildkit")
    dockerfile = (
        "FROM debian:12\nRUN apt-get update\nRUN apt-get install -y \\\n    --no-install-recommends git\n"
        "RUN rm -rf /var/lib/apt/lists/* /var/cache/apt/archives\n"
    )
    (finding,) = found(image, tmp_path, "LS101", dockerfile)
    assert finding.wasted_bytes == finding.saving_bytes == 2 * MB
    assert (finding.owner_layers, finding.killer_layers) == ((1, 2), (3,))
    assert (finding.owner_lines, finding.killer_lines, finding.dockerfile_line) == ((2, 3), (5,), 2)
    assert [(edit.first_line, edit.last_line, edit.lines) for edit in finding.edits] == [
        (2, 2, (
            "RUN apt-get update \\", " && apt-get install -y --no-install-recommends git \\",
            " && apt-get clean \\", " && rm -rf /var/lib/apt/lists/*",
        )),
        (3, 4, ()),
        (5, 5, ()),
    ]  # fmt: skip


def test_a_copy_gets_the_owner_that_chown_gave_it(tmp_path: Path) -> None:
    (finding,) = found(_chowned(), tmp_path, "LS105", "FROM debian:12\nCOPY app /srv/\nRUN chown -R app:app /srv\n")
    assert finding.fix.split("\n") == [
        "COPY --chown=7:8 app /srv/",
        "RUN find /srv ! -user 7 -exec chown -h app:app {} +",
    ]


def _chowned() -> ImageBuilder:
    image = base().layer({"srv/main": blob()}).run("COPY app /srv/ # buildkit")
    chowned: Entry = file(blob(), uid=7, gid=8)
    return image.layer({"srv/main": chowned}).run("RUN /bin/sh -c chown -R app:app /srv # buildkit")


def test_a_bytes_report_names_the_biggest_paths_first_and_counts_the_rest(tmp_path: Path) -> None:
    names = {f"srv/d/{number:02}": blob(10_000 + number) for number in range(30)}
    image = base().layer(names).run("RUN make # buildkit").layer(remove=["srv/d"]).run("RUN rm -r /srv/d # buildkit")
    (finding,) = found(image, tmp_path, "LS102")
    assert finding.path_count == 30
    assert len(finding.paths) == len(finding.nodes) == 20
    assert finding.paths[0] == b"/srv/d/29"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a && b", ["a", "b"]),
        ("a;  b", ["a; b"]),
        ("a && (b && c)", None),
        ("sh -c 'a && b'", None),
        ('["a", "b"]', None),
        ("cat <<EOF\nx\nEOF", None),
    ],
)
def test_a_command_is_taken_apart_only_where_that_is_safe(text: str, expected: list[str] | None) -> None:
    assert shelltext.pieces(text) == expected


def test_commands_with_their_own_shell_state_keep_a_shell_of_their_own() -> None:
    assert shelltext.chained("cd /src && make") == ["(cd /src && make)"]
    assert shelltext.chained("a && b") == ["a", "b"]


@pytest.mark.parametrize(
    "text", [f"export GITHUB_TOKEN={TOKEN}", "DB_PASSWORD=hunter22", "curl --password hunter22", "x://me:hunter22@y"]
)
def test_secrets_are_masked(text: str) -> None:
    assert kinds_in(text)
    assert MASK in masked(text)
    assert "hunter22" not in masked(text)


@pytest.mark.parametrize("text", ["TOKEN=$TOKEN", "PASSWORD_FILE=/run/x", "KEY_LENGTH=2048", "PATH=/usr/bin", "a=b"])
def test_references_and_paths_are_no_secrets(text: str) -> None:
    assert kinds_in(text) == []
    assert masked(text) == text


def test_copies_in_packed_layers_are_known_by_their_digests_and_not_unpacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = base().layer({"a": blob(2 * MB), "b": blob(2 * MB), "c": blob(2 * MB, "c")})
    plain = inspect(image.save(tmp_path / "plain.tar"))
    monkeypatch.setattr(UnpackedLayer, "read", pytest.fail)
    packed = inspect(image.save(tmp_path / "packed.tar", compression="gzip"))
    copies = [[one.title for one in image.findings if one.rule == "LS214"] for image in (plain, packed)]
    assert copies[0] == copies[1]
    assert "2.0 MB are copies" in copies[0][0]


@pytest.mark.parametrize("packed_layer", [1, 2])
def test_a_copy_is_found_where_one_layer_is_packed_and_the_other_is_not(packed_layer: int, tmp_path: Path) -> None:
    image = base().layer({"a": blob(2 * MB)}).layer({"b": blob(2 * MB)})
    image.save(tmp_path / "plain.tar")
    with tarfile.open(tmp_path / "plain.tar") as plain, tarfile.open(tmp_path / "mixed.tar", "w") as mixed:
        manifest = json.loads((plain.extractfile("manifest.json") or pytest.fail("no manifest")).read())
        for member in plain:
            data = content.read() if (content := plain.extractfile(member)) else b""
            if member.name == manifest[0]["Layers"][packed_layer]:
                data = gzip.compress(data, 1)
                member.size = len(data)
            mixed.addfile(member, io.BytesIO(data))
    copies = [one.title for one in inspect(tmp_path / "mixed.tar").findings if one.rule == "LS214"]
    assert copies == ["2.0 MB are copies of files in the image: /b is /a"]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_sparse_files_are_copies_when_a_reader_sees_the_same(compression: Compression, tmp_path: Path) -> None:
    hole, data = 2 * MB, blob(1 * MB)
    image = base().layer({
        "a": sparse(hole + MB, [(hole, data)]), "other": sparse(hole + MB + 1, [(hole, blob(1 * MB, "x"))]),
        "same": sparse(hole + MB, [(hole, data)]), "whole": bytes(hole) + data,
    })  # fmt: skip
    copies = [
        one for one in inspect(image.save(tmp_path / "a", compression=compression)).findings if one.rule == "LS214"
    ]
    assert [(one.title, one.paths) for one in copies] == [
        ("4.0 MB are copies of files in the image: /same is /a", (b"/whole", b"/same"))
    ]


def test_a_chmod_that_other_files_need_as_well_is_not_taken_out(tmp_path: Path) -> None:
    image = base().layer({"srv/blob": blob()}).run("RUN dd if=/dev/zero of=/srv/blob # buildkit")
    image.layer({"srv/conf": b"conf"}).run("COPY conf /srv/ # buildkit")
    image.layer({"srv/blob": file(blob(), mode=0o700), "srv/conf": file(b"conf", mode=0o700)})
    image.run("RUN chmod -R 700 /srv # buildkit")
    dockerfile = "FROM debian:12\nRUN dd if=/dev/zero of=/srv/blob\nCOPY conf /srv/\nRUN chmod -R 700 /srv\n"
    (finding,) = found(image, tmp_path, "LS106", dockerfile)
    assert not finding.edits
    assert "Set the mode in lines 2 and 3" in finding.advice
    assert finding.saving_bytes == finding.wasted_bytes == MB + 4


def test_files_that_cannot_be_read_to_their_end_are_no_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = LayerReader.content

    def content(reader: LayerReader, entry: int) -> Iterator[bytes]:
        yield next(whole(reader, entry))
        raise OSError

    monkeypatch.setattr(LayerReader, "content", content)
    image = base().layer({"a": blob(2 * MB), "b": blob(2 * MB), "c": blob(2 * MB)})
    assert not found(image, tmp_path, "LS214")


def test_a_directory_is_not_removed_before_a_later_step_writes_into_it(tmp_path: Path) -> None:
    image = base().layer({"w/a": blob()}).run("RUN make a # buildkit")
    image.layer({"w/b": blob(mark="b")}).run("RUN make b # buildkit")
    image.layer({"srv/c": b"c"}).run("RUN make c # buildkit")
    image.layer(remove=["w"]).run("RUN rm -rf /w # buildkit")
    dockerfile = "FROM debian:12\nRUN make a\nRUN make b\nRUN make c\nRUN rm -rf /w\n"
    advice = [one.advice for one in found(image, tmp_path, "LS102", dockerfile) if one.owner_layers == (1,)]
    assert advice == ["Make one RUN of lines 2 and 3, ending with the `rm -rf /w` of line 5."]


@pytest.mark.parametrize("between", ["cp /srv/app/bin/serve /serve", "chown -R 7:7 /srv/app", "true"])
def test_a_step_does_not_move_past_one_that_needs_what_it_makes_or_changes_its_owner(
    tmp_path: Path, between: str
) -> None:
    steps = ("apk add gcc", "gcc -o /srv/app/bin/serve serve.c", between, "gcc --version > /made", "apk del gcc")
    image = base().layer({"usr/bin/cc1": blob()}).run(f"RUN {steps[0]} # buildkit")
    image.layer({"srv/app/bin/serve": blob(mark="s")}).run(f"RUN {steps[1]} # buildkit")
    image.layer({"x": b"x"}).run(f"RUN {steps[2]} # buildkit")
    image.layer({"made": b"m"}).run(f"RUN {steps[3]} # buildkit")
    image.layer(remove=["usr/bin/cc1"]).run(f"RUN {steps[4]} # buildkit")
    dockerfile = "\n".join(["FROM debian:12", *(f"RUN {step}" for step in steps)]) + "\n"
    (finding,) = found(image, tmp_path, "LS103", dockerfile)
    joined = sorted(edit.first_line or 0 for edit in finding.edits)
    assert joined == ([2, 3, 5, 6] if between == "true" else [2, 3, 4, 5, 6])
