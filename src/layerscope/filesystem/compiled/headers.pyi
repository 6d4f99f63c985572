from collections.abc import Callable

from layerscope.filesystem.hashes import ContentHash
from layerscope.model.files import LayerTable

SOURCE: int

class Headers:
    position: int
    content_end: int
    def of_file(self, descriptor: int, base: int, end: int, position: int) -> bool: ...
    def of_buffer(
        self, buffer: bytes, start: int, position: int, hash_: Callable[[memoryview], ContentHash]
    ) -> list[bytes]: ...
    def move_to(self, table: LayerTable) -> list[tuple[int, bytes]]: ...
