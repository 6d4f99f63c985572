"""What the arguments of a build say."""

from pathlib import Path

import pytest

from layerscope.cli.buildargs import BuildArguments


def known(*words: str) -> BuildArguments:
    return BuildArguments(words)


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (("-t", "x", "."), "Dockerfile"),
        ((".", "-t", "other"), "Dockerfile"),
        (("--build-arg", "other", ".", "--no-cache"), "Dockerfile"),
        (("-f", "other/D", "."), "other/D"),
        (("-fother/D", "."), "other/D"),
        (("-qfother/D", "."), "other/D"),
        (("--file=other/D", "-t", "x", "."), "other/D"),
        (("-f", "none", "-f", "other/D", "--", "."), "other/D"),
        (("-f", "D", "other"), "other/D"),
        (("--file", "none", "."), None),
        (("-f", "-", "."), None),
        (("-",), None),
        (("-f", "Dockerfile", "-"), None),
        (("https://example.invalid/repo.git",), None),
        (("other",), None),
        ((".", "-f"), "Dockerfile"),
        ((), None),
    ],
)
def test_the_dockerfile_is_the_one_that_the_engine_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, args: tuple[str, ...], found: str | None
) -> None:
    (tmp_path / "other").mkdir()
    for name in ("Dockerfile", "other/D"):
        (tmp_path / name).write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    assert known(*args).dockerfile() == (None if found is None else Path(found))


def test_podman_prefers_a_containerfile(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()
    assert known(str(tmp_path)).dockerfile(("Containerfile", "Dockerfile")) == tmp_path / "Dockerfile"
    (tmp_path / "Containerfile").touch()
    assert known(str(tmp_path)).dockerfile(("Containerfile", "Dockerfile")) == tmp_path / "Containerfile"


def test_the_first_name_is_what_the_image_is_called() -> None:
    assert known("-qt", "app:1", "--tag=app:2", ".").tag == "app:1"
    assert known("-t=app:3", ".").tag == "app:3"
    assert known("--target", "-t", ".").tag is None


@pytest.mark.parametrize(
    ("args", "archive"),
    [
        (("-o", "type=docker,dest=a.tar", "."), "docker-archive://a.tar"),
        (("--output=type=oci,dest=b.tar", "."), "oci-archive://b.tar"),
        (("-o", "type=oci,dest=c,tar=false", "."), "oci://c"),
        (("-o", "type=docker,dest=-", "."), None),
        (("-o", "out", "."), None),
        (("-t", "x", "."), None),
    ],
)
def test_an_image_that_goes_to_a_file_is_read_there(args: tuple[str, ...], archive: str | None) -> None:
    assert known(*args).archive == archive
    assert known(*args).says_where is (args[0] != "-t")


def test_the_users_own_id_file_is_used() -> None:
    assert known("--iidfile", "id", ".").id_file == Path("id")
    assert known(".").id_file is None
