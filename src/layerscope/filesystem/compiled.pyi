from array import array
from collections.abc import Callable

from layerscope.filesystem.hashes import ContentHash
from layerscope.model.files import LayerTable, PathKey
from layerscope.model.filetree import FileTree

SOURCE: int

class Headers:
    position: int
    content_end: int
    def of_file(self, descriptor: int, base: int, end: int, position: int) -> bool: ...
    def of_buffer(
        self, buffer: bytes, start: int, position: int, hash_: Callable[[memoryview], ContentHash]
    ) -> list[bytes]: ...
    def move_to(self, table: LayerTable) -> list[tuple[int, bytes]]: ...

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

class Comparer:
    read_bytes: int
    def __init__(
        self,
        columns: tuple[bytearray, array[int], array[int]],
        firsts: array[int],
        descriptors: array[int],
        bases: array[int],
    ) -> None: ...
    def layers(self, pairs: array[int]) -> list[int]: ...
    def compare(self, pairs: array[int], start: int, stop: int, most_bytes: int) -> bytearray: ...
