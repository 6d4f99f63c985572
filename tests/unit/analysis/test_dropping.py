"""Paths that are dropped: only what lines really take out is counted, and nothing is broken that needs them."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from builder import Additions, ImageBuilder
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee, foresee_file
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Foreseen, Plan
from layerscope.pipeline import inspect, inspect_raw, on_reconstruction
from layerscope.reports.planpage import plan_diff, plan_dockerfile, plan_json, plan_markdown, plan_text


@pytest.fixture(scope="module")
def demo() -> Inspection:
    return inspect("demo")


def node(image: Inspection, path: str) -> int:
    found = image.tree.find(path.encode())
    assert found is not None
    return found


def planned(image: Inspection, *paths: str) -> Foreseen:
    plan = Plan(dropped=frozenset(node(image, path) for path in paths))
    planner = Planner(image)
    foreseen = foresee(image, planner, plan)
    outlook = foresee_file(image, planner, plan)
    assert outlook.built.total_bytes == foreseen.built.total_bytes or not foreseen.file
    return foreseen


def built(*steps: tuple[str, Additions]) -> Inspection:
    """Build an image of a base with a system, and steps with what they add."""
    builder = ImageBuilder("drop:1").layer(
        {"usr/lib/os-release": b"x", "usr/bin/sh": b"s" * 1000, "opt/old": b"o" * 10}
    )
    builder.run("ADD rootfs.tar / # buildkit")
    for text, add in steps:
        if add:
            builder.layer(add).run(f"{text} # buildkit")
        else:
            builder.step(text)
    return on_reconstruction(inspect_raw(builder.raw_image("drop:1")))


def lines(foreseen: Foreseen) -> Sequence[str]:
    return foreseen.file.lines if foreseen.file is not None else ()


@pytest.mark.parametrize("path", ["/", "/usr", "/etc", "/usr/lib", "/usr/bin", "/etc/passwd"])
def test_what_the_system_needs_gets_no_lines(demo: Inspection, path: str) -> None:
    foreseen = planned(demo, path)
    (change,) = foreseen.changes
    assert change.edits == ()
    assert "it has to be done by hand" in change.left_out
    assert foreseen.built.total_bytes == foreseen.now.total_bytes
    for text in (plan_diff(foreseen), plan_dockerfile(foreseen)):
        assert "rm -rf" not in text
        assert f"drop {path}: " in text
        assert "are in the base image (layer 0), which no step above makes smaller" in text


def test_bytes_of_the_base_image_are_never_saved(demo: Inspection) -> None:
    base = demo.layers[0].content_bytes
    foreseen = planned(demo, "/")
    assert foreseen.then.total_bytes == base
    assert Planner(demo).bytes_below(node(demo, "/usr/bin/perl")) == 0
    for text in (plan_text(demo, planned(demo, "/usr")), plan_markdown(demo, planned(demo, "/usr"))):
        assert "12.9 MB of it are in the base image" in text.replace("`", "")


@pytest.mark.parametrize("path", ["/srv", "/srv/notes", "/srv/notes/manage.py", "/srv/notes/db.sqlite3"])
def test_what_later_steps_work_in_name_or_write_gets_no_lines(demo: Inspection, path: str) -> None:
    foreseen = planned(demo, path)
    assert not any(edit.lines for change in foreseen.changes for edit in change.edits)
    assert foreseen.built.total_bytes == foreseen.now.total_bytes


def test_a_run_removes_what_it_made_itself() -> None:
    foreseen = planned(built(("RUN make thing", {"opt/thing/a": b"a" * 500, "opt/b": b"b" * 20})), "/opt/thing")
    assert "RUN make thing \\" in lines(foreseen)
    assert " && rm -rf /opt/thing" in lines(foreseen)
    assert foreseen.now.total_bytes - foreseen.built.total_bytes == 500
    assert foreseen.changes[0].notes == ()


@pytest.mark.parametrize(
    ("text", "add"),
    [
        ("RUN cat /opt/thing/a", {"var/x": b""}),
        ("RUN touch /opt/thing/c", {"opt/thing/c": b""}),
        ("RUN tar cf /x.tar /opt", {"x.tar": b"x"}),
        ("COPY src /opt/thing", {"opt/thing/src": b"s"}),
        ("WORKDIR /opt/thing", {}),
        ("ENV PATH=/opt/thing/bin:/usr/bin", {}),
        ('CMD ["/opt/thing/a"]', {}),
        ("RUN cd /opt && ls thing | wc -l", {"var/x": b""}),
    ],
)
def test_whoever_needs_the_path_keeps_it(text: str, add: Additions) -> None:
    image = built(("RUN make thing", {"opt/thing/a": b"a" * 500}), (text, add))
    foreseen = planned(image, "/opt/thing")
    assert not any("rm -rf" in line for line in lines(foreseen))
    assert foreseen.built.total_bytes == foreseen.now.total_bytes
    assert text.split(maxsplit=1)[0] in foreseen.changes[0].left_out or "line " in foreseen.changes[0].left_out


def test_a_run_that_removes_the_path_by_force_does_without_it() -> None:
    image = built(
        ("RUN make thing", {"opt/thing/a": b"a" * 500}), ("RUN rm -rf /opt/thing && touch /var/x", {"var/x": b""})
    )
    foreseen = planned(image, "/opt/thing")
    assert " && rm -rf /opt/thing" in lines(foreseen)


def test_files_of_the_base_are_not_hidden_by_a_removal() -> None:
    image = built(("RUN make thing", {"opt/thing": b"a" * 500}))
    foreseen = planned(image, "/opt")
    assert foreseen.changes[0].edits == ()
    assert foreseen.changes[0].saving_bytes == 500
    assert "files of the base image are there" in foreseen.changes[0].left_out


def test_what_a_copy_brings_goes_by_dockerignore_and_what_is_shipped_again_with_it(demo: Inspection) -> None:
    foreseen = planned(demo, "/srv/notes/.git")
    assert foreseen.file is not None
    assert foreseen.file.ignored == (".git",)
    assert foreseen.file.lines == foreseen.file.before
    assert foreseen.built.total_bytes == foreseen.then.total_bytes
    assert "may use it" in plan_text(demo, foreseen)


def test_what_is_done_in_part_is_counted_in_part_and_said(demo: Inspection) -> None:
    foreseen = planned(demo, "/srv/notes/static")
    made = next(layer.content_bytes for layer in demo.layers if layer.index == 11)
    assert foreseen.now.total_bytes - foreseen.built.total_bytes == made
    assert foreseen.changes[0].saving_bytes > made
    for text in (plan_text(demo, foreseen), plan_diff(foreseen), plan_markdown(demo, foreseen).replace("`", "")):
        assert "by hand, and not in the new Dockerfile" in text


def test_rows_and_what_they_share_add_up(demo: Inspection) -> None:
    for paths in (("/srv/notes/.git", "/srv"), ("/srv", "/root"), ("/srv",)):
        foreseen = planned(demo, *paths)
        saved = foreseen.now.total_bytes - foreseen.then.total_bytes
        assert sum(change.saving_bytes for change in foreseen.changes) + foreseen.shared_bytes == saved
        assert json.loads(plan_json(demo, foreseen))["shared_bytes"] == foreseen.shared_bytes
        is_said = "  shared: " in plan_text(demo, foreseen)
        assert is_said == bool(foreseen.shared_bytes) == (paths[0] == "/srv/notes/.git")


def test_without_any_dockerfile_the_reason_is_in_the_advice(demo: Inspection) -> None:
    bare = replace(demo, dockerfile=None)
    (change,) = planned(bare, "/srv").changes
    assert "By hand: " in change.advice
