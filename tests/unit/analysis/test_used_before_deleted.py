"""Files that the RUN that deletes them uses, or makes anew, before: the Dockerfile of the plan must still build."""

from pathlib import Path

import pytest

from builder import ImageBuilder
from builder_tar import Entry
from layerscope.cli.main import run

BIG = b"b" * 300_000
NO_LINES = "Nothing of this can be done by changing lines of the Dockerfile"
LISTS = "var/lib/apt/lists/deb_Packages"


def plan_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, maker: str, remover: str) -> str:
    """Give the new Dockerfile where one step brings a file, and the next one removes it."""
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({name: BIG, "usr/bin/one": b"1"} if maker.startswith("RUN") else {name: BIG})
        .run(f"{maker} # buildkit".replace("RUN ", "RUN /bin/sh -c "))
        .layer({"usr/bin/two": b"2"}, remove=[name]).run(f"{remover} # buildkit".replace("RUN ", "RUN /bin/sh -c "))
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text(f"FROM x\n{maker}\n{remover}\n")
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    return capsys.readouterr().out


def test_a_copied_archive_that_is_unpacked_where_it_is_deleted_is_not_taken_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remover = "RUN tar xf /tmp/app.tar -C / && rm /tmp/app.tar"
    text = plan_of(tmp_path, capsys, "tmp/app.tar", "COPY app.tar /tmp/", remover)
    assert NO_LINES in text
    assert "mount it where it is used, in line 3" in text


def test_one_file_of_a_copied_directory_that_is_used_where_it_is_deleted_is_not_ignored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"tmp/app/x.tar": BIG, "tmp/app/y": b"y"}).run("COPY app /tmp/app # buildkit")
        .layer({"usr/x": b"x"}, remove=["tmp/app/x.tar"])
        .run("RUN /bin/sh -c tar xf /tmp/app/x.tar -C / && rm /tmp/app/x.tar # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\nCOPY app /tmp/app\nRUN tar xf /tmp/app/x.tar -C / && rm /tmp/app/x.tar\n")
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    text = capsys.readouterr().out
    assert "Into .dockerignore" not in text
    assert NO_LINES in text


def test_an_archive_that_is_unpacked_where_it_is_deleted_is_fetched_in_the_same_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = plan_of(tmp_path, capsys, "tmp/x.tar", "RUN curl -o /tmp/x.tar http://x",
                   "RUN tar xf /tmp/x.tar && rm -rf /tmp/x.tar")  # fmt: skip
    assert text.endswith("RUN curl -o /tmp/x.tar http://x \\\n && tar xf /tmp/x.tar \\\n && rm -rf /tmp/x.tar\n")


@pytest.mark.parametrize("more", ["", " /tmp/more"])
def test_deleting_stays_where_its_own_run_makes_the_same_files_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: str
) -> None:
    remover = f"RUN apt-get update && apt-get install -y two && rm -rf /var/lib/apt/lists/*{more}"
    text = plan_of(tmp_path, capsys, LISTS, "RUN apt-get update && apt-get install -y one", remover)
    assert " && apt-get install -y one \\\n && rm -rf /var/lib/apt/lists/*\nRUN " in text
    assert text.endswith(f"{remover}\n")


def test_where_it_stays_it_does_not_fail_for_want_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = plan_of(tmp_path, capsys, "tmp/x", "RUN make-x", "RUN apt-get install -y two && rm /tmp/x")
    assert text.endswith("RUN make-x \\\n && rm /tmp/x\nRUN apt-get install -y two \\\n && rm -f /tmp/x\n")


def test_deleting_of_what_is_ignored_goes_too_as_it_would_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"app/x.tar": BIG, "app/y": b"y"}).run("COPY app /app # buildkit")
        .layer({"usr/x": b"x"}, remove=["app/x.tar"]).run("RUN /bin/sh -c rm /app/x.tar && touch /usr/x # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\nCOPY app /app\nRUN rm /app/x.tar && touch /usr/x\n")
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    text = capsys.readouterr().out
    assert "# Into .dockerignore:\n#   app/x.tar\n" in text
    assert text.endswith("FROM x\nCOPY app /app\nRUN touch /usr/x\n")


def test_a_relative_path_does_not_come_into_another_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"w/one": BIG}).run("RUN /bin/sh -c head -c 300000 /w/one # buildkit")
        .step("WORKDIR /opt")
        .layer({"opt/big": BIG}).run("RUN /bin/sh -c fallocate -l 300000 /opt/big # buildkit")
        .layer({"w/one": b"2" * 300_000}, remove=["opt/big"])
        .run("RUN /bin/sh -c rm big && head -c 300000 /w/one # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text(
        "FROM x\nRUN head -c 300000 /w/one\nWORKDIR /opt\nRUN fallocate -l 300000 /opt/big\n"
        "RUN rm big && head -c 300000 /w/one\n"
    )
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    text = capsys.readouterr().out
    assert "\n && rm big" not in text[: text.index("WORKDIR /opt")]


@pytest.mark.parametrize(
    ("made", "copy"), [("useradd app", "COPY --chown=app conf /conf"), ("touch /etc/conf", "COPY my /etc/conf")]
)
def test_a_run_does_not_move_behind_a_copy_that_needs_or_replaces_what_it_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], made: str, copy: str
) -> None:
    first, last = f"{made} && curl -o /tmp/x.tar http://x", "tar xf /tmp/x.tar && rm -rf /tmp/x.tar"
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"tmp/x.tar": BIG, "made": b"1"}).run(f"RUN /bin/sh -c {first} # buildkit")
        .layer({"etc/conf": b"c"}).run(f"{copy} # buildkit")
        .layer({"usr/x": b"x"}, remove=["tmp/x.tar"]).run(f"RUN /bin/sh -c {last} # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text(f"FROM x\nRUN {first}\n{copy}\nRUN {last}\n")
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    text = capsys.readouterr().out
    assert NO_LINES in text


@pytest.mark.parametrize("others", [{}, {"app/other": b"o"}])
def test_a_copy_is_given_an_owner_only_where_all_of_it_gets_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], others: dict[str, bytes]
) -> None:
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"app/big": BIG, **others}).run("COPY app /app/ # buildkit")
        .layer({"app/big": Entry(data=BIG, uid=5)}).run("RUN /bin/sh -c chown 5 /app/big # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\nCOPY app /app/\nRUN chown 5 /app/big\n")
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    assert ("COPY --chown=5:0 app /app/" in capsys.readouterr().out) == (not others)


def test_what_another_copy_brings_is_not_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = (
        ImageBuilder("used:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"src/app/x.tar": BIG, "src/y": b"y"}).run("COPY . /src # buildkit")
        .layer(remove=["src/app/x.tar"]).run("RUN /bin/sh -c rm /src/app/x.tar # buildkit")
        .layer({"opt/x.tar": BIG}).run("COPY app/x.tar /opt/ # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_text("FROM x\nCOPY . /src\nRUN rm /src/app/x.tar\nCOPY app/x.tar /opt/\n")
    assert run(["plan", str(image), "--quiet", "-f", str(file), "--format", "dockerfile"]) == 0
    assert "dockerignore:" not in capsys.readouterr().out
