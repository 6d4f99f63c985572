"""Lines from BuildKit's provenance: what BuildKit 0.25.2 wrote with `attest:provenance=mode=max` (`histories/`)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerscope.history.align import align
from layerscope.history.dockerfile import parse_dockerfile
from layerscope.history.provenance import Provenance, read_provenance, with_provenance
from layerscope.model.history import Confidence
from unit.history.stored import HERE, build_of, text_of

NAMES = ["multi", "links", "localonbuild", "onbuild", "heredoc"]


def read(name: str) -> tuple[Provenance, list[str]]:
    data = json.loads((HERE / "provenance" / f"{name}.json").read_text())
    provenance = read_provenance(data["statement"])
    assert provenance is not None
    return provenance, data["layers"]


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_finds_the_line_that_buildkit_names(name: str) -> None:
    provenance, layers = read(name)
    assert provenance.dockerfile == text_of(name)
    dockerfile = parse_dockerfile(provenance.dockerfile)
    build = build_of(name, "bk25")
    steps = with_provenance(align(build.steps, dockerfile).steps, provenance, layers, dockerfile)
    for step, right in zip(steps, build.true_lines, strict=True):
        assert step.instruction is not None
        if step.layer_index is not None and right is not None:
            assert step.instruction.dockerfile_line == right
            assert step.instruction.confidence is Confidence.EXACT
            assert step.instruction.stage is not None


@pytest.mark.parametrize(("name", "count"), [("multi", 1), ("onbuild", 2), ("links", 1)])
def test_the_layers_of_the_base_are_known(name: str, count: int) -> None:
    provenance, layers = read(name)
    assert provenance.base_layer_count(layers) == count


def test_both_versions_of_the_predicate_say_the_same() -> None:
    old, layers = read("multi")
    new, new_layers = read("multi-v1")
    assert old.lines_of(layers) == new.lines_of(new_layers)
    assert old.dockerfile == new.dockerfile


def test_provenance_of_another_image_names_no_lines() -> None:
    provenance, _ = read("multi")
    assert provenance.lines_of(["sha256:0", "sha256:1"]) == {}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON)
def test_what_is_no_provenance_is_none(value: Any) -> None:
    assert read_provenance(value) is None


@given(_JSON, _JSON, _JSON)
def test_a_damaged_statement_breaks_nothing(locations: Any, layers: Any, infos: Any) -> None:
    metadata = {"source": {"locations": {"step0": locations}, "infos": infos}, "layers": {"step0:0": layers}}
    statement = {"predicate": {"runDetails": {"metadata": {"buildkit_metadata": metadata}}}}
    provenance = read_provenance(statement)
    if provenance is not None:
        provenance.lines_of(["a", "b"])
