"""What an image says is no command to a CI system, whichever command of ours prints it, on either stream.

GitHub's runner takes `::name::` at the start of a line, and `##[name]` anywhere; Azure's agent `##vso[name]` anywhere.
"""

import json
from pathlib import Path

import pytest

from builder import Entry, ImageBuilder, fifo, hardlink, symlink, tar_bytes
from golden.command import Ended, layerscope_ends

AZURE, GITHUB = "##vso[task.setvariable variable=PATH]evil", "##[add-path]evil"
LINE = "\n::set-env name=PATH::evil"


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = {
        AZURE: b"x", GITHUB: b"y" * 9_000, f"a{LINE}": b"z", "link": symlink(AZURE), "hard": hardlink(AZURE),
        "pipe" + AZURE: fifo(), "::error::x": b"1",
    }  # fmt: skip
    built = (
        ImageBuilder(f"a:{AZURE}")
        .layer(names)
        .run(f"RUN echo {AZURE}{LINE}{GITHUB}", comment=AZURE)
        .layer({f"b/{GITHUB}": b"x"}, remove=[GITHUB])
        .run(f"::error::{AZURE}")
        .configure(Labels={AZURE: LINE}, User=AZURE)
    )
    return built.save(tmp_path_factory.mktemp("logs") / "image.tar", "legacy")


def commands_in(ended: Ended) -> list[str]:
    lines = [*ended.out.split("\n"), *ended.err.split("\n")]
    return [one for one in lines if "##vso[" in one or "##[" in one or one.lstrip().startswith("::")]


RUNS = [
    ["ls"], ["ls", "--layer", "1"], ["ls", "--format", "json"], ["history"], ["history", "--format", "json"],
    ["ci"], ["ci", "--scoring", "dive"], ["report", "--format", "text"], ["report", "--format", "json"],
    ["report", "--format", "sarif"], ["report", "--format", "gitlab"], ["plan"], ["plan", "--format", "json"],
    ["--debug", "ci", "--tag", AZURE + LINE], ["ci", "--platform", f"{AZURE}/x"], ["ci", "--base", AZURE + "/x"],
]  # fmt: skip


@pytest.mark.parametrize("words", RUNS, ids=lambda words: " ".join(words)[:30])
def test_no_line_of_a_run_is_a_command(words: list[str], image: Path) -> None:
    ended = layerscope_ends(*words, image)
    assert ended.code in {0, 1, 2, 3}
    assert commands_in(ended) == []
    assert "evil" in ended.out + ended.err or "plan" in words


@pytest.mark.parametrize("name", [AZURE, GITHUB, f"a{LINE}", "nothing" + AZURE])
def test_no_line_about_one_path_is_a_command(name: str, image: Path, tmp_path: Path) -> None:
    runs: list[list[str | Path]] = [
        ["timeline", image, name], ["timeline", "--format", "json", image, name], ["plan", "--drop", name, image],
        ["extract", "-o", tmp_path / "out", image, name],
    ]  # fmt: skip
    for run in runs:
        ended = layerscope_ends(*run)
        assert ended.code in {0, 2}
        assert commands_in(ended) == []


def test_no_error_is_a_command(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    manifest = [{"Config": f"{AZURE}.json", "Layers": [AZURE + LINE], "RepoTags": [AZURE]}]
    path.write_bytes(tar_bytes([("manifest.json", Entry(data=json.dumps(manifest).encode()))]))
    for more in ([], ["--debug"]):
        ended = layerscope_ends("ci", *more, path)
        assert (ended.code, ended.out) == (3, "")
        assert commands_in(ended) == []
        assert "evil" in ended.err


def test_json_stays_the_same_json(image: Path) -> None:
    rows = [json.loads(line) for line in layerscope_ends("ls", "--format", "json", image).lines]
    assert {f"/{AZURE}", f"/a{LINE}"} < {row["path"] for row in rows}
