"""The README promises what is there, and CI runs what the README says."""

import os
import re
from pathlib import Path

import pytest

from house.source_tree import PACKAGE
from layerscope.analysis.gate import RULES
from layerscope.cli import COMMANDS
from layerscope.cli.main import run

_ROOT = PACKAGE.parents[1]
if not (_ROOT / "README.md").exists():
    pytest.skip("layerscope is installed without its repository", allow_module_level=True)

README = (_ROOT / "README.md").read_text(encoding="utf-8")
_MARKER = "<!-- the test command -->"


def test_the_test_command_stands_where_ci_looks_for_it() -> None:
    command = re.search(re.escape(_MARKER) + r"\n```sh\n(.*)\n```\n", README)
    assert command is not None
    assert command[1].endswith("&& .venv/bin/pytest -n auto --dist loadgroup")
    runner = _ROOT / ".ci" / "run"
    assert _MARKER in runner.read_text(encoding="utf-8")
    assert os.access(runner, os.X_OK)


def test_every_command_and_rule_is_in_the_readme() -> None:
    assert all(re.search(rf"`layerscope {name} (?:IMAGE|\[)", README) for name in COMMANDS)
    assert all(f"`--{rule.name} " in README for rule in RULES)


def test_every_room_is_in_the_house_plan() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert {room for room in rooms if f"  {room}/ " not in README} == set()


def test_pictures_in_the_readme_exist() -> None:
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README):
        assert (_ROOT / picture).is_file()


def test_configuration_in_the_readme_is_valid(tmp_path: Path) -> None:
    files = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert len(files) == 2
    for text in files:
        path = tmp_path / "layerscope.toml"
        path.write_text(text, encoding="utf-8")
        assert run(["config", "validate", str(path)]) == 0
