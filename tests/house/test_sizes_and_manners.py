"""How big a file or function may be, that each says what it is for, and that only commands talk."""

import ast

from house.source_tree import PACKAGE, modules

_LONGEST_MODULE = 350
_LONGEST_FUNCTION = 50


def test_no_module_is_longer_than_a_reader_bears() -> None:
    lengths = {path: len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) for path in modules()}
    assert {path: length for path, length in lengths.items() if length > _LONGEST_MODULE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": length
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > _LONGEST_FUNCTION
    }
    assert long == {}


def test_every_module_says_what_it_owns() -> None:
    assert [path for path, tree in modules().items() if len(ast.get_docstring(tree) or "") < 20] == []


def test_nothing_prints_and_only_main_exits() -> None:
    calls = {
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) == "print" or (ast.unparse(node.func) == "sys.exit" and path != "__main__.py"))
    }
    assert calls == set()


def test_only_commands_and_the_interface_touch_the_standard_streams() -> None:
    users = {
        path
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}
    }
    assert {path for path in users if not path.startswith(("cli/", "tui/"))} == set()


def test_no_room_is_called_after_nothing() -> None:
    names = {part for path in modules() for part in path.removesuffix(".py").split("/")}
    assert names & {"utils", "util", "common", "helpers", "misc"} == set()
