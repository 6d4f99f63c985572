"""Which paths of an image break the rules on paths. Works on columns; makes text only for what it shows."""

from array import array
from collections.abc import Iterator

from layerscope.analysis.globs import compile_globs
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE, FileTree
from layerscope.model.rules import PathRule, Scope
from layerscope.units import printable


def forbidden(tree: FileTree, rules: tuple[PathRule, ...], base: int | None) -> list[str]:
    """List entries that a forbidden path matches, each with its layer and its rule."""
    found = []
    for rule in rules:
        pattern = compile_globs([rule.glob])
        for node in range(1, tree.node_count):
            if pattern.fullmatch(tree.path(node)) is None:
                continue
            layers = [layer for layer in _layers_at(tree, node, rule) if _covers(rule, layer, base)]
            if layers:
                found.append(f"{printable(tree.path(node))} in layer {layers[0]} ({printable(rule.glob)})")
    return found


def not_allowed(tree: FileTree, rules: tuple[PathRule, ...], base: int | None) -> list[str]:
    """List entries other than directories in a layer that has allowed paths, and that none of them matches."""
    found = []
    for layer in range(tree.layer_count):
        mine = [rule for rule in rules if _covers(rule, layer, base)]
        if not mine:
            continue
        pattern = compile_globs([rule.glob for rule in mine])
        only_final = all(rule.scope is Scope.FINAL for rule in mine)
        found += [
            f"{printable(tree.path(node))} in layer {layer}"
            for node in _shipped(tree, layer, only_final=only_final)
            if pattern.fullmatch(tree.path(node)) is None
        ]
    return found


def _layers_at(tree: FileTree, node: int, rule: PathRule) -> list[int]:
    if rule.scope is Scope.FINAL:
        live = tree.live[node]
        return [] if live == NONE else [tree.layer_of(live)]
    places = ((entry_id, *tree.place_of(entry_id)) for entry_id in tree.entries_at(node))
    return [tree.layer_of(entry_id) for entry_id, table, row in places if row < table.implied_from]


def _covers(rule: PathRule, layer: int, base: int | None) -> bool:
    if rule.layers and layer not in rule.layers:
        return False
    return rule.scope is not Scope.USER or base is None or layer >= base


def _shipped(tree: FileTree, layer: int, *, only_final: bool) -> Iterator[int]:
    table = tree.tables[layer]
    nodes: array[int] = table.node
    first = tree.first_entry[layer]
    for row in range(table.implied_from):
        if table.kind[row] == Kind.DIRECTORY:
            continue
        if only_final and tree.death[first + row] != NONE:
            continue
        yield nodes[row]
