"""Fixes put into one Dockerfile: what goes together, what does not, and what stays as it is."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from builder import ImageBuilder
from layerscope.analysis.assembly import Assembly
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.analysis.remedies import merged_runs
from layerscope.analysis.script import Script
from layerscope.cli.main import run
from layerscope.history.dockerfile import parse_dockerfile
from layerscope.model.findings import Edit
from layerscope.model.history import DockerfileOrigin, DockerfileText, Instruction
from layerscope.model.image import ImageConfig
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Foreseen, Plan
from layerscope.pipeline import inspect, inspect_raw
from layerscope.reports.planpage import plan_diff, plan_dockerfile, plan_json, plan_markdown, plan_text


@pytest.fixture(scope="module")
def demo() -> Inspection:
    return inspect("demo")


def known(demo: Inspection) -> DockerfileText:
    assert demo.dockerfile is not None
    return demo.dockerfile


def assembled(demo: Inspection, *changes: Sequence[Edit]) -> Assembly:
    script = Script(demo.layers, demo.steps, known(demo).instructions, demo.image.config)
    return Assembly(script, known(demo), [tuple(edits) for edits in changes])


def planned(demo: Inspection, *rules: str) -> Foreseen:
    found = (at for at, one in enumerate(demo.findings) if one.saving_bytes and (not rules or one.rule in rules))
    return foresee(demo, Planner(demo), Plan(fixed=frozenset(found)))


def at(line: int, *lines: str) -> Edit:
    return Edit(lines, line, line)


def test_all_fixes_of_the_demo_that_have_lines_are_one_dockerfile(demo: Inspection) -> None:
    foreseen = planned(demo)
    assert foreseen.file is not None
    text = "\n".join(foreseen.file.lines)
    assert (
        "RUN apt-get update \\\n"
        " && apt-get install -y python3 python3-pip gcc libpq-dev \\\n"
        " && pip install --break-system-packages -r requirements.txt \\\n"
        " && ./manage.py migrate \\\n"
    ) in text
    assert foreseen.file.ignored == ("static", ".git")
    assert [change.title[:9] for change in foreseen.left_out] == ["fix LS109"]
    assert text.count("rm -rf /root/.cache/pip") == 1
    assert "COPY deploy.env" not in text
    assert [line for line in text.split("\n") if line.startswith("COPY")] == [
        "COPY --chown=999:999 requirements.txt ./", "COPY --chown=999:999 . .",
    ]  # fmt: skip
    assert "\n\n\n" not in text


def test_layers_that_fixes_take_out_and_join_are_counted(demo: Inspection) -> None:
    assert planned(demo).layer_count == 7
    assert planned(demo, "LS203").layer_count == len(demo.layers)
    alone = planned(demo, "LS109")
    assert alone.layer_count == len(demo.layers) - 1  # line 24 goes into 23; the other has no lines
    squashed = foresee(demo, Planner(demo), Plan().squashed(9, 10))
    assert squashed.layer_count == len(demo.layers) - 1


def test_what_one_fix_leaves_as_it_is_stays_word_for_word(demo: Inspection) -> None:
    file = planned(demo, "LS105").file
    assert file is not None
    changed = {number for number, (one, other) in enumerate(zip(file.before, file.lines, strict=False)) if one != other}
    assert min(changed) == 11
    assert [line for line in file.lines if line.startswith("#")] == [
        line for line in file.before if line.startswith("#")
    ]


def test_commands_that_two_fixes_add_to_one_run_are_both_there_and_the_same_one_once(demo: Inspection) -> None:
    pip = "RUN pip install --break-system-packages -r requirements.txt \\"
    both = assembled(demo, [at(13, pip, " && rm a")], [at(13, pip, " && rm a \\", " && rm b")])
    lines = both.lines()
    assert lines[12:15] == [pip, " && rm a \\", " && rm b"]


def test_what_cleans_stands_behind_all_that_its_run_is_made_of(demo: Inspection) -> None:
    joined = [at(23, "RUN ./manage.py migrate \\", " && ./manage.py loaddata fixtures/demo.json"), at(24)]
    cleaned = [at(23, "RUN ./manage.py migrate \\", " && rm -f /tmp/x")]
    for order in ([joined, cleaned], [cleaned, joined]):
        assert " && ./manage.py loaddata fixtures/demo.json \\\n && rm -f /tmp/x\n" in "\n".join(
            assembled(demo, *order).lines()
        )


def test_a_removing_command_that_fixes_let_remove_less_removes_what_all_leave(demo: Inspection) -> None:
    less = [at(29, "RUN rm -rf /var/lib/apt/lists /root/.cache")], [at(29, "RUN rm -rf /var/cache/apt /root/.cache")]
    assert "RUN rm -rf /root/.cache" in assembled(demo, *less).lines()
    assert not any(
        "/root/.cache" in line for line in assembled(demo, *less, [at(29, "RUN rm -rf /var/x")]).lines()[28:]
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            [at(19, "RUN useradd --system notes \\", " && chown a /x")],
            [at(19, "RUN useradd --system notes \\", " && y")],
        ),
        ([at(16, "COPY --chown=1 . .")], [at(16, "COPY --chown=2 . .")]),
        ([at(16, "COPY --chown=1 . .")], [at(16)]),
        ([at(13)], [at(13, "RUN pip install --break-system-packages -r requirements.txt \\", " && rm x")]),
    ],
)
def test_fixes_that_want_a_line_to_be_different_things_clash(
    demo: Inspection, one: list[Edit], other: list[Edit]
) -> None:
    assembly = assembled(demo, one, other, [at(24)])
    assert assembly.clashes == {1: (one[0].first_line, 0)}
    assert assembly.lines() == assembled(demo, one, [at(24)]).lines()


def test_options_that_two_fixes_give_to_one_copy_are_both_there(demo: Inspection) -> None:
    two = assembled(demo, [at(16, "COPY --chown=1 . .")], [at(16, "COPY --chmod=755 . .")])
    assert "COPY --chown=1 --chmod=755 . ." in two.lines()


def test_new_lines_go_where_the_instruction_went_that_they_must_precede(demo: Inspection) -> None:
    joined = [at(8, "RUN apt-get update \\", " && apt-get install -y python3 python3-pip gcc libpq-dev"), at(9)]
    lines = assembled(demo, joined, [Edit(("RUN before",), 9, 8)]).lines()
    assert lines.index("RUN before") + 1 == lines.index("RUN apt-get update \\")


def test_a_fix_without_lines_is_left_out_unless_others_do_it(demo: Inspection) -> None:
    foreseen = planned(demo, "LS109")
    (left,) = foreseen.left_out
    assert "by hand" in left.left_out
    assert foreseen.file is not None
    assert foreseen.file.outcome.total_bytes > foreseen.then.total_bytes
    for text in (plan_text(demo, foreseen), plan_dockerfile(foreseen), plan_diff(foreseen)):
        assert "by hand: Write them once: make one RUN of lines 19 and 23, with line 22 (COPY) before it." in text
        assert "1 of 2 changes" in text
    assert "Not in the Dockerfile above: it has to be done by hand" in plan_markdown(demo, foreseen)


def test_the_whole_file_begins_with_its_directives_and_the_difference_can_be_patched(demo: Inspection) -> None:
    foreseen = planned(demo, "LS101")
    assert foreseen.file is not None
    file = replace(foreseen.file, lines=("# syntax=docker/dockerfile:1", "# Escape=`", "FROM x"), ignored=("app/.git",))
    text = plan_dockerfile(replace(foreseen, file=file)).split("\n")
    assert text[:2] == ["# syntax=docker/dockerfile:1", "# Escape=`"]
    assert text[2].startswith("# By layerscope plan, with all 2 changes: ")
    assert text[3:6] == ["# Into .dockerignore:", "#   app/.git", "FROM x"]
    patch = plan_diff(foreseen)
    assert "\n--- a/Dockerfile\n+++ b/Dockerfile\n@@ " in patch
    assert "```diff\n--- a/Dockerfile\n" in plan_markdown(demo, foreseen)


_SMALL = "FROM x\nRUN make /w/one\\\n  && echo\nRUN rm /w/one && touch /two\n"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    "text",
    [
        _SMALL,
        _SMALL.removesuffix("\n"),
        _SMALL.replace("\n", "\r\n"),
        _SMALL.replace("\n", "\r\n").removesuffix("\r\n"),
        f"{_SMALL}\n\n",
        f"# escape=`\n{_SMALL}".replace("\\", "`"),
    ],
    ids=["plain", "last line not ended", "CRLF", "CRLF, last line not ended", "empty lines at the end", "escape"],
)
def test_the_difference_fits_the_file_however_its_lines_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    image = (
        ImageBuilder("ends:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"w/one": b"1" * 200_000}).run("RUN /bin/sh -c make /w/one  && echo # buildkit")
        .layer({"two": b""}, remove=["w/one"]).run("RUN /bin/sh -c rm /w/one && touch /two # buildkit")
    ).save(tmp_path / "image.tar")  # fmt: skip
    file = tmp_path / "Dockerfile"
    file.write_bytes(text.encode())
    asked = ["plan", str(image), "--quiet", "-f", str(file)]
    assert run([*asked, "--format", "dockerfile"]) == 0
    whole = capsys.readouterr().out
    patch = tmp_path / "plan.diff"
    assert run([*asked, "-o", str(patch)]) == 0
    subprocess.run(["git", "apply", str(patch)], cwd=tmp_path, check=True, env={**os.environ, "GIT_DIR": "none"})
    changed = file.read_bytes().decode()
    assert "rm /w/one" in changed
    assert changed.endswith("\n") == text.endswith("\n")
    assert changed.count("\r") == (changed.count("\n") if "\r" in text else 0)
    known, again = parse_dockerfile(changed), parse_dockerfile(whole)
    assert known.problems == ()
    words = [one.text.split() for one in known.instructions]
    assert words == [["x"], ["make", "/w/one", "&&", "echo", "&&", "rm", "/w/one"], ["touch", "/two"]]
    assert [one.line for one in again.instructions] == [one.line for one in known.instructions]


def test_the_kind_of_file_is_told_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    starts = {"a.md": "## Plan", "a.json": "{", "a.diff": "# By layerscope", "Dockerfile.new": "# By layerscope"}
    for name, start in (starts | {"a": "    "}).items():
        assert run(["plan", "demo", "--quiet", "-o", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text().startswith(start)
    assert capsys.readouterr().out == ""


def test_a_fix_that_others_do_is_not_left_out(demo: Inspection) -> None:
    joined = next(at for at, one in enumerate(demo.findings) if one.rule == "LS109" and not one.edits)
    owners = {*demo.findings[joined].owner_layers, *demo.findings[joined].killer_layers}
    foreseen = foresee(demo, Planner(demo), Plan(fixed=frozenset({joined})).squashed(min(owners), max(owners)))
    assert [change.title for change in foreseen.left_out] == [
        f"fix LS109 {demo.findings[joined].title}",
        "squash layers 7-9",
    ]
    one_run = assembled(demo, [at(19), at(23, "RUN useradd --system notes \\", " && chown -R notes:notes /srv/notes \\",
                                                " && ./manage.py migrate")])  # fmt: skip
    assert one_run.are_one(owners)
    assert not one_run.are_one({*owners, 5})


def test_a_plan_of_nothing_says_so_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image = ImageBuilder("clean:1").layer({"a": b"1"}).save(tmp_path / "clean.tar")
    for kind in ("text", "dockerfile", "diff", "markdown"):
        assert run(["plan", str(image), "--quiet", "--format", kind]) == 0
        assert "Nothing to change was found that saves anything." in capsys.readouterr().out


def test_steps_of_which_no_line_is_known_are_named_by_their_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "demo", "--no-dockerfile", "--quiet", "--format", "dockerfile"]) == 0
    assert capsys.readouterr().out.startswith("# By layerscope plan")  # the image carries it
    bare = (
        ImageBuilder("bare:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"w/one": b"1" * 200_000}).run("RUN /bin/sh -c make /w/one # buildkit")
        .layer(remove=["w/one"]).run("RUN /bin/sh -c rm /w/one # buildkit")
    )  # fmt: skip
    inspection = inspect_raw(bare.raw_image("bare:1"))
    text = plan_dockerfile(planned(inspection, "LS102"))
    assert "# Dockerfile, the step of layer 1:\nRUN make /w/one \\\n && rm /w/one\n" in text
    assert "# Dockerfile, the step of layer 2: take it out" in text


def test_fixes_without_number_are_put_together_in_a_bounded_time() -> None:
    """All at once where nothing clashes; else the first 200 of them, one by one."""
    count = 460
    steps = tuple(
        Instruction("RUN", f"make x{line} && make y{line}", dockerfile_line=line, dockerfile_end_line=line)
        for line in range(1, count + 1)
    )
    text = DockerfileText("Dockerfile", tuple(one.line for one in steps), DockerfileOrigin.GIVEN, (), steps)
    script = Script((), (), steps, ImageConfig())
    fixes = [
        (at(line, f"RUN make x{line} \\", f" && make y{line} \\", f" && make x{line + 1} \\", f" && make y{line + 1}"),
         at(line + 1))
        for line in range(1, count, 2)
    ]  # fmt: skip
    start_s = time.process_time()
    whole = Assembly(script, text, fixes)
    assert (whole.clashes, len(whole.lines())) == ({}, 4 * count // 2)
    clashing = Assembly(script, text, [*fixes, (at(1, "RUN one"),), (at(1, "RUN other"),)])
    assert len(clashing.clashes) == len(fixes) + 2 - 200
    assert time.process_time() - start_s < 10


def test_the_whole_file_holds_no_control_code_and_keeps_its_tabs(demo: Inspection) -> None:
    lines = ("# \x1b[31mred\u202e", "#\ttab \\d", *known(demo).lines[2:])
    hostile = replace(demo, dockerfile=replace(known(demo), lines=lines))
    for text in (
        plan_dockerfile(planned(hostile)),
        plan_diff(planned(hostile, "LS203")),
        plan_markdown(hostile, planned(hostile)),
    ):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "\n#\ttab \\d\n" in plan_dockerfile(planned(hostile))


def test_what_is_built_again_is_counted_where_the_new_dockerfile_has_it(demo: Inspection) -> None:
    """The joined RUN stands below `COPY . .` (layer 6) and `COPY deploy.env` (layer 8), and goes again with them."""
    foreseen = planned(demo, "LS101", "LS103")
    now, built = foreseen.now, foreseen.built
    assert foreseen.file is not None
    assert built.rebuilt_bytes(0) == built.total_bytes
    joined = sum(built.layers[layer].content_bytes for layer in (1, 2, 5, 9, 10, 11, 13))
    assert built.rebuilt_bytes(2) == built.rebuilt_bytes(9) == built.rebuilt_bytes(13) == joined
    assert built.rebuilt_bytes(8) == built.layers[8].content_bytes + joined + built.layers[12].content_bytes
    assert built.rebuilt_bytes(6) - now.rebuilt_bytes(6) > 11_000_000
    assert [(one.line, one.run_lines) for one in foreseen.costlier] == [
        (12, (8, 9)),
        (16, (8, 9, 13)),
        (22, (8, 9, 13)),
    ]
    lines = [line for line in plan_markdown(demo, foreseen).split("\n") if line.startswith(("| 6 |", "| 8 |"))]
    assert [line.split(" | ")[2] for line in lines] == ["34.0 MB", "19.7 MB"]


def test_a_plan_says_which_sources_make_installs_run_again(demo: Inspection) -> None:
    remark = "Each change of what line 16 copies will run lines 8, 9 and 13 again"
    for write in (plan_text, plan_markdown):
        assert remark in write(demo, planned(demo))
    for write_file in (plan_dockerfile, plan_diff):
        assert f"# {remark}" in write_file(planned(demo))
    assert "Each change of" not in plan_text(demo, planned(demo, "LS101"))


@pytest.mark.parametrize(("last", "place"), [("rm -rf /var/cache/apt", 1), ("./configure && rm -rf /var/cache/apt", 3)])
def test_runs_are_joined_at_the_first_where_the_later_one_needs_nothing_that_comes_between(
    last: str, place: int
) -> None:
    """Below the COPY, each change of the sources would install again."""
    builder = (
        ImageBuilder("joined:1")
        .layer({"usr/lib/os-release": b"x"}).run("ADD rootfs.tar / # buildkit")
        .layer({"var/cache/apt/gcc.deb": b"g" * 90_000}).run("RUN /bin/sh -c apt-get install -y gcc # buildkit")
        .layer({"srv/app.py": b"a" * 900}).run("COPY . /srv # buildkit")
        .layer(remove=["var/cache/apt/gcc.deb"]).run(f"RUN /bin/sh -c {last} # buildkit")
    )  # fmt: skip
    image = inspect_raw(builder.raw_image("joined:1"))
    edits = merged_runs(Script(image.layers, image.steps, (), ImageConfig()), (1, 3))
    assert [edit.layer for edit in edits if edit.lines] == [place]


def test_a_comment_goes_or_moves_with_the_instruction_that_it_stands_above(demo: Inspection) -> None:
    packages = "# Lists and archives of packages stay in these layers, whatever is deleted below."
    secret = '# A secret that is "removed" further down.'
    foreseen = planned(demo)
    assert foreseen.file is not None
    lines = list(foreseen.file.lines)
    assert lines[lines.index(packages) + 1] == "RUN apt-get update \\"
    assert secret not in lines  # its COPY is taken out
    kept = assembled(demo, [at(8, "RUN apt-get update && apt-get install -y python3 python3-pip gcc libpq-dev"), at(9)])
    assert kept.lines()[:7] == list(known(demo).lines[:7])
    joined = assembled(
        demo, [at(8), at(9, "RUN apt-get update \\", " && apt-get install -y python3 python3-pip gcc libpq-dev")]
    )
    assert joined.lines()[6:8] == [packages, "RUN apt-get update \\"]


def test_a_plan_says_which_copy_it_takes_out_and_which_runs_may_need_it(demo: Inspection) -> None:
    remark = (
        "Line 22 (`COPY deploy.env deploy_key /srv/notes/`) is taken out: "
        "see that lines 23, 24 and 25, below it, can do without what it brings."
    )
    foreseen = planned(demo)
    for text in (
        plan_text(demo, foreseen),
        plan_markdown(demo, foreseen),
        plan_dockerfile(foreseen),
        plan_diff(foreseen),
    ):
        assert remark in text
    assert '"dockerfile_line": 22' in plan_json(demo, foreseen)
    assert planned(demo, "LS101").taken_out == ()


def test_a_plan_of_which_no_line_can_be_changed_offers_no_new_dockerfile(demo: Inspection) -> None:
    node = demo.tree.find(b"usr/bin/perl")
    assert node is not None
    foreseen = foresee(demo, Planner(demo), Plan(dropped=frozenset({node})))
    assert len(foreseen.left_out) == 1
    for text in (
        plan_text(demo, foreseen),
        plan_markdown(demo, foreseen),
        plan_dockerfile(foreseen),
        plan_diff(foreseen),
    ):
        assert "Nothing of this can be done by changing lines of the Dockerfile" in text
        assert "it has to be done by hand" in text
        assert "0 of 1" not in text
        assert "FROM debian" not in text
