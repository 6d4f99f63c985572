"""steps_of: each history record beside the layer it made."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.history.instructions import KEYWORDS
from layerscope.history.steps import steps_of
from layerscope.model.image import HistoryRecord, ImageConfig, LayerBlob, RawImage
from unit.history.stored import Build, all_builds, build_of


def image(*lines: tuple[str, str, bool], layers: int, shell: tuple[str, ...] = (), author: str = "") -> RawImage:
    """An image from (created_by, comment, empty) and a number of layers."""
    history = tuple(
        HistoryRecord(index, None, line, comment, author, empty) for index, (line, comment, empty) in enumerate(lines)
    )
    blobs = tuple(LayerBlob(str(index)) for index in range(layers))
    return RawImage("x", "test", blobs, history=history, config=ImageConfig(shell=shell))


def layers_of(raw: RawImage) -> list[int | None]:
    return [step.layer_index for step in steps_of(raw)[0]]


def test_records_with_content_get_the_layers_in_order_when_their_numbers_agree() -> None:
    raw = image(("ADD a / # buildkit", "", False), ('CMD ["x"]', "", True), ("RUN a # buildkit", "", False), layers=2)
    assert layers_of(raw) == [0, None, 1]
    assert steps_of(raw)[1] == ()


def test_a_history_that_does_not_match_gets_no_layers_and_a_note() -> None:
    raw = image(("ADD a / # buildkit", "", False), ("RUN a # buildkit", "", False), ("ENV A=1", "", True), layers=4)
    steps, notes = steps_of(raw)
    assert [step.layer_index for step in steps] == [None, None, None]
    assert [(note.code, note.text) for note in notes] == [
        ("history-mismatch", "history does not match: 3 entries, 2 with content, 4 layers")
    ]


def test_an_image_without_history_says_so() -> None:
    assert [note.code for note in steps_of(image(layers=4))[1]] == ["history-missing"]


def test_an_image_without_anything_has_nothing_to_say() -> None:
    assert steps_of(image(layers=0)) == ((), ())


def test_a_squashed_layer_belongs_to_all_steps_it_was_made_of() -> None:
    # docker 20.10.24 build --squash: marks every step empty, and appends a record without a command
    raw = image(
        ("/bin/sh -c #(nop) ADD file:1 in / ", "", False),
        ("/bin/sh -c echo one > /one", "", True),
        ('/bin/sh -c #(nop)  CMD ["sh"]', "", True),
        ("/bin/sh -c #(nop) COPY file:2 in /b ", "", True),
        ("", "merge sha256:aa to sha256:bb", False),
        layers=2,
    )
    assert layers_of(raw) == [0, 1, None, 1, 1]


def test_a_run_that_changed_nothing_keeps_out_of_the_next_layer() -> None:
    docker = image(("/bin/sh -c true", "", True), ("/bin/sh -c touch /x", "", False), layers=1)
    assert layers_of(docker) == [None, 0]
    kaniko = image(("RUN true", "", True), ("COPY a /", "", True), ("EXPOSE 80", "", False), layers=1, author="kaniko")
    assert layers_of(kaniko) == [None, None, 0]


def test_a_shell_that_the_history_does_not_tell_of_comes_from_the_configuration() -> None:
    raw = image(
        ("RUN /bin/bash -eo pipefail -c a # buildkit", "", False),
        layers=1,
        shell=("/bin/bash", "-eo", "pipefail", "-c"),
    )
    step = steps_of(raw)[0][0]
    assert step.instruction is not None
    assert step.instruction.line == "RUN a"


@pytest.mark.parametrize("build", all_builds(), ids=lambda build: build.image.reference)
def test_every_line_of_a_real_build_is_an_instruction(build: Build) -> None:
    steps, notes = steps_of(build.image)
    assert notes == ()
    for step in steps:
        assert step.instruction is not None
        assert step.instruction.keyword in KEYWORDS
        assert "#(nop)" not in step.instruction.text
        assert not step.instruction.text.startswith("|")
        if build.name != "shell":  # has an exec form with a shell that is not the one in force
            assert not step.instruction.text.startswith("/bin/sh ")


@pytest.mark.parametrize("builder", ["classic", "bk20", "bk25"])
def test_shell_and_arguments_in_force_are_taken_off(builder: str) -> None:
    lines = [step.instruction.line for step in build_of("every", builder).steps if step.instruction]
    assert "RUN echo $VER > /v  && echo two > /w" in lines
    assert "RUN echo exec form" in lines
    assert "RUN echo other shell > /s # user comment # buildkit" in lines
    assert 'CMD echo hello   "world"' in lines
    assert "HEALTHCHECK --interval=5s --timeout=1m30s --retries=3 CMD wget -q localhost || exit 1" in lines


def test_flags_that_buildah_writes_behind_the_shell_are_flags() -> None:
    instruction = build_of("mounts", "buildah").steps[3].instruction
    assert instruction is not None
    assert instruction.flags == ("--mount=type=cache,target=/cache",)
    assert instruction.text == "echo cached > /cache/x && echo m > /m"


def test_one_layer_of_buildah_without_layers_belongs_to_all_its_steps() -> None:
    steps = build_of("every", "buildah-flat").steps
    members = [step.instruction.keyword for step in steps if step.instruction and step.layer_index == 1]
    assert members == ["RUN"] * 5 + ["COPY"] * 4 + ["ADD"] * 2 + ["RUN", "CMD"]


_RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["RUN /bin/sh -c a", "SHELL [/b -c]", "/bin/sh -c #(nop)  CMD [", "|1 A=b c", "", "ARG A=b c"]),
        st.sampled_from(["", "FROM x", "merge sha256:a", "buildkit.dockerfile.v0"]),
        st.booleans(),
    )
)


@given(_RECORDS, st.integers(0, 6))
def test_every_record_becomes_a_step_and_every_layer_is_named_or_none_is(
    lines: list[tuple[str, str, bool]], layers: int
) -> None:
    steps, notes = steps_of(image(*lines, layers=layers))
    assert len(steps) == len(lines)
    found = {step.layer_index for step in steps} - {None}
    assert found == (set() if notes else set(range(layers)))


def _histories(root: Path) -> Iterator[list[dict[str, Any]]]:
    def histories(value: Any) -> Iterator[list[dict[str, Any]]]:
        if isinstance(value, dict):
            for key, child in value.items():
                if key.lower() == "history" and isinstance(child, list) and all(isinstance(x, dict) for x in child):
                    yield child
                else:
                    yield from histories(child)
        elif isinstance(value, list):
            for child in value:
                yield from histories(child)

    for path in sorted([*root.rglob("*.json"), *root.rglob("*.golden")]):
        try:
            value = json.loads(path.read_bytes())
        except (ValueError, OSError):
            continue
        yield from histories(value)
    for path in sorted((root / "wagoodman+dive").rglob("*.tar")):
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member) if member.name.endswith(".json") else None
                if stream is not None:
                    yield from histories(json.load(stream))


@pytest.mark.corpus
def test_every_history_of_the_corpus_is_read_and_no_word_of_it_is_made_up() -> None:
    corpus = os.environ.get("LAYERSCOPE_CORPUS")
    if not corpus:
        pytest.skip("LAYERSCOPE_CORPUS is not set")
    seen = 0
    for history in _histories(Path(corpus)):
        lines = [
            (str(entry.get("created_by") or ""), str(entry.get("comment") or ""), bool(entry.get("empty_layer")))
            for entry in history
        ]
        raw = image(*lines, layers=sum(not empty for _, _, empty in lines))
        for (line, comment, _), step in zip(lines, steps_of(raw)[0], strict=True):
            if step.instruction is None:
                assert not line.strip()
            elif step.instruction.keyword:
                assert step.instruction.keyword in line or line.startswith(("/bin/sh -c ", "|"))
                assert "#(nop)" not in step.instruction.text
                made_up = [word for word in step.instruction.text.split() if word.strip('[],"') not in line]
                assert not made_up
                seen += 1
            else:
                assert step.instruction.text in {line, comment}
    assert seen > 100
