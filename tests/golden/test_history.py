"""`layerscope history`, as a user and a script see it: which Dockerfile it takes, and the one that it writes."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from builder import ImageBuilder
from golden.command import layerscope_ends

DOCKERFILE = """\
FROM debian:12
ENV APP=/srv/app
COPY app $APP
RUN make
CMD ["/srv/app/run"]
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of the classic builder: of what it copied only hashes are left."""
    built = (
        ImageBuilder().layer({"etc/os-release": b"ID=test\n"}).run("/bin/sh -c #(nop) ADD file:00 in / ", comment="")
    )
    built.step("/bin/sh -c #(nop)  ENV APP=/srv/app", comment="")
    built.layer({"srv/app/main.c": b"main() {}"}).run(f"/bin/sh -c #(nop) COPY dir:{'4' * 64} in /srv/app ", comment="")
    built.layer({"srv/app/run": b"run" * 999}).run("/bin/sh -c make", comment="")
    built.step('/bin/sh -c #(nop)  CMD ["/srv/app/run"]', comment="")
    return built.save(tmp_path_factory.mktemp("history") / "image.tar")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the Dockerfile of the image."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    return tmp_path


def lines_of(image: Path, *options: str) -> list[int | None]:
    rows = [json.loads(line) for line in layerscope_ends("history", image, "--format", "json", *options).lines]
    return [row["instruction"]["dockerfile_line"] for row in rows]


def test_the_dockerfile_that_lies_here_gives_the_lines(image: Path, project: Path) -> None:
    assert lines_of(image) == [None, 2, 3, 4, 5]
    ended = layerscope_ends("history", image)
    text = ended.out
    assert "   ~3  COPY app $APP\n" in text
    assert "file:44" not in text
    assert "Dockerfile: Dockerfile, found here; " in text
    said = "layerscope: lines are those of ./Dockerfile, which fits: 4 of its 4 instructions are in the history\n"
    assert ended.err == said
    assert project.is_dir()


def test_a_containerfile_does_as_well(image: Path, project: Path) -> None:
    (project / "Dockerfile").rename(project / "Containerfile")
    assert lines_of(image) == [None, 2, 3, 4, 5]


def test_no_dockerfile_leaves_it_alone(image: Path, project: Path) -> None:
    assert lines_of(image, "--no-dockerfile") == [None] * 5
    assert "Dockerfile: not known; --reconstruct writes one" in layerscope_ends("history", image, "--no-dockerfile").out
    assert project.is_dir()


def test_a_dockerfile_of_another_image_is_recognised(image: Path, project: Path) -> None:
    (project / "Dockerfile").write_text("FROM node:20\nCOPY package.json .\nRUN npm ci\nCOPY . .\nRUN npm run build\n")
    assert lines_of(image) == [None] * 5
    said = "layerscope: ./Dockerfile is not this image's: the Dockerfile does not belong to this image: 0 of its 4"
    assert layerscope_ends("history", image).err.startswith(said)


def test_every_face_uses_the_dockerfile_that_was_found(image: Path, project: Path) -> None:
    report = json.loads(layerscope_ends("report", image, "--format", "json").out)
    assert report["layers"][1]["instruction"]["dockerfile_text"] == "COPY app $APP"
    assert (report["dockerfile"]["origin"], report["dockerfile"]["text"]) == ("found", DOCKERFILE)
    assert report["image"]["base_layer_count"] == 1
    assert "COPY app $APP" in layerscope_ends("timeline", image, "/srv/app/main.c").out
    assert project.is_dir()


def test_a_dockerfile_is_written_from_the_history_and_says_what_it_is(image: Path, project: Path) -> None:
    ended = layerscope_ends("history", image, "--reconstruct", "-o", project / "Written")
    assert (ended.code, ended.out) == (0, "")
    assert (project / "Written").read_text() == (
        f"# Written by layerscope from the history of {image}.\n"
        "# This is not the original Dockerfile: names of copied files, comments and other stages are lost.\n\n"
        "FROM scratch\n# what was copied is lost, but for its hash\nADD file:00 /\nENV APP=/srv/app\n"
        "# what was copied is lost, but for its hash\n"
        f'COPY dir:{"4" * 64} /srv/app\nRUN make\nCMD ["/srv/app/run"]\n'
    )
    assert lines_of(image, "-f", str(project / "Written")) == [6, 7, 9, 10, 11]


def test_an_image_without_history_has_nothing_to_write_from(tmp_path: Path) -> None:
    bare = ImageBuilder().layer({"a": b"a"}).without_history().save(tmp_path / "bare.tar")
    ended = layerscope_ends("history", bare, "--reconstruct")
    assert (ended.code, ended.out) == (2, "")
    assert "the image has no history" in ended.err


def test_markdown_goes_to_a_file_as_a_whole(image: Path, project: Path) -> None:
    assert layerscope_ends("history", image, "--format", "markdown", "-o", project / "history.md").code == 0
    assert (project / "history.md").read_text().startswith("| step | layer | created | shipped |")


def test_git_says_how_often_what_was_copied_changed(image: Path, project: Path) -> None:
    (project / "app").mkdir()
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "-c", "core.hooksPath=")
    for number in range(3):
        (project / "app/main.c").write_text(str(number))
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
            subprocess.run(["git", *settings, *words], check=True, capture_output=True)
    text = layerscope_ends("history", image, "--git", ".", more={"PATH": os.environ["PATH"]}).out
    assert "COPY app $APP  (changed by 3 of 3 commits)" in text


def test_a_git_directory_that_is_none_is_wrong_usage(image: Path, project: Path) -> None:
    more = {"PATH": os.environ["PATH"], "GIT_CEILING_DIRECTORIES": str(project.parent)}
    ended = layerscope_ends("history", image, "--git", ".", more=more)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("layerscope: --git .: not a git repository")
