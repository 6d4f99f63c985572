"""What can be compiled here is compiled, so that tests say something about it."""

import os
import shutil
import sysconfig
import tomllib
from pathlib import Path

import pytest

import layerscope
from layerscope.filesystem import compiled

_ROOM = Path(layerscope.__file__).parent / "filesystem" / "compiled"


def test_the_hot_loops_are_compiled_and_of_this_very_source() -> None:
    if os.environ.get("LAYERSCOPE_PURE"):
        pytest.skip("LAYERSCOPE_PURE is set")
    headers = Path(sysconfig.get_paths()["include"], "Python.h")
    if not headers.exists() or not (shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")):
        pytest.skip("there is no C compiler, or no headers of Python")
    assert compiled.IN_USE, "pip install again: compiled/*.pyx changed since"


def test_every_compiled_module_has_its_types_beside_it() -> None:
    sources = {path.stem for path in _ROOM.glob("*.pyx")}
    assert sources == {path.stem for path in _ROOM.glob("*.pyi")} == {"comparer", "folding", "headers"}


@pytest.mark.parametrize("source", [1, None])
def test_a_module_made_of_another_source_or_by_hand_is_not_used(
    source: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not compiled.IN_USE:
        pytest.skip("nothing is compiled")
    from layerscope.filesystem.compiled import folding

    assert compiled._is_there()
    monkeypatch.setattr(folding, "SOURCE", source)
    if source is None:
        monkeypatch.delattr(folding, "SOURCE")
    assert not compiled._is_there()


def test_what_an_earlier_installation_compiled_is_packed_by_no_later_one() -> None:
    """Without its source beside it nobody would notice that it is of another one."""
    project = _ROOM.parents[3] / "pyproject.toml"
    if not project.exists():
        pytest.skip("this is no checkout")
    targets = tomllib.loads(project.read_text())["tool"]["hatch"]["build"]["targets"]
    assert {"*.so", "*.pyd"} <= set(targets["wheel"]["exclude"]) & set(targets["sdist"]["exclude"])
