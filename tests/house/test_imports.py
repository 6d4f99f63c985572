"""Who may import whom, and what a plain `--version` may load."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from house.source_tree import PACKAGE, imports, modules

_ROOT = PACKAGE.parents[1]
_HEAVY = ("textual", "rich", "docker", "click", "yaml", "layerscope.pipeline", "layerscope.reports")


def _python(*args: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run(
        [sys.executable, *args], cwd=_ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_imports_go_in_one_direction() -> None:
    if not (_ROOT / "pyproject.toml").exists():
        pytest.skip("the contracts are in the repository's pyproject.toml")
    done = _python("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def test_version_answers_without_loading_what_it_does_not_need() -> None:
    program = (
        "import sys; from layerscope.cli.main import run; code = run(['--version']);"
        f"print(code, [name for name in {_HEAVY!r} if name in sys.modules])"
    )
    assert _python("-c", program).stdout.splitlines()[1:] == ["0 []"]


@pytest.mark.parametrize("library", ["textual", "rich"])
def test_only_the_terminal_interface_imports_its_library(library: str) -> None:
    assert {path for path in _importers(library) if not path.startswith("tui/")} == set()


def test_one_file_imports_docker() -> None:
    assert set(_importers("docker")) <= {"sources/dockersdk.py"}


def test_only_commands_import_click() -> None:
    assert {Path(path).parent.as_posix() for path in _importers("click")} == {"cli"}


def _importers(library: str) -> list[str]:
    return [
        path
        for path, names in _imported().items()
        if any(name == library or name.startswith(f"{library}.") for name in names)
    ]


@cache
def _imported() -> dict[str, set[str]]:
    return {path: set(imports(tree)) for path, tree in modules().items()}
