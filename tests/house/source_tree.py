"""The source files of layerscope as the house tests see them: paths, modules and syntax trees."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import layerscope

PACKAGE = Path(layerscope.__file__).parent


@cache
def modules() -> dict[str, ast.Module]:
    """Path relative to the package → syntax tree, of every source file."""
    return {
        path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def imports(tree: ast.Module) -> Iterator[str]:
    """Full names of the modules that a file imports, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def files_defining(folder: str, name: str) -> set[str]:
    """Stems of the files of a folder that give `name` a value at module level."""
    return {
        Path(path).stem
        for path, tree in modules().items()
        if Path(path).parent.as_posix() == folder and name in set(_names(tree))
    }


def files_with_class(folder: str, *, method: str) -> set[str]:
    """Stems of the files of a folder that define a class with such a method."""
    return {
        Path(path).stem
        for path, tree in modules().items()
        if Path(path).parent.as_posix() == folder
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(inner, ast.FunctionDef) and inner.name == method for inner in node.body)
    }


def files(folder: str) -> set[str]:
    """Stems of the modules directly in a folder, the package itself apart."""
    return {Path(path).stem for path in modules() if Path(path).parent.as_posix() == folder} - {"__init__"}


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign():
                yield from (target.id for target in node.targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name() as target):
                yield target.id
            case _:
                pass
