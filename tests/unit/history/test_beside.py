"""Which Dockerfile stands beside the history, and what is said of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from layerscope.errors import DamagedImageError, UsageError
from layerscope.history.align import MAX_STAGES
from layerscope.history.beside import Beside, Wanted, beside
from layerscope.history.dockerfile import MAX_DOCKERFILE_BYTES
from layerscope.model.history import Confidence, DockerfileOrigin
from layerscope.model.image import Attestation, Digest, LayerBlob, RawImage
from unit.history.stored import HERE, Build, build_of, text_of


def found(build: Build, wanted: Wanted, image: RawImage | None = None) -> Beside:
    return beside(image or build.image, build.steps, wanted)


def folder_with(directory: Path, **files: str) -> Path:
    for name, stored in files.items():
        (directory / name).write_bytes((HERE / f"{stored}.Dockerfile").read_bytes())
    return directory


def lines_of(result: Beside) -> list[int | None]:
    return [step.instruction.dockerfile_line if step.instruction else None for step in result.steps]


def with_provenance(build: Build, name: str = "multi") -> RawImage:
    """The image as an OCI archive has it: with digests, and BuildKit's statement beside it."""
    data = json.loads((HERE / "provenance" / f"{name}.json").read_text())
    layers = tuple(LayerBlob(str(index), digest=Digest(one)) for index, one in enumerate(data["layers"]))
    statement = Attestation(
        "https://slsa.dev/provenance/v0.2", Digest("sha256:0"), len(json.dumps(data)), lambda: data["statement"]
    )
    return replace(build.image, layers=layers, attestations=(statement,))


# --- looked for


@pytest.mark.parametrize("name", ["Dockerfile", "Containerfile"])
def test_a_file_that_lies_here_and_fits_is_used_and_said(name: str, tmp_path: Path) -> None:
    build = build_of("multi", "classic")
    result = found(build, Wanted(folder=folder_with(tmp_path, **{name: "multi"})))
    assert lines_of(result) == build.true_lines
    assert result.dockerfile is not None
    assert (result.dockerfile.origin, Path(result.dockerfile.name).name) == (DockerfileOrigin.FOUND, name)
    assert [note.code for note in result.notes] == ["dockerfile-found"]
    assert f"./{name}" in result.notes[0].text


def test_a_file_of_another_image_is_recognised_and_not_used(tmp_path: Path) -> None:
    build = build_of("multi", "classic")
    result = found(build, Wanted(folder=folder_with(tmp_path, Dockerfile="longrun")))
    assert result.steps == build.steps
    assert result.dockerfile is not None
    assert result.dockerfile.origin is DockerfileOrigin.RECONSTRUCTED
    assert [note.code for note in result.notes] == ["dockerfile-not-used"]
    assert "./Dockerfile is not this image's" in result.notes[0].text


def test_of_two_files_the_one_that_fits_is_used(tmp_path: Path) -> None:
    build = build_of("multi", "bk25")
    result = found(build, Wanted(folder=folder_with(tmp_path, Dockerfile="longrun", Containerfile="multi")))
    assert result.dockerfile is not None
    assert Path(result.dockerfile.name).name == "Containerfile"
    assert [note.code for note in result.notes] == ["dockerfile-found"]


def test_a_file_that_has_changed_too_much_is_not_used_unless_it_is_named(tmp_path: Path) -> None:
    build = build_of("drift", "bk25")
    lines = text_of("drift").split("\n")
    kept = [line for line in lines if not line.startswith(("RUN", "EXPOSE", "USER"))]
    path = tmp_path / "Dockerfile"
    path.write_text("\n".join([*kept, "RUN one thing", "RUN another thing", "RUN a third thing"]))
    result = found(build, Wanted(folder=tmp_path))
    assert result.dockerfile is not None
    assert not result.dockerfile.is_real
    assert "-f Dockerfile uses it nevertheless" in result.notes[0].text
    named = found(build, Wanted(given=path))
    assert named.dockerfile is not None
    assert named.dockerfile.origin is DockerfileOrigin.GIVEN
    assert named.dockerfile.fit < 0.6


@pytest.mark.parametrize("kind", ["directory", "empty", "binary", "nothing"])
def test_what_is_no_dockerfile_disturbs_nobody(kind: str, tmp_path: Path) -> None:
    build = build_of("multi", "bk25")
    path = tmp_path / "Dockerfile"
    if kind == "directory":
        path.mkdir()
    elif kind == "empty":
        path.touch()
    elif kind == "binary":
        path.write_bytes(bytes(range(256)) * 99)
    result = found(build, Wanted(folder=tmp_path))
    assert result.steps == build.steps


def test_nothing_is_looked_for_where_nobody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder_with(tmp_path, Dockerfile="multi"))
    result = found(build_of("multi", "bk25"), Wanted())
    assert result.dockerfile is not None
    assert not result.dockerfile.is_real


# --- named


def test_a_named_file_that_cannot_be_read_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        found(build_of("multi", "bk25"), Wanted(given=tmp_path / "none"))


def test_a_named_file_of_another_image_is_told_and_the_history_gives_one(tmp_path: Path) -> None:
    result = found(build_of("multi", "bk25"), Wanted(given=folder_with(tmp_path, D="every") / "D"))
    assert [note.code for note in result.notes] == ["dockerfile-mismatch"]
    assert result.dockerfile is not None
    assert result.dockerfile.origin is DockerfileOrigin.RECONSTRUCTED


def test_lines_of_other_stages_are_named(tmp_path: Path) -> None:
    result = found(build_of("multi", "bk25"), Wanted(given=folder_with(tmp_path, D="multi") / "D"))
    assert result.dockerfile is not None
    text = result.dockerfile
    heads = [text.lines[first - 1].split()[0] for first, _ in text.other_stages]
    assert heads == ["FROM", "FROM"]
    spans = [span for span in text.spans if span is not None]
    for first, last in text.other_stages:
        assert not any(first <= line <= last for line, _ in spans)


# --- its own words


def test_hashes_give_way_to_the_words_of_the_dockerfile(tmp_path: Path) -> None:
    result = found(build_of("copies", "classic"), Wanted(given=folder_with(tmp_path, D="copies") / "D"))
    shown = [step.instruction.shown for step in result.steps if step.instruction]
    assert "COPY --chown=1:2 a.txt b.txt /owned/" in shown
    assert not any("file:" in text for text in shown[3:])
    read = [step.instruction.line for step in result.steps if step.instruction]
    assert any("file:" in text for text in read[3:])  # what the history says is kept beside it


def test_a_line_that_was_edited_since_shows_what_was_really_run(tmp_path: Path) -> None:
    build = build_of("drift", "bk25")
    path = tmp_path / "Dockerfile"
    path.write_text(text_of("drift").replace("curl ca-certificates git", "curl ca-certificates git jq"))
    edited = [step.instruction for step in found(build, Wanted(given=path)).steps if step.instruction]
    run = next(one for one in edited if "ca-certificates" in one.text)
    assert run.confidence is Confidence.LIKELY
    assert "jq" not in run.shown


# --- the base


@pytest.mark.parametrize("builder", ["classic", "bk20", "bk25", "buildah", "podman"])
def test_a_file_whose_first_instruction_is_found_says_where_the_base_ends(builder: str, tmp_path: Path) -> None:
    result = found(build_of("multi", builder), Wanted(given=folder_with(tmp_path, D="multi") / "D"))
    assert result.base_layer_count == 1
    assert result.dockerfile is not None
    assert result.dockerfile.base_step_count == 3


def test_a_file_whose_first_instruction_is_new_does_not_say_where_the_base_ends(tmp_path: Path) -> None:
    path = tmp_path / "D"
    path.write_text(text_of("drift").replace("ARG DEBIAN", "RUN new thing\nARG DEBIAN"))
    assert found(build_of("drift", "bk25"), Wanted(given=path)).base_layer_count is None


def test_an_image_from_scratch_has_no_base(tmp_path: Path) -> None:
    result = found(build_of("scratch", "bk25"), Wanted(given=folder_with(tmp_path, D="scratch") / "D"))
    assert result.base_layer_count == 0


# --- provenance


def test_the_image_s_own_dockerfile_is_used_and_its_lines_are_exact(tmp_path: Path) -> None:
    build = build_of("multi", "bk25")
    result = found(build, Wanted(folder=folder_with(tmp_path, Dockerfile="longrun")), with_provenance(build))
    assert result.dockerfile is not None
    assert (result.dockerfile.origin, result.dockerfile.name) == (DockerfileOrigin.IMAGE, "multi.Dockerfile")
    assert lines_of(result) == build.true_lines
    layered = [step.instruction for step in result.steps[3:] if step.layer_index is not None]
    assert {one.confidence for one in layered if one} == {Confidence.EXACT}
    assert result.base_layer_count == 1
    assert [note.code for note in result.notes] == ["dockerfile-exact"]


def test_a_named_file_with_the_same_text_gets_the_exact_lines_and_keeps_its_name(tmp_path: Path) -> None:
    build = build_of("multi", "bk25")
    path = folder_with(tmp_path, D="multi") / "D"
    result = found(build, Wanted(given=path), with_provenance(build))
    assert result.dockerfile is not None
    assert (result.dockerfile.origin, result.dockerfile.name) == (DockerfileOrigin.GIVEN, str(path))
    assert [note.code for note in result.notes] == ["dockerfile-exact"]


def test_a_named_file_with_another_text_is_aligned_with_the_history_and_not_called_exact(tmp_path: Path) -> None:
    build = build_of("multi", "bk25")
    path = tmp_path / "D"
    path.write_text("# a comment since then\n" + text_of("multi"))
    result = found(build, Wanted(given=path), with_provenance(build))
    assert lines_of(result) == [None if line is None else line + 1 for line in build.true_lines]
    assert result.notes == ()


def test_statements_that_cannot_be_read_are_not_there() -> None:
    def damaged() -> object:
        raise DamagedImageError("no JSON")

    build = build_of("multi", "bk25")
    image = with_provenance(build)
    statements = (
        Attestation("https://spdx.dev/Document", Digest("sha256:1"), 2, dict),
        Attestation("https://slsa.dev/provenance/v1", Digest("sha256:2"), 2, damaged),
        Attestation("https://slsa.dev/provenance/v1", Digest("sha256:3"), 2, list),
    )
    result = found(build, Wanted(), replace(image, attestations=statements))
    assert result.dockerfile is not None
    assert result.dockerfile.origin is DockerfileOrigin.RECONSTRUCTED
    result = found(build, Wanted(), replace(image, attestations=(*statements, *image.attestations)))
    assert result.dockerfile is not None
    assert result.dockerfile.origin is DockerfileOrigin.IMAGE


@pytest.mark.parametrize(
    "text", ["FROM a\n" * (MAX_STAGES + 1), "#" * (MAX_DOCKERFILE_BYTES + 1)], ids=["stages", "text"]
)
def test_a_dockerfile_in_the_image_that_is_too_long_is_not_used_and_that_is_said(text: str) -> None:
    build = build_of("multi", "bk25")
    result = found(build, Wanted(), replace(build.image, dockerfile=text))
    assert result.dockerfile is not None
    assert result.dockerfile.origin is DockerfileOrigin.RECONSTRUCTED
    assert [note.code for note in result.notes] == ["dockerfile-too-long"]


def test_an_image_without_history_has_none() -> None:
    image = replace(build_of("multi", "bk25").image, history=())
    assert beside(image, (), Wanted()).dockerfile is None
