from array import array

from layerscope.model.files import LayerTable, PathKey
from layerscope.model.filetree import FileTree

SOURCE: int

def number(every: list[PathKey], order: list[int]) -> tuple[list[PathKey], array[int]]: ...
def arrange(keys: list[PathKey], parent: array[int], end: array[int], depth: array[int]) -> list[PathKey]: ...
def fold(
    tree: FileTree,
    table: LayerTable,
    pending: dict[int, int],
    states: tuple[bytearray, bytearray, bytearray],
    index: int,
    row: int,
) -> int: ...
def versions(tree: FileTree, wanted: bytearray) -> tuple[array[int], list[list[int]]]: ...
def changes(
    tree: FileTree, columns: tuple[array[int], array[int], array[int], array[float], bytearray], layer: int
) -> tuple[int, int, list[tuple[int, int]]]: ...
