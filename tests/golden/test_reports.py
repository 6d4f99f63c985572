"""`layerscope report`, `ls` and `history`: what scripts rely on."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from builder import ImageBuilder, Layout
from golden.command import COMMAND, environment, layerscope_ends
from golden.conftest import bad_image


def report(*args: str | Path) -> Any:
    ended = layerscope_ends("report", "--format", "json", *args)
    assert (ended.code, ended.err) == (0, "")
    return json.loads(ended.out)


def test_the_json_report_has_the_promised_numbers(bad_tar: Path) -> None:
    value = report(bad_tar)
    assert value["schema_version"] == 1
    assert value["ledger"] == {
        "total_bytes": 350_000, "live_bytes": 180_000, "overwritten_bytes": 20_000, "reshipped_bytes": 50_000,
        "deleted_bytes": 100_000, "wasted_bytes": 170_000,
    }  # fmt: skip
    assert value["verdict"] is None
    assert [layer["instruction"]["keyword"] for layer in value["layers"]] == ["ADD", "RUN", "COPY", "RUN", "RUN"]


@pytest.mark.parametrize("layout", ["legacy", "docker25", "oci", "oci-archive"])
def test_every_layout_of_one_image_gives_the_same_numbers(bad_tar: Path, tmp_path: Path, layout: Layout) -> None:
    mine, other = report(bad_tar), report(bad_image().save(tmp_path / "image", layout))
    for part in ("ledger", "scores", "history", "waste"):
        assert mine[part] == other[part]


def test_a_report_file_is_the_same_as_standard_output(bad_tar: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("x" * 1_000_000)
    ended = layerscope_ends("report", bad_tar, "--format", "json", "--output", target)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert target.read_text() == layerscope_ends("report", bad_tar, "--format", "json").out
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_that_cannot_be_made_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    assert layerscope_ends("report", tmp_path / "none.tar", "--format", "json", "--output", target).code == 3
    assert target.read_text() == "old"


def test_the_text_report_judges_nothing(bad_tar: Path) -> None:
    ended = layerscope_ends("report", bad_tar)
    assert ended.code == 0
    assert ended.lines[0] == ended.lines[-1]
    assert "350 kB shipped  51.4 % efficient  170 kB wasted" in ended.lines[0]


def test_ls_lists_the_final_image_whose_files_add_up_to_the_live_bytes(bad_tar: Path) -> None:
    ended = layerscope_ends("ls", bad_tar, "--format", "json")
    rows = [json.loads(line) for line in ended.lines]
    assert [row["path"] for row in rows] == [
        "/bin", "/etc", "/etc/settings", "/srv", "/srv/app", "/usr", "/usr/bin", "/usr/bin/tool", "/var", "/var/cache",
    ]  # fmt: skip
    assert sum(row["size_bytes"] for row in rows if row["kind"] == "file") == 180_000
    assert {row["change"] for row in rows} == {None}


def test_ls_of_a_layer_lists_its_changes(bad_tar: Path) -> None:
    ended = layerscope_ends("ls", bad_tar, "--layer", "3", "--format", "json")
    rows = [json.loads(line) for line in ended.lines]
    assert [(row["path"], row["change"], row["uid"]) for row in rows if row["kind"] == "file"] == [
        ("/etc/settings", "modified", 0), ("/srv/app", "modified", 1_000),
    ]  # fmt: skip


def test_ls_of_a_path_in_any_spelling(bad_tar: Path) -> None:
    whole = layerscope_ends("ls", bad_tar, "/usr").lines
    assert [line.split()[-1] for line in whole] == ["/usr", "/usr/bin", "/usr/bin/tool"]
    assert layerscope_ends("ls", bad_tar, "usr/").lines == whole
    hostile = layerscope_ends("ls", bad_tar, r"/var/cache/apt/\x1b]0;x\x07", "--layer", "1")
    assert (hostile.code, len(hostile.lines)) == (0, 1)


def test_ls_of_a_layer_that_did_nothing_there_says_so(bad_tar: Path) -> None:
    ended = layerscope_ends("ls", bad_tar, "/etc", "--layer", "2")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "layerscope: layer 2 changed nothing at or below /etc\n"
    assert layerscope_ends("ls", bad_tar, "/etc", "--layer", "2", "--quiet").err == ""


def test_what_was_odd_about_an_image_is_told_beside_a_listing(tmp_path: Path) -> None:
    odd = ImageBuilder().layer({b"bad\xff/.wh..": b"", "etc/x": b"x"}).save(tmp_path / "odd.tar")
    ended = layerscope_ends("ls", odd)
    assert [line.split()[-1] for line in ended.lines] == ["/etc", "/etc/x"]
    assert ended.err.startswith("layerscope: ")
    assert layerscope_ends("ls", odd, "--quiet").err == ""
    history = layerscope_ends("history", odd)
    assert (history.err, ended.err in history.out) == (ended.err, False)


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["/usr/none"], "no layer has /usr/none", "the nearest that exists is /usr"),
        (["/bin/tool"], "no layer has /bin/tool", "/bin is a symbolic link to usr/bin"),
        (["/var/cache/apt"], "/var/cache/apt is not in the final image", "layer 1 brought it"),
        (["--layer", "5"], "there is no layer 5", "layers are 0 to 4"),
    ],
)
def test_a_path_or_layer_that_is_not_there_is_wrong_usage(
    bad_tar: Path, args: list[str], message: str, hint: str
) -> None:
    ended = layerscope_ends("ls", bad_tar, *args)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"layerscope: {message}\n  {hint}")


def test_history_shows_steps_with_bytes_and_instructions(bad_tar: Path) -> None:
    lines = layerscope_ends("history", bad_tar).lines
    said = "   1     1 2024-05-01 12:00:00   100 kB   100 kB   250 kB        RUN apt-get update && apt-get install -y x"
    assert lines[2] == said
    assert any(line.endswith('CMD ["sh"]') for line in lines)
    rows = [json.loads(line) for line in layerscope_ends("history", bad_tar, "--format", "json").lines]
    assert [(row["layer_index"], row["wasted_bytes"]) for row in rows] == [
        (0, 20_000), (1, 100_000), (2, 50_000), (3, 0), (4, 0), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize("command", [["ls", "--format", "json"], ["history"], ["ci", "--lowest-efficiency", "0"]])
def test_a_reader_that_has_seen_enough_is_no_error(bad_tar: Path, command: list[str]) -> None:
    with subprocess.Popen(
        [*COMMAND, *command, bad_tar], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_ls_says_what_a_range_of_layers_did_together(tmp_path: Path) -> None:
    image = ImageBuilder().layer(add={"a": b"1", "b": b"1"}).layer(add={"a": b"2"}).layer(add={"a": b"1"}, remove=["b"])
    saved = image.save(tmp_path / "image.tar")
    rows = [json.loads(line) for line in layerscope_ends("ls", saved, "--layer", "1-2", "--format", "json").lines]
    assert [(row["path"], row["change"]) for row in rows] == [("/b", "removed")]
    rows = [json.loads(line) for line in layerscope_ends("ls", saved, "--layer", "1", "--format", "json").lines]
    assert [(row["path"], row["change"], row["aspects"]) for row in rows] == [("/a", "modified", ["content"])]


def test_json_of_any_command_is_ascii_so_that_no_control_code_reaches_a_terminal(tmp_path: Path) -> None:
    names = ["c1-\x9b31m", "line-\u2028-separator", "turned-\u202e-round", "next-\x85-line"]
    saved = ImageBuilder().layer(add=dict.fromkeys(names, b"1")).layer(remove=names).save(tmp_path / "image.tar")
    commands: tuple[tuple[str | Path, ...], ...] = (
        ("ls", saved, "--layer", "0"),
        ("timeline", saved, names[0]),
        ("history", saved),
        ("report", saved),
    )
    for command in commands:
        assert layerscope_ends(*command, "--format", "json").out.isascii(), command
    rows = [json.loads(line) for line in layerscope_ends("ls", saved, "--layer", "0", "--format", "json").lines]
    assert sorted(row["path"] for row in rows) == sorted(f"/{name}" for name in names)
