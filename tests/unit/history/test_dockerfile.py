"""The Dockerfile parser, judged by BuildKit's own test files and by the rules of the Dockerfile reference."""

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.history.dockerfile import Dockerfile, parse_dockerfile
from layerscope.history.forms import blank_list, pairs_of, split_health
from layerscope.history.godump import json_words
from layerscope.history.grammar import LogicalLine, read_source, split_line
from layerscope.history.words import split_words

PARSER_FILES = "moby+buildkit/frontend/dockerfile/parser/testfiles"


def corpus() -> Path:
    root = os.environ.get("LAYERSCOPE_CORPUS")
    if not root:
        pytest.skip("LAYERSCOPE_CORPUS is not set")
    return Path(root)


def quoted(text: str) -> str:
    """As Go's strconv.Quote writes it."""
    escapes = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'


def values_of(keyword: str, rest: str, escape: str) -> list[str]:
    if keyword in {"ENV", "LABEL"}:
        pairs = pairs_of(rest, escape) or ()
        return [value for pair in pairs for value in (pair.key, pair.value, "" if pair.old else "=")]
    if keyword == "ARG":
        return split_words(rest, escape)
    if keyword in {"EXPOSE", "FROM"}:
        return list(blank_list(rest))
    if keyword in {"ADD", "COPY", "VOLUME"}:
        return list(json_words(rest) or blank_list(rest))
    if keyword in {"CMD", "ENTRYPOINT", "RUN", "SHELL"}:
        words = json_words(rest)
        return list(words) if words is not None else [rest] * bool(rest)
    if keyword == "HEALTHCHECK" and rest:
        kind, command = split_health(rest)
        return [kind, *values_of("CMD", command, escape)]
    return [rest] * bool(rest)


def dumped(keyword: str, flags: tuple[str, ...], rest: str, escape: str) -> str:
    """One line as BuildKit's Node.Dump writes it."""
    if keyword == "ONBUILD" and rest:
        return f"onbuild ({dumped(*split_line(rest, escape), escape)})"
    values = [quoted(value) for value in values_of(keyword, rest, escape)]
    flag_list = [f"[{' '.join(map(quoted, flags))}]"] if flags else []
    return " ".join([keyword.lower(), *flag_list, *values])


def dump(line: LogicalLine, escape: str) -> str:
    return f"({dumped(line.keyword, line.flags, line.rest, escape)})"


@pytest.mark.corpus
def test_buildkits_own_files_give_buildkits_own_tree() -> None:
    folders = sorted((corpus() / PARSER_FILES).iterdir())
    assert len(folders) == 20
    for folder in folders:
        source = read_source((folder / "Dockerfile").read_bytes().decode("utf-8", "surrogateescape"))
        tree = "\n".join(dump(line, source.escape) for line in source.lines)
        assert tree == (folder / "result").read_text().strip(), folder.name


@pytest.mark.corpus
def test_what_buildkit_refuses_is_a_problem() -> None:
    for folder in sorted((corpus() / f"{PARSER_FILES}-negative").iterdir()):
        assert parse_dockerfile((folder / "Dockerfile").read_text()).problems, folder.name


@pytest.mark.corpus
def test_the_dockerfiles_of_the_corpus_have_no_problem() -> None:
    files = [path for path in corpus().rglob("Dockerfile*") if path.is_file() and PARSER_FILES not in str(path)]
    files = [path for path in files if "invalid" not in path.parts]
    assert len(files) > 20
    for path in files:
        dockerfile = parse_dockerfile(path.read_text())
        assert dockerfile.stages, path
        assert not dockerfile.problems, path


def lines_of(text: str) -> list[tuple[str, int, int]]:
    return [(line.keyword, line.first, line.last) for line in read_source(text).lines]


def rest_of(text: str) -> str:
    return read_source(text).lines[0].rest


def test_lines_are_those_of_the_file() -> None:
    text = "# a comment\nFROM a\n\nRUN b \\\n  # inside\n\n  c\nrun d\n"
    assert lines_of(text) == [("FROM", 2, 2), ("RUN", 4, 7), ("RUN", 8, 8)]


def test_the_escape_directive_frees_the_backslash() -> None:
    source = read_source("# escape=`\nFROM a\nCOPY c:\\a `\n  c:\\b\\\nRUN d\n")
    assert [line.rest for line in source.lines] == ["a", "c:\\a   c:\\b\\", "d"]
    assert source.escape == "`"


def test_a_directive_after_a_comment_is_a_comment() -> None:
    assert read_source("# hello\n# escape=`\nFROM a\n").escape == "\\"


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    source = read_source("\ufeffFROM a\r\nRUN b \\\r\n  c\r\nRUN <<EOF\r\nd\r\nEOF\r\n")
    assert [line.rest for line in source.lines] == ["a", "b   c", "<<EOF"]
    assert source.lines[2].heredocs[0].content == "d\r\n"


def test_a_doubled_escape_does_not_continue_a_line() -> None:
    assert lines_of("RUN a \\\\\nRUN b\n") == [("RUN", 1, 1), ("RUN", 2, 2)]


HEREDOCS = [
    ("RUN <<EOF\na\nEOF", [("EOF", "a\n", False, True)]),
    ("RUN <<-'EOT'\n\ta\n\tEOT", [("EOT", "\ta\n", True, False)]),
    ('RUN cat <<A >f && cat 3<<"B B"\n1\nA\n2\nB B', [("A", "1\n", False, True), ("B B", "2\n", False, False)]),
    ('COPY <<A <<"B" /x/\n1\nA\n2\nB', [("A", "1\n", False, True), ("B", "2\n", False, False)]),
    ("ONBUILD RUN <<EOF\na\nEOF", [("EOF", "a\n", False, True)]),
    ("RUN [ -f x ] && cat <<EOF\na\nEOF", [("EOF", "a\n", False, True)]),
    ("RUN << EOF\na\nEOF", [("EOF", "a\n", False, True)]),
    ("RUN echo '<<EOF'", []),
    ("RUN cat <<<word", []),
    ("RUN echo a<<EOF", []),
    ('RUN ["echo", "<<EOF"]', []),
    ("ENV A=<<EOF", []),
]


@pytest.mark.parametrize(("text", "expected"), HEREDOCS)
def test_heredocs_are_read(text: str, expected: list[tuple[str, str, bool, bool]]) -> None:
    line = read_source(text).lines[0]
    assert [(doc.name, doc.content, doc.chomp, doc.expand) for doc in line.heredocs] == expected


def test_what_follows_a_heredoc_is_the_next_instruction() -> None:
    text = "FROM a\nRUN <<A cat <<B\nFROM no\nA\nRUN no\nB\nCMD x\n"
    assert lines_of(text) == [("FROM", 1, 1), ("RUN", 2, 6), ("CMD", 7, 7)]


def test_a_heredoc_without_an_end_is_a_problem() -> None:
    assert [problem.line for problem in parse_dockerfile("FROM a\nRUN <<EOF\nx\n").problems] == [2]


def test_flags_are_taken_off_with_their_quotes() -> None:
    line = read_source('COPY --chown="a b" --from=x --link a /b').lines[0]
    assert (line.flags, line.rest) == (("--chown=a b", "--from=x", "--link"), "a /b")
    assert read_source("RUN -- --x").lines[0].rest == "--x"


def test_stages_know_what_they_are_from() -> None:
    text = "ARG V=12\nFROM debian:$V AS Base\nRUN a\nFROM alpine AS other\nFROM base\nRUN b\nFROM 0\n"
    dockerfile = parse_dockerfile(text)
    assert [(stage.name, stage.base, stage.parent) for stage in dockerfile.stages] == [
        ("base", "debian:12", None),
        ("other", "alpine", None),
        ("2", "base", 0),
        ("3", "0", None),
    ]
    assert [stage.name for stage in dockerfile.chain(dockerfile.stages[2])] == ["base", "2"]
    assert [(found.keyword, found.dockerfile_line, found.stage) for found in dockerfile.instructions] == [
        ("ARG", 1, None), ("FROM", 2, "base"), ("RUN", 3, "base"), ("FROM", 4, "other"),
        ("FROM", 5, "2"), ("RUN", 6, "2"), ("FROM", 7, "3"),
    ]  # fmt: skip


PROBLEMS = [
    ("FROM a\nENV B", 2),
    ("FROM a\nFOO x", 2),
    ('FROM a\nCMD ["a", 1]', 2),
    ("FROM a b", 1),
    ("RUN a\nFROM b", 1),
    ("# escape=x\nFROM a", 1),
    ("", 1),
]


@pytest.mark.parametrize(("text", "line"), PROBLEMS)
def test_a_problem_names_its_line(text: str, line: int) -> None:
    assert [problem.line for problem in parse_dockerfile(text).problems] == [line]


@given(st.text(st.sampled_from("FROMRUN \\\n<-'\"EOF#`[]{}$=\t\r\ufeffé"), max_size=120))
def test_no_text_breaks_the_parser_and_lines_stay_in_order(text: str) -> None:
    dockerfile: Dockerfile = parse_dockerfile(text)
    last = 0
    for instruction in dockerfile.instructions:
        assert instruction.dockerfile_line is not None
        assert instruction.dockerfile_end_line is not None
        assert last < instruction.dockerfile_line <= instruction.dockerfile_end_line
        last = instruction.dockerfile_end_line
    assert last <= len(dockerfile.text)


HOSTILE = [
    "RUN <<" + "<" * 500_000,
    "RUN a \\\n" * 100_000,
    "RUN " + "<<A " * 60_000,
    "# escape=" + "`" * 500_000,
    "ENV " + "a='" * 200_000,
    "RUN " + "\\" * 500_000,
    "CMD [" + json.dumps("a") * 100_000,
    "FROM " + "${a:-" * 100_000,
    "FROM " + "$" * 500_000,
    "COPY " + "--a " * 150_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: str(text[:12]))
def test_half_a_megabyte_of_hostile_text_is_parsed_in_linear_time(text: str) -> None:
    start = time.process_time()
    parse_dockerfile(text)
    assert time.process_time() - start < 4.0
