"""Laws of plans: what is foreseen is what an image is that has really been squashed, or never had some paths."""

from hypothesis import assume, given
from hypothesis import strategies as st

from laws.randomlayers import images
from laws.realrun import streamed
from laws.restacked import (
    has_files_that_a_path_below_them_ended,
    has_links_before_their_file,
    has_links_into_lower_layers,
    squashed,
    without,
)
from laws.slowmodel import Item
from layerscope.analysis.plan import Planner
from layerscope.model.filetree import FileTree
from layerscope.model.findings import Family
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Outcome, Plan


def of(inspection: Inspection) -> list[tuple[int, int]]:
    return [(layer.content_bytes, layer.ledger.live_bytes) for layer in inspection.layers]


def foreseen(outcome: Outcome) -> list[tuple[int, int]]:
    return [(layer.content_bytes, layer.live_bytes) for layer in outcome.layers]


def can_go_without_paths(tree: FileTree) -> bool:
    """Tell whether no layer is of a kind that no builder writes."""
    odd = has_links_into_lower_layers, has_links_before_their_file, has_files_that_a_path_below_them_ended
    return not any(is_odd(tree) for is_odd in odd)


@given(image=images(), data=st.data())
def test_an_image_that_is_really_squashed_is_what_was_foreseen(image: list[list[Item]], data: st.DataObject) -> None:
    inspection = streamed(image)
    assume(not has_links_into_lower_layers(inspection.tree))
    first = data.draw(st.integers(0, len(image) - 1))
    last = data.draw(st.integers(first, len(image) - 1))
    outcome = Planner(inspection).outcome(Plan().squashed(first, last))
    assert foreseen(outcome) == of(squashed(inspection, first, last))


@given(image=images(), data=st.data())
def test_an_image_that_never_had_some_paths_is_what_was_foreseen(image: list[list[Item]], data: st.DataObject) -> None:
    inspection = streamed(image)
    tree = inspection.tree
    assume(tree.node_count > 1)
    assume(can_go_without_paths(tree))
    nodes = data.draw(st.sets(st.integers(1, tree.node_count - 1), min_size=1, max_size=3))
    outcome = Planner(inspection).outcome(Plan(dropped=frozenset(nodes)))
    assert foreseen(outcome) == of(without(inspection, nodes))


@given(image=images(), data=st.data())
def test_paths_that_go_and_layers_that_are_joined_are_foreseen_together(
    image: list[list[Item]], data: st.DataObject
) -> None:
    inspection = streamed(image)
    tree = inspection.tree
    assume(tree.node_count > 1)
    assume(can_go_without_paths(tree))
    node = data.draw(st.integers(1, tree.node_count - 1))
    first = data.draw(st.integers(0, len(image) - 1))
    last = data.draw(st.integers(first, len(image) - 1))
    outcome = Planner(inspection).outcome(Plan(dropped=frozenset({node})).squashed(first, last))
    assert foreseen(outcome) == of(squashed(without(inspection, {node}), first, last))


@given(image=images())
def test_the_empty_plan_is_the_image_and_one_layer_of_all_ships_what_is_live(image: list[list[Item]]) -> None:
    inspection = streamed(image)
    planner = Planner(inspection)
    assert foreseen(planner.now) == of(inspection)
    assert planner.now.efficiency == inspection.ledger.efficiency
    assert [planner.now.rebuilt_bytes(layer.index) for layer in inspection.layers] == [
        layer.rebuilt_content_bytes for layer in inspection.layers
    ]
    whole = planner.outcome(Plan().squashed(0, len(image) - 1))
    assert foreseen(whole) == [(inspection.ledger.live_bytes, inspection.ledger.live_bytes)]


@given(image=images(), data=st.data())
def test_findings_that_are_fixed_save_what_they_say_and_nothing_is_saved_twice(
    image: list[list[Item]], data: st.DataObject
) -> None:
    inspection = streamed(image)
    planner = Planner(inspection)
    waste = [at for at, finding in enumerate(inspection.findings) if finding.family is Family.WASTE]
    fixed = data.draw(st.sets(st.sampled_from(waste)) if waste else st.just(set[int]()))
    outcome = planner.outcome(Plan(fixed=frozenset(fixed)))
    saving = sum(inspection.findings[at].saving_bytes for at in fixed)
    assert planner.now.total_bytes - outcome.total_bytes == saving
    assert outcome.live_bytes == planner.now.live_bytes
    whole = planner.outcome(Plan(fixed=frozenset(range(len(inspection.findings)))).squashed(0, len(image) - 1))
    assert whole.wasted_bytes == 0
    assert all(layer.content_bytes >= layer.live_bytes >= 0 for layer in outcome.layers)
