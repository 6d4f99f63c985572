"""Law of plans: a random Dockerfile with its fixes in it builds, makes the same files, and ships what was promised."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from laws.modelbuild import Build, built
from laws.randomfiles import CONTEXT, random_file
from layerscope.analysis.plan import Planner
from layerscope.analysis.planedits import foresee
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Foreseen, Plan
from layerscope.pipeline import inspect_raw


def thought_up(data: st.DataObject) -> tuple[str, Build, Inspection]:
    """Draw a Dockerfile, and inspect what it builds."""

    def choose(values: Sequence[str]) -> str:
        return data.draw(st.sampled_from(tuple(values)))

    text, build = random_file(choose, data.draw(st.integers(2, 8)))
    inspection = inspect_raw(replace(build.image.raw_image("model:1"), dockerfile=f"{text}\n"))
    assert inspection.dockerfile is not None
    assert inspection.dockerfile.is_real
    assert [layer.content_bytes for layer in inspection.layers] == build.layer_bytes
    return text, build, inspection


def taken_away(inspection: Inspection, plan: Plan, foreseen: Foreseen) -> set[str]:
    """List the files of the image that findings take out of it, as they are meant to."""
    left = {change.title for change in foreseen.left_out}
    fixed = (inspection.findings[index] for index in plan.fixed)
    paths = (
        inspection.tree.path(node).decode()
        for finding in fixed
        if finding.live_bytes and f"fix {finding.rule} {finding.title}" not in left
        for part in finding.parts
        for node in part.nodes
    )
    return set(paths)


def check(build: Build, inspection: Inspection, plan: Plan) -> None:
    """Build the new Dockerfile, and compare."""
    foreseen = foresee(inspection, Planner(inspection), plan)
    assert foreseen.file is not None
    after = built("\n".join(foreseen.file.lines), CONTEXT, foreseen.file.ignored)
    gone = taken_away(inspection, plan, foreseen)
    for path in {*build.files, *after.files}:
        if any(one == path or one.startswith(f"{path}/") for one in gone):
            continue
        old, new = build.files.get(path), after.files.get(path)
        if foreseen.taken_out and old and new:  # a plan says that RUNs which use what they do not name may miss it
            new = replace(new, content=old.content)
        assert old == new, path
    assert sum(after.layer_bytes) <= foreseen.file.outcome.total_bytes
    assert len(after.layer_bytes) == foreseen.file.layer_count


@given(data=st.data())
def test_a_dockerfile_with_all_fixes_makes_the_same_files_and_no_more_bytes_than_promised(data: st.DataObject) -> None:
    _text, build, inspection = thought_up(data)
    useful = (index for index, finding in enumerate(inspection.findings) if finding.saving_bytes)
    check(build, inspection, Plan(fixed=frozenset(useful)))


@given(data=st.data())
def test_so_does_one_with_some_fixes_and_a_squash(data: st.DataObject) -> None:
    _text, build, inspection = thought_up(data)
    useful = [index for index, finding in enumerate(inspection.findings) if finding.saving_bytes]
    some = data.draw(st.sets(st.sampled_from(useful))) if useful else set[int]()
    first = data.draw(st.integers(1, len(inspection.layers) - 1))
    last = data.draw(st.integers(first, len(inspection.layers) - 1))
    check(build, inspection, Plan(fixed=frozenset(some)).squashed(first, last))
