"""A Dockerfile from the history: it parses, it would give the same history, and it says what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.history.align import align
from layerscope.history.dockerfile import parse_dockerfile
from layerscope.history.forms import split_health
from layerscope.history.instructions import KEYWORDS
from layerscope.history.reconstruct import Origin, reconstruct
from layerscope.model.history import Instruction, Step
from layerscope.model.image import HistoryRecord, ImageConfig
from unit.history.stored import Build, all_builds, build_of


def written(build: Build) -> str:
    return reconstruct(build.steps, Origin(build.image.reference, config=build.image.config)).text


@pytest.mark.parametrize("build", all_builds(), ids=lambda build: build.image.reference)
def test_what_is_written_gives_the_history_it_came_from(build: Build) -> None:
    dockerfile = parse_dockerfile(written(build))
    assert dockerfile.problems == ()
    lost = "\n".join(line for line in dockerfile.text if line.startswith("# cannot be written"))
    for step in align(build.steps, dockerfile).steps:
        assert step.instruction is not None
        assert step.instruction.dockerfile_line is not None or step.instruction.line in lost


def test_it_says_that_it_is_not_the_original() -> None:
    text = written(build_of("multi", "bk25"))
    assert text.startswith("# Written by layerscope from the history of multi:bk25.\n# This is not the original")


def test_a_known_base_stands_in_from_and_its_steps_are_comments() -> None:
    build = build_of("multi", "bk25")
    found = reconstruct(build.steps, Origin("x", base="bb:base", base_step_count=3, config=build.image.config))
    assert found.lines[3:5] == ("FROM bb:base", "# Steps of that image:")
    assert found.lines[6:10] == ("#   ENV PATH=/bin", '#   CMD ["sh"]', "ENV APP_HOME=/app", "WORKDIR /app")
    assert [one.keyword for one in parse_dockerfile(found.text).instructions][:3] == ["FROM", "ENV", "WORKDIR"]


@pytest.mark.parametrize("build", all_builds(), ids=lambda build: build.image.reference)
def test_every_step_has_lines_and_no_line_has_two_steps(build: Build) -> None:
    found = reconstruct(build.steps, Origin("x", config=build.image.config))
    assert len(found.spans) == len(build.steps)
    assert [span[0] for span in found.spans] == [5, *(last + 1 for _, last in found.spans[:-1])]
    assert found.spans[-1][1] == len(found.lines)
    for (first, last), step in zip(found.spans, build.steps, strict=True):
        assert step.instruction is not None
        assert any(step.instruction.keyword in line for line in found.lines[first - 1 : last])


def test_quotes_that_were_lost_come_back() -> None:
    lines = written(build_of("every", "classic")).split("\n")
    assert 'ENV A=1 B="two words" C=1.0' in lines
    assert 'LABEL org.x=y z="k v" multi="a b"' in lines
    assert 'COPY ["file:efe9548750e6ed741213de8473a2e8759cecffe4e27757b5b317637ed3dc3ae6", "/sp ace/"]' in lines


def test_a_label_with_blanks_in_its_name_stays_whole() -> None:
    lines = written(build_of("meta", "bk25")).split("\n")
    assert any(line.endswith('description="Long description" "quoted key"=value') for line in lines)


def test_commands_are_written_as_one_would() -> None:
    lines = written(build_of("every", "bk25"))
    assert "RUN echo $VER > /v \\\n    && echo two > /w\n" in lines
    heredoc = written(build_of("heredoc", "bk25"))
    assert "RUN <<EOF\necho plain > /plain\necho second > /second\nEOF\n" in heredoc
    assert "RUN <<EOFF\nsh <<EOF\necho in sh > /insh\nEOF\nEOFF\n" in heredoc
    assert "# what this script contained is lost\nRUN /dev/pipes/SCRIPT\n" in heredoc
    assert "# cannot be written in a Dockerfile: ADD <<EOT /added.txt\n" in heredoc


def step_of(instruction: Instruction) -> Step:
    return Step(HistoryRecord(0, None, "", "", "", empty=True), None, instruction)


HOSTILE = [
    Instruction("RUN", "echo \x1b]8;;http://x\x07"),
    Instruction("", "line\nFROM evil"),
    Instruction("ENV", "A=x\nFROM evil"),
    Instruction("CMD", "x \\"),
    Instruction("COPY", "a b", ("--from=\x1b[2J",)),
    Instruction("FROM", "evil"),
]


@pytest.mark.parametrize("instruction", HOSTILE, ids=lambda item: item.keyword)
def test_what_cannot_be_said_in_a_dockerfile_becomes_a_comment(instruction: Instruction) -> None:
    text = reconstruct([step_of(instruction)], Origin("\x1b[31mx")).text
    assert "\x1b" not in text
    assert [found.keyword for found in parse_dockerfile(text).instructions] == ["FROM"]


@given(st.sampled_from(sorted(KEYWORDS - {"FROM"})), st.text(max_size=40))
def test_one_instruction_stays_one_instruction(keyword: str, text: str) -> None:
    config = ImageConfig(env=("A=b c",))
    dockerfile = parse_dockerfile(reconstruct([step_of(Instruction(keyword, text))], Origin("x", config=config)).text)
    assert [found.keyword for found in dockerfile.instructions] in (["FROM"], ["FROM", keyword])


@given(st.text("ab &|;'\"\\`$(){}\t<\n#", max_size=40))
def test_the_words_of_a_command_come_through(command: str) -> None:
    dockerfile = parse_dockerfile(reconstruct([step_of(Instruction("RUN", command))], Origin("x")).text)
    runs = [statement for statement in dockerfile.stages[0].statements if statement.keyword == "RUN"]
    for run in runs:
        text = "".join(heredoc.content for heredoc in run.line.heredocs) or run.line.rest
        assert text.split() == command.split()


def test_a_healthcheck_of_blanks_alone_is_survived() -> None:
    assert split_health(" ") == ("", "")
